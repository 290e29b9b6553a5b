"""Creating, describing and updating projects: inputs, rights, and which error is reported."""

from __future__ import annotations

import pytest
from support.sandbox import AZURE, EU, NOW, PROJECT, US, Lab, a_lab, a_project

NEW = "/project/new"
UPDATE = f"/{PROJECT}/update"
DESCRIBE = f"/{PROJECT}/describe"


@pytest.mark.covers("project/new")
def test_a_creation_answers_with_the_id_alone_and_makes_the_caller_the_only_member() -> None:
    lab = a_lab()
    got = lab.call("user-bob", NEW, name="n", billTo="org-lab", region=EU, tags=["b", "a", "b"])
    assert got.body.keys() == {"id"}
    made = lab.project(got.body["id"])
    assert made.members == {"user-bob": "ADMINISTER"}
    assert (made.bill_to, made.region, made.created, made.created_by) == ("org-lab", EU, NOW, "user-bob")
    assert made.tags == ("b", "a")


@pytest.mark.covers("project/new")
def test_a_creation_without_a_payer_is_billed_to_the_callers_own() -> None:
    lab = a_lab()
    lab.change_user("user-bob", bill_to="org-lab")
    made = lab.project(lab.call("user-bob", NEW, name="n").body["id"])
    assert (made.bill_to, made.region) == ("org-lab", EU)


def test_the_same_creation_again_makes_another_project() -> None:
    lab = a_lab()
    ids = {lab.call("user-alice", NEW, name="n", nonce="once").body["id"] for _ in range(3)}
    assert len(ids) == 3


@pytest.mark.covers("new_project_org_members")
def test_admins_of_the_payer_become_members_where_the_platform_says_so() -> None:
    lab = a_lab(new_project_org_members="admins")
    made = lab.project(lab.call("user-bob", NEW, name="n", billTo="org-lab").body["id"])
    assert made.members == {"user-bob": "ADMINISTER", "user-alice": "ADMINISTER"}


@pytest.mark.covers("project/new")
@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({}, "InvalidInput"),
        ({"name": ""}, "InvalidInput"),
        ({"name": 7}, "InvalidInput"),
        ({"name": "n", "summary": 1}, "InvalidInput"),
        ({"name": "n", "protected": "yes"}, "InvalidInput"),
        ({"name": "n", "tags": "t"}, "InvalidInput"),
        ({"name": "n", "tags": [""]}, "InvalidInput"),
        ({"name": "n", "tags": ["é" * 351]}, "InvalidInput"),
        ({"name": "n", "properties": {"k": 1}}, "InvalidInput"),
        ({"name": "n", "properties": {"k": None}}, "InvalidInput"),
        ({"name": "n", "properties": {"": "v"}}, "InvalidInput"),
        ({"name": "n", "properties": {"k" * 101: "v"}}, "InvalidInput"),
        ({"name": "n", "properties": {"k": "v" * 701}}, "InvalidInput"),
        ({"name": "n", "billTo": 7}, "InvalidInput"),
        ({"name": "n", "billTo": "somebody"}, "InvalidInput"),
        ({"name": "n", "billTo": "user-nobody"}, "InvalidInput"),
        ({"name": "n", "billTo": "user-alice"}, "InvalidInput"),
        ({"name": "n", "billTo": "org-nothing"}, "ResourceNotFound"),
        ({"name": "n", "billTo": "org-rival"}, "PermissionDenied"),
        ({"name": "n", "containsPHI": True}, "PermissionDenied"),
        ({"name": "n", "billTo": "org-nothing", "region": "aws:nowhere-1"}, "ResourceNotFound"),
        ({"name": "n", "billTo": "org-nothing", "region": "nowhere"}, "InvalidInput"),
        ({"name": "n", "monthlyComputeLimit": "much"}, "InvalidInput"),
    ],
)
def test_a_creation_is_refused(inputs: dict[str, object], error: str) -> None:
    lab = a_lab()
    assert lab.call("user-bob", NEW, inputs).error == error
    assert len(lab.platform.state.projects) == 1


@pytest.mark.covers("property_limits")
def test_sizes_of_properties_and_tags_can_be_left_unlimited() -> None:
    lab = a_lab(property_limits="off")
    assert lab.call("user-bob", NEW, name="n", tags=["x" * 800], properties={"k" * 200: ""}).status == 200


