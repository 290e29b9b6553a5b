"""Operations → steps in an order that holds at every moment; and a walk through them that proves it."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from msgspec.structs import replace

from reconciler.diff.changes import Adopt, Remark
from reconciler.model.actual import FactKey
from reconciler.model.desired import Address
from reconciler.model.plan import Step
from reconciler.planner.effects import Effects
from reconciler.planner.judge import Judge, Judgement, with_findings
from reconciler.planner.operations import Operation, operations
from reconciler.rules.finding import Finding, Verdict

Placed = tuple[Step, Operation]


class Circle(Exception):
    """Steps that wait for each other: no order carries them out. ``addresses``, each waiting for the
    next one, the first for itself in the end."""

    def __init__(self, addresses: tuple[Address, ...]) -> None:
        super().__init__(" → ".join((*addresses, addresses[0])))
        self.addresses = addresses


def in_order(judge: Judge, judgements: list[Judgement]) -> tuple[list[Judgement], tuple[Placed, ...]]:
    """The steps in an order in which each is legal, and the judgements with what there is no order for."""
    while True:
        found = _left_standing(judge, judgements)
        steps: tuple[Placed, ...] = ()
        if not found:
            try:
                steps = ordered(judgements)
                found = simulate(judge, steps)
            except Circle as circle:
                found = {address: (_in_a_circle(address, circle),) for address in circle.addresses}
        if not found:
            return judgements, steps
        judgements = [_held_back(j, found[j.address]) if j.address in found else j for j in judgements]


def _held_back(judgement: Judgement, findings: tuple[Finding, ...]) -> Judgement:
    """With nothing left to send, whatever the findings weigh: there is no order in which to send it."""
    return replace(with_findings(judgement, findings), acts=())


def _in_a_circle(address: Address, circle: Circle) -> Finding:
    message = f"these steps wait for each other, and none of them can be the first: {circle}"
    return Finding("REG303", address, "refused", message)


def _left_standing(judge: Judge, judgements: Sequence[Judgement]) -> dict[Address, tuple[Finding, ...]]:
    """Marks that would be written while another project of the TOML, whose own marking is held back,
    still bears them: what depends on a refused resource is refused with it, and so it cannot be told."""
    untold = {judgement.address for judgement in judgements if judgement.verdict == "cannot_tell"}
    marking = {
        act.change.project.id: act.change
        for judgement in judgements
        for act in judgement.acts
        if isinstance(act.change, Adopt | Remark)
    }
    found: dict[Address, tuple[Finding, ...]] = {}
    for project_id, change in marking.items():
        for other, owner in bearers(judge, change):
            if other not in marking and project_id != other:
                message = f"{other} bears the mark of this address until {owner} can be carried out"
                fact = FactKey(other, "mark")
                verdict: Verdict = "cannot_tell" if owner in untold else "refused"
                finding = Finding("REG303", change.address, verdict, message, "id", (fact,), reason=message)
                found[change.address] = (finding,)
    return found


def bearers(judge: Judge, change: Adopt | Remark) -> Iterator[tuple[str, Address]]:
    """Projects of other addresses, by the ids written there, that bear the mark that is to be written."""
    for other in judge.owners.holders.get(change.address, ()):
        owner = judge.owners.owner_by_id(other.id)
        if owner not in (None, change.address):
            yield other.id, owner


def ordered(judgements: Iterable[Judgement]) -> tuple[Placed, ...]:
    """All steps in the order of their dependencies; payers before projects, addresses in order. Raises
    Circle."""
    flat = [o for j in sorted(judgements, key=lambda j: _rank(j.address)) for o in operations(j)]
    needed = needs(flat)
    names: dict[int, str] = {}
    steps: list[Placed] = []
    for index in _sorted(flat, needed):
        names[index] = f"s{len(names) + 1}"
        depends_on = tuple(names[other] for other in sorted(needed[index]))
        steps.append((_step(names[index], flat[index], depends_on), flat[index]))
    return tuple(steps)


def _rank(address: Address) -> tuple[bool, Address]:
    return address.startswith("projects."), address


def needs(flat: Sequence[Operation]) -> dict[int, set[int]]:
    """For each operation those that change a fact which it awaits."""
    changing: defaultdict[FactKey, list[int]] = defaultdict(list)
    for index, operation in enumerate(flat):
        for key in operation.effects:
            changing[key].append(index)
    return {
        index: {other for key in operation.awaits for other in changing[key] if other != index}
        for index, operation in enumerate(flat)
    }


def _sorted(flat: Sequence[Operation], needed: dict[int, set[int]]) -> Iterable[int]:
    """Of all that is ready, always the first in the order of the addresses."""
    sorter = TopologicalSorter(needed)
    try:
        sorter.prepare()
    except CycleError as error:
        # Its last entry is the first again; graphlib names each before what needs it.
        around = dict.fromkeys(flat[index].address for index in reversed(error.args[1][:-1]))
        raise Circle(_from_the_first(tuple(around))) from None
    ready = sorted(sorter.get_ready())
    while ready:
        index = heapq.heappop(ready)
        yield index
        sorter.done(index)
        for following in sorter.get_ready():
            heapq.heappush(ready, following)


def _from_the_first(around: tuple[Address, ...]) -> tuple[Address, ...]:
    start = around.index(min(around))
    return around[start:] + around[:start]


def _step(name: str, operation: Operation, depends_on: tuple[str, ...]) -> Step:
    facts = {str(key) for act in operation.acts for key in act.asked}
    return Step(
        id=name,
        address=operation.address,
        action=operation.action,
        as_=operation.user,
        before=operation.before,
        after=operation.after,
        depends_on=depends_on,
        preconditions=tuple(sorted(facts)),
    )


def simulate(judge: Judge, steps: Iterable[Placed]) -> dict[Address, tuple[Finding, ...]]:
    """Walks through the steps, judging each on what the earlier ones left; gives what is illegal then.

    A plan whose end is legal may pass through a state that is not: that is found here, before
    anything is sent.
    """
    left: Effects = {}
    found: dict[Address, tuple[Finding, ...]] = {}
    for step, operation in steps:
        judgement = judge.judge(step.address, operation.changes, left)
        if judgement.verdict != "steps":
            found[step.address] = judgement.findings
        else:
            left |= operation.effects
    return found
