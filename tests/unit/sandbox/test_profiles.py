"""Users and organisations: who sees which field, who sets it, who lists whom."""

from __future__ import annotations

import pytest
from support.sandbox import EU, US, Lab, a_lab

PUBLIC_USER = {"id", "class", "first", "middle", "last", "handle"}
STRANGER_ORG = {"id", "class", "name", "handle"}
MEMBER_ORG = STRANGER_ORG | {
    "level",
    "allowBillableActivities",
    "appAccess",
    "projectAccess",
    "policies",
    "permittedRegions",
    "defaultRegion",
}


@pytest.mark.covers("user-/describe", "L12")
def test_a_user_is_described_in_full_to_itself_and_in_six_fields_to_others() -> None:
    lab = a_lab()
    own = lab.call("user-bob", "/user-bob/describe").body
    assert own.keys() == PUBLIC_USER | {
        "email",
        "billTo",
        "permittedRegions",
        "defaultRegion",
        "pricingModelsByRegion",
    }
    assert (own["handle"], own["billTo"]) == ("bob", "user-bob")
    assert lab.call("user-alice", "/user-bob/describe").body.keys() == PUBLIC_USER
    assert lab.call("user-bob", "/user-nobody/describe").error == "ResourceNotFound"


@pytest.mark.covers("user-/describe", "org-/describe")
def test_a_region_field_that_a_world_leaves_out_is_missing() -> None:
    lab = a_lab()
    lab.change_user("user-bob", permitted_regions=None, default_region=None)
    lab.change_org(permitted_regions=None, default_region=None)
    for profile in ("user-bob", "org-lab"):
        body = lab.call("user-bob", f"/{profile}/describe").body
        assert not {"permittedRegions", "defaultRegion"} & body.keys()


@pytest.mark.covers("org-/describe", "L24")
@pytest.mark.parametrize(
    ("user", "keys"),
    [
        ("user-alice", MEMBER_ORG | {"pricingModelsByRegion", "admins"}),
        ("user-bob", MEMBER_ORG | {"pricingModelsByRegion"}),
        ("user-carol", MEMBER_ORG),
        ("user-dave", STRANGER_ORG),
    ],
)
def test_what_an_org_shows_to_whom(user: str, keys: set[str]) -> None:
    assert a_lab().call(user, "/org-lab/describe").body.keys() == keys


@pytest.mark.covers("org-/describe", "system/findOrgs", "org_member_sees_regions")
def test_plain_members_do_not_see_an_orgs_regions_where_the_platform_says_so() -> None:
    lab, regions = a_lab(org_member_sees_regions="no"), {"permittedRegions", "defaultRegion"}
    assert lab.call("user-carol", "/org-lab/describe").body.keys() == MEMBER_ORG - regions
    for who_may_bill in ("user-alice", "user-bob"):
        assert regions <= lab.call(who_may_bill, "/org-lab/describe").body.keys()
    (found,) = lab.call("user-carol", "/system/findOrgs", level="MEMBER", describe=True).body["results"]
    assert found["describe"].keys() == MEMBER_ORG - regions


@pytest.mark.covers("org-/describe", "org_billable_field")
def test_members_see_whether_an_org_can_pay_where_the_platform_says_so() -> None:
    lab = a_lab(org_billable_field="billable")
    assert lab.call("user-carol", "/org-lab/describe").body["billable"] is True
    lab.change_org(billable=False)
    assert lab.call("user-carol", "/org-lab/describe").body["billable"] is False
    assert lab.call("user-dave", "/org-lab/describe").body.keys() == STRANGER_ORG


@pytest.mark.covers("org-/describe", "org_stranger_view")
@pytest.mark.parametrize(
    ("switch", "error"),
    [
        ("public_fields", None),
        ("PermissionDenied", "PermissionDenied"),
        ("ResourceNotFound", "ResourceNotFound"),
    ],
)
def test_an_org_to_strangers(switch: str, error: str | None) -> None:
    assert a_lab(org_stranger_view=switch).call("user-dave", "/org-lab/describe").error == error


def test_an_unknown_org_is_not_found() -> None:
    got = a_lab().call("user-alice", "/org-nothing/describe")
    assert got.body["error"]["message"] == "The entity org-nothing could not be found"


@pytest.mark.covers("user-/update")
def test_only_the_user_sets_its_own_payer_and_only_one_that_it_may_bill() -> None:
    lab = a_lab()
    assert lab.call("user-bob", "/user-bob/update", billTo="org-lab").body == {"id": "user-bob"}
    assert lab.call("user-bob", "/user-bob/describe").body["billTo"] == "org-lab"
    assert lab.call("user-bob", "/user-bob/update", billTo="user-bob").status == 200
    for user, profile, payer, error in (
        ("user-alice", "user-bob", "org-lab", "PermissionDenied"),
        ("user-carol", "user-carol", "org-lab", "PermissionDenied"),
        ("user-carol", "user-carol", "user-bob", "PermissionDenied"),
        ("user-carol", "user-carol", "org-nothing", "ResourceNotFound"),
        ("user-carol", "user-carol", "nothing", "InvalidInput"),
    ):
        assert lab.call(user, f"/{profile}/update", billTo=payer).error == error