@pytest.mark.covers("project/new", "foreign_user_bill_to", "unknown_user_bill_to")
def test_other_answers_to_a_payer_that_is_another_user() -> None:
    lab = a_lab(foreign_user_bill_to="PermissionDenied", unknown_user_bill_to="ResourceNotFound")
    assert lab.call("user-bob", NEW, name="n", billTo="user-alice").error == "PermissionDenied"
    assert lab.call("user-bob", NEW, name="n", billTo="user-nobody").error == "ResourceNotFound"
    assert lab.call("user-bob", NEW, name="n", billTo="user-bob").status == 200


@pytest.mark.covers("project/new")
def test_a_member_without_billable_activities_cannot_create_for_the_org() -> None:
    got = a_lab().call("user-carol", NEW, name="n", billTo="org-lab", region=EU)
    assert (got.status, got.error) == (401, "PermissionDenied")


@pytest.mark.covers("non_billable_error")
@pytest.mark.parametrize("error", ["PermissionDenied", "InvalidInput", "SpendingLimitExceeded"])
def test_an_org_without_a_billing_account_cannot_pay(error: str) -> None:
    lab = a_lab(non_billable_error=error)
    lab.change_org(billable=False)
    assert lab.call("user-alice", NEW, name="n", billTo="org-lab", region=AZURE).error == error


@pytest.mark.parametrize(
    ("fields", "error"),
    [({"expired": True}, "OrgExpired"), ({"spending": "exceeded"}, "SpendingLimitExceeded")],
)
def test_limits_of_a_contract_are_403_and_come_after_the_region(
    fields: dict[str, object], error: str
) -> None:
    lab = a_lab()
    lab.change_org(**fields)
    got = lab.call("user-alice", NEW, name="n", billTo="org-lab", region=EU)
    assert (got.status, got.error) == (403, error)
    assert lab.call("user-alice", NEW, name="n", billTo="org-lab", region=AZURE).law == "L5"


def test_phi_needs_the_payers_licence() -> None:
    lab = a_lab()
    refused = lab.call("user-alice", NEW, name="n", billTo="org-lab", containsPHI=True)
    assert refused.body["error"]["message"] == "PHI features must be enabled for org-lab"
    lab.change_org(phi=True)
    assert lab.call("user-alice", NEW, name="n", billTo="org-lab", containsPHI=True).status == 200


@pytest.mark.covers("project-/describe")
def test_a_describe_shows_the_defaults_without_properties_and_permissions() -> None:
    body = a_lab([a_project(1, properties={"k": "v"})]).call("user-alice", DESCRIBE).body
    assert "properties" not in body
    assert "permissions" not in body
    for key, value in {
        "id": PROJECT,
        "class": "project",
        "region": US,
        "billTo": "org-lab",
        "level": "ADMINISTER",
        "version": 1,
        "createdBy": {"user": "user-alice"},
        "pendingTransfer": None,
        "storageCost": 0,
        "totalSponsoredEgressBytes": 0,
        "consumedSponsoredEgressBytes": 0,
        "atSpendingLimit": False,
        "tags": [],
        "containsPHI": False,
    }.items():
        assert body[key] == value


@pytest.mark.covers("project-/describe")
@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"fields": {"name": True, "region": "true", "level": False}}, {"id", "name", "region"}),
        ({"fields": {"properties": True, "nonsense": True}}, {"id", "properties"}),
        ({"defaultFields": False}, {"id"}),
        ({"fields": {}}, {"id"}),
    ],
)
def test_fields_choose_what_a_describe_shows(given: dict[str, object], keys: set[str]) -> None:
    assert a_lab().call("user-alice", DESCRIBE, given).body.keys() == keys


def test_defaults_and_fields_add_up_and_old_switches_add_to_the_defaults() -> None:
    lab = a_lab()
    defaults = lab.call("user-alice", DESCRIBE).body.keys()
    both = lab.call("user-alice", DESCRIBE, defaultFields=True, fields={"properties": True, "name": False})
    assert both.body.keys() == defaults - {"name"} | {"properties"}
    assert lab.call("user-alice", DESCRIBE, properties=True).body.keys() == defaults | {"properties"}
    beside = lab.call("user-alice", DESCRIBE, properties=True, fields={"name": True})
    assert beside.body.keys() == {"id", "name"}
    assert lab.call("user-alice", DESCRIBE, {"name": "true", "summary": "true"}).body.keys() == defaults


@pytest.mark.covers("unknown_fields", "unknown_keys")
def test_unknown_fields_and_keys_are_refused_where_the_platform_says_so() -> None:
    assert a_lab(unknown_fields="InvalidInput").call("user-alice", DESCRIBE, fields={"x": 1}).status == 422
    strict = a_lab(unknown_keys="InvalidInput")
    assert strict.call("user-alice", UPDATE, nmae="x").error == "InvalidInput"
    assert strict.call("user-alice", f"/{PROJECT}/decreasePermissions", {"user-bob": None}).status == 200


