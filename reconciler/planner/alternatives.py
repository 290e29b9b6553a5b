"""Legal ways out of a refusal: other wordings of the TOML that the planner has planned to the end.

A candidate is laid over the whole workspace, and what it touches is judged, ordered and walked through
like the plan itself. It is offered only if nothing of that is refused, blocked, manual or unreadable
any more, and nothing else is worse off for it.
"""

from __future__ import annotations

from collections import ChainMap, Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from itertools import groupby
from typing import TypeAlias, cast

from msgspec.structs import replace

from reconciler.diff.changes import Create, Rebill, Relocate, Rename
from reconciler.diff.ownership import payers, project_address
from reconciler.model.actual import FactKey
from reconciler.model.desired import Address, Project
from reconciler.model.knowledge import Unreadable
from reconciler.model.plan import Alternative, Step
from reconciler.planner.candidates import Candidate, candidates
from reconciler.planner.contradictions import contradiction
from reconciler.planner.judge import Judge, Judgement
from reconciler.planner.nearness import Distance
from reconciler.planner.operations import operations
from reconciler.planner.steps import in_order
from reconciler.planner.tables import tables_text

MOST = 4
"""Alternatives shown for one refusal: more would hide the good ones."""

_TRIED, _PLENTY = 64, 12
"""Candidates planned for one refusal, and legal ones among which to choose: with a hundred payers there
may be a hundred ways that are all alike."""

_Rank: TypeAlias = tuple[bool, Distance, bool, int, int, str]
_Way: TypeAlias = tuple[_Rank, bool, Alternative]
"""With whether it keeps what is there."""


