"""What a world file names must be there; what is strange but possible is a warning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator

from reconciler_sandbox.laws.records import PUBLIC, Org, User

from . import schema
from .build import Tables
from .model import World
from .positions import Step
from .problems import Problem

Path = tuple[Step, ...]

_IDS = {"users": re.compile(r"user-[a-z0-9._-]+"), "orgs": re.compile(r"org-[a-zA-Z0-9_.-]+")}
_REGION = re.compile(r"(aws|azure|oci):[a-z0-9-]+")


def broken(tables: Tables) -> list[Problem]:
    """Ids of a wrong form, given twice, or naming nobody."""
    return [
        *_forms(tables),
        *_profiles(tables),
        *_tokens(tables),
        *_projects(tables),
    ]


def _forms(tables: Tables) -> Iterator[Problem]:
    for key, names in (("users", tables.users), ("orgs", tables.orgs)):
        for name in names:
            if not _IDS[key].fullmatch(name):
                form = "user-<handle in lower case>" if key == "users" else "org-<handle>"
                yield Problem((key, name), f"an id must have the form {form}")
    for code in tables.regions or ():
        if not _REGION.fullmatch(code):
            yield Problem(("regions", code), "a region must have the form cloud:geo")


def _profiles(tables: Tables) -> Iterator[Problem]:
    regions = tables.known_regions()
    for user, table in tables.users.items():
        yield from _regions(table, ("users", user), regions)
        if table.bill_to is not None:
            yield from _payer(table.bill_to, ("users", user, "bill_to"), tables)
    for org, parts in tables.orgs.items():
        yield from _regions(parts.table, ("orgs", org), regions)
        for member in parts.members:
            yield from _there(member, ("orgs", org, "members", member), tables.users, "user")


def _regions(
    table: schema.UserTable | schema.OrgTable, path: Path, regions: Container[str]
) -> Iterator[Problem]:
    for index, region in enumerate(table.permitted_regions or ()):
        yield from _there(region, (*path, "permitted_regions", index), regions, "region")
    if table.default_region is not None:
        yield from _there(table.default_region, (*path, "default_region"), regions, "region")


def _tokens(tables: Tables) -> Iterator[Problem]:
    times = Counter(table.token for table in tables.tokens)
    for index, table in enumerate(tables.tokens):
        yield from _there(table.user, ("tokens", index, "user"), tables.users, "user")
        if times[table.token] > 1:
            yield Problem(("tokens", index, "token"), "the same token is given twice")


def _projects(tables: Tables) -> Iterator[Problem]:
    regions = tables.known_regions()
    named: list[tuple[Path, schema.ProjectTable | schema.BulkTable]] = []
    named += [(("projects", index), table) for index, table in enumerate(tables.projects)]
    named += [(("bulk_projects", index), table) for index, table in enumerate(tables.bulks)]
    for path, table in named:
        yield from _there(table.region, (*path, "region"), regions, "region")
        yield from _payer(table.bill_to, (*path, "bill_to"), tables)
        if table.created_by is not None:
            yield from _there(table.created_by, (*path, "created_by"), tables.users, "user")
        for member in table.members:
            if member != PUBLIC:
                yield from _payer(member, (*path, "members", member), tables)
    times = Counter(table.id for table in tables.projects if table.id is not None)
    for index, project in enumerate(tables.projects):
        if project.pending_transfer is not None:
            yield from _there(
                project.pending_transfer, ("projects", index, "pending_transfer"), tables.users, "user"
            )
        if project.id is not None and times[project.id] > 1:
            yield Problem(("projects", index, "id"), f"{project.id} is given twice")


def _payer(id: str, path: Path, tables: Tables) -> Iterator[Problem]:
    if id not in tables.users and id not in tables.orgs:
        yield Problem(path, f'no user or organisation "{id}" in this file')


def _there(name: str, path: Path, names: Container[str], what: str) -> Iterator[Problem]:
    if name not in names:
        yield Problem(path, f'no {what} "{name}" in this world')


def illegal_states(world: World) -> list[str]:
    """States that no call would let arise, one line each; alike projects are counted."""
    found: list[str] = []
    payers: dict[str, User | Org] = {**world.users, **world.orgs}
    for payer in payers.values():
        if payer.default_region is not None and payer.default_region not in (payer.permitted_regions or ()):
            found.append(f"the default region {payer.default_region} of {payer.id} is not permitted for it")
    stranded = Counter(
        (project.region, project.bill_to)
        for project in world.projects
        if project.region not in (payers[project.bill_to].permitted_regions or ())
    )
    return found + list(_stranded(stranded.items()))


def _stranded(counts: Iterable[tuple[tuple[str, str], int]]) -> Iterator[str]:
    for (region, payer), count in sorted(counts):
        projects = "1 project lies" if count == 1 else f"{count} projects lie"
        yield f"{projects} in {region}, which is not permitted for the payer {payer}"