@pytest.mark.covers("org-/update")
def test_an_update_of_an_org_changes_only_what_it_names() -> None:
    lab = a_lab()
    assert lab.call("user-alice", "/org-lab/update").body == {"id": "org-lab"}
    lab.call("user-alice", "/org-lab/update", name="Other", policies={"restrictProjectTransfer": "MEMBER"})
    body = lab.call("user-alice", "/org-lab/describe").body
    assert body["name"] == "Other"
    assert body["policies"] == {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "MEMBER"}


@pytest.mark.covers("org-/update")
@pytest.mark.parametrize(
    ("user", "inputs", "error"),
    [
        ("user-bob", {"name": "x"}, "PermissionDenied"),
        ("user-dave", {}, "PermissionDenied"),
        ("user-alice", {"name": ""}, "InvalidInput"),
        ("user-alice", {"policies": {"restrictProjectTransfer": "PUBLIC"}}, "InvalidInput"),
        ("user-alice", {"policies": []}, "InvalidInput"),
        ("user-alice", {"defaultRegion": None}, "InvalidInput"),
    ],
)
def test_an_update_of_an_org_is_refused(user: str, inputs: dict[str, object], error: str) -> None:
    assert a_lab().call(user, "/org-lab/update", inputs).error == error


def members(lab: Lab, user: str, **inputs: object) -> list[str] | str | None:
    got = lab.call(user, "/org-lab/findMembers", inputs)
    return got.error or [entry["id"] for entry in got.body["results"]]


@pytest.mark.covers("org-/findMembers")
def test_members_carry_exactly_six_keys_ascending_by_id() -> None:
    results = a_lab().call("user-alice", "/org-lab/findMembers").body["results"]
    assert results == [
        {
            "id": "user-alice",
            "level": "ADMIN",
            "allowBillableActivities": True,
            "appAccess": True,
            "projectAccess": "ADMINISTER",
            "cloudIntegrationManagement": True,
        },
        {
            "id": "user-bob",
            "level": "MEMBER",
            "allowBillableActivities": True,
            "appAccess": True,
            "projectAccess": "CONTRIBUTE",
            "cloudIntegrationManagement": False,
        },
        {
            "id": "user-carol",
            "level": "MEMBER",
            "allowBillableActivities": False,
            "appAccess": True,
            "projectAccess": "CONTRIBUTE",
            "cloudIntegrationManagement": False,
        },
    ]


@pytest.mark.covers("org-/findMembers")
def test_members_are_filtered_paged_and_described_as_to_a_stranger() -> None:
    lab = a_lab()
    assert members(lab, "user-alice", level="ADMIN") == ["user-alice"]
    assert members(lab, "user-alice", id=["user-carol", "user-dave"]) == ["user-carol"]
    first = lab.call("user-alice", "/org-lab/findMembers", limit=2, describe=True).body
    assert [entry["id"] for entry in first["results"]] == ["user-alice", "user-bob"]
    assert {frozenset(entry["describe"]) for entry in first["results"]} == {frozenset(PUBLIC_USER)}
    rest = lab.call("user-alice", "/org-lab/findMembers", limit=2, starting=first["next"]).body
    assert ([entry["id"] for entry in rest["results"]], rest["next"]) == (["user-carol"], None)


@pytest.mark.covers("org-/findMembers")
@pytest.mark.parametrize(
    ("visibility", "visible"),
    [
        ("ADMIN", {"user-alice"}),
        ("MEMBER", {"user-alice", "user-bob", "user-carol"}),
        ("PUBLIC", {"user-alice", "user-bob", "user-carol", "user-dave"}),
    ],
)
def test_the_policy_says_who_may_list_the_members(visibility: str, visible: set[str]) -> None:
    lab = a_lab()
    lab.change_org(policies={"memberListVisibility": visibility})
    users = ("user-alice", "user-bob", "user-carol", "user-dave")
    assert {user for user in users if members(lab, user) != "PermissionDenied"} == visible


@pytest.mark.covers("system/findOrgs")
def test_orgs_are_listed_to_their_members_only() -> None:
    lab = a_lab()

    def found(user: str, **inputs: object) -> object:
        got = lab.call(user, "/system/findOrgs", inputs)
        return got.error or [entry["id"] for entry in got.body["results"]]

    assert found("user-alice", level="MEMBER") == ["org-lab"]
    assert found("user-alice", level="ADMIN", allowBillableActivities=True) == ["org-lab"]
    assert found("user-alice", level="ADMIN", allowBillableActivities=False) == []
    assert found("user-bob", level="ADMIN") == []
    assert found("user-bob", level="MEMBER", allowBillableActivities=True) == ["org-lab"]
    assert found("user-carol", level="MEMBER", allowBillableActivities=True) == []
    assert found("user-alice") == "InvalidInput"
    assert found("user-alice", level="OWNER") == "InvalidInput"
    got = lab.call("user-carol", "/system/findOrgs", level="MEMBER", describe=True).body["results"][0]
    assert got["describe"]["name"] == "Lab"
    assert got["describe"]["permittedRegions"][:2] == [US, EU]


def test_who_is_no_longer_a_member_is_a_stranger_everywhere() -> None:
    lab = a_lab()
    members = dict(lab.platform.state.orgs["org-lab"].members)
    del members["user-carol"]
    lab.change_org(members=members)
    assert lab.call("user-carol", "/system/findOrgs", level="MEMBER").body["results"] == []
    assert lab.call("user-carol", "/system/findProjects", level="VIEW").body["results"] == []
    assert lab.call("user-carol", "/org-lab/describe").body.keys() == STRANGER_ORG