def test_an_unknown_key_in_a_write_succeeds_without_effect() -> None:
    lab = a_lab()
    assert lab.call("user-alice", UPDATE, nmae="x").body == {"id": PROJECT}
    assert lab.project().name == "project 1"


@pytest.mark.covers("project-/describe", "hide_invisible_projects")
def test_a_strangers_describe_is_401_and_an_unknown_id_404() -> None:
    lab = a_lab()
    assert lab.call("user-dave", DESCRIBE).error == "PermissionDenied"
    got = lab.call("user-dave", "/project-J00000000000000000000009/describe")
    assert (got.status, got.error) == (404, "ResourceNotFound")
    assert a_lab(hide_invisible_projects="ResourceNotFound").call("user-dave", DESCRIBE).status == 404


def test_a_public_project_is_described_to_everybody_with_view() -> None:
    lab = a_lab([a_project(1, members={"PUBLIC": "VIEW"})])
    assert lab.call("user-dave", DESCRIBE).body["level"] == "VIEW"
    assert lab.call("PUBLIC", DESCRIBE).body["level"] == "VIEW"


@pytest.mark.parametrize(("level", "sees"), [("ADMINISTER", True), ("CONTRIBUTE", False), ("VIEW", False)])
def test_a_pending_transfer_is_shown_to_those_who_administer(level: str, sees: bool) -> None:
    lab = a_lab([a_project(1, members={"user-bob": level}, pending_transfer="user-carol")])
    assert ("pendingTransfer" in lab.call("user-bob", DESCRIBE).body) is sees


def test_the_recipient_of_a_transfer_may_describe_the_project_with_its_properties() -> None:
    lab = a_lab([a_project(1, pending_transfer="user-dave", properties={"k": "v"})])
    body = lab.call("user-dave", DESCRIBE, properties=True).body
    assert (body["level"], body["pendingTransfer"], body["properties"]) == ("NONE", "user-dave", {"k": "v"})
    assert lab.call("user-dave", UPDATE, name="mine").error == "PermissionDenied"


@pytest.mark.covers("project-/update")
def test_an_update_changes_what_it_names_and_raises_the_version() -> None:
    lab = a_lab()
    got = lab.call("user-alice", UPDATE, name="n", summary="s", description="d", protected=True)
    assert got.body == {"id": PROJECT}
    now = lab.project()
    assert (now.name, now.summary, now.description, now.flags) == ("n", "s", "d", ("protected",))
    assert (now.version, now.modified, now.region) == (2, NOW, US)
    assert lab.call("user-alice", UPDATE, protected=False).status == 200
    assert (lab.project().flags, lab.project().summary) == ((), "s")


@pytest.mark.covers("project-/update")
def test_preview_viewers_are_restricted_along_with_downloads() -> None:
    lab = a_lab()
    lab.call("user-alice", UPDATE, downloadRestricted=True)
    assert lab.project().flags == ("downloadRestricted", "previewViewerRestricted")
    assert lab.call("user-alice", UPDATE, downloadRestricted=False).error == "InvalidInput"
    assert (
        lab.call("user-alice", UPDATE, previewViewerRestricted=False, downloadRestricted=False).status == 200
    )
    assert lab.project().flags == ()


def test_other_settings_are_kept_and_null_takes_them_away() -> None:
    lab = a_lab()
    lab.call("user-alice", UPDATE, allowedExecutables=["app-x"], databaseResultsRestricted=10)
    body = lab.call("user-alice", DESCRIBE).body
    assert (body["allowedExecutables"], body["databaseResultsRestricted"]) == (["app-x"], 10)
    lab.call("user-alice", UPDATE, allowedExecutables=None, databaseResultsRestricted=None)
    body = lab.call("user-alice", DESCRIBE).body
    assert (body["allowedExecutables"], body["databaseResultsRestricted"]) == (None, None)


@pytest.mark.covers("version_error")
@pytest.mark.parametrize("error", ["InvalidState", "InvalidInput"])
def test_a_stale_version_is_refused_and_nothing_changes(error: str) -> None:
    lab = a_lab(version_error=error)
    assert lab.call("user-alice", UPDATE, name="n", version=2).error == error
    assert lab.project().name == "project 1"
    assert lab.call("user-alice", UPDATE, name="n", version=1).status == 200


