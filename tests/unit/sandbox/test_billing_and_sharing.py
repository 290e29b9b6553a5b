"""Who may change the payer of a project, hand it over, and share it."""

from __future__ import annotations

import pytest
from support.sandbox import AZURE, EU, PROJECT, US, Lab, a_lab, a_project

UPDATE = f"/{PROJECT}/update"
TRANSFER = f"/{PROJECT}/transfer"
ACCEPT = f"/{PROJECT}/acceptTransfer"


def rebill(lab: Lab, user: str, bill_to: str) -> str | None:
    return lab.call(user, UPDATE, billTo=bill_to).error


@pytest.mark.parametrize(
    ("bill_to", "error"),
    [
        ("user-wronguser", "InvalidInput"),
        ("user-bob", "InvalidInput"),
        ("org-nothing", "ResourceNotFound"),
        ("org-rival", "PermissionDenied"),
        ("org-lab", "InvalidInput"),
        ("user-alice", None),
    ],
)
def test_to_whom_the_admin_of_the_payer_may_bill(bill_to: str, error: str | None) -> None:
    assert rebill(a_lab(), "user-alice", bill_to) == error


@pytest.mark.covers("same_bill_to", "foreign_user_bill_to")
def test_the_present_payer_again_is_a_no_op_where_the_platform_says_so() -> None:
    lab = a_lab(same_bill_to="noop")
    assert rebill(lab, "user-alice", "org-lab") is None
    assert (
        rebill(a_lab(foreign_user_bill_to="PermissionDenied"), "user-alice", "user-bob") == "PermissionDenied"
    )


@pytest.mark.covers("foreign_payer_rights")
@pytest.mark.parametrize(
    ("policy", "user", "foreign", "error"),
    [
        ("ADMIN", "user-alice", "PermissionDenied", None),
        ("ADMIN", "user-bob", "PermissionDenied", "PermissionDenied"),
        ("ADMIN", "user-bob", "allow", "PermissionDenied"),
        ("MEMBER", "user-bob", "PermissionDenied", None),
        ("MEMBER", "user-carol", "PermissionDenied", None),
        ("MEMBER", "user-dave", "PermissionDenied", "PermissionDenied"),
        ("MEMBER", "user-dave", "allow", None),
    ],
)
@pytest.mark.parametrize("route", ["update", "transfer"])
def test_the_policy_of_the_org_says_who_may_take_its_projects_away(
    policy: str, user: str, foreign: str, error: str | None, route: str
) -> None:
    lab = a_lab([a_project(1, members={user: "ADMINISTER"})], foreign_payer_rights=foreign)
    lab.change_org(policies={"restrictProjectTransfer": policy})
    got = lab.call(user, f"/{PROJECT}/{route}", {"billTo": user, "invitee": "user-alice"})
    assert got.error == error


@pytest.mark.covers("foreign_payer_rights")
@pytest.mark.parametrize(("switch", "error"), [("PermissionDenied", "PermissionDenied"), ("allow", None)])
def test_who_administers_a_project_does_not_take_its_billing_from_another_user(
    switch: str, error: str | None
) -> None:
    lab = a_lab([a_project(1, bill_to="user-bob")], foreign_payer_rights=switch)
    assert rebill(lab, "user-alice", "user-alice") == error


@pytest.mark.covers("pending_blocks_bill_to")
@pytest.mark.parametrize(
    ("switch", "error", "pending"),
    [
        ("InvalidState", "InvalidState", "user-dave"),
        ("allow_and_cancel", None, None),
        ("allow_and_keep", None, "user-dave"),
    ],
)
def test_a_pending_transfer_and_a_change_of_payer(
    switch: str, error: str | None, pending: str | None
) -> None:
    lab = a_lab([a_project(1, pending_transfer="user-dave")], pending_blocks_bill_to=switch)
    assert rebill(lab, "user-alice", "user-alice") == error
    assert lab.project().pending_transfer == pending


def test_members_stay_when_the_payer_changes() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})])
    rebill(lab, "user-alice", "user-alice")
    assert lab.project().members == {"user-alice": "ADMINISTER", "user-bob": "VIEW"}


@pytest.mark.parametrize("fields", [{"expired": True}, {"spending": "exceeded"}])
def test_limits_of_the_new_payer_bar_a_change(fields: dict[str, object]) -> None:
    lab = a_lab([a_project(1, bill_to="user-alice")])
    lab.change_org(**fields)
    assert lab.call("user-alice", UPDATE, billTo="org-lab").status == 403


