"""A payer or a project as it is → its table.

Only what is known and can be legal is written: what a plan would refuse, or could not tell, is a comment
that says why. What is left out is not managed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec
from msgspec import Struct

from reconciler.config.checks.regioncodes import FORM
from reconciler.config.from_actual.toml import Comment, Entry, Pair, header, paragraph
from reconciler.model.actual import Profile, Project
from reconciler.model.desired import Address, ProfileId, ProjectId
from reconciler.model.knowledge import ABSENT, Absent, Unreadable

PARTIAL: Final = "may have more projects: only an ADMIN of an org sees all that it pays for"


class Place(Struct, frozen=True):
    """Where a project goes: its key, and what else is there. ``present``: is that address in the TOML, as it
    will be? ``moved``: its present name, if it was renamed there. ``filled``: may ``[defaults.projects]``
    fill in what is not written?"""

    key: str
    workspace: str
    present: Callable[[Address], bool]
    moved: Callable[[Address], Address]
    filled: bool


def is_payer(text: object) -> bool:
    """Can the TOML hold it as an id of a user or org?"""
    return _fits(text, ProfileId)


def of_payer(profile: Profile, partial: bool) -> str:
    """``[orgs.…]`` or ``[users.…]``."""
    kind = "orgs" if profile.id.startswith("org-") else "users"
    above = [f"{profile.id} {PARTIAL}"] if partial else []
    return paragraph(header(kind, profile.id), _settings(profile), above)


def _settings(profile: Profile) -> Iterator[Entry]:
    default, permitted = profile.default_region, profile.permitted_regions
    known = frozenset() if isinstance(permitted, Unreadable) else permitted
    odd = sorted(code for code in known if not FORM.fullmatch(code))
    if isinstance(default, Unreadable):
        yield Comment(f"default_region could not be read: {default.reason}")
    elif isinstance(default, Absent):
        yield Comment("default_region: none is set")
    elif not FORM.fullmatch(default):
        yield Comment(f"default_region is {default}, which is no region")
    elif not isinstance(permitted, Unreadable) and default not in permitted:
        yield Comment(f"default_region is {default}, which is not among the permitted regions (REG104):")
        yield Comment("it cannot be written until the platform permits it, or another one is chosen")
    else:
        yield Pair("default_region", default)
    if isinstance(permitted, Unreadable):
        yield Comment(f"permitted_regions could not be read: {permitted.reason}")
    elif odd:
        yield Comment(f"permitted_regions has what is no region: {', '.join(odd)}")
    else:
        yield Pair("permitted_regions", tuple(sorted(permitted)))


def of_project(project: Project, place: Place) -> tuple[str, str]:
    """``[projects.KEY]``, and ""; or a comment from beginning to end, and why it is left out."""
    why, mend = _hindrance(project, place)
    head = header("projects", place.key)
    if not why:
        return paragraph(head, (*_attributes(project), Pair("id", project.id))), ""
    reason = f"{project.id} {why}"
    told = [f"Left out: {reason}"]
    if not mend:
        return paragraph(None, (), [*told, *_in_words(project)]), reason
    table = paragraph(head, (*_attributes(project), Pair("id", project.id), *mend))
    told.append("To take it over, write this; the mark is replaced when it is applied:")
    return paragraph(
        None, (), [*told, *table.split("\n")]
    ), f"{reason}; to take it over: {_taking_over(mend)}"


def _hindrance(project: Project, place: Place) -> tuple[str, tuple[Pair, ...]]:
    """Why a plan would refuse it ("": it would not), and what may be written beside its id against that."""
    if not _fits(project.id, ProjectId):
        return "is no id of a project", ()
    if place.filled and not (_is_region(project.region) and is_payer(project.bill_to)):
        return "has no region and payer that can be written; [defaults.projects] could fill in others", ()
    mark = project.mark
    if mark is ABSENT or isinstance(mark, Unreadable):
        return "", ()
    owner, slash, address = mark.partition("/")
    if owner == place.workspace and slash:
        here = f"projects.{place.key}"
        there = place.moved(address)
        taken = there != here and place.present(there)
        return (f"bears the mark of {there}, which is another one here" if taken else ""), ()
    why = f'bears the mark "{mark}", of another workspace (REG303)'
    return why, (Pair("adopt", True), Pair("take_over", owner)) if owner and slash else ()


def _attributes(project: Project) -> Iterator[Entry]:
    name, region, payer = project.name, project.region, project.bill_to
    if isinstance(name, Unreadable):
        yield Comment(f"name could not be read: {name.reason}")
    elif not name:
        yield Comment("name is empty")
    else:
        yield Pair("name", name)
    if isinstance(region, Unreadable):
        yield Comment(f"region could not be read: {region.reason}")
    elif not FORM.fullmatch(region):
        yield Comment(f"region is {region}, which is no region")
    else:
        yield Pair("region", region)
    if isinstance(payer, Unreadable):
        yield Comment(f"bill_to could not be read: {payer.reason}")
    elif not is_payer(payer):
        yield Comment(f"bill_to is {payer}, which is neither a user nor an org")
    else:
        yield Pair("bill_to", payer)


def _taking_over(mend: tuple[Pair, ...]) -> str:
    """On one line, for a warning."""
    lines = (paragraph(None, (pair,)) for pair in mend)  # each by itself: nothing is to be aligned
    return f"its id with {' and '.join(lines)}"


def _is_region(text: object) -> bool:
    return isinstance(text, str) and FORM.fullmatch(text) is not None


def _in_words(project: Project) -> Iterator[str]:
    for entry in _attributes(project):
        yield f"{entry.key}: {entry.value}" if isinstance(entry, Pair) else entry.text


def _fits(text: object, kind: object) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True