@pytest.mark.parametrize("level", ["CONTRIBUTE", "UPLOAD", "VIEW"])
def test_below_administer_nothing_is_updated_or_destroyed(level: str) -> None:
    lab = a_lab([a_project(1, members={"user-bob": level})])
    for path in (UPDATE, f"/{PROJECT}/destroy", f"/{PROJECT}/transfer", f"/{PROJECT}/invite"):
        got = lab.call("user-bob", path, {"name": "n", "invitee": "user-carol", "level": "VIEW"})
        assert (got.status, got.error) == (401, "PermissionDenied")


@pytest.mark.covers("project-/destroy")
def test_destroy_is_final() -> None:
    lab = a_lab()
    assert lab.call("user-alice", f"/{PROJECT}/destroy", terminateJobs=True).body == {"id": PROJECT}
    assert lab.call("user-alice", f"/{PROJECT}/destroy").error == "ResourceNotFound"
    assert lab.call("user-alice", "/system/findProjects", level="VIEW").body["results"] == []


@pytest.mark.covers("project-/listFolder")
def test_the_root_folder_is_there_and_empty_and_no_other_is() -> None:
    lab = a_lab()
    for folder in ("/", "//"):
        assert lab.call("user-alice", f"/{PROJECT}/listFolder", folder=folder).body == {
            "objects": [],
            "folders": [],
        }
    got = lab.call("user-alice", f"/{PROJECT}/listFolder", folder="/a")
    assert got.body["error"]["message"] == f'Folder "/a" does not exist in project "{PROJECT}"'


@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        ("setProperties", {"properties": {"k": "v", "gone": None}}),
        ("addTags", {"tags": ["t"]}),
        ("removeTags", {"tags": ["old"]}),
    ],
)
@pytest.mark.parametrize(("level", "allowed"), [("CONTRIBUTE", True), ("UPLOAD", False), ("VIEW", False)])
def test_contribute_is_what_marks_need(
    path: str, inputs: dict[str, object], level: str, allowed: bool
) -> None:
    lab = a_lab([a_project(1, members={"user-bob": level}, properties={"gone": "x"}, tags=("old",))])
    got = lab.call("user-bob", f"/{PROJECT}/{path}", inputs)
    assert (got.status == 200) is allowed
    project = lab.project()
    changed = (project.properties, project.tags) != ({"gone": "x"}, ("old",))
    assert changed is allowed


@pytest.mark.covers("project-/setProperties")
def test_properties_merge_and_null_deletes() -> None:
    lab = a_lab([a_project(1, properties={"a": "1", "b": "2"})])
    lab.call("user-alice", f"/{PROJECT}/setProperties", properties={"b": None, "c": "3", "absent": None})
    assert lab.project().properties == {"a": "1", "c": "3"}


@pytest.mark.covers("project-/addTags", "project-/removeTags")
def test_tags_are_sets() -> None:
    lab = a_lab([a_project(1, tags=("a",))])
    assert lab.call("user-alice", f"/{PROJECT}/addTags", tags=["b", "a", "b"]).body == {"id": PROJECT}
    assert lab.project().tags == ("a", "b")
    assert lab.call("user-alice", f"/{PROJECT}/removeTags", tags=["a", "absent"]).body == {"id": PROJECT}
    assert lab.project().tags == ("b",)


@pytest.mark.covers("property_limits")
def test_sizes_are_looked_at_when_properties_and_tags_are_set() -> None:
    long = ({"properties": {"k" * 101: "v"}}, {"properties": {"k": "v" * 701}}, {"tags": ["t" * 701]})
    for switch, status in (("on", 422), ("off", 200)):
        lab = a_lab(property_limits=switch)
        for given in long:
            method = "addTags" if "tags" in given else "setProperties"
            assert lab.call("user-alice", f"/{PROJECT}/{method}", given).status == status


def _rights_state_payer(lab: Lab) -> str | None:
    """A call that breaks a right, a state and a payer rule at once."""
    return lab.call("user-bob", UPDATE, billTo="org-nothing", version=99).error


@pytest.mark.covers("check_order")
@pytest.mark.parametrize(
    ("order", "error"),
    [
        ("state_before_payer", "PermissionDenied"),
        ("rights_last", "InvalidState"),
        ("payer_first", "ResourceNotFound"),
    ],
)
def test_exactly_one_error_is_reported_and_the_order_of_checks_says_which(order: str, error: str) -> None:
    lab = a_lab([a_project(1, members={"user-bob": "VIEW"})], check_order=order)
    assert _rights_state_payer(lab) == error
