"""Organisations as the official client makes, finds and changes them, and who belongs to them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.minimum import FIRST, PUBLIC_PROJECT, SECOND
from support.official import Client

LABS = "org-piratelabs"
ADMIN_OF = [f"org-{name}" for name in ("auth_file_app_download", "piratelabs", "team_odd")]
MAY_BILL, MAY_NOT = "org-members_with_billing_rights", "org-members_without_billing_rights"
FULL = {
    "allowBillableActivities": True,
    "appAccess": True,
    "projectAccess": "ADMINISTER",
    "cloudIntegrationManagement": True,
}


def member(alice: Client, user: str = "user-bob") -> dict[str, Any] | None:
    code = 'result = dxpy.api.org_find_members("org-piratelabs", {"id": [user]})["results"]'
    found: list[dict[str, Any]] = alice.python(code, user=user)
    return found[0] if found else None


def test_orgs_are_found_by_level_and_by_what_may_be_billed(alice: Client) -> None:
    code = """
    def found(**query):
        return [each["id"] for each in dxpy.find_orgs(query)]
    result = [found(level=level, **more) for level in ("MEMBER", "ADMIN") for more in
              ({}, {"allowBillableActivities": True}, {"allowBillableActivities": False})]
    described = [dxpy.api.org_describe(org) for org in orgs]
    result.append([[each["level"], each["allowBillableActivities"]] for each in described])
    """
    assert alice.python(code, orgs=[LABS, MAY_BILL, MAY_NOT]) == [
        sorted([*ADMIN_OF, MAY_BILL, MAY_NOT]),
        sorted([*ADMIN_OF, MAY_BILL]),
        [MAY_NOT],
        ADMIN_OF,
        ADMIN_OF,
        [],
        [["ADMIN", True], ["MEMBER", True], ["MEMBER", False]],
    ]


def test_orgs_are_listed_in_three_formats(alice: Client) -> None:
    assert alice.says("find", "orgs", "--level", "ADMIN", "--brief").split() == ADMIN_OF
    listed = alice.says("find", "orgs", "--level", "ADMIN").splitlines()
    assert listed[1] == f"{LABS} : Pirate Labs"
    tabbed = alice.says("find", "orgs", "--level", "MEMBER", "--without-billable-activities", "--delim", "~")
    assert tabbed == f"{MAY_NOT}~members_without_billing_rights"


def test_a_new_org_has_its_handle_and_name_and_both_policies_are_admin(alice: Client) -> None:
    said = alice.says("new", "org", "Test org", "--handle", "test_1")
    assert said == 'Created new org called "Test org" (org-test_1)'
    shown = json.loads(alice.says("describe", "org-test_1", "--json"))
    assert (shown["handle"], shown["name"], shown["level"]) == ("test_1", "Test org", "ADMIN")
    assert shown["policies"] == {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"}
    alice.refuses("InvalidInput", "new", "org", "Again", "--handle", "test_1")
    alice.refuses("PermissionDenied", "new", "project", "Unpaid", "--bill-to", "org-test_1")


@pytest.mark.parametrize(
    ("visibility", "transfer"), [("MEMBER", "MEMBER"), ("PUBLIC", "ADMIN"), ("ADMIN", "MEMBER")]
)
def test_the_policies_of_a_new_org_are_those_that_were_chosen(
    alice: Client, visibility: str, transfer: str
) -> None:
    policies = ["--member-list-visibility", visibility, "--project-transfer-ability", transfer]
    made = alice.says("new", "org", "Test org", "--handle", "chosen", "--brief", *policies)
    assert made == "org-chosen"
    read = alice.python('result = dxpy.api.org_describe("org-chosen")["policies"]')
    assert read == {"memberListVisibility": visibility, "restrictProjectTransfer": transfer}


@pytest.mark.parametrize(("visibility", "transfer"), [("ADMIN", "ADMIN"), ("PUBLIC", "MEMBER")])
def test_a_new_org_is_asked_for_its_name_on_a_terminal(alice: Client, visibility: str, transfer: str) -> None:
    policies = ["--member-list-visibility", visibility, "--project-transfer-ability", transfer]
    shown = alice.types("Typed name\n", "new", "org", "--handle", "typed", *policies)
    assert 'Created new org called "Typed name" (org-typed)' in shown
    read = alice.python('result = dxpy.api.org_describe("org-typed")')
    assert read["name"] == "Typed name"
    assert read["policies"] == {"memberListVisibility": visibility, "restrictProjectTransfer": transfer}


def test_an_org_made_without_policies_lets_members_take_projects_away(alice: Client) -> None:
    code = """
    dxpy.api.org_new({"handle": "bare", "name": "Bare"})
    def policies():
        return dxpy.api.org_describe("org-bare")["policies"]["restrictProjectTransfer"]
    result = [policies()]
    dxpy.api.org_update("org-bare", {"policies": {"restrictProjectTransfer": "ADMIN"}})
    result += [policies(), dxpy.api.org_update("org-bare", {})]
    """
    assert alice.python(code) == ["MEMBER", "ADMIN", {"id": "org-bare"}]


def test_an_org_with_the_same_nonce_is_made_once(alice: Client) -> None:
    code = """
    given = {"handle": "once", "name": "Once", "nonce": "0123456789abcdef"}
    result = [dxpy.api.org_new(given)["id"] for _ in range(2)]
    try:
        dxpy.api.org_new({**given, "name": "Twice"})
    except dxpy.exceptions.InvalidInput as error:
        result.append(error.code)
    """
    assert alice.python(code) == ["org-once", "org-once", 422]


def test_members_are_found_by_level_and_sorted_by_id(alice: Client) -> None:
    code = """
    result = [dxpy.api.org_invite(org, {"invitee": "user-bob"})["state"]]
    result.append(list(dxpy.org_find_members(org)) == dxpy.api.org_find_members(org)["results"])
    for level in (None, "ADMIN", "MEMBER"):
        result.append([[each["id"], each["level"]] for each in dxpy.org_find_members(org, level=level)])
    """
    admin, plain = ["user-alice", "ADMIN"], ["user-bob", "MEMBER"]
    found = alice.python(code, org=LABS)
    assert found == ["accepted", True, [admin, plain], [admin], [plain]]
    assert alice.says("find", "org", "members", LABS, "--brief").split() == ["user-alice", "user-bob"]
    listed = alice.says("find", "org", "members", LABS, "--level", "MEMBER", "--json")
    (shown,) = json.loads(listed)
    assert set(shown["describe"]) == {"id", "class", "first", "middle", "last", "handle"}
    assert "user-bob : Bob Bell  (MEMBER)" in alice.says("find", "org", "members", LABS)


def test_an_added_admin_has_everything_and_a_member_what_was_chosen(alice: Client) -> None:
    flags = ["--allow-billable-activities", "--no-app-access", "--project-access", "NONE"]
    alice.says("add", "member", LABS, "bob", "--level", "ADMIN", *flags)
    assert member(alice) == {"id": "user-bob", "level": "ADMIN", **FULL}
    assert "already a member" in alice.run("add", "member", LABS, "bob", "--level", "MEMBER").stderr
    alice.says("remove", "member", LABS, "user-bob", "-y")
    alice.says("add", "member", LABS, "user-bob", "--level", "MEMBER", *flags)
    assert member(alice) == {
        "id": "user-bob",
        "level": "MEMBER",
        "allowBillableActivities": True,
        "appAccess": False,
        "projectAccess": "NONE",
        "cloudIntegrationManagement": False,
    }


@pytest.mark.parametrize("name", ["bob", "user-bob"])
def test_a_member_is_added_updated_and_removed(alice: Client, name: str) -> None:
    def updated(*options: str) -> tuple[object, ...]:
        alice.says("update", "member", LABS, name, *options)
        entry = member(alice)
        assert entry is not None
        return tuple(entry[key] for key in ("level", *list(FULL)[:3]))

    alice.says("add", "member", LABS, name, "--level", "MEMBER", "--project-access", "UPLOAD")
    assert updated("--allow-billable-activities", "true") == ("MEMBER", True, True, "UPLOAD")
    assert updated("--level", "ADMIN") == ("ADMIN", True, True, "ADMINISTER")
    flags = ["--allow-billable-activities", "false", "--app-access", "false", "--project-access", "VIEW"]
    assert updated("--level", "MEMBER", *flags) == ("MEMBER", False, False, "VIEW")
    assert alice.says("remove", "member", LABS, name, "-y").startswith("Removed user-bob from org-piratelabs")
    assert member(alice) is None


def test_the_flags_of_an_admin_cannot_be_chosen(alice: Client) -> None:
    given = json.dumps({"user-alice": {"level": "ADMIN", "projectAccess": "VIEW"}})
    alice.refuses("InvalidInput", "api", LABS, "setMemberAccess", given)


def test_a_removed_member_loses_the_projects_that_the_org_pays_for(alice: Client) -> None:
    prepare = """
    dxpy.api.org_invite(org, {"invitee": "user-bob"})
    for project in projects:
        dxpy.api.project_update(project, {"billTo": org})
    dxpy.api.project_invite(projects[1], {"invitee": "user-bob", "level": "ADMINISTER"})
    result = None
    """
    alice.python(prepare, org=LABS, projects=[FIRST, SECOND])
    shown = alice.types("n\n", "remove", "member", LABS, "bob")
    assert "Aborting removal of user-bob" in shown
    shown = alice.types("y\n", "remove", "member", LABS, "bob")
    after = shown.partition("Removed user-bob from org-piratelabs")[2]
    projects, _, apps = after.partition("following apps:")
    assert (FIRST in projects, SECOND in projects, PUBLIC_PROJECT in projects) == (True, True, False)
    assert apps.strip() == "None"
    settle = """
    for project in projects:
        dxpy.api.project_update(project, {"billTo": "user-alice"})
    result = [dxpy.api.project_describe(project, {"permissions": True}) for project in projects]
    """
    described = alice.python(settle, projects=[FIRST, SECOND])
    assert [each["permissions"] for each in described] == [{"user-alice": "ADMINISTER"}] * 2
    assert {each["billTo"] for each in described} == {"user-alice"}


def test_who_is_no_member_is_not_removed_by_the_client_and_is_no_error_of_the_platform(
    alice: Client,
) -> None:
    done = alice.run("remove", "member", LABS, "bob", "-y")
    assert (done.returncode != 0, "Cannot remove a user who is not a member" in done.stderr) == (True, True)
    answer = json.loads(alice.says("api", LABS, "removeMember", '{"user": "user-bob"}'))
    assert answer == {"id": LABS, "projects": {}, "apps": {}}


def test_the_projects_of_an_org_are_found_public_and_private(alice: Client) -> None:
    code = """
    dxpy.api.project_update(project, {"billTo": org})
    def found(**query):
        return sorted(each["id"] for each in dxpy.org_find_projects(org, **query))
    result = [found(), found(public=True), found(public=False), found(created_before=1446000000000)]
    """
    both = sorted([PUBLIC_PROJECT, FIRST])
    assert alice.python(code, org=LABS, project=FIRST) == [both, [PUBLIC_PROJECT], [FIRST], [PUBLIC_PROJECT]]
    assert alice.says("find", "org", "projects", LABS, "--private-only", "--brief") == FIRST


def test_the_projects_of_an_org_are_listed_in_three_formats(alice: Client) -> None:
    assert alice.says("find", "org", "projects", LABS, "--brief") == PUBLIC_PROJECT
    listed = f"{PUBLIC_PROJECT} : public-test-project (ADMINISTER)"
    assert alice.says("find", "org", "projects", LABS) == listed
    (shown,) = json.loads(alice.says("find", "org", "projects", LABS, "--json"))
    described = alice.python("result = dxpy.api.project_describe(id)", id=PUBLIC_PROJECT)
    assert shown == {"id": PUBLIC_PROJECT, "level": "ADMINISTER", "public": True, "describe": described}
