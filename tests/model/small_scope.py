"""The small scope: every world of two payers, three regions, one or two projects and two identities that
one desired change can tell apart.

What is renamed away: the region in question is always A, the present payer always comes first, and of cases
that differ by the names of the other two regions, or of two identities that are both at hand, one counts.
What does not matter to a change by any law is not varied with it, but it is in the random worlds.
"""

from __future__ import annotations

from functools import cache

from model.cases import ADMIN, ALICE, BILLABLE, BOB, CAROL, PLAIN, A, B, C
from model.family import Values
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Member, Org, Project, User
from support.worlds import pid

MEMBERS: dict[str, Member | None] = {"ADMIN": ADMIN, "billable": BILLABLE, "plain": PLAIN, "none": None}
KINDS = tuple(MEMBERS)
LEVELS = ("ADMINISTER", "CONTRIBUTE", "none")
"""One level below ADMINISTER stands for all of them; where a mark is written CONTRIBUTE counts too, and there
VIEW stands for what is less."""
SUBSETS = ("", "A", "B", "C", "AB", "AC", "BC", "ABC")
DEFAULTS = ("-", "A", "B", "C")
OFFERS = ("-", "alice", "bob", "carol")
HANDS = ("alice", "alice+bob")
CODES = {"A": A, "B": B, "C": C}
PEOPLE = {"alice": ALICE, "bob": BOB, "carol": CAROL}


def two_at_hand(values: Values) -> Values:
    """With both at hand, which of them is called user-alice is a name."""
    if values["hands"] == "alice":
        return values
    turned = {"alice": "bob", "bob": "alice"}
    found = {}
    for name, value in values.items():
        stem, _, user = name.rpartition("_")
        other = f"{stem}_{turned[user]}" if user in turned else name
        found[other] = turned.get(value, value)
    return found


def other_regions(values: Values) -> Values:
    """Which of the regions that are not A is called B is a name."""
    swap = str.maketrans("BC", "CB")
    return {
        name: "".join(sorted(value.translate(swap))) if name in ("permitted", "default") else value
        for name, value in values.items()
    }


@cache
def regions(letters: str) -> tuple[str, ...]:
    return tuple(CODES[letter] for letter in letters)


@cache
def user(name: str, permitted: str = "B", default: str = "B") -> User:
    """Nobody but a payer is permitted A: an offer looks at the region of nobody who is offered it."""
    return User(name, name, permitted_regions=regions(permitted), default_region=CODES.get(default))


@cache
def org(
    name: str, kinds: tuple[str, str], permitted: str = "A", default: str = "A", restrict: str = "MEMBER"
) -> Org:
    """``kinds``: what user-alice and user-bob are in it."""
    named = zip((ALICE, BOB), kinds, strict=True)
    members = {user: member for user, kind in named if (member := MEMBERS[kind]) is not None}
    policies: dict[str, object] = {"memberListVisibility": "ADMIN", "restrictProjectTransfer": restrict}
    return Org(
        name,
        name,
        members,
        policies,
        permitted_regions=regions(permitted),
        default_region=CODES.get(default),
    )


@cache
def project(
    number: int, name: str, payer: str, levels: tuple[str, str], *, offer: str = "-", mark: str | None = None
) -> Project:
    """``levels``: of user-alice and user-bob. Somebody else made it."""
    members = {user: level for user, level in zip((ALICE, BOB), levels, strict=True) if level != "none"}
    marks = {} if mark is None else {"reconciler": mark}
    there = Project(pid(number), name, A, payer, CAROL, number, number, members, marks)
    return replace(there, pending_transfer=PEOPLE.get(offer))


def levels(values: Values) -> tuple[str, str]:
    return values["level_alice"], values["level_bob"]


def hands(values: Values) -> tuple[str, ...]:
    return (ALICE,) if values["hands"] == "alice" else (ALICE, BOB)


def people(*given: User) -> tuple[User, ...]:
    """The three of them; who is not given is no payer."""
    known = {one.id: one for one in given}
    return tuple(known.get(name) or user(name) for name in PEOPLE.values())