@pytest.mark.covers("project-/transfer", "project-/acceptTransfer")
def test_a_transfer_changes_nothing_until_it_is_accepted_by_its_recipient() -> None:
    lab = a_lab()
    assert lab.call("user-alice", TRANSFER, invitee="dave@example.org").body == {"id": PROJECT}
    assert (lab.project().bill_to, lab.project().members) == ("org-lab", {"user-alice": "ADMINISTER"})
    offered = lab.call("user-dave", "/user-dave/describe", pendingTransfers=True).body
    assert offered["pendingTransfers"] == [PROJECT]
    assert lab.call("user-bob", ACCEPT, billTo="user-bob").error == "PermissionDenied"
    assert lab.call("user-alice", ACCEPT, billTo="user-alice").error == "PermissionDenied"
    assert lab.call("user-dave", ACCEPT, billTo="user-dave").body == {"id": PROJECT}
    now = lab.project()
    assert (now.bill_to, now.pending_transfer) == ("user-dave", None)
    assert now.members == {"user-alice": "ADMINISTER", "user-dave": "ADMINISTER"}
    assert lab.call("user-dave", ACCEPT, billTo="user-dave").error == "InvalidState"


@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"invitee": "user-nobody"}, "ResourceNotFound"),
        ({"invitee": "nobody@example.org"}, "ResourceNotFound"),
        ({"invitee": "org-rival"}, "InvalidType"),
        ({}, "InvalidInput"),
        ({"invitee": 7}, "InvalidInput"),
    ],
)
def test_a_transfer_is_refused(inputs: dict[str, object], error: str) -> None:
    assert a_lab().call("user-alice", TRANSFER, inputs).error == error


@pytest.mark.covers("retransfer")
@pytest.mark.parametrize(("switch", "error", "pending"), [
    ("replace", None, "user-bob"),
    ("InvalidState", "InvalidState", "user-dave"),
])  # fmt: skip
def test_a_second_transfer(switch: str, error: str | None, pending: str) -> None:
    lab = a_lab([a_project(1, pending_transfer="user-dave")], retransfer=switch)
    assert lab.call("user-alice", TRANSFER, invitee="user-bob").error == error
    assert lab.project().pending_transfer == pending


@pytest.mark.covers("cancel_transfer", "project-/cancelTransfer", "project-/transfer")
@pytest.mark.parametrize(
    ("switch", "by_null", "by_route"),
    [("null_invitee", True, False), ("route", False, True), ("none", False, False)],
)
def test_how_an_offer_is_taken_back(switch: str, by_null: bool, by_route: bool) -> None:
    for path, works in ((TRANSFER, by_null), (f"/{PROJECT}/cancelTransfer", by_route)):
        lab = a_lab([a_project(1, pending_transfer="user-dave")], cancel_transfer=switch)
        given = {"invitee": None} if path == TRANSFER else {}
        assert (lab.call("user-alice", path, given).status == 200) is works
        assert (lab.project().pending_transfer is None) is works


@pytest.mark.covers("project-/acceptTransfer")
@pytest.mark.parametrize(
    ("bill_to", "error"),
    [
        ("user-bob", None),
        ("org-lab", None),
        ("user-alice", "InvalidInput"),
        ("org-rival", "PermissionDenied"),
        ("org-nothing", "ResourceNotFound"),
    ],
)
def test_with_which_payer_a_transfer_may_be_accepted(bill_to: str, error: str | None) -> None:
    lab = a_lab([a_project(1, bill_to="user-alice", pending_transfer="user-bob")])
    assert lab.call("user-bob", ACCEPT, billTo=bill_to).error == error


@pytest.mark.covers("accept_already_payer")
@pytest.mark.parametrize(("switch", "error"), [("ok", None), ("InvalidInput", "InvalidInput")])
def test_acceptance_with_the_payer_that_the_project_has(switch: str, error: str | None) -> None:
    lab = a_lab([a_project(1, pending_transfer="user-bob")], accept_already_payer=switch)
    assert lab.call("user-bob", ACCEPT, billTo="org-lab").error == error


@pytest.mark.covers("project-/invite")
def test_an_invitation_shares_and_never_lowers() -> None:
    lab = a_lab()
    path = f"/{PROJECT}/invite"
    assert lab.call("user-alice", path, invitee="user-bob", level="CONTRIBUTE").body == {
        "id": PROJECT,
        "state": "accepted",
    }
    lab.call("user-alice", path, invitee="bob@example.org", level="VIEW")
    lab.call("user-alice", path, invitee="org-rival", level="UPLOAD")
    lab.call("user-alice", path, invitee="PUBLIC", level="VIEW")
    assert lab.project().members == {
        "user-alice": "ADMINISTER",
        "user-bob": "CONTRIBUTE",
        "org-rival": "UPLOAD",
        "PUBLIC": "VIEW",
    }


