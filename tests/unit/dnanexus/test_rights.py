"""The rights of a user whose login is not at hand, as others see them, on the embedded platform."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from itertools import product

import pytest
from msgspec import structs
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Member, Org, Project, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.platform import Platform
from support.inprocess import client, platform_of, world

from reconciler.model.actual import Level, Membership, Scope, Snapshot
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.provider import ProviderError

from .stub import Asked, Stub, error, writer

ALICE, READER = "user-alice", "user-reader"
PAYER, TEAM = "org-payer", "org-team"
ONE = "project-J00000000000000000000001"
ESTATE = Scope(estates=(PAYER,), rights_of=(ALICE,))


def org(name: str, visible: str, **members: Member) -> Org:
    return Org(
        id=name,
        name=name,
        members={f"user-{who}": member for who, member in members.items()},
        policies={"memberListVisibility": visible, "restrictProjectTransfer": "ADMIN"},
        permitted_regions=("aws:us-east-1",),
        default_region="aws:us-east-1",
    )


def project(number: int, **members: str) -> Project:
    shared = {("PUBLIC" if who == "public" else who.replace("_", "-")): lvl for who, lvl in members.items()}
    return Project(
        id=f"project-J{number:023}",
        name=f"P{number}",
        region="aws:us-east-1",
        bill_to=PAYER,
        created_by=READER,
        created=number,
        modified=number,
        members={READER: "VIEW", **shared},
        properties={},
    )


def platform(
    *projects: Project,
    visible: str = "MEMBER",
    in_payer: Member | None = None,
    in_team: Member | None = None,
    **switches: str,
) -> Platform:
    """user-reader is a MEMBER of both orgs, who sees their members unless ``visible`` is ADMIN."""
    reader = Member("MEMBER", project_access="VIEW")
    payer = {} if in_payer is None else {"alice": in_payer}
    team = {} if in_team is None else {"alice": in_team}
    orgs = (org(PAYER, visible, reader=reader, **payer), org(TEAM, visible, reader=reader, **team))
    users = {
        user: User(user, user, email=f"{user}@example.org", permitted_regions=(), default_region=None)
        for user in (READER, ALICE, "user-bob")
    }
    told = structs.replace(Switches(rate_limit=0), **switches)
    return platform_of(world(users, {one.id: one for one in orgs}, projects or (project(1),), told))


def read(there: Platform, scope: Scope = ESTATE, users: tuple[str, ...] = (READER,)) -> Snapshot:
    return client(there, users).read(scope)


def read_from(stub: Stub) -> Snapshot:
    with closing(writer(stub.url, "reader")) as reader:
        return reader.read(ESTATE)


def asked(there: Platform) -> Counter[str]:
    return Counter(json.loads(bytes(line))["route"] for line in there.log.recent())


def level(there: Platform) -> Level | Unreadable:
    return read(there).levels[ALICE, ONE]


@pytest.mark.parametrize(
    ("member", "told"),
    [
        (Member("ADMIN"), Membership("ADMIN", True)),
        (Member("MEMBER", allow_billable_activities=True), Membership("MEMBER", True)),
        (Member("MEMBER"), Membership("MEMBER", False)),
        (None, ABSENT),
    ],
)
def test_a_membership_is_told_by_the_list_of_members_where_it_is_shown(
    member: Member | None, told: object
) -> None:
    snapshot = read(platform(in_payer=member))
    assert snapshot.profiles[PAYER].memberships[ALICE] == told
    assert snapshot.identities == (READER,)


def test_a_membership_is_unreadable_where_nobody_at_hand_may_list_the_members() -> None:
    found = read(platform(visible="ADMIN", in_payer=Member("ADMIN"))).profiles[PAYER].memberships
    assert isinstance(found[ALICE], Unreadable)
    assert found[READER] == Membership("MEMBER", False)


def test_whoever_at_hand_may_list_the_members_is_asked() -> None:
    there = platform(visible="ADMIN", in_payer=Member("MEMBER"))
    before = there.state.orgs[PAYER]
    there.change((Put(structs.replace(before, members={**before.members, "user-bob": Member("ADMIN")})),))
    snapshot = read(there, users=(READER, "user-bob"))
    assert snapshot.profiles[PAYER].memberships[ALICE] == Membership("MEMBER", False)


def test_nobody_is_a_member_of_an_org_that_does_not_exist() -> None:
    snapshot = read(platform(), Scope(profiles=("org-nowhere",), rights_of=(ALICE,)))
    assert snapshot.profiles["org-nowhere"].memberships[ALICE] is ABSENT


_LEVELS: tuple[str | None, ...] = (None, "VIEW", "CONTRIBUTE", "ADMINISTER")
_TEAM = (
    None,
    Member("MEMBER", project_access="NONE"),
    Member("MEMBER", project_access="CONTRIBUTE"),
    Member("ADMIN"),
)


@pytest.mark.parametrize("implicit", ["NONE", "ADMINISTER"])
@pytest.mark.parametrize("visible", ["MEMBER", "ADMIN"])
@pytest.mark.parametrize("in_payer", [None, Member("MEMBER"), Member("ADMIN")])
def test_a_level_that_others_tell_is_the_one_that_the_user_is_told(
    in_payer: Member | None, visible: str, implicit: str
) -> None:
    """Whatever the project is shared with; where the parts do not add up to a level, it is left open."""
    known = 0
    for own, team, public, member in product(_LEVELS, _LEVELS, (None, "VIEW"), _TEAM):
        given = {ALICE: own, TEAM: team, "public": public}
        shares = {who.replace("-", "_"): lvl for who, lvl in given.items() if lvl is not None}
        there = platform(
            project(1, **shares),
            visible=visible,
            in_payer=in_payer,
            in_team=member,
            org_admin_implicit_level=implicit,
        )
        told = level(there)
        if isinstance(told, Unreadable):
            assert visible == "ADMIN" or (in_payer is not None and in_payer.level == "ADMIN")
            continue
        known += 1
        scope = Scope(projects=(ONE,), levels=((ALICE, ONE),))
        assert told == read(there, scope, (ALICE,)).levels[ALICE, ONE], (given, member)
    assert known >= 8


def test_a_project_that_nobody_at_hand_sees_leaves_the_level_open() -> None:
    hidden = structs.replace(project(1), members={ALICE: "ADMINISTER"})
    there = platform(hidden, in_payer=Member("ADMIN"))
    snapshot = read(there, Scope(projects=(ONE,), levels=((ALICE, ONE),), rights_of=(ALICE,)))
    assert isinstance(snapshot.levels[ALICE, ONE], Unreadable)


def test_rights_cost_one_call_an_org_and_none_a_project() -> None:
    few = platform(*(project(n, org_team="CONTRIBUTE") for n in range(1, 3)), in_team=Member("ADMIN"))
    many = platform(*(project(n, org_team="CONTRIBUTE") for n in range(1, 51)), in_team=Member("ADMIN"))
    assert len(read(few).levels) == 2
    assert len(read(many).levels) == 50
    assert asked(few) == asked(many)
    assert asked(many)[f"/{PAYER}/findMembers"] == asked(many)[f"/{TEAM}/findMembers"] == 1


def test_without_rights_to_be_told_nothing_more_is_asked_for() -> None:
    there = platform(project(1, user_alice="ADMINISTER"), in_payer=Member("ADMIN"))
    snapshot = read(there, Scope(estates=(PAYER,)))
    assert snapshot.projects[ONE].shares is None
    assert not any(route.endswith("findMembers") for route in asked(there))


def test_a_user_at_hand_tells_their_own_rights_and_no_list_is_asked() -> None:
    there = platform(project(1, user_alice="CONTRIBUTE"), in_payer=Member("ADMIN"))
    snapshot = read(there, users=(READER, ALICE))
    assert snapshot.profiles[PAYER].memberships[ALICE] == Membership("ADMIN", True)
    assert not any(route.endswith("findMembers") for route in asked(there))


def test_a_user_whom_the_platform_does_not_know_is_an_error_that_names_the_user() -> None:
    with pytest.raises(ProviderError, match="the platform knows no user-alcie"):
        read(platform(), Scope(estates=(PAYER,), rights_of=("user-alcie",)))


def test_members_are_read_page_by_page_and_an_admin_may_bill_whatever_the_flags_say(stub: Stub) -> None:
    bob, alice = {"id": "user-bob", "level": "MEMBER"}, {"id": ALICE, "level": "ADMIN"}

    def told(request: Asked) -> object:
        if request.route.endswith("findMembers"):
            last = request.body.get("starting") is not None
            return {"results": [alice if last else bob], "next": None if last else {"id": ALICE}}
        if request.route.endswith("findProjects"):
            return {"results": [], "next": None}
        return {"id": READER, "level": "MEMBER"}

    stub.handler = told
    snapshot = read_from(stub)
    assert snapshot.profiles[PAYER].memberships[ALICE] == Membership("ADMIN", True)
    assert [body["id"] for body in stub.sent(f"/{PAYER}/findMembers")] == [[ALICE], [ALICE]]


def test_a_platform_that_takes_no_names_of_fields_is_asked_for_the_shares_beside_all_defaults(
    stub: Stub,
) -> None:
    def told(request: Asked) -> object:
        if not request.route.endswith("findProjects"):
            return {"id": READER, "level": "MEMBER", "results": [], "next": None}
        if "fields" in request.body["describe"]:
            return error("InvalidInput", 422)
        described = {"name": "P1", "billTo": PAYER, "permissions": {ALICE: "ADMINISTER"}}
        return {"results": [{"id": ONE, "level": "VIEW", "describe": described}], "next": None}

    stub.handler = told
    assert read_from(stub).levels[ALICE, ONE] == "ADMINISTER"
    asked_for = [body["describe"] for body in stub.sent("/system/findProjects")]
    assert asked_for[-1] == {"properties": True, "permissions": True}
