"""Which table goes into which file: the head of a workspace, then a file a payer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from reconciler.config.checks.regioncodes import FORM
from reconciler.config.editor import LINE, SCHEMA, schema_text
from reconciler.config.from_actual import tables
from reconciler.config.from_actual.keys import keys
from reconciler.config.from_actual.toml import Pair, comment, document, header, paragraph
from reconciler.model.actual import Profile, Project, Snapshot
from reconciler.model.desired import Address, IdentityTable, ProviderTable, Region

HEAD = "workspace"
REST = "projects"
"""Files without ``.toml``: of a workspace's own head, and of projects whose payer could not be read."""


class Target(Struct, frozen=True):
    """The workspace that it goes into. ``head``: its provider and identities, where it is a new one; else
    ``addresses``, ``moved`` (former → present) and ``files`` are what it has already. ``regions`` are those
    that it knows; ``described`` what more of them is known elsewhere."""

    name: str
    regions: Mapping[str, Region]
    head: tuple[ProviderTable, Mapping[str, IdentityTable]] | None = None
    described: Mapping[str, Region] = {}
    addresses: frozenset[Address] = frozenset()
    moved: Mapping[Address, Address] = {}
    files: Collection[str] = ()


class Imported(Struct, frozen=True):
    """``files``: name → text, in the order in which they are to come about: the schema, regions before what
    names them, the head, without which the others are no workspace, last. ``left_out``: which projects are
    not, and why: comments of a new workspace, nothing in one that is added to."""

    files: dict[str, str]
    projects: int
    left_out: tuple[str, ...]


def imported(
    snapshot: Snapshot, payers: Iterable[Profile], projects: Iterable[Project], target: Target
) -> Imported:
    """What to write for these payers and projects of the snapshot, none of which is in the target yet."""
    wanted, chosen = list(payers), list(projects)
    prefix = f"{target.name}/projects."
    in_use = (*target.addresses, *target.moved)
    there = {address.removeprefix("projects.") for address in in_use if address.startswith("projects.")}
    named = keys(chosen, prefix, there)
    addresses = {*target.addresses, *(f"projects.{key}" for key in named.values())}
    addresses.update(("orgs." if one.id.startswith("org-") else "users.") + one.id for one in wanted)
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for profile in sorted(wanted, key=lambda one: one.id):
        parts[profile.id].append(tables.of_payer(profile, profile.id in snapshot.partial))
    left_out: list[str] = []
    for project in sorted(chosen, key=lambda one: named[one.id]):
        place = tables.Place(
            named[project.id],
            target.name,
            addresses.__contains__,
            lambda address: target.moved.get(address, address),
            target.head is None,
        )
        text, why_not = tables.of_project(project, place)
        if why_not:
            left_out.append(why_not)
        if target.head is not None or not why_not:  # else the same comment would be added again and again
            payer = project.bill_to if isinstance(project.bill_to, str) else ""
            parts[payer if tables.is_payer(payer) else REST].append(text)
    files = _named(_files(parts, _regions(wanted, chosen, target), target), target)
    if target.head is not None and SCHEMA not in target.files:
        files = {SCHEMA: schema_text(), **files}
    return Imported(files, len(chosen) - len(left_out), tuple(left_out))


def _files(
    parts: Mapping[str, list[str]], regions: list[str], target: Target
) -> Iterator[tuple[str, list[str]]]:
    if regions and target.head is None:
        yield "regions", regions
    for name in sorted(parts):
        yield name, parts[name]
    if target.head is not None:
        yield HEAD, [*_head(target.name, *target.head), *regions]


def _named(files: Iterable[tuple[str, list[str]]], target: Target) -> dict[str, str]:
    """Under names that nobody has, on file systems too that do not tell capitals from small letters."""
    used, found = {name.casefold() for name in target.files}, dict[str, str]()
    first = [LINE] if target.head is not None or SCHEMA in target.files else []
    for stem, paragraphs in files:
        name, number = f"{stem}.toml", 1
        while name.casefold() in used:
            number += 1
            name = f"{stem}-{number}.toml"
        used.add(name.casefold())
        found[name] = document([*first, *paragraphs])
    return found


def _head(name: str, provider: ProviderTable, identities: Mapping[str, IdentityTable]) -> Iterator[str]:
    yield comment(
        "Written by reconciler import: what the platform reported, so that a plan finds nothing to do."
    )
    yield paragraph(None, [Pair("workspace", name)])
    yield paragraph(header("provider"), _written(provider))
    for key, identity in identities.items():
        yield paragraph(header("identities", key), _written(identity))


def _written(table: Struct) -> list[Pair]:
    return [Pair(key, value) for key, value in msgspec.structs.asdict(table).items() if value]


def _regions(payers: Iterable[Profile], projects: Iterable[Project], target: Target) -> list[str]:
    """Those that the workspace does not know yet."""
    codes: set[object] = {project.region for project in projects}
    for payer in payers:
        codes.add(payer.default_region)
        codes.update(payer.permitted_regions if isinstance(payer.permitted_regions, frozenset) else ())
    new = sorted(code for code in codes if isinstance(code, str) and code not in target.regions)
    return [_region(code, target.described.get(code, Region())) for code in new if FORM.fullmatch(code)]


def _region(code: str, known: Region) -> str:
    above = [] if known.name else ["Not in the shipped catalogue: seen at the platform alone."]
    return paragraph(header("regions", code), _written(known), above)