@pytest.mark.covers("project-/invite")
@pytest.mark.parametrize(
    ("inputs", "error"),
    [
        ({"invitee": "PUBLIC", "level": "UPLOAD"}, "InvalidInput"),
        ({"invitee": "user-bob"}, "InvalidInput"),
        ({"invitee": "user-bob", "level": "NONE"}, "InvalidInput"),
        ({"level": "VIEW"}, "InvalidInput"),
        ({"invitee": "user-nobody", "level": "VIEW"}, "ResourceNotFound"),
    ],
)
def test_an_invitation_is_refused(inputs: dict[str, object], error: str) -> None:
    assert a_lab().call("user-alice", f"/{PROJECT}/invite", inputs).error == error


@pytest.mark.covers("project-/decreasePermissions")
def test_permissions_are_lowered_and_taken_away_but_not_raised() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "CONTRIBUTE"})])
    path = f"/{PROJECT}/decreasePermissions"
    assert lab.call("user-alice", path, {"user-bob": "ADMINISTER"}).error == "InvalidInput"
    assert lab.call("user-alice", path, {"user-carol": "VIEW"}).error == "InvalidInput"
    assert lab.call("user-alice", path, {"user-nobody": None}).error == "ResourceNotFound"
    assert lab.call("user-alice", path, {"user-bob": "VIEW", "user-carol": None}).body == {"id": PROJECT}
    assert lab.project().members["user-bob"] == "VIEW"
    lab.call("user-alice", path, {"user-bob": None})
    assert lab.project().members == {"user-alice": "ADMINISTER"}


@pytest.mark.covers("project-/leave", "leave_last_admin")
@pytest.mark.parametrize(("switch", "error"), [("InvalidState", "InvalidState"), ("allow", None)])
def test_the_last_admin_cannot_leave(switch: str, error: str | None) -> None:
    lab = a_lab(
        [a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})], leave_last_admin=switch
    )
    assert lab.call("user-alice", f"/{PROJECT}/leave").error == error
    assert lab.call("user-bob", f"/{PROJECT}/leave").error is None
    assert "user-bob" not in lab.project().members


@pytest.mark.parametrize(
    ("share", "cap", "level"),
    [
        ("ADMINISTER", "CONTRIBUTE", "CONTRIBUTE"),
        ("VIEW", "CONTRIBUTE", "VIEW"),
        ("CONTRIBUTE", "NONE", None),
    ],
)
def test_sharing_with_an_org_is_capped_by_the_members_project_access(
    share: str, cap: str, level: str | None
) -> None:
    lab = a_lab([a_project(1, members={"org-lab": share})])
    members = lab.platform.state.orgs["org-lab"].members
    from msgspec import structs

    lab.change_org(
        members=members | {"user-carol": structs.replace(members["user-carol"], project_access=cap)}
    )
    assert lab.call("user-carol", f"/{PROJECT}/describe").body.get("level") == level
    assert lab.call("user-alice", f"/{PROJECT}/describe").body["level"] == share


@pytest.mark.covers("org_admin_implicit_level")
@pytest.mark.parametrize("implicit", ["NONE", "VIEW", "ADMINISTER"])
def test_what_an_org_admin_may_do_with_projects_billed_to_the_org_alone(implicit: str) -> None:
    lab = a_lab([a_project(1, members={"user-bob": "ADMINISTER"})], org_admin_implicit_level=implicit)
    assert lab.call("user-alice", f"/{PROJECT}/describe").body.get("level", "NONE") == implicit
    assert (lab.call("user-alice", UPDATE, name="n").status == 200) is (implicit == "ADMINISTER")
    listed = lab.call("user-alice", "/system/findProjects", level="VIEW").body["results"]
    assert [entry["level"] for entry in listed] == ([] if implicit == "NONE" else [implicit])
    assert all(entry["permissionSources"] == ["org-lab"] for entry in listed)


def test_the_region_of_a_transferred_project_is_that_of_before() -> None:
    lab = a_lab([a_project(1, region=AZURE, bill_to="user-alice", pending_transfer="user-dave")])
    lab.change_user("user-dave", default_region=US)
    assert lab.call("user-dave", ACCEPT, billTo="org-rival").status == 200
    assert lab.project().region == AZURE
    assert EU not in lab.platform.state.orgs["org-rival"].permitted_regions
