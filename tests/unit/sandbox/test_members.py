"""Organisations: who makes one, who belongs to it with which flags, and what leaving takes away."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from reconciler_sandbox.laws.records import App, Enabled, Member, Record, Series
from support.sandbox import AZURE, EU, NOW, US, Lab, a_lab, a_project, a_world

ALICE, BOB, CAROL, DAVE = "user-alice", "user-bob", "user-carol", "user-dave"
NEW = "/org/new"


def org(lab: Lab, id: str = "org-lab") -> Any:
    return lab.platform.state.orgs[id]


def access(lab: Lab, user: str, org_id: str = "org-lab") -> tuple[object, ...]:
    """Level, allowBillableActivities, appAccess and projectAccess as an ADMIN reads them."""
    (entry,) = lab.call(ALICE, f"/{org_id}/findMembers", id=[user]).body["results"]
    return entry["level"], entry["allowBillableActivities"], entry["appAccess"], entry["projectAccess"]


@pytest.mark.covers("org/new")
def test_whoever_makes_an_org_is_its_admin_and_nobody_can_be_billed_through_it() -> None:
    lab = a_lab()
    assert lab.call(DAVE, NEW, handle="Fresh_1", name="Fresh").body == {"id": "org-Fresh_1"}
    body = lab.call(DAVE, "/org-Fresh_1/describe").body
    assert (body["name"], body["handle"], body["level"]) == ("Fresh", "Fresh_1", "ADMIN")
    assert body["policies"] == {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "MEMBER"}
    assert body["permittedRegions"] == []
    assert "defaultRegion" not in body
    got = lab.call(DAVE, "/project/new", name="n", billTo="org-Fresh_1", region=US)
    assert (got.error, "billing account" in got.body["error"]["message"]) == ("PermissionDenied", True)


@pytest.mark.covers("org/new")
@pytest.mark.parametrize("visibility", ["ADMIN", "MEMBER", "PUBLIC"])
@pytest.mark.parametrize("transfer", ["ADMIN", "MEMBER"])
def test_the_policies_of_a_fresh_org_are_those_that_were_chosen(visibility: str, transfer: str) -> None:
    lab = a_lab()
    policies = {"memberListVisibility": visibility, "restrictProjectTransfer": transfer}
    lab.call(DAVE, NEW, handle="x", name="X", policies=policies)
    assert lab.call(DAVE, "/org-x/describe").body["policies"] == policies


@pytest.mark.covers("org/new")
@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"name": "X"}, "InvalidInput"),
        ({"handle": "x"}, "InvalidInput"),
        ({"handle": "x", "name": ""}, "InvalidInput"),
        ({"handle": "", "name": "X"}, "InvalidInput"),
        ({"handle": "a b", "name": "X"}, "InvalidInput"),
        ({"handle": "a/b", "name": "X"}, "InvalidInput"),
        ({"handle": 7, "name": "X"}, "InvalidInput"),
        ({"handle": "lab", "name": "X"}, "InvalidInput"),
        ({"handle": "x", "name": "X", "policies": {"restrictProjectTransfer": "PUBLIC"}}, "InvalidInput"),
        ({"handle": "x", "name": "X", "policies": "ADMIN"}, "InvalidInput"),
    ],
)
def test_an_org_is_not_made(inputs: dict[str, object], error: str) -> None:
    lab = a_lab()
    before = dict(lab.platform.state.orgs)
    assert lab.call(DAVE, NEW, inputs).error == error
    assert lab.platform.state.orgs == before


@pytest.mark.covers("org/new")
def test_an_org_that_was_made_keeps_its_handle_for_good() -> None:
    lab = a_lab()
    assert lab.call(DAVE, NEW, handle="x", name="X").status == 200
    got = lab.call(BOB, NEW, handle="x", name="Mine")
    assert (got.error, '"x" is taken' in got.body["error"]["message"]) == ("InvalidInput", True)
    assert org(lab, "org-x").name == "X"


@pytest.mark.covers("new_org_regions")
@pytest.mark.parametrize(
    ("switch", "permitted", "default"), [("creator", [US, AZURE], AZURE), (US, [US], US)]
)
def test_regions_of_a_fresh_org_under_other_switches(switch: str, permitted: list[str], default: str) -> None:
    lab = a_lab(new_org_regions=switch)
    lab.change_user(DAVE, default_region=AZURE)
    lab.call(DAVE, NEW, handle="x", name="X")
    body = lab.call(DAVE, "/org-x/describe").body
    assert (body["permittedRegions"], body["defaultRegion"]) == (permitted, default)


@pytest.mark.covers("org-/invite", "org-/findMembers")
def test_who_is_invited_is_a_member_at_once_with_the_flags_that_were_named() -> None:
    lab = a_lab()
    assert lab.call(ALICE, "/org-lab/invite", invitee=DAVE).body == {"id": "org-lab", "state": "accepted"}
    assert access(lab, DAVE) == ("MEMBER", False, True, "CONTRIBUTE")
    lab.call(DAVE, NEW, handle="x", name="X", policies={"memberListVisibility": "PUBLIC"})
    flags = {"allowBillableActivities": True, "appAccess": False, "projectAccess": "NONE"}
    assert lab.call(DAVE, "/org-x/invite", invitee="bob@example.org", level="MEMBER", **flags).status == 200
    assert access(lab, BOB, "org-x") == ("MEMBER", True, False, "NONE")


@pytest.mark.covers("org-/invite")
def test_an_invited_admin_has_everything_whatever_is_asked() -> None:
    """The official client sends the three flags with every invitation."""
    lab = a_lab()
    flags = {"allowBillableActivities": False, "appAccess": False, "projectAccess": "NONE"}
    lab.call(ALICE, "/org-lab/invite", invitee=DAVE, level="ADMIN", suppressEmailNotification=True, **flags)
    assert access(lab, DAVE) == ("ADMIN", True, True, "ADMINISTER")


@pytest.mark.covers("org-/invite")
@pytest.mark.parametrize(
    ("user", "inputs", "error"),
    [
        (BOB, {"invitee": DAVE}, "PermissionDenied"),
        (DAVE, {"invitee": DAVE, "level": "ADMIN"}, "PermissionDenied"),
        (ALICE, {}, "InvalidInput"),
        (ALICE, {"invitee": DAVE, "level": "OWNER"}, "InvalidInput"),
        (ALICE, {"invitee": DAVE, "allowBillableActivities": "yes"}, "InvalidInput"),
        (ALICE, {"invitee": DAVE, "projectAccess": "ALL"}, "InvalidInput"),
        (ALICE, {"invitee": DAVE, "level": "ADMIN", "appAccess": 1}, "InvalidInput"),
        (ALICE, {"invitee": DAVE, "suppressEmailNotification": 1}, "InvalidInput"),
        (ALICE, {"invitee": "org-rival"}, "InvalidType"),
        (ALICE, {"invitee": "user-nobody"}, "ResourceNotFound"),
        (ALICE, {"invitee": "nobody@example.org"}, "ResourceNotFound"),
        (ALICE, {"invitee": BOB}, "InvalidState"),
    ],
)
def test_nobody_is_invited(user: str, inputs: dict[str, object], error: str) -> None:
    lab = a_lab()
    before = org(lab)
    assert lab.call(user, "/org-lab/invite", inputs).error == error
    assert org(lab) == before


@pytest.mark.covers("org-/invite", "system/findOrgs", "project/new")
def test_a_fresh_member_sees_the_org_and_what_is_shared_with_it_and_may_bill_if_told_so() -> None:
    lab = a_lab([a_project(1, members={"org-lab": "VIEW"})])
    assert lab.call(DAVE, "/project/new", name="n", billTo="org-lab", region=EU).error == "PermissionDenied"
    lab.call(ALICE, "/org-lab/invite", invitee=DAVE, allowBillableActivities=True)
    found = lab.call(DAVE, "/system/findOrgs", level="MEMBER").body["results"]
    assert [entry["id"] for entry in found] == ["org-lab", "org-rival"]
    assert lab.call(DAVE, f"/{a_project(1).id}/describe").body["level"] == "VIEW"
    assert lab.call(DAVE, "/project/new", name="n", billTo="org-lab", region=EU).status == 200


def let(lab: Lab, user: str, **given: object) -> str | None:
    return lab.call(ALICE, "/org-lab/setMemberAccess", {user: given}).error


@pytest.mark.covers("org-/setMemberAccess")
def test_only_the_flags_that_are_named_change_and_an_admins_are_fixed() -> None:
    lab = a_lab()
    assert let(lab, CAROL, level="MEMBER", projectAccess="UPLOAD") is None
    assert access(lab, CAROL) == ("MEMBER", False, True, "UPLOAD")
    assert let(lab, CAROL, level="MEMBER", allowBillableActivities=True) is None
    assert access(lab, CAROL) == ("MEMBER", True, True, "UPLOAD")
    assert let(lab, CAROL, level="ADMIN") is None
    assert access(lab, CAROL) == ("ADMIN", True, True, "ADMINISTER")
    assert let(lab, CAROL, level="MEMBER", appAccess=False) is None
    assert access(lab, CAROL) == ("MEMBER", True, False, "UPLOAD")


@pytest.mark.covers("org-/setMemberAccess")
def test_the_access_of_several_members_is_set_at_once_or_not_at_all() -> None:
    lab = a_lab()
    path, before = "/org-lab/setMemberAccess", org(lab)
    both = {BOB: {"level": "ADMIN"}, CAROL: {"level": "MEMBER", "projectAccess": "VIEW"}}
    assert lab.call(ALICE, path, both | {DAVE: {"level": "MEMBER"}}).error == "ResourceNotFound"
    assert org(lab) == before
    assert lab.call(ALICE, path, both).body == {"id": "org-lab"}
    assert (access(lab, BOB)[0], access(lab, CAROL)[3]) == ("ADMIN", "VIEW")
    assert lab.call(ALICE, path, {}).body == {"id": "org-lab"}


@pytest.mark.covers("org-/setMemberAccess")
@pytest.mark.parametrize(
    ("user", "given", "error"),
    [
        (BOB, {BOB: {"level": "ADMIN"}}, "PermissionDenied"),
        (ALICE, {BOB: {"level": "ADMIN", "projectAccess": "VIEW"}}, "InvalidInput"),
        (ALICE, {BOB: {"level": "ADMIN", "allowBillableActivities": True}}, "InvalidInput"),
        (ALICE, {BOB: {"projectAccess": "VIEW"}}, "InvalidInput"),
        (ALICE, {BOB: {"level": "MEMBER", "projectAccess": "MUCH"}}, "InvalidInput"),
        (ALICE, {BOB: {"level": "MEMBER", "appAccess": None}}, "InvalidInput"),
        (ALICE, {BOB: "ADMIN"}, "InvalidInput"),
        (ALICE, {"org-rival": {"level": "MEMBER"}}, "InvalidType"),
        (ALICE, {DAVE: {"level": "MEMBER"}}, "ResourceNotFound"),
        (ALICE, {ALICE: {"level": "MEMBER"}}, "InvalidState"),
    ],
)
def test_an_access_is_not_set(user: str, given: dict[str, object], error: str) -> None:
    lab = a_lab()
    before = org(lab)
    assert lab.call(user, "/org-lab/setMemberAccess", given).error == error
    assert org(lab) == before


SHARED = {ALICE: "ADMINISTER", BOB: "VIEW"}
ESTATE = [
    a_project(1, members=SHARED),
    a_project(2, members={BOB: "ADMINISTER"}),
    a_project(3, members=SHARED, bill_to=ALICE),
    a_project(4, members={"org-lab": "CONTRIBUTE"}),
]


def an_app(number: int, name: str, payer: str, developers: tuple[str, ...]) -> list[Record]:
    app = App(
        id=f"app-J{number:023}",
        name=name,
        version="1.0.0",
        bill_to=payer,
        created_by=ALICE,
        created=NOW,
        modified=NOW,
        regions={US: Enabled(f"applet-J{number:023}")},
        published=NOW,
    )
    return [app, Series(app.series, ALICE, developers=developers, authorized=(BOB, "org-rival"))]


def with_apps() -> Lab:
    records = [
        *an_app(1, "ours", "org-lab", (ALICE, BOB)),
        *an_app(2, "bobs", "org-lab", (BOB,)),
        *an_app(3, "theirs", ALICE, (ALICE, BOB)),
    ]
    return Lab(structs.replace(a_world(ESTATE), records=records))


def series(lab: Lab, name: str) -> tuple[object, object]:
    found = lab.platform.state.series[f"app-{name}"]
    return found.developers, found.authorized


@pytest.mark.covers("org-/removeMember")
def test_who_is_removed_loses_what_the_org_pays_for_and_nothing_else() -> None:
    lab = with_apps()
    assert lab.call(ALICE, "/org-lab/removeMember", user=BOB).body == {
        "id": "org-lab",
        "projects": {a_project(1).id: "VIEW", a_project(2).id: "ADMINISTER"},
        "apps": {"app-J00000000000000000000001": True, "app-J00000000000000000000002": True},
    }
    assert BOB not in org(lab).members
    assert [lab.project(project.id).members for project in ESTATE] == [
        {ALICE: "ADMINISTER"},
        {},
        SHARED,
        {"org-lab": "CONTRIBUTE"},
    ]
    assert lab.call(BOB, f"/{a_project(4).id}/describe").error == "PermissionDenied"
    assert lab.call(BOB, "/system/findOrgs", level="MEMBER").body["results"] == []
    assert series(lab, "ours") == ((ALICE,), ("org-rival",))
    assert series(lab, "bobs") == ((BOB,), ("org-rival",))
    assert series(lab, "theirs") == ((ALICE, BOB), (BOB, "org-rival"))


@pytest.mark.covers("org-/removeMember")
@pytest.mark.parametrize(("projects", "apps"), [(False, True), (True, False), (False, False)])
def test_who_is_removed_keeps_what_is_not_to_be_revoked(projects: bool, apps: bool) -> None:
    lab = with_apps()
    revoke = {"revokeProjectPermissions": projects, "revokeAppPermissions": apps}
    body = lab.call(ALICE, "/org-lab/removeMember", {"user": BOB, **revoke}).body
    assert (bool(body["projects"]), bool(body["apps"])) == (projects, apps)
    assert (BOB in lab.project().members) is not projects
    assert (series(lab, "ours") == ((ALICE, BOB), (BOB, "org-rival"))) is not apps
    assert BOB not in org(lab).members


@pytest.mark.covers("org-/removeMember")
@pytest.mark.parametrize("user", [DAVE, "user-nobody", "nobody"])
def test_removing_who_is_no_member_is_no_error_and_takes_nothing(user: str) -> None:
    lab = a_lab([a_project(1, members={DAVE: "VIEW"})])
    before = org(lab)
    body = lab.call(ALICE, "/org-lab/removeMember", user=user).body
    assert body == {"id": "org-lab", "projects": {}, "apps": {}}
    assert (org(lab), lab.project().members) == (before, {DAVE: "VIEW"})


@pytest.mark.covers("org-/removeMember")
@pytest.mark.parametrize(
    ("user", "inputs", "error"),
    [
        (BOB, {"user": BOB}, "PermissionDenied"),
        (DAVE, {"user": DAVE}, "PermissionDenied"),
        (ALICE, {}, "InvalidInput"),
        (ALICE, {"user": BOB, "revokeProjectPermissions": "no"}, "InvalidInput"),
        (ALICE, {"user": BOB, "revokeAppPermissions": None}, "InvalidInput"),
        (ALICE, {"user": "org-rival"}, "InvalidType"),
        (ALICE, {"user": ALICE}, "InvalidState"),
    ],
)
def test_nobody_is_removed(user: str, inputs: dict[str, object], error: str) -> None:
    lab = a_lab()
    before = org(lab)
    assert lab.call(user, "/org-lab/removeMember", inputs).error == error
    assert org(lab) == before


@pytest.mark.covers("org-/removeMember")
def test_one_of_two_admins_may_go() -> None:
    lab = a_lab()
    lab.change_org(members={ALICE: Member("ADMIN"), BOB: Member("ADMIN")})
    assert lab.call(ALICE, "/org-lab/removeMember", user=ALICE).status == 200
    assert lab.call(BOB, "/org-lab/removeMember", user=BOB).error == "InvalidState"


PAID_BY_DAVE = a_project(1, bill_to=DAVE, members={BOB: "ADMINISTER"})
PAID_BY_LAB = a_project(2, members={BOB: "ADMINISTER"})


@pytest.mark.covers("project-/join")
@pytest.mark.parametrize(("user", "project"), [(DAVE, PAID_BY_DAVE), (ALICE, PAID_BY_LAB)])
def test_who_pays_for_a_project_joins_it_without_having_seen_it(user: str, project: Any) -> None:
    lab = a_lab([PAID_BY_DAVE, PAID_BY_LAB])
    path = f"/{project.id}/join"
    assert lab.call(user, f"/{project.id}/describe").error == "PermissionDenied"
    assert lab.call(user, path, level="CONTRIBUTE").body == {"id": project.id}
    assert lab.project(project.id).members == {BOB: "ADMINISTER", user: "CONTRIBUTE"}
    assert lab.call(user, path, level="VIEW").status == 200
    assert lab.call(user, path, level="ADMINISTER").status == 200
    assert lab.project(project.id).members[user] == "ADMINISTER"


@pytest.mark.covers("project-/join")
@pytest.mark.parametrize(
    ("user", "id", "inputs", "error"),
    [
        (BOB, PAID_BY_LAB.id, {"level": "ADMINISTER"}, "PermissionDenied"),
        (CAROL, PAID_BY_LAB.id, {"level": "VIEW"}, "PermissionDenied"),
        (ALICE, PAID_BY_DAVE.id, {"level": "VIEW"}, "PermissionDenied"),
        (ALICE, PAID_BY_LAB.id, {}, "InvalidInput"),
        (ALICE, PAID_BY_LAB.id, {"level": "NONE"}, "InvalidInput"),
        (ALICE, a_project(9).id, {"level": "VIEW"}, "ResourceNotFound"),
    ],
)
def test_a_project_is_not_joined(user: str, id: str, inputs: dict[str, object], error: str) -> None:
    lab = a_lab([PAID_BY_DAVE, PAID_BY_LAB])
    assert lab.call(user, f"/{id}/join", inputs).error == error
    assert lab.platform.state.projects == {PAID_BY_DAVE.id: PAID_BY_DAVE, PAID_BY_LAB.id: PAID_BY_LAB}


@pytest.mark.covers("project-/join", "join_rights")
@pytest.mark.parametrize(
    ("switch", "of_user", "of_org"),
    [("off", "ResourceNotFound", "ResourceNotFound"), ("user_payer_only", None, "PermissionDenied")],
)
def test_who_may_join_under_other_switches(switch: str, of_user: str | None, of_org: str) -> None:
    lab = a_lab([PAID_BY_DAVE, PAID_BY_LAB], join_rights=switch)
    assert lab.call(DAVE, f"/{PAID_BY_DAVE.id}/join", level="VIEW").error == of_user
    assert lab.call(ALICE, f"/{PAID_BY_LAB.id}/join", level="VIEW").error == of_org


@pytest.mark.covers("system/describeProjects", "describe_projects")
def test_many_projects_are_described_in_order_with_errors_in_their_places() -> None:
    hidden, unknown = a_project(2, members={BOB: "VIEW"}), a_project(9)
    lab = a_lab([a_project(1, properties={"k": "v"}), hidden, a_project(3)], describe_projects="on")
    asked = [a_project(1).id, hidden.id, {"id": a_project(3).id, "describe": {"fields": {"region": True}}}]
    results = lab.call(
        ALICE,
        "/system/describeProjects",
        projects=[*asked, unknown.id],
        describe={"fields": {"properties": True}},
    ).body["results"]
    assert results[0] == {"describe": {"id": a_project(1).id, "properties": {"k": "v"}}}
    assert (results[1]["error"]["type"], results[1]["statusCode"]) == ("PermissionDenied", 401)
    assert results[2] == {"describe": {"id": a_project(3).id, "region": US}}
    assert (results[3]["error"]["type"], results[3]["statusCode"]) == ("ResourceNotFound", 404)
    one = lab.call(ALICE, "/system/describeProjects", objects=[a_project(1).id]).body["results"]
    assert one == [{"describe": lab.call(ALICE, f"/{a_project(1).id}/describe").body}]


@pytest.mark.covers("system/describeProjects", "describe_projects")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"projects": a_project(1).id},
        {"projects": [7]},
        {"projects": [{}]},
        {"projects": [a_project(1).id] * 1001},
        {"projects": [a_project(1).id], "describe": {"fields": ["name"]}},
    ],
)
def test_a_description_of_many_is_refused_for_its_shape(given: dict[str, object]) -> None:
    lab = a_lab(describe_projects="on")
    assert lab.call(ALICE, "/system/describeProjects", given).error == "InvalidInput"


@pytest.mark.covers("system/describeProjects")
def test_many_projects_are_not_described_unless_the_platform_says_so() -> None:
    assert a_lab().call(ALICE, "/system/describeProjects", projects=[]).error == "ResourceNotFound"
