"""Worlds of any size from a seed: up to eight payers, ten regions, thirty projects, many changes at once.

What is wanted is mostly what is there, with changes strewn in: a world drawn wholly at random would refuse
nearly everything. What the small scope leaves out comes in here: shares with organisations and with all,
levels of every sort, policies of orgs, marks of every sort, payers that are not there.
"""

from __future__ import annotations

from random import Random

from model.cases import Case, fresh_id
from msgspec import Struct
from reconciler_sandbox.laws.records import LEVELS, Member, Org, Project, User
from support.worlds import REGIONS, desired, pid

from reconciler.model.desired import Profile, Workspace
from reconciler.model.desired import Project as Desired

PEOPLE = ("user-alice", "user-bob", "user-carol", "user-dave")
MORE_REGIONS = (*REGIONS, "aws:me-south-1", "oci:us-ashburn-1")
NAMES = ("rna", "dna", "cohort", "x")


class Size(Struct, frozen=True):
    """The most of each; ``people`` includes those that are never at hand."""

    orgs: int
    people: int
    regions: int
    projects: int
    identities: int


SMALL = Size(2, 3, 3, 2, 2)
LARGE = Size(4, 4, 10, 30, 3)


def random_case(rng: Random, size: Size) -> Case:
    regions = MORE_REGIONS[: rng.randint(2, size.regions)]
    people = PEOPLE[: rng.randint(2, size.people)]
    users = tuple(_user(rng, name, regions) for name in people)
    names = [f"org-{letter}" for letter in "abcd"[: rng.randint(1, size.orgs)]]
    orgs = tuple(_org(rng, name, people, regions) for name in names)
    payers = [*names, *people]
    projects = tuple(
        _project(rng, number, payers, people, regions)
        for number in range(1, 1 + rng.randint(0, size.projects))
    )
    at_hand = list(people)
    if rng.random() < 0.8:
        rng.shuffle(at_hand)
    identities = tuple(at_hand[: rng.randint(1, size.identities)])
    return Case(users, orgs, projects, identities, _workspace(rng, users, orgs, projects, regions), regions)


def _some(rng: Random, values: tuple[str, ...], likely: float = 0.6) -> tuple[str, ...]:
    return tuple(value for value in values if rng.random() < likely)


def _user(rng: Random, name: str, regions: tuple[str, ...]) -> User:
    permitted = _some(rng, regions)
    return User(
        name,
        name,
        permitted_regions=None if rng.random() < 0.05 else permitted,
        default_region=rng.choice([None, rng.choice(regions), *permitted]),
    )


def _org(rng: Random, name: str, people: tuple[str, ...], regions: tuple[str, ...]) -> Org:
    kinds = (
        Member("ADMIN", True, "ADMINISTER"),
        Member("ADMIN", True, "ADMINISTER"),
        Member(allow_billable_activities=True, project_access=rng.choice(LEVELS)),
        Member(project_access=rng.choice(LEVELS)),
        None,
    )
    drawn = {user: rng.choice(kinds) for user in people}
    permitted = _some(rng, regions)
    return Org(
        name,
        name,
        {user: member for user, member in drawn.items() if member is not None},
        {
            "memberListVisibility": rng.choice(("ADMIN", "MEMBER", "PUBLIC")),
            "restrictProjectTransfer": rng.choice(("ADMIN", "MEMBER")),
        },
        permitted_regions=None if rng.random() < 0.05 else permitted,
        default_region=rng.choice([None, rng.choice(regions), *permitted]),
    )


def _project(
    rng: Random, number: int, payers: list[str], people: tuple[str, ...], regions: tuple[str, ...]
) -> Project:
    entities = [*people, *(payer for payer in payers if payer.startswith("org-")), "PUBLIC"]
    members: dict[str, str] = {}
    for entity in entities:
        if rng.random() < (0.1 if entity == "PUBLIC" else 0.5):
            level = "VIEW" if entity == "PUBLIC" else rng.choice((*LEVELS[1:], "ADMINISTER", "ADMINISTER"))
            members[entity] = level
    # Marks of ours fit the addresses of the TOML: see _table.
    mark = rng.choice((None, None, f"ws/projects.p{number}", f"ws/projects.p{number}"))
    if rng.random() < 0.1:
        mark = rng.choice(("theirs/projects.x", "ws/projects.old", "ws/projects.p1"))
    return Project(
        pid(number),
        rng.choice(NAMES),
        rng.choice(regions),
        rng.choice(payers),
        people[0],
        number // 2,
        number,
        members,
        {} if mark is None else {"reconciler": mark},
        pending_transfer=rng.choice(people) if rng.random() < 0.2 else None,
    )


def _workspace(
    rng: Random,
    users: tuple[User, ...],
    orgs: tuple[Org, ...],
    projects: tuple[Project, ...],
    regions: tuple[str, ...],
) -> Workspace:
    there = (*orgs, *users)
    tables = {one.id: _profile(rng, one, regions) for one in there if rng.random() < 0.5}
    if rng.random() < 0.05:
        tables["org-nowhere"] = Profile(rng.choice(regions))
    payers = [one.id for one in there]
    wanted: dict[str, Desired] = {}
    for number, project in enumerate(projects, 1):
        if rng.random() < 0.8:
            wanted[f"p{number}"] = _table(rng, project, payers, regions)
    for number in range(rng.randint(0, 2)):
        wanted[f"new{number}"] = _new(rng, payers, regions)
    moved = {"projects.old": rng.choice(sorted(wanted))} if wanted and rng.random() < 0.1 else {}
    return desired(
        wanted,
        orgs={name: table for name, table in tables.items() if name.startswith("org-")},
        users={name: table for name, table in tables.items() if name.startswith("user-")},
        moved={old: f"projects.{new}" for old, new in moved.items()},
    )


def _profile(rng: Random, there: User | Org, regions: tuple[str, ...]) -> Profile:
    permitted: tuple[str, ...] | None = None
    if rng.random() < 0.4:
        permitted = tuple(sorted({*(there.permitted_regions or ()), *_some(rng, regions, 0.2)}))
    if permitted and rng.random() < 0.3:
        permitted = permitted[1:]
    choices = [None, there.default_region, *(permitted if permitted is not None else regions)]
    default = rng.choice(choices)
    if permitted is not None and default not in permitted:
        default = None
    return Profile(default, permitted or None)


def _table(rng: Random, there: Project, payers: list[str], regions: tuple[str, ...]) -> Desired:
    by_id = "reconciler" not in there.properties or rng.random() < 0.2
    name = rng.choice((there.name, there.name, None, rng.choice(NAMES)))
    payer = there.bill_to if rng.random() < 0.5 else rng.choice(payers)
    adopt = rng.random() < (0.5 if by_id else 0.1)
    return Desired(
        name,
        rng.choice((there.region, None, there.region, rng.choice(regions))),
        None if by_id and rng.random() < 0.3 else payer,
        there.id if by_id else None,
        adopt=adopt,
        take_over="theirs" if adopt and rng.random() < 0.3 else None,
    )


def _new(rng: Random, payers: list[str], regions: tuple[str, ...]) -> Desired:
    payer = "org-nowhere" if rng.random() < 0.05 else rng.choice(payers)
    return Desired(
        rng.choice((None, *NAMES)),
        rng.choice((None, rng.choice(regions))),
        payer,
        fresh_id(99) if rng.random() < 0.05 else None,
        adopt=rng.random() < 0.2,
        same_name=rng.choice((None, "create")),
    )
