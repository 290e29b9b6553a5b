"""Judgements → ordered steps: one provider operation each, in an order that holds at every moment."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter

from msgspec import Struct

from reconciler.diff.changes import Adopt, Create, Rebill, Remark, Rename, SetDefault
from reconciler.model.actual import FactKey, FactValue, Project
from reconciler.model.desired import Address
from reconciler.model.knowledge import Absent
from reconciler.model.plan import Action, Step, Values
from reconciler.planner.judge import Act, Judge, Judgement
from reconciler.rules.finding import Finding


class Operation(Struct, frozen=True):
    """A step before it has its place: ``follows`` are the operations of its resource that it needs."""

    address: Address
    action: Action
    user: str
    before: Values | None
    after: Values
    acts: tuple[Act, ...]
    follows: tuple[int, ...] = ()


def operations(judgement: Judgement) -> Iterator[Operation]:
    """The provider operations of one resource: an adoption first, then what rests on it. Name and
    payer travel in one call, the mark in one of its own."""
    updates: dict[str, list[Act]] = {}
    adopted = False
    for act in judgement.acts:
        match act.change:
            case SetDefault(before=before, after=after, address=address):
                known: Values = {} if not isinstance(before, str) else {"default_region": before}
                yield Operation(address, "update", act.user, known, {"default_region": after}, (act,))
            case Create():
                yield Operation(act.change.address, "create", act.user, None, _creation(act.change), (act,))
            case Adopt(project=project, mark=mark, address=address):
                adopted = True
                yield Operation(address, "adopt", act.user, {"id": project.id}, {"mark": mark}, (act,))
            case Remark(project=project, mark=mark, address=address):
                before_mark: Values = {"id": project.id}
                if isinstance(project.mark, str):
                    before_mark["mark"] = project.mark
                yield Operation(address, "update", act.user, before_mark, {"mark": mark}, (act,))
            case Rename() | Rebill():
                updates.setdefault(act.user, []).append(act)
    for user, together in updates.items():
        yield _update(judgement.address, user, tuple(together), (0,) if adopted else ())


def _creation(change: Create) -> Values:
    after = {"name": change.name}
    if isinstance(change.region, str):
        after["region"] = change.region
    return {**after, "bill_to": change.bill_to, "mark": change.mark}


def _update(address: Address, user: str, acts: tuple[Act, ...], follows: tuple[int, ...]) -> Operation:
    before: Values = {}
    after: Values = {}
    for act in acts:
        if isinstance(act.change, Rename):
            before.update(_known(act.change.project, "name"))
            after["name"] = act.change.name
        elif isinstance(act.change, Rebill):
            before.update(_known(act.change.project, "bill_to"))
            after["bill_to"] = act.change.bill_to
    return Operation(address, "update", user, before, after, acts, follows)


def _known(project: Project, attribute: str) -> Values:
    value = getattr(project, attribute)
    return {"id": project.id, attribute: value} if isinstance(value, str) else {"id": project.id}


def ordered(judgements: Iterable[Judgement]) -> tuple[tuple[Step, Operation], ...]:
    """All steps in the order of the dependencies; payers before projects, addresses in order."""
    flat: list[Operation] = []
    needs: dict[int, set[int]] = {}
    for judgement in sorted(judgements, key=lambda j: _rank(j.address)):
        first = len(flat)
        for operation in operations(judgement):
            needs[len(flat)] = {first + n for n in operation.follows}
            flat.append(operation)
    names: dict[int, str] = {}
    steps: list[tuple[Step, Operation]] = []
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    ready = sorted(sorter.get_ready())
    while ready:
        index = heapq.heappop(ready)
        names[index] = f"s{len(names) + 1}"
        steps.append(
            (_step(names[index], flat[index], [names[n] for n in sorted(needs[index])]), flat[index])
        )
        sorter.done(index)
        for following in sorter.get_ready():
            heapq.heappush(ready, following)
    return tuple(steps)


def _rank(address: Address) -> tuple[bool, Address]:
    return address.startswith("projects."), address


def _step(name: str, operation: Operation, depends_on: list[str]) -> Step:
    facts = {str(key) for act in operation.acts for key in act.asked}
    return Step(
        id=name,
        address=operation.address,
        action=operation.action,
        as_=operation.user,
        before=operation.before,
        after=operation.after,
        depends_on=tuple(depends_on),
        preconditions=tuple(sorted(facts)),
    )


def simulate(judge: Judge, steps: Iterable[tuple[Step, Operation]]) -> dict[Address, tuple[Finding, ...]]:
    """Walks through the steps, judging each on what the earlier ones left; gives what is illegal then.

    A plan whose end is legal may pass through a state that is not: that is found here, before
    anything is sent.
    """
    overlay: dict[FactKey, FactValue | Absent] = {}
    found: dict[Address, tuple[Finding, ...]] = {}
    for step, operation in steps:
        changes = tuple(act.change for act in operation.acts)
        judgement = judge.judge(step.address, changes, overlay)
        if judgement.findings:
            found[step.address] = judgement.findings
        else:
            overlay.update(_effects(step))
    return found


def _effects(step: Step) -> dict[FactKey, FactValue]:
    subject = step.subject
    if subject is None:
        return {FactKey(step.after["mark"], "holders"): ("(created)",)}
    return {FactKey(subject, attribute): value for attribute, value in step.after.items()}
