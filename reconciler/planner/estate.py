"""What the residency policies and the guards say of the plan as a whole, as parts of its document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from reconciler.diff.changes import Change, Create, Rebill, Rename
from reconciler.diff.managed import Compared
from reconciler.model.actual import Project
from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.plan import Step, UnreadableEntry, Violation
from reconciler.planner.judge import Judge, Judgement
from reconciler.rules import guards
from reconciler.rules.estate import Estate, Standing, known
from reconciler.rules.finding import Finding
from reconciler.rules.policies import SOON, Hidden, Matcher, Place, Placed, Policies, Residency, Violated
from reconciler.rules.residency import created, left_by


class Report(Struct, frozen=True):
    violations: tuple[Violation, ...] = ()
    unreadable: tuple[UnreadableEntry, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def judged(judge: Judge, compared: Iterable[Compared], judgements: Sequence[Judgement]) -> Report:
    """The estate under the policies, as it is; and under waivers alone, as the plan will leave it."""
    if not judge.policies.each:
        return Report()
    estate = Estate(judge.workspace, judge.snapshot, known(judge.baseline, compared))
    standing = tuple(estate.standing(judge.policies))
    last = LastApplied(judge.baseline, judge.policies)
    violations = [last.violation(one) for one in standing if isinstance(one.found, Violated)]
    violations += [found for j in judgements for found in _excused(judge, j)]
    unreadable = [
        UnreadableEntry(f"policies.{one.policy}", f"{one.project.id}.{one.found.attribute}", one.found.reason)
        for one in standing
        if isinstance(one.found, Hidden)
    ]
    unreadable += [
        UnreadableEntry(f"policies.{one.policy}", f"{one.payer}.estate", one.reason)
        for one in estate.unlisted(judge.policies)
    ]
    ahead = [after for j in judgements for _, after in _ahead(j.changes)]
    return Report(
        tuple(sorted(violations, key=lambda v: (v.policy, v.project))),
        tuple(unreadable),
        (*_of_waivers(judge), *_idle(judge, estate, ahead)),
    )


class LastApplied:
    """The policies as they were last applied: what stands under them already is not new."""

    def __init__(self, baseline: Baseline, policies: Policies) -> None:
        self._before = {p.id: Residency(p, (), policies.today) for p in baseline.policies}

    def violation(self, one: Standing) -> Violation:
        before = self._before.get(one.policy)
        old = before is not None and isinstance(before.verdict(one.project), Violated)
        return _violation(one.policy, one.project.id, one.project, one.found, new=not old)


def _violation(policy: str, project: str, place: Placed, found: Violated | Hidden, *, new: bool) -> Violation:
    excused = found.waiver if isinstance(found, Violated) else None
    return Violation(policy, project, str(place.region), excused.ticket if excused else None, new)


def _ahead(changes: Iterable[Change]) -> Iterator[tuple[Project | None, Place]]:
    """A project before (None: not there yet) and after these changes, where a policy may see a difference."""
    moves: list[Rename | Rebill] = []
    for change in changes:
        if isinstance(change, Create):
            yield None, created(change)
        elif isinstance(change, Rename | Rebill):
            moves.append(change)
    if moves:
        project = moves[0].project
        before = Place(project.id, project.name, project.bill_to, project.region)
        yield project, left_by(moves, before)


def _excused(judge: Judge, judgement: Judgement) -> Iterator[Violation]:
    """Violations that the steps will cause and a waiver excuses. A project that is not there yet is
    named by its address."""
    for before, after in _ahead(act.change for act in judgement.acts):
        for residency in judge.policies.each:
            found = residency.verdict(after)
            stood = before is not None and isinstance(residency.verdict(before), Violated)
            if isinstance(found, Violated) and not stood:
                name = judgement.address if after.id is None else after.id
                yield _violation(residency.id, name, after, found, new=True)


def _of_waivers(judge: Judge) -> Iterator[Diagnostic]:
    """Waivers that have ended, or soon will."""
    for index, waiver in enumerate(judge.workspace.waivers):
        left = judge.policies.days_left(waiver)
        if left > SOON:
            continue
        name = f"waiver {waiver.ticket} of policy {waiver.policy}, approved by {waiver.approved_by},"
        place = judge.workspace.sources.locate(f"waivers.{index}", "expires")
        if left < 0:
            summary = f"{name} expired on {waiver.expires}"
            detail = "What it excused counts as a violation again: have it renewed, or take it out."
            yield Diagnostic("warning", "waiver-expired", summary, detail, place)
        else:
            when = "today" if left == 0 else f"in {left} day{'s' if left > 1 else ''}"
            summary = f"{name} expires {when}, on {waiver.expires}"
            detail = "From the day after, what it excuses counts as a violation."
            yield Diagnostic("warning", "waiver-expiring", summary, detail, place)


def _idle(judge: Judge, estate: Estate, ahead: Sequence[Place]) -> Iterator[Diagnostic]:
    """Policies and waivers that speak of no project, neither now nor once all is applied."""

    def idle(matcher: Matcher) -> bool:
        unsure = estate.speaks_of(matcher) or estate.unseen(matcher)
        return not unsure and all(matcher.answer(place) is False for place in ahead)

    locate = judge.workspace.sources.locate
    for residency in judge.policies.each:
        if idle(residency.matcher):
            summary = f"policy {residency.id} matches no project"
            place = locate(f"policies.{residency.id}", "match")
            detail = "Nothing is checked by it. Is its match spelt right?"
            yield Diagnostic("warning", "policy-matches-nothing", summary, detail, place)
    for index, waiver in enumerate(judge.workspace.waivers):
        if judge.policies.days_left(waiver) >= 0 and idle(Matcher(waiver.match)):
            summary = f"waiver {waiver.ticket} of policy {waiver.policy} matches no project"
            detail = "It excuses nothing. Is its match spelt right, and is it still needed?"
            place = locate(f"waivers.{index}", "match")
            yield Diagnostic("warning", "waiver-matches-nothing", summary, detail, place)


def held_back(judge: Judge, steps: Sequence[Step]) -> tuple[Finding, ...]:
    """What the guards have against these steps."""
    workspace = judge.workspace
    if workspace.guards is None:
        return ()
    managed = len(workspace.projects) + len(workspace.orgs) + len(workspace.users)
    return tuple(guards.held_back(workspace.guards, steps, len(judge.baseline.resources), managed))