class Ways:
    """The ways out of the refusals of one plan. What is looked up for them is made once, on demand."""

    def __init__(self, judge: Judge, judgements: Sequence[Judgement]) -> None:
        self._judge = judge
        self._judgements = judgements
        self._among: dict[frozenset[str], Judge] = {}

    def out_of(self, judgement: Judgement) -> tuple[Alternative, ...]:
        """The legal ways out for one refused resource, the best first: of one jurisdiction, with nobody
        new involved, in the fewest steps. What can be left as it is always has its place."""
        wish = self._involved(judgement)
        found: list[_Way] = []
        tried: set[str] = set()
        likely = sorted(candidates(self._judge, judgement), key=lambda one: _likely(one, wish))
        for _, alike in groupby(likely, key=lambda one: _likely(one, wish)):
            enough = MOST if len(found) >= MOST else _PLENTY
            for candidate in alike:
                toml = _toml(candidate)
                if toml in tried or len(tried) == _TRIED or (len(found) >= enough and not candidate.keeps):
                    continue
                tried.add(toml)
                steps = self._planned(candidate)
                if steps is not None:
                    way = Alternative(candidate.text, toml, steps)
                    found.append((_rank(candidate, steps, wish), candidate.keeps, way))
        return tuple(way for _, _, way in _best(found))

    def _involved(self, judgement: Judgement) -> frozenset[str]:
        """Everybody whom the wish itself concerns, the default identity in any case."""
        found: set[str | None] = {self._judge.snapshot.identity}
        kind, _, key = judgement.address.partition(".")
        found.add(self._judge.workspace.projects[key].bill_to if kind == "projects" else key)
        for change in judgement.changes:
            if isinstance(change, Relocate | Rename | Rebill) and isinstance(change.project.bill_to, str):
                found.add(change.project.bill_to)
        return frozenset(one for one in found if one is not None)

    def _planned(self, candidate: Candidate) -> tuple[Step, ...] | None:
        """The steps with which a candidate is carried out, or None where it is not wholly legal."""
        if not self._can_be_read(candidate):
            return None
        judge = self._laid_over(candidate)
        touched = _judgements(judge, candidate)
        if not all(_legal(judge, judgement) for judgement in touched):
            return None
        addresses = {judgement.address for judgement in touched}
        before = (one for one in self._before(touched) if one.address not in addresses)
        judgements, placed = in_order(judge, [*touched, *before])
        if any(one.verdict != "steps" for one in judgements if one.address in addresses):
            return None
        return None if self._spoils(judge, candidate) else tuple(step for step, _ in placed)

    def _can_be_read(self, candidate: Candidate) -> bool:
        """Would the reader of the TOML have nothing against it?"""
        workspace, written_at = self._judge.workspace, self._judge.owners.owner_by_id
        for key, table in candidate.projects.items():
            if table.id and written_at(table.id) not in (None, project_address(key)):
                return False
        regions = [table.region for table in candidate.projects.values()]
        regions += [table.default_region for table in candidate.profiles.values()]
        known = all(region is None or region in workspace.regions for region in regions)
        new = {project_address(key) for key in candidate.projects} if candidate.moved_from else set()
        return known and new.isdisjoint(workspace.moved.values())

    def _laid_over(self, candidate: Candidate) -> Judge:
        """The judge of the workspace with the candidate's tables in it. Which project is whose stays as it
        is found for all others, unless other payers make other marks count: then all is matched anew."""
        judge, workspace = self._judge, self._judge.workspace
        among = self._payers(candidate)
        if (among ^ judge.owners.payers) & self._with_marks:
            judge = self._among.get(among) or judge.among(among)
            self._among[among] = judge
        orgs = {a.partition(".")[2]: t for a, t in candidate.profiles.items() if a.startswith("orgs.")}
        users = {a.partition(".")[2]: t for a, t in candidate.profiles.items() if a.startswith("users.")}
        return judge.laid_over(
            replace(
                workspace,
                projects=ChainMap(candidate.projects, cast("dict[str, Project]", workspace.projects)),
                orgs={**workspace.orgs, **orgs} if orgs else workspace.orgs,
                users={**workspace.users, **users} if users else workspace.users,
            )
        )

    def _payers(self, candidate: Candidate) -> frozenset[str]:
        """The payers of the workspace with the candidate's tables in it."""
        paid = self._paid.copy()
        for key, table in candidate.projects.items():
            before = self._judge.workspace.projects.get(key)
            paid.subtract((before.bill_to,) if before is not None else ())
            paid[table.bill_to] += 1
        named = {payer for payer, times in paid.items() if payer is not None and times > 0}
        return self._always | named

    @cached_property
    def _with_marks(self) -> frozenset[str | Unreadable]:
        """Who pays for projects that bear a mark of this workspace."""
        ours = self._judge.workspace.name + "/"
        projects = self._judge.snapshot.projects.values()
        return frozenset(p.bill_to for p in projects if isinstance(p.mark, str) and p.mark.startswith(ours))

    @cached_property
    def _paid(self) -> Counter[str | None]:
        """Payer → how many projects of the TOML name it."""
        return Counter(table.bill_to for table in self._judge.workspace.projects.values())

    @cached_property
    def _always(self) -> frozenset[str]:
        """The payers that the workspace has whatever its projects say."""
        return payers(replace(self._judge.workspace, projects={}))

    @cached_property
    def _adopting(self) -> defaultdict[str | Unreadable, set[str]]:
        """Name → the keys of the TOML that adopt by it."""
        found: defaultdict[str | Unreadable, set[str]] = defaultdict(set)
        for key, table in self._judge.workspace.projects.items():
            if table.adopt and not table.id:
                found[table.name or key].add(key)
        return found

    def _before(self, touched: Iterable[Judgement]) -> Iterable[Judgement]:
        """The judgements of the plan whose steps have to come before theirs."""
        found: dict[Address, Judgement] = {}
        open_ = list(touched)
        while open_:
            for operation in operations(open_.pop()):
                for key in operation.awaits:
                    for judgement in self._changing.get(key, ()):
                        if judgement.address not in found:
                            found[judgement.address] = judgement
                            open_.append(judgement)
        return found.values()

    @cached_property
    def _changing(self) -> dict[FactKey, list[Judgement]]:
        """Fact → the judgements whose steps change it."""
        found: defaultdict[FactKey, list[Judgement]] = defaultdict(list)
        for judgement in self._judgements:
            for operation in operations(judgement):
                for key in operation.effects:
                    found[key].append(judgement)
        return dict(found)

    def _spoils(self, judge: Judge, candidate: Candidate) -> bool:
        """Is another address worse off: a project that is ours by its mark, where that would count no more;
        one that adopts by the name that a moved project has; a new one that takes its region from a
        default of these tables?"""
        lost = self._judge.owners.payers - judge.owners.payers
        touched = {project_address(key) for key in candidate.projects}
        if any(self._billed[payer] - touched for payer in lost):
            return True
        for key, table in candidate.projects.items() if candidate.moved_from else ():
            moved = judge.owners.resolve(key, table, _moved_from(candidate)).project
            if moved is not None and self._adopting[moved.name] - {key}:
                return True
        defaults = (address.partition(".")[2] for address in candidate.profiles)
        created = [one for payer in defaults for one in self._created[payer]]
        return any(self._is_worse(judge, judgement) for judgement in created)

    def _is_worse(self, judge: Judge, before: Judgement) -> bool:
        """Has the creation stopped being legal, or does the TOML now contradict itself there?"""
        key = before.address.partition(".")[2]
        after = judge.project(key, judge.workspace.projects[key])
        return not _legal(judge, after) if before.verdict == "steps" else _contradicts(judge, after)

    @cached_property
    def _billed(self) -> defaultdict[str | Unreadable, set[Address]]:
        """Payer → the addresses of projects that it pays for at the platform."""
        found: defaultdict[str | Unreadable, set[Address]] = defaultdict(set)
        for key, table in self._judge.workspace.projects.items():
            project = self._judge.owners.resolve(key, table).project
            if project is not None:
                found[project.bill_to].add(project_address(key))
        return found

    @cached_property
    def _created(self) -> defaultdict[str, list[Judgement]]:
        """Payer → the judgements on new projects for it."""
        found: defaultdict[str, list[Judgement]] = defaultdict(list)
        for judgement in self._judgements:
            for change in judgement.changes:
                if isinstance(change, Create):
                    found[change.bill_to].append(judgement)
        return found


