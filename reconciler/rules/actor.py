"""Who may carry out a change: the identity that a step will act as.

Answers are three-valued: an identity may, may not (for reasons that are facts), or it cannot be
told. Law by law this follows the platform's permission matrix; where the platform's behaviour is
not known for certain the stricter reading is taken, so that no planned step is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, TypeGuard

from msgspec import Struct

from reconciler.diff.changes import Adopt, Create, Rebill, Release, Remark, Rename, SetDefault
from reconciler.model.actual import Access, FactKey, Membership, Needed, at_least
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.rules.world import World


class No(Struct, frozen=True):
    """``lacks`` says in words what is missing, ``facts`` which facts say so."""

    lacks: str
    facts: tuple[FactKey, ...]


class Unsure(Struct, frozen=True):
    key: FactKey
    reason: str


class Actor(Struct, frozen=True):
    """The user of the identity that may."""

    user: str


class Acceptance(Struct, frozen=True):
    """The project is already offered to ``recipient``, who may accept it as wanted. ``at_hand``:
    with a login of ours, which is known to see the regions of the new payer."""

    recipient: str
    at_hand: bool


class Handover(Struct, frozen=True):
    """``offerer`` (at hand) may offer the project, only ``recipient`` may accept it. ``at_hand``: as for
    an acceptance; else all of it is left to the two of them."""

    offerer: str
    recipient: str
    at_hand: bool


class ByHand(Struct, frozen=True):
    """One named person has to do it with their own login."""

    user: str


Able: TypeAlias = Actor | Acceptance | Handover
Right: TypeAlias = Able | ByHand | No | Unsure
Answer: TypeAlias = No | Unsure | None
"""None: yes."""
Actionable: TypeAlias = SetDefault | Create | Adopt | Remark | Release | Rename | Rebill


def right(change: Actionable, world: World) -> Right:
    """Who may carry the change out."""
    match change:
        case SetDefault(profile=profile):
            return _profile_right(profile, world)
        case Create(bill_to=payer):
            return _create_right(payer, world)
        case Adopt(project=project) | Remark(project=project) | Release(project=project):
            return first_of(world, lambda user: has_level(user, project.id, "CONTRIBUTE", world))
        case Rename(project=project):
            return first_of(world, lambda user: has_level(user, project.id, "ADMINISTER", world))
        case Rebill():
            return _rebill_right(change, world)


def _profile_right(profile: str, world: World) -> Right:
    if profile.startswith("user-"):
        return Actor(profile) if world.at_hand(profile) else ByHand(profile)
    return first_of(world, lambda user: _is_admin(user, profile, world))


def _create_right(payer: str, world: World) -> Right:
    if payer.startswith("user-"):
        return Actor(payer) if world.at_hand(payer) else ByHand(payer)
    return first_of(world, lambda user: may_bill(user, payer, world))


def can_be_sent(answer: Right) -> TypeGuard[Able]:
    """Can identities at hand do the whole of it?"""
    match answer:
        case Actor():
            return True
        case Acceptance(at_hand=at_hand) | Handover(at_hand=at_hand):
            return at_hand
        case _:
            return False


def _rebill_right(change: Rebill, world: World) -> Right:
    project, to = change.project, change.bill_to
    accepting = acceptance(change, world)
    offered = isinstance(world.offered_to(project.id), str)
    if isinstance(accepting, Acceptance) or (accepting is not None and offered):
        return accepting
    source = world.payer(project.id)
    if isinstance(source, Unreadable):
        return Unsure(FactKey(project.id, "bill_to"), source.reason)

    def may_give(user: str) -> Answer:
        return every(
            lambda: has_level(user, project.id, "ADMINISTER", world),
            lambda: _may_take_from(user, project.id, source, world),
        )

    giver = first_of(world, may_give)
    if not isinstance(giver, Actor):
        return _or_accepting(giver, accepting, change, world)
    if world.exists(to) is False:
        return giver  # nobody can bill to it, and REG202 says so
    direct = first_of(world, lambda user: every(lambda: may_give(user), lambda: may_bill(user, to, world)))
    if isinstance(direct, Actor):
        return direct
    if to.startswith("user-"):
        at_hand = _at_hand_and_open(to, to, world)
        if isinstance(direct, Unsure) and not at_hand:
            return direct  # people are asked only for what nobody at hand can do
        return Handover(giver.user, to, at_hand)
    taker = first_of(world, lambda user: may_bill(user, to, world))
    return Handover(giver.user, taker.user, at_hand=True) if isinstance(taker, Actor) else taker


def _or_accepting(giver: No | Unsure, accepting: Unsure | None, change: Rebill, world: World) -> No | Unsure:
    """Nobody at hand may give the project away; but where it cannot be seen whether it is offered
    already, and to whom, an acceptance may be all that is left."""
    if isinstance(giver, Unsure):
        return giver
    if accepting is not None:
        return accepting
    pending, to = world.offered_to(change.project.id), change.bill_to
    if isinstance(pending, Unreadable) and to.startswith("user-") and not world.at_hand(to):
        return Unsure(FactKey(change.project.id, "pending_transfer"), pending.reason)
    return giver


def acceptance(change: Rebill, world: World) -> Acceptance | Unsure | None:
    """Who only has to accept, when the project is already offered to one who can bill it as wanted."""
    pending, to = _recipient(change.project.id, world), change.bill_to
    if not isinstance(pending, str):
        return pending
    if pending == to:
        return Acceptance(pending, _at_hand_and_open(pending, to, world))
    if not world.at_hand(pending):
        return None
    answer = may_bill(pending, to, world)
    if isinstance(answer, Unsure):
        return answer
    return Acceptance(pending, at_hand=True) if answer is None else None


def _recipient(project_id: str, world: World) -> str | Unsure | None:
    """To whom the project is offered. An offer shows to who administers the project, and to its
    recipient: where it does not show, each identity at hand still knows whether it is the one."""
    pending = world.offered_to(project_id)
    if isinstance(pending, str):
        return pending
    unsure: Unsure | None = None
    for user in world.identities if isinstance(pending, Unreadable) else ():
        offered = world.is_offered(user, project_id)
        if offered is True:
            return user
        if isinstance(offered, Unreadable):
            unsure = unsure or Unsure(FactKey(project_id, "offered", user), offered.reason)
    return unsure


def _at_hand_and_open(user: str, payer: str, world: World) -> bool:
    """Is the user's login at hand, and does it tell the regions of the payer? An offer is made only
    where it is known that it can be accepted."""
    return world.at_hand(user) and not isinstance(world.permitted(payer), Unreadable)


def has_level(user: str, project_id: str, wanted: Access, world: World) -> Answer:
    """May the user do what needs this level on the project?"""
    level = world.level(user, project_id)
    key = FactKey(project_id, "level", user)
    if isinstance(level, Unreadable):
        return _unread(key, level, wanted, world)
    if at_least(level, wanted):
        return None
    return No(f"{user} has {level} on {project_id}, {wanted} is needed", (key,))


def may_bill(user: str, payer: str, world: World) -> Answer:
    """May the user make projects that this payer pays for, or take one over for it?"""
    if payer.startswith("user-"):
        return None if payer == user else No(f"only {payer} may bill projects to {payer}", ())
    member = world.membership(user, payer)
    key = FactKey(payer, "membership", user)
    if isinstance(member, Unreadable):
        return _unread(key, member, "BILLABLE", world)
    if member is ABSENT:
        return No(f"{user} is no member of {payer}", (key,))
    if isinstance(member, Membership) and (member.level == "ADMIN" or member.billable):
        return None
    return No(f"{user} may not do billable activities in {payer}", (key,))


def _is_admin(user: str, org: str, world: World) -> Answer:
    member = world.membership(user, org)
    key = FactKey(org, "membership", user)
    if isinstance(member, Unreadable):
        return _unread(key, member, "ADMIN", world)
    if isinstance(member, Membership) and member.level == "ADMIN":
        return None
    what = f"only a {member.level}" if isinstance(member, Membership) else "no member"
    return No(f"{user} is {what} of {org}, ADMIN is needed", (key,))


def _may_take_from(user: str, project_id: str, source: str, world: World) -> Answer:
    """May the user take a project away from its present payer? Of an org with the transfer policy
    MEMBER every member may, with ADMIN its ADMINs; from another user nobody else may."""
    if source == user or world.is_free(FactKey(project_id, "bill_to")):
        return None
    if source.startswith("user-"):
        fact = FactKey(project_id, "bill_to")
        return No(f"only {source} may give away what {source} pays for", (fact,))
    member = world.membership(user, source)
    key = FactKey(source, "membership", user)
    if isinstance(member, Unreadable):
        unsure = _unread(key, member, "MEMBER", world)
        if unsure is None and world.restrict_transfer(source) != "MEMBER":
            world.left_to_apply(key, "ADMIN")
        return unsure
    if not isinstance(member, Membership):
        return No(f"{user} is no member of {source}, the present payer", (key,))
    if member.level == "ADMIN":
        return None
    policy = world.restrict_transfer(source)
    policy_key = FactKey(source, "restrict_project_transfer")
    if isinstance(policy, Unreadable):
        return Unsure(policy_key, policy.reason)
    if policy == "ADMIN":
        return No(f"{source} lets only its ADMINs change the payer; {user} is none", (key, policy_key))
    return None


def _unread(key: FactKey, value: Unreadable, needs: Needed, world: World) -> Unsure | None:
    """The answer where a right could not be read."""
    return None if world.left_to_apply(key, needs) else Unsure(key, value.reason)


def every(*questions: Callable[[], Answer]) -> Answer:
    """Yes only if every answer is; a "no" weighs more than "cannot tell"."""
    unsure: Unsure | None = None
    for question in questions:
        answer = question()
        if isinstance(answer, No):
            return answer
        unsure = unsure or answer
    return unsure


def first_of(world: World, question: Callable[[str], Answer]) -> Actor | No | Unsure:
    """The first identity that may; else what stands in the way, "cannot tell" before "no"."""
    answers: list[No] = []
    unsure: Unsure | None = None
    for user in world.identities:
        answer = question(user)
        if answer is None:
            return Actor(user)
        if isinstance(answer, No):
            answers.append(answer)
        else:
            unsure = unsure or answer
    return unsure or _joined(answers)


def _joined(answers: Iterable[No]) -> No:
    found = list(answers)
    facts = {key for answer in found for key in answer.facts}
    return No("; ".join(answer.lacks for answer in found), tuple(sorted(facts)))
