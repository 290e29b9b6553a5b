"""Legal ways out of a refusal: other wordings of the TOML that the planner has planned to the end.

A candidate is a set of tables that replace those of the same name, or are new. It is offered only
if, with it, nothing of these resources is refused, blocked, manual or unreadable any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from reconciler.diff.changes import Change, Contested, Create, Rebill, Relocate, Rename, SetDefault
from reconciler.model.actual import Project as ActualProject
from reconciler.model.desired import Address, Profile, Project
from reconciler.model.plan import Alternative, Step
from reconciler.planner.contradictions import contradiction
from reconciler.planner.judge import Judge, Judgement
from reconciler.planner.steps import Circle, ordered
from reconciler.planner.tables import tables_text

MOST = 4
"""Alternatives shown for one refusal: more would hide the good ones."""


class Candidate(Struct, frozen=True):
    """``projects`` by key, ``profiles`` by address; ``moved_from`` is the old address of a rename."""

    text: str
    projects: dict[str, Project] = {}
    profiles: dict[Address, Profile] = {}
    moved_from: Address | None = None


def alternatives(judge: Judge, judgement: Judgement) -> tuple[Alternative, ...]:
    """The legal ways out for one refused resource, the best first."""
    found: list[Alternative] = []
    seen: set[str] = set()
    for candidate in _candidates(judge, judgement):
        toml = tables_text(candidate.projects, candidate.profiles, _move(candidate))
        steps = None if toml in seen else _planned(judge, candidate)
        seen.add(toml)
        if steps is not None:
            found.append(Alternative(candidate.text, toml, steps))
        if len(found) == MOST:
            break
    return tuple(found)


def _move(candidate: Candidate) -> tuple[Address, Address] | None:
    if candidate.moved_from is None:
        return None
    return candidate.moved_from, "projects." + next(iter(candidate.projects))


def _planned(judge: Judge, candidate: Candidate) -> tuple[Step, ...] | None:
    """The steps of a candidate, or None where it is not wholly legal."""
    judge = _judge_of(judge, candidate)
    moved_from = (candidate.moved_from,) if candidate.moved_from else ()
    judgements: list[Judgement] = []
    for key, desired in candidate.projects.items():
        judgements.append(judge.project(key, desired, moved_from))
    for address, profile in candidate.profiles.items():
        judgements.append(judge.profile(address, address.partition(".")[2], profile))
    regions = [p.region for p in candidate.projects.values()]
    regions += [p.default_region for p in candidate.profiles.values()]
    if any(region is not None and region not in judge.workspace.regions for region in regions):
        return None  # seen at the platform only: the TOML would not be valid
    for judgement in judgements:
        if judgement.verdict != "steps":
            return None
        if any(contradiction(judge.workspace, change) for change in judgement.changes):
            return None
    try:
        return tuple(step for step, _ in ordered(judgements))
    except Circle:
        return None


def _judge_of(judge: Judge, candidate: Candidate) -> Judge:
    """A payer that is new to the workspace changes which marks count: then everything is matched anew."""
    ours = judge.owners.payers
    if all(project.bill_to is None or project.bill_to in ours for project in candidate.projects.values()):
        return judge
    projects = {**judge.workspace.projects, **candidate.projects}
    return Judge(replace(judge.workspace, projects=projects), judge.snapshot, judge.baseline)


def _candidates(judge: Judge, judgement: Judgement) -> Iterator[Candidate]:
    kind, _, key = judgement.address.partition(".")
    if kind != "projects":
        yield from _profile_candidates(judge, judgement, key)
        return
    desired = judge.workspace.projects[key]
    for change in judgement.changes:
        yield from _project_candidates(judge, key, desired, change)
    project = next((c.project for c in judgement.changes if isinstance(c, Relocate | Rename | Rebill)), None)
    if project is not None:
        yield Candidate("leave it as it is at the platform", {key: _as_it_is(desired, project)})


def _project_candidates(judge: Judge, key: str, desired: Project, change: Change) -> Iterator[Candidate]:
    match change:
        case Relocate():
            yield from _instead_of_moving(judge, key, desired, change)
        case Create():
            yield from _other_placements(judge, key, desired, change)
        case Rebill(project=project, bill_to=wanted):
            keep = project.bill_to if isinstance(project.bill_to, str) else wanted
            yield Candidate(f"leave it with its payer, {keep}", {key: replace(desired, bill_to=keep)})
            for payer in _payers(judge, but=(wanted, keep)):
                yield Candidate(f"bill it to {payer}", {key: replace(desired, bill_to=payer)})
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
    stays = replace(desired, region=actual if isinstance(actual, str) else None)
    payer = desired.bill_to or (change.project.bill_to if isinstance(change.project.bill_to, str) else None)
    new_key, new_name = _beside(judge, key, desired.name or key, change.region)
    for bill_to in (*([payer] if payer else []), *_payers(judge, but=(payer or "",))):
        new = Project(name=new_name, region=change.region, bill_to=bill_to)
        text = f"a new project in {change.region}, billed to {bill_to}; the old one and its data stay"
        yield Candidate(text, {key: stays, new_key: new})
    yield Candidate(f"keep it where it is, in {actual}", {key: stays})


def _beside(judge: Judge, key: str, name: str, region: str) -> tuple[str, str]:
    """A key that is free and a name for a project beside ``key``, in another region."""
    geo = region.partition(":")[2]
    base = f"{key[: 60 - len(geo)]}-{geo}"
    taken = judge.workspace.projects
    free = (
        base
        if base not in taken
        else next(f"{base}-{n}" for n in range(2, 100) if f"{base}-{n}" not in taken)
    )
    return free, f"{name} ({geo})"


def _other_placements(judge: Judge, key: str, desired: Project, change: Create) -> Iterator[Candidate]:
    wanted = change.region if isinstance(change.region, str) else ""
    actual = judge.snapshot.profiles.get(change.bill_to)
    permitted = actual.permitted_regions if actual is not None else frozenset()
    if isinstance(permitted, frozenset):
        for region in nearest(judge, wanted, permitted - {wanted}):
            text = f"create it in {region}, which {change.bill_to} is permitted"
            yield Candidate(text, {key: replace(desired, region=region)})
    for payer in _payers(judge, but=(change.bill_to,)):
        text = f"bill it to {payer}" + (f", which is permitted {wanted}" if wanted else "")
        yield Candidate(text, {key: replace(desired, bill_to=payer, region=wanted or None)})


def _profile_candidates(judge: Judge, judgement: Judgement, profile_id: str) -> Iterator[Candidate]:
    desired = judge.workspace.profile(profile_id)
    actual = judge.snapshot.profiles[profile_id]
    if desired is None:
        return
    for change in judgement.changes:
        if isinstance(change, SetDefault):
            permitted = actual.permitted_regions
            if isinstance(permitted, frozenset):
                for region in nearest(judge, change.after, permitted):
                    table = replace(desired, default_region=region)
                    yield Candidate(f"take {region}, which is permitted", profiles={judgement.address: table})
            if isinstance(change.before, str):
                table = replace(desired, default_region=change.before)
                text = f"leave the default as it is, {change.before}"
                yield Candidate(text, profiles={judgement.address: table})
            table = replace(desired, default_region=None)
            yield Candidate("do not manage the default region", profiles={judgement.address: table})


def _whose_it_is(key: str, desired: Project, change: Contested) -> Iterator[Candidate]:
    match change.conflict:
        case "gone_address":
            text = f"it is {change.other} under a new address"
            yield Candidate(text, {key: desired}, moved_from=change.other)
        case "same_name" if len(change.ids) == 1 and not desired.id:
            yield Candidate(f"adopt {change.ids[0]}", {key: replace(desired, adopt=True)})
        case "destroyed" if desired.id is None:
            text = "make a new, empty project under this address"
            yield Candidate(text, {key: replace(desired, recreate=change.ids[0])})
        case "destroyed" if desired.bill_to is not None:
            text = "forget the destroyed project and make a new, empty one"
            again = replace(desired, id=None, adopt=False, recreate=change.ids[0])
            yield Candidate(text, {key: again})
        case "nothing_to_adopt":
            yield Candidate("create it", {key: replace(desired, adopt=False)})
        case _:
            pass
    if change.conflict in ("same_name", "holders", "claimed"):
        for project_id in change.ids:
            text = f"it is exactly {project_id}"
            yield Candidate(text, {key: replace(desired, id=project_id, adopt=False)})
    if change.conflict in ("same_name", "claimed", "gone_address"):
        another = replace(desired, same_name="create", adopt=False)
        yield Candidate("create another project of this name", {key: another})


def _payers(judge: Judge, but: tuple[str, ...]) -> tuple[str, ...]:
    """Other payers of the workspace: orgs before people."""
    return tuple(sorted(judge.owners.payers - set(but)))


def nearest(judge: Judge, wanted: str, regions: frozenset[str]) -> list[str]:
    """Regions by how near in law they are: a common region group, the same part of the world, the
    same cloud."""
    groups = [g for g in judge.workspace.region_groups.values() if wanted in g]
    cloud, _, geo = wanted.partition(":")

    def distance(region: str) -> tuple[bool, bool, bool, str]:
        its_cloud, _, its_geo = region.partition(":")
        together = any(region in group for group in groups)
        return not together, its_geo[:2] != geo[:2], its_cloud != cloud, region

    return sorted(regions, key=distance)
