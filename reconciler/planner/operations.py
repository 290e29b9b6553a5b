"""A judgement → provider operations: one call each, with what it changes and what must come before it.

Name and payer travel in one call, the mark in one of its own; a handover is two calls by two people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reconciler.diff.changes import Adopt, Change, Create, Rebill, Release, Remark, Rename, SetDefault
from reconciler.model.actual import FactKey, Project
from reconciler.model.desired import Address
from reconciler.model.plan import Action, Values
from reconciler.planner.effects import Effects, effects, offered
from reconciler.planner.judge import Act, Judgement
from reconciler.rules.actor import Acceptance, Actor, Handover


class Operation(Struct, frozen=True):
    """A step before it has its place.

    effects: the facts as it leaves them. awaits: facts that have to be as another operation of the
    plan leaves them, if there is one that changes them.
    """

    address: Address
    action: Action
    user: str
    before: Values | None
    after: Values
    acts: tuple[Act, ...]
    effects: Effects
    awaits: frozenset[FactKey] = frozenset()

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(act.change for act in self.acts)


def operations(judgement: Judgement) -> Iterator[Operation]:
    """The provider operations of one resource: an adoption first, then what rests on it."""
    updates: dict[str, list[Act]] = {}
    adopted = _adopted(judgement.acts)
    for act in judgement.acts:
        match act.change, act.able:
            case SetDefault() | Create() | Adopt() | Remark() | Release(), Actor(user=user):
                yield _single(act, user)
            case Rename() | Rebill(), Actor(user=user):
                updates.setdefault(user, []).append(act)
            case Rebill(), Handover() | Acceptance():
                yield from _taken_over(act, act.change, adopted)
            case _:
                raise AssertionError(f"{judgement.address}: no operation carries out {act.change}")
    for user, together in updates.items():
        yield _update(judgement.address, user, tuple(together), adopted)


def _adopted(acts: Iterable[Act]) -> frozenset[FactKey]:
    """The mark of a project that is adopted by right of its present members: the rest comes after it."""
    marks = (
        FactKey(a.change.project.id, "mark") for a in acts if isinstance(a.change, Adopt) and not a.awaits
    )
    return frozenset(marks)


def _single(act: Act, user: str) -> Operation:
    change, awaits = act.change, act.awaits
    action: Action = "update"
    known: Values | None
    match change:
        case SetDefault(before=before, after=region):
            known = {"default_region": before} if isinstance(before, str) else {}
            after: Values = {"default_region": region}
        case Create():
            action, known, after = "create", None, _creation(change)
            awaits |= {FactKey(change.mark, "holders")}
        case Adopt(project=project, mark=mark) | Remark(project=project, mark=mark):
            action = "adopt" if isinstance(change, Adopt) else "update"
            known, after = _known(project, "mark"), {"mark": mark}
            awaits |= {FactKey(mark, "holders")}
        case Release(project=project):
            action, known, after = "release", _known(project, "mark"), {}
        case _:
            raise AssertionError(f"{change.address}: {change} is not carried out by itself")
    return Operation(change.address, action, user, known, after, (act,), effects(change, act.able), awaits)


def _creation(change: Create) -> Values:
    after = {"name": change.name}
    if isinstance(change.region, str):
        after["region"] = change.region
    return {**after, "bill_to": change.bill_to, "mark": change.mark}


def _taken_over(act: Act, change: Rebill, adopted: frozenset[FactKey]) -> Iterator[Operation]:
    """The offer, unless it stands already, and its acceptance."""
    before = _known(change.project, "bill_to")
    if isinstance(act.able, Handover):
        invitee = act.able.recipient
        made = offered(change, invitee)
        yield Operation(
            change.address,
            "transfer",
            act.able.offerer,
            before,
            {"invitee": invitee},
            (act,),
            made,
            act.awaits | adopted,
        )
    if isinstance(act.able, Handover | Acceptance):
        standing = {FactKey(change.project.id, "pending_transfer")}
        yield Operation(
            change.address,
            "accept",
            act.able.recipient,
            before,
            {"bill_to": change.bill_to},
            (act,),
            effects(change, act.able),
            act.awaits | adopted | standing,
        )


def _update(address: Address, user: str, acts: tuple[Act, ...], adopted: frozenset[FactKey]) -> Operation:
    before: Values = {}
    after: Values = {}
    left: Effects = {}
    for act in acts:
        left |= effects(act.change, act.able)
        if isinstance(act.change, Rename):
            before |= _known(act.change.project, "name")
            after["name"] = act.change.name
        elif isinstance(act.change, Rebill):
            before |= _known(act.change.project, "bill_to")
            after["bill_to"] = act.change.bill_to
    awaits = adopted.union(*(act.awaits for act in acts))
    return Operation(address, "update", user, before, after, acts, left, awaits)


def _known(project: Project, attribute: str) -> Values:
    value = getattr(project, attribute)
    return {"id": project.id, attribute: value} if isinstance(value, str) else {"id": project.id}
