"""Other wordings of the TOML that may be legal where one is refused. Judges nothing: see ``alternatives``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from reconciler.diff.changes import Change, Contested, Create, Rebill, Relocate, Rename, SetDefault
from reconciler.diff.ownership import project_address
from reconciler.model.actual import Project as ActualProject
from reconciler.model.desired import Address, Profile, Project
from reconciler.planner.judge import Judge, Judgement
from reconciler.planner.nearness import HERE, Distance, distance, nearest

POLICY = "REG301"
_WORKSPACE = re.compile(r"([a-z0-9-]{1,40})/.")
"""How a mark begins: with the name of the workspace whose it is."""


class Candidate(Struct, frozen=True):
    """Tables that replace those of the same name, or are new: ``projects`` by key, ``profiles`` by address.

    moved_from: the old address of a rename.
    distance:   from the region that was wanted to the one that it would be.
    keeps:      what is at the platform stays as it is: one such way out is always told.
    last:       a wish is given up beyond what is refused: told only after all others.
    """

    text: str
    projects: dict[str, Project] = {}
    profiles: dict[Address, Profile] = {}
    moved_from: Address | None = None
    distance: Distance = HERE
    keeps: bool = False
    last: bool = False


def candidates(judge: Judge, judgement: Judgement) -> Iterator[Candidate]:
    """All that may be worth planning instead of one refused resource."""
    kind, _, key = judgement.address.partition(".")
    if kind != "projects":
        for change in judgement.changes:
            if isinstance(change, SetDefault):
                yield from _other_defaults(judge, change)
        return
    desired = judge.workspace.projects[key]
    for change in judgement.changes:
        for candidate in _of_project(judge, key, desired, change):
            if not _evades(judgement, change, candidate.projects[key]):
                yield candidate
    differing = [c.project for c in judgement.changes if isinstance(c, Relocate | Rename | Rebill)]
    if len(differing) > 1:
        as_it_is = {key: _as_it_is(desired, differing[0])}
        yield Candidate("leave it as it is at the platform", as_it_is, keeps=True, last=True)


def _evades(judgement: Judgement, change: Change, instead: Project) -> bool:
    """Would a project be made in the region that a policy forbids, and only be billed to another payer, so
    that the policy does not speak of it? That is for who makes the policies to say, not for us."""
    forbidden = any(one.rule == POLICY for one in judgement.findings)
    return forbidden and isinstance(change, Create) and instead.region == change.region


def _of_project(judge: Judge, key: str, desired: Project, change: Change) -> Iterator[Candidate]:
    match change:
        case Relocate():
            yield from _instead_of_moving(judge, key, desired, change)
        case Create():
            yield from _other_placements(judge, key, desired, change)
        case Rebill(project=project, bill_to=wanted):
            keep = project.bill_to if isinstance(project.bill_to, str) else wanted
            stays = {key: replace(desired, bill_to=keep)}
            yield Candidate(f"leave it with its payer, {keep}", stays, keeps=True)
            for payer in _payers(judge, but=(wanted, keep)):
                yield Candidate(f"bill it to {payer}", {key: replace(desired, bill_to=payer)})
        case Rename(project=project) if isinstance(project.name, str):
            stays = {key: replace(desired, name=project.name)}
            yield Candidate(f"leave it its name, {project.name}", stays, keeps=True)
        case Contested():
            yield from _whose_it_is(key, desired, change)
        case _:
            return


def _as_it_is(desired: Project, project: ActualProject) -> Project:
    """The desired record with every written attribute as the platform has it."""
    found = {
        attribute: value
        for attribute in ("name", "region", "bill_to")
        if getattr(desired, attribute) is not None and isinstance(value := getattr(project, attribute), str)
    }
    return replace(desired, **found)


def _instead_of_moving(judge: Judge, key: str, desired: Project, change: Relocate) -> Iterator[Candidate]:
    actual = change.project.region
    if not isinstance(actual, str):
        return
    stays = replace(desired, region=actual)
    payer = desired.bill_to or (change.project.bill_to if isinstance(change.project.bill_to, str) else None)
    new_key, new_name = _beside(judge, key, desired.name or key, change.region)
    for bill_to in (*([payer] if payer else []), *_payers(judge, but=(payer or "",))):
        new = Project(name=new_name, region=change.region, bill_to=bill_to)
        text = f"a new project in {change.region}, billed to {bill_to}; the old one and its data stay"
        yield Candidate(text, {key: stays, new_key: new})
    far = distance(judge, change.region, actual)
    yield Candidate(f"keep it where it is, in {actual}", {key: stays}, distance=far, keeps=True)


def _beside(judge: Judge, key: str, name: str, region: str) -> tuple[str, str]:
    """A key that is free, and never was one of ours, and a name for a project beside ``key``, in another
    region."""
    geo = region.partition(":")[2]
    base = f"{key[: 60 - len(geo)]}-{geo}"
    free = (one for one in (base, *(f"{base}-{n}" for n in range(2, 100))) if not _taken(judge, one))
    return next(free, base), f"{name} ({geo})"


def _taken(judge: Judge, key: str) -> bool:
    address = project_address(key)
    remembered = address in judge.baseline.resources or address in judge.owners.holders
    return key in judge.workspace.projects or remembered


def _other_placements(judge: Judge, key: str, desired: Project, change: Create) -> Iterator[Candidate]:
    wanted = change.region if isinstance(change.region, str) else ""
    for region in _permitted(judge, change.bill_to, wanted):
        if region != wanted:
            text = f"create it in {region}, which {change.bill_to} is permitted"
            there = {key: replace(desired, region=region)}
            yield Candidate(text, there, distance=distance(judge, wanted, region))
    for payer in _payers(judge, but=(change.bill_to,)):
        text = f"bill it to {payer}" + (f", which is permitted {wanted}" if wanted else "")
        yield Candidate(text, {key: replace(desired, bill_to=payer, region=wanted or None)})


def _other_defaults(judge: Judge, change: SetDefault) -> Iterator[Candidate]:
    desired = judge.workspace.profile(change.profile)
    if desired is None:
        return
    if isinstance(change.before, str):
        table = replace(desired, default_region=change.before)
        text = f"leave the default as it is, {change.before}"
        far = distance(judge, change.after, change.before)
        yield Candidate(text, profiles={change.address: table}, distance=far, keeps=True)
    for region in _permitted(judge, change.profile, change.after):
        if desired.permitted_regions is None or region in desired.permitted_regions:
            table = replace(desired, default_region=region)
            text, far = f"take {region}, which is permitted", distance(judge, change.after, region)
            yield Candidate(text, profiles={change.address: table}, distance=far)
    table = replace(desired, default_region=None)
    yield Candidate("do not manage the default region", profiles={change.address: table}, last=True)


def _permitted(judge: Judge, payer: str, wanted: str) -> list[str]:
    """Regions of a payer for something new, the nearest first."""
    actual = judge.snapshot.profiles.get(payer)
    permitted = actual.permitted_regions if actual is not None else frozenset[str]()
    known = judge.workspace.regions
    if not isinstance(permitted, frozenset):
        return []
    return nearest(judge, wanted, (one for one in permitted if one in known and not known[one].retired))


def _payers(judge: Judge, but: tuple[str, ...]) -> tuple[str, ...]:
    """Other payers of the workspace: orgs before people."""
    return tuple(sorted(judge.owners.payers - set(but)))


def _whose_it_is(key: str, desired: Project, change: Contested) -> Iterator[Candidate]:
    match change.conflict:
        case "gone_address":
            text = f"it is {change.other} under a new address"
            yield Candidate(text, {key: desired}, moved_from=change.other)
        case "foreign" if (other := _WORKSPACE.match(change.other)) is not None:
            text = f"if the workspace {other[1]} has given it up, take {change.ids[0]} over"
            yield Candidate(text, {key: replace(desired, adopt=True, take_over=other[1])})
        case "same_name" if len(change.ids) == 1 and not desired.id:
            yield Candidate(f"adopt {change.ids[0]}", {key: replace(desired, adopt=True)})
        case "destroyed" if desired.id is None:
            text = "make a new, empty project under this address"
            yield Candidate(text, {key: replace(desired, recreate=change.ids[0])})
        case "destroyed" if desired.bill_to is not None:
            text = "forget the destroyed project and make a new, empty one"
            again = replace(desired, id=None, adopt=False, take_over=None, recreate=change.ids[0])
            yield Candidate(text, {key: again})
        case "nothing_to_adopt":
            yield Candidate("create it", {key: replace(desired, adopt=False, take_over=None)})
        case _:
            pass
    if change.conflict in ("same_name", "holders", "claimed"):
        for project_id in change.ids:
            exactly = replace(desired, id=project_id, adopt=False, take_over=None)
            yield Candidate(f"it is exactly {project_id}", {key: exactly})
    if change.conflict in ("same_name", "claimed", "gone_address"):
        another = replace(desired, same_name="create", adopt=False, take_over=None)
        yield Candidate("create another project of this name", {key: another})
