"""What can be reached on the platform at all: breadth-first search over its laws, without the planner.

A goal is one resource of the TOML as it is to be; a move is one call that somebody at hand may try, and
the laws alone say whether it is accepted and what it changes. The moves are written from the platform's
documentation, not from the provider:

  /project/new                 as wanted, with and without its region
  /project-X/update            name, payer, both, and a region (which the platform takes from nobody)
  /project-X/setProperties     our mark, where the TOML says that the project is to be ours
  /project-X/transfer          to any user, while no offer is pending: nobody's offer is replaced
  /project-X/acceptTransfer    for the wanted payer
  /org-X/update, /user-X/update   the default region, and permitted regions (which only sales can give)

Nobody is billed on the way whom the TOML does not name, and nobody's rights are changed: what is judged is
what can be done with the rights at hand. A grant by the platform's sales, and what a person does who is
named in the TOML but not at hand, are moves only where the search is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from model.cases import Ask, answered
from model.snapshots import level_of
from msgspec import Struct
from msgspec.structs import replace
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.errors import Refused
from reconciler_sandbox.laws.records import Org, Project, User
from reconciler_sandbox.state import State

from reconciler.model.desired import Profile, Workspace
from reconciler.model.desired import Project as Desired

MARK = "reconciler"
Record = Project | Org | User


class Goal(Struct, frozen=True):
    """``start``: the record as it is, None where it is to be made. ``people``: named in the TOML as who
    has to act, whether at hand or not."""

    address: str
    start: Record | None
    met: Callable[[Record], bool]
    moves: Callable[[str], Iterable[Ask]]
    acts_of: Callable[[str], Iterable[Ask]]
    people: frozenset[str] = frozenset()


class Whose(Exception):
    """The TOML and the marks do not say which project is meant."""


def goal_of(workspace: Workspace, state: State, address: str, identities: tuple[str, ...]) -> Goal | None:
    """The goal of one resource; None where it is a payer that is not there. A mark counts only where
    somebody at hand can read it. Raises Whose."""
    kind, _, key = address.partition(".")
    if kind == "projects":
        return project_goal(workspace, state, key, _meant(workspace, state, key, identities))
    there = state.orgs.get(key) or state.users.get(key)
    return None if there is None else _payer_goal(address, there, workspace.profile(key) or Profile())


def _payer_goal(address: str, there: Org | User, wanted: Profile) -> Goal:
    permitted = None if wanted.permitted_regions is None else set(wanted.permitted_regions)

    def met(record: Record) -> bool:
        assert isinstance(record, Org | User)
        default = wanted.default_region in (None, record.default_region)
        return default and (permitted is None or permitted == set(record.permitted_regions or ()))

    def moves(user: str) -> Iterator[Ask]:
        path = f"/{there.id}/update"
        if wanted.default_region is not None:
            yield Ask(user, path, {"defaultRegion": wanted.default_region})
        if permitted is not None:
            yield Ask(user, path, {"permittedRegions": sorted(permitted)})

    people = frozenset((there.id,)) if isinstance(there, User) else frozenset()
    return Goal(address, there, met, moves, moves, people)


def project_goal(workspace: Workspace, state: State, key: str, start: Project | None) -> Goal:
    """The goal of an address that is known to be this project, or (None) to be made."""
    wanted, address = workspace.projects[key], f"projects.{key}"
    mark = f"{workspace.name}/{address}"
    ours = wanted.id is None or wanted.adopt
    users = tuple(state.users)
    # What the TOML leaves out counts for a new project only.
    region = wanted.region if start is not None else region_of(workspace, state, wanted)

    def met(record: Record) -> bool:
        assert isinstance(record, Project)
        return (
            wanted.name in (None, record.name)
            and region in (None, record.region)
            and wanted.bill_to in (None, record.bill_to)
            and (not ours or record.properties.get(MARK) == mark)
        )

    def moves(user: str) -> Iterator[Ask]:
        if start is None:
            yield from _creations(user, key, wanted, mark, region)
            return
        yield from _updates(user, start, wanted)
        if ours and start.properties.get(MARK) != mark:
            yield Ask(user, f"/{start.id}/setProperties", {"properties": {MARK: mark}})
        if wanted.bill_to not in (None, start.bill_to):
            for other in users:
                yield Ask(user, f"/{start.id}/transfer", {"invitee": other})
            yield from _acceptances(user, start, wanted)

    def acts_of(user: str) -> Iterator[Ask]:
        if start is None:
            yield from _creations(user, key, wanted, mark, region)
        elif wanted.bill_to != start.bill_to:
            yield from _acceptances(user, start, wanted)

    payer = wanted.bill_to or ""
    return Goal(address, start, met, moves, acts_of, frozenset((payer,)) & state.users.keys())


def region_of(workspace: Workspace, state: State, wanted: Desired) -> str | None:
    """Where a new project is to be: as written, else its payer's default region, the TOML's first."""
    payer = wanted.bill_to or ""
    there = state.orgs.get(payer) or state.users.get(payer)
    written = workspace.profile(payer)
    default = None if written is None else written.default_region
    return wanted.region or default or (None if there is None else there.default_region)


def _creations(user: str, key: str, wanted: Desired, mark: str, region: str | None) -> Iterator[Ask]:
    body: dict[str, object] = {"name": wanted.name or key, "billTo": wanted.bill_to}
    body["properties"] = {MARK: mark}
    if region is not None:
        yield Ask(user, "/project/new", {**body, "region": region})
    if wanted.region is None:
        yield Ask(user, "/project/new", body)


def _updates(user: str, start: Project, wanted: Desired) -> Iterator[Ask]:
    path = f"/{start.id}/update"
    name = {} if wanted.name in (None, start.name) else {"name": wanted.name}
    payer = {} if wanted.bill_to in (None, start.bill_to) else {"billTo": wanted.bill_to}
    region = {} if wanted.region in (None, start.region) else {"region": wanted.region}
    bodies: list[dict[str, object]] = [name, payer, {**name, **payer} if name and payer else {}, region]
    for body in bodies:
        if body:
            yield Ask(user, path, body)


def _acceptances(user: str, start: Project, wanted: Desired) -> Iterator[Ask]:
    if wanted.bill_to is not None:
        yield Ask(user, f"/{start.id}/acceptTransfer", {"billTo": wanted.bill_to})


def _meant(workspace: Workspace, state: State, key: str, identities: tuple[str, ...]) -> Project | None:
    """The project that the TOML means, None where it is to be made. Raises Whose."""
    wanted = workspace.projects[key]
    if wanted.id is not None:
        if wanted.id not in state.projects:
            raise Whose(f"{wanted.id} is not there")
        return state.projects[wanted.id]
    held = _marked(workspace, state, f"projects.{key}", identities)
    if len(held) == 1:
        return held[0]
    if held:
        raise Whose(f"several bear the mark of {key}")
    return _to_adopt(workspace, state, key, wanted, identities) if wanted.adopt else None


def _marked(workspace: Workspace, state: State, address: str, identities: tuple[str, ...]) -> list[Project]:
    """Those that bear the mark of an address, under its present name or a former one."""
    payers = {*workspace.orgs, *workspace.users, *(p.bill_to for p in workspace.projects.values())}
    names = {address, *(was for was, now in workspace.moved.items() if now == address)}
    marks = {f"{workspace.name}/{name}" for name in names}
    marked = [
        project
        for project in state.projects.values()
        if project.properties.get(MARK) in marks and project.bill_to in payers
    ]
    seen = [p for p in marked if any(level_of(state, user, p) != "NONE" for user in identities)]
    # No list shows what is only offered: it is looked for where no project shows that bears the mark.
    return seen or [p for p in marked if p.pending_transfer in identities]


def _listed(state: State, project: Project, identities: tuple[str, ...]) -> bool:
    """Does any list show the project to anybody at hand?"""
    payer = state.orgs.get(project.bill_to)
    return any(
        level_of(state, user, project) != "NONE"
        or (payer is not None and user in payer.members and payer.members[user].level == "ADMIN")
        for user in identities
    )


def _to_adopt(
    workspace: Workspace, state: State, key: str, wanted: Desired, identities: tuple[str, ...]
) -> Project:
    name, taken = wanted.name or key, wanted.take_over and f"{wanted.take_over}/"
    others = {table.id for table in workspace.projects.values()}
    alike = [
        p
        for p in state.projects.values()
        if (p.name, p.bill_to) == (name, wanted.bill_to)
        and p.id not in others
        and (MARK not in p.properties or (taken and p.properties[MARK].startswith(taken)))
        and _listed(state, p, identities)
    ]
    if len(alike) != 1:
        raise Whose(f"there are {len(alike)} to adopt")
    return alike[0]


def reached(
    state: State, goal: Goal, identities: tuple[str, ...], *, people: bool = False
) -> tuple[Ask, ...] | None:
    """The shortest calls to the goal, or None where no calls lead there. ``people``: whoever the TOML
    names does what only they can. The state is as before afterwards."""
    if goal.start is not None and goal.met(goal.start):
        return ()
    asks = [ask for user in identities for ask in goal.moves(user)]
    if people:
        asks += [ask for user in goal.people.difference(identities) for ask in goal.acts_of(user)]
    try:
        return _search(state, goal, asks)
    finally:
        _put_back(state, goal)


def _search(state: State, goal: Goal, asks: list[Ask]) -> tuple[Ask, ...] | None:
    layer: list[tuple[Record | None, tuple[Ask, ...]]] = [(goal.start, ())]
    seen: set[object] = set()
    while layer:
        following: list[tuple[Record | None, tuple[Ask, ...]]] = []
        for record, path in layer:
            if record is not None:
                state.apply((Put(record),))
            for ask in asks:
                after = _after(state, record, ask)
                if after is None:
                    continue
                if goal.met(after):
                    return (*path, ask)
                known = _essence(after)
                if record is not None and known not in seen:
                    seen.add(known)
                    following.append((after, (*path, ask)))
        layer = following
    return None


def _after(state: State, record: Record | None, ask: Ask) -> Record | None:
    """The record once the call has been carried out; None where it is refused, or changes nothing."""
    offered = isinstance(record, Project) and record.pending_transfer is not None
    if offered and ask.path.endswith("/transfer"):
        return None
    outcome = answered(state, ask)
    if isinstance(outcome, Refused) or not outcome.effects:
        return None
    (effect,) = outcome.effects  # all that these calls ever change is the one record
    after = effect.record
    assert isinstance(after, Project | Org | User)
    return after


def _essence(record: Record) -> object:
    """What the laws can see of a record: neither its version nor when it was changed."""
    if isinstance(record, Project):
        members = tuple(sorted(record.members.items()))
        mark = record.properties.get(MARK)
        return record.name, record.region, record.bill_to, members, record.pending_transfer, mark
    return record.default_region, record.permitted_regions


def _put_back(state: State, goal: Goal) -> None:
    if goal.start is not None:
        state.apply((Put(goal.start),))


def granted(state: State, workspace: Workspace) -> tuple[State, Workspace]:
    """The platform once its sales have given what the TOML asks for, and a TOML that gives nothing up: what
    is to be taken away can only come after all else."""
    changed: list[Org | User] = []
    tables: dict[str, Profile] = {}
    for name, wanted in (*workspace.orgs.items(), *workspace.users.items()):
        there = state.orgs.get(name) or state.users.get(name)
        if there is not None and wanted.permitted_regions is not None:
            regions = tuple(sorted({*(there.permitted_regions or ()), *wanted.permitted_regions}))
            changed.append(replace(there, permitted_regions=regions))
            tables[name] = replace(wanted, permitted_regions=regions)
    asking = replace(
        workspace,
        orgs={name: tables.get(name, table) for name, table in workspace.orgs.items()},
        users={name: tables.get(name, table) for name, table in workspace.users.items()},
    )
    return with_records(state, changed), asking


def at_best(state: State, identities: tuple[str, ...]) -> State:
    """The platform as it may be, for all that those at hand can read: users who are not at hand, and orgs
    of which none is a member, are permitted every region and have a default; no offer is pending that
    nobody sees."""
    everywhere = tuple(state.regions)
    hidden: list[Org | User] = [user for user in state.users.values() if user.id not in identities]
    hidden += [org for org in state.orgs.values() if not org.members.keys() & set(identities)]
    hidden += [one for one in (*state.orgs.values(), *state.users.values()) if one.permitted_regions is None]
    best: list[Record] = [
        replace(one, permitted_regions=everywhere, default_region=one.default_region or everywhere[0])
        for one in hidden
    ]
    for project in state.projects.values():
        seen = project.pending_transfer in identities or any(
            level_of(state, user, project) == "ADMINISTER" for user in identities
        )
        if project.pending_transfer is not None and not seen:
            best.append(replace(project, pending_transfer=None))
    return with_records(state, best)


def with_records(state: State, changed: Iterable[Record]) -> State:
    """Another platform that differs in these records."""
    records: dict[str, Record] = {**state.users, **state.orgs, **state.projects}
    records |= {record.id: record for record in changed}
    return State(state.switches, state.regions, records.values())