def _judgements(judge: Judge, candidate: Candidate) -> list[Judgement]:
    moved_from = _moved_from(candidate)
    projects = [judge.project(key, table, moved_from) for key, table in candidate.projects.items()]
    profiles = candidate.profiles.items()
    return [*projects, *(judge.profile(a, a.partition(".")[2], table) for a, table in profiles)]


def _moved_from(candidate: Candidate) -> tuple[Address, ...]:
    return () if candidate.moved_from is None else (candidate.moved_from,)


def _legal(judge: Judge, judgement: Judgement) -> bool:
    return judgement.verdict == "steps" and not _contradicts(judge, judgement)


def _contradicts(judge: Judge, judgement: Judgement) -> bool:
    return any(contradiction(judge.workspace, change) for change in judgement.changes)


def _toml(candidate: Candidate) -> str:
    move = None
    if candidate.moved_from is not None:
        move = candidate.moved_from, project_address(next(iter(candidate.projects)))
    return tables_text(candidate.projects, candidate.profiles, move)


def _likely(candidate: Candidate, wish: Collection[str]) -> tuple[bool, Distance, bool]:
    payers = {table.bill_to for table in candidate.projects.values() if table.bill_to}
    return candidate.last, candidate.distance, not payers <= set(wish)


def _rank(candidate: Candidate, steps: Sequence[Step], wish: Collection[str]) -> _Rank:
    last, distance, new = _likely(candidate, wish)
    new = new or not {step.as_ for step in steps} <= set(wish)
    # A new project is where it is for ever: of two ways as short, it is the second.
    creations = sum(1 for step in steps if step.action == "create")
    return last, distance, new, len(steps), creations, candidate.text


def _best(found: Iterable[_Way]) -> list[_Way]:
    ranked = sorted(found, key=lambda way: way[0])
    best, rest = ranked[:MOST], ranked[MOST:]
    if not any(keeps for _, keeps, _ in best):
        best[MOST - 1 :] = next(([way] for way in rest if way[1]), best[MOST - 1 :])
    return best
