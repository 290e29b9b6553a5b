"""The region laws, one by one, as a caller meets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from reconciler_sandbox.laws.router import ROUTES
from support.sandbox import AZURE, EU, PROJECT, RETIRED, US, Lab, a_lab, a_project

NEW = "/project/new"
REGION_FIELDS = {"permittedRegions", "defaultRegion", "pricingModelsByRegion"}


def create(lab: Lab, user: str = "user-alice", **inputs: object) -> Any:
    return lab.call(user, NEW, {"name": "new", **inputs})


@pytest.mark.covers("L1", "project/new")
@pytest.mark.parametrize("region", ["us-east-1", "aws:", "gcp:us-east-1", "AWS:us-east-1", "", 7, None, [US]])
def test_l1_what_is_not_of_the_form_cloud_geo_is_no_region(region: object) -> None:
    got = create(a_lab(), region=region)
    assert (got.status, got.error, got.law) == (422, "InvalidInput", "L1")


@pytest.mark.covers("L1", "region_case")
def test_l1_upper_case_is_folded_where_the_platform_folds() -> None:
    lab = a_lab(region_case="fold")
    assert lab.project(create(lab, region="AWS:US-EAST-1").body["id"]).region == US


@pytest.mark.covers("L2")
@pytest.mark.parametrize(
    ("path", "inputs"),
    [
        (NEW, {"name": "n", "region": "aws:not-a-region"}),
        (NEW, {"name": "n", "region": "aws:not-a-region", "billTo": "org-lab"}),
        ("/user-alice/update", {"defaultRegion": "aws:not-a-region"}),
        ("/org-lab/update", {"defaultRegion": "aws:not-a-region"}),
    ],
)
def test_l2_a_region_that_the_platform_does_not_know_is_invalid(path: str, inputs: dict[str, object]) -> None:
    got = a_lab().call("user-alice", path, inputs)
    assert (got.status, got.error, got.law) == (422, "InvalidInput", "L2")


@pytest.mark.covers("L3", "project-/update")
def test_l3_a_region_in_an_update_is_ignored_and_nothing_changes() -> None:
    lab = a_lab()
    assert lab.call("user-alice", f"/{PROJECT}/update", region=EU).status == 200
    assert lab.project().region == US


@pytest.mark.covers("L3", "update_region")
def test_l3_a_region_in_an_update_is_refused_where_the_platform_says_so() -> None:
    lab = a_lab(update_region="InvalidInput")
    got = lab.call("user-alice", f"/{PROJECT}/update", region=EU, name="other")
    assert (got.error, got.law, lab.project().name) == ("InvalidInput", "L3", "project 1")


@pytest.mark.covers("L4", "project/new")
def test_l4_without_a_region_the_payers_default_is_taken_not_the_callers() -> None:
    lab = a_lab()
    assert lab.project(create(lab, billTo="org-lab").body["id"]).region == EU
    assert lab.project(create(lab).body["id"]).region == US


@pytest.mark.covers("default_region_of")
def test_l4_the_callers_default_is_taken_where_the_platform_says_so() -> None:
    lab = a_lab(default_region_of="caller")
    assert lab.project(create(lab, billTo="org-lab").body["id"]).region == US


@pytest.mark.covers("L4", "no_default_region")
@pytest.mark.parametrize(
    ("switch", "permitted", "expected"),
    [
        ("InvalidInput", (AZURE,), "L4"),
        ("first_permitted", (AZURE,), AZURE),
        ("first_permitted", (), "L4"),
        ("aws:us-east-1", (AZURE,), "L5"),
        ("aws:us-east-1", (US,), US),
    ],
)
def test_l4_a_payer_without_a_default(switch: str, permitted: tuple[str, ...], expected: str) -> None:
    lab = a_lab(no_default_region=switch)
    lab.change_org("org-rival", permitted_regions=permitted)
    got = create(lab, "user-dave", billTo="org-rival")
    assert expected == (got.law or lab.project(got.body["id"]).region)


@pytest.mark.covers("L5", "project/new")
def test_l5_a_region_that_is_not_permitted_for_the_payer_is_denied() -> None:
    got = create(a_lab(), billTo="org-lab", region=AZURE)
    assert (got.status, got.error, got.law) == (401, "PermissionDenied", "L5")


@pytest.mark.covers("L5")
def test_l5_a_default_that_is_no_longer_permitted_is_denied() -> None:
    lab = a_lab()
    lab.change_org(default_region=AZURE)
    got = create(lab, billTo="org-lab")
    assert (got.status, got.error, got.law) == (401, "PermissionDenied", "L5")


@pytest.mark.covers("L5", "retired_regions")
@pytest.mark.parametrize(
    ("switch", "error"),
    [("PermissionDenied", "PermissionDenied"), ("InvalidInput", "InvalidInput"), ("allow", None)],
)
def test_l5_nothing_new_is_made_in_a_retired_region(switch: str, error: str | None) -> None:
    assert create(a_lab(retired_regions=switch), billTo="org-lab", region=RETIRED).error == error


@pytest.mark.covers("L6", "bill_to_region_error", "project-/update")
@pytest.mark.parametrize("error", ["PermissionDenied", "InvalidInput", "InvalidState"])
def test_l6_a_payer_without_the_region_cannot_take_a_project_over(error: str) -> None:
    lab = a_lab([a_project(1, region=EU)], bill_to_region_error=error)
    got = lab.call("user-alice", f"/{PROJECT}/update", billTo="user-alice")
    assert (got.error, got.law, lab.project().bill_to) == (error, "L6", "org-lab")


@pytest.mark.covers("project-/update")
def test_l6_a_payer_with_the_region_can() -> None:
    lab = a_lab()
    assert lab.call("user-alice", f"/{PROJECT}/update", billTo="user-alice").status == 200
    assert lab.project().bill_to == "user-alice"


@pytest.mark.covers("L7", "bill_to_region_error", "project-/acceptTransfer")
@pytest.mark.parametrize("error", ["PermissionDenied", "InvalidInput", "InvalidState"])
def test_l7_a_transfer_is_not_accepted_with_a_payer_that_lacks_the_region(error: str) -> None:
    lab = a_lab([a_project(1, region=EU, pending_transfer="user-dave")], bill_to_region_error=error)
    got = lab.call("user-dave", f"/{PROJECT}/acceptTransfer", billTo="user-dave")
    assert (got.error, got.law, lab.project().pending_transfer) == (error, "L7", "user-dave")


@pytest.mark.covers("L8", "project-/transfer")
def test_l8_an_offer_looks_at_no_region() -> None:
    lab = a_lab([a_project(1, region=EU)])
    assert lab.call("user-alice", f"/{PROJECT}/transfer", invitee="user-dave").status == 200
    assert lab.project().pending_transfer == "user-dave"


@pytest.mark.covers("L9", "default_region_error")
@pytest.mark.parametrize("error", ["InvalidInput", "PermissionDenied"])
@pytest.mark.parametrize(("profile", "region"), [("user-alice", EU), ("org-lab", AZURE)])
def test_l9_a_default_region_must_be_permitted(profile: str, region: str, error: str) -> None:
    lab = a_lab(default_region_error=error)
    got = lab.call("user-alice", f"/{profile}/update", defaultRegion=region)
    assert (got.error, got.law) == (error, "L9")


@pytest.mark.parametrize(("profile", "region"), [("user-alice", AZURE), ("org-lab", US)])
def test_l9_a_permitted_default_region_is_set(profile: str, region: str) -> None:
    lab = a_lab()
    assert lab.call("user-alice", f"/{profile}/update", defaultRegion=region).body == {"id": profile}
    assert lab.call("user-alice", f"/{profile}/describe").body["defaultRegion"] == region


@pytest.mark.covers("L10")
@pytest.mark.parametrize("profile", ["user-alice", "org-lab"])
def test_l10_permitted_regions_in_an_update_are_ignored(profile: str) -> None:
    lab = a_lab()
    before = lab.call("user-alice", f"/{profile}/describe").body
    assert lab.call("user-alice", f"/{profile}/update", permittedRegions=[AZURE, EU]).status == 200
    assert lab.call("user-alice", f"/{profile}/describe").body == before


@pytest.mark.covers("L10", "update_permitted_regions")
@pytest.mark.parametrize("error", ["InvalidInput", "PermissionDenied"])
@pytest.mark.parametrize("profile", ["user-alice", "org-lab"])
def test_l10_permitted_regions_in_an_update_are_refused_where_the_platform_says_so(
    profile: str, error: str
) -> None:
    got = a_lab(update_permitted_regions=error).call("user-alice", f"/{profile}/update", permittedRegions=[])
    assert (got.error, got.law) == (error, "L10")


@pytest.mark.covers("L11")
@pytest.mark.parametrize(
    ("caller", "profile"),
    [
        ("user-bob", "user-alice"),
        ("user-bob", "org-lab"),
        ("user-carol", "org-lab"),
        ("user-dave", "org-lab"),
    ],
)
def test_l11_a_default_region_is_not_for_others_to_set(caller: str, profile: str) -> None:
    got = a_lab().call(caller, f"/{profile}/update", defaultRegion=US)
    assert (got.status, got.error, got.law) == (401, "PermissionDenied", "L11")


@pytest.mark.covers("L12", "user-/describe")
def test_l12_another_users_region_fields_are_missing_even_for_an_admin_of_the_users_org() -> None:
    fields = dict.fromkeys(("permittedRegions", "defaultRegion", "pricingModelsByRegion", "billTo"), True)
    lab = a_lab()
    assert lab.call("user-alice", "/user-bob/describe", fields=fields).body == {"id": "user-bob"}
    assert lab.call("user-bob", "/user-bob/describe", fields=fields).body.keys() == {"id", *fields}


def test_l21_a_lost_region_moves_nothing_but_bars_what_is_new() -> None:
    lab = a_lab()
    lab.change_org(permitted_regions=(EU,))
    described = lab.call("user-alice", f"/{PROJECT}/describe").body
    assert (described["region"], described["billTo"]) == (US, "org-lab")
    assert lab.call("user-alice", f"/{PROJECT}/update", name="still writable").status == 200
    assert create(lab, billTo="org-lab", region=US).law == "L5"


@pytest.mark.covers("L22", "project/new")
def test_l22_the_payers_regions_count_and_not_the_callers() -> None:
    lab = a_lab()
    assert create(lab, billTo="org-lab", region=EU).status == 200
    assert create(lab, region=EU).law == "L5"
    assert create(lab, region=AZURE).status == 200


@pytest.mark.covers("L23", "user-/describe", "org-/describe")
def test_l23_price_lists_show_permitted_regions_only() -> None:
    lab = a_lab()
    lab.change_org(pricing={US: {"currency": "USD"}, AZURE: {"currency": "EUR"}})
    assert lab.call("user-bob", "/org-lab/describe").body["pricingModelsByRegion"] == {
        US: {"currency": "USD"}
    }
    assert lab.call("user-dave", "/user-dave/describe").body["pricingModelsByRegion"].keys() == {US, AZURE}


@pytest.mark.covers("L24")
def test_l24_no_route_lists_regions() -> None:
    """What a stranger gets from every route that needs no input names none of the platform's regions but
    the stranger's own: its profile's, its org's and those of the projects that it sees."""
    lab = a_lab([a_project(1, region=EU), a_project(2, members={"PUBLIC": "VIEW"}, bill_to="org-rival")])
    assert not [name for name in ROUTES if "region" in "/".join(name).lower()]
    everything = {"level": "VIEW", "describe": True, "fields": dict.fromkeys(REGION_FIELDS, True)}
    entities = {"user-": "user-alice", "org-": "org-lab", "project-": a_project(2).id}
    foreign = [region for region in lab.platform.state.regions if region not in (US, AZURE)]
    assert EU in foreign
    for family, method in ROUTES:
        if family in {"system", *entities}:
            for given in (everything, {**everything, "level": "MEMBER"}, {}):
                got = lab.call("user-dave", f"/{entities.get(family, family)}/{method}", given)
                told = json.dumps(got.body)
                assert not [region for region in foreign if region in told], (family, method, told)
    for path in ("/system/findRegions", "/system/findUsers", "/region/find"):
        assert lab.call("user-alice", path).error == "ResourceNotFound"


@pytest.mark.covers("L24", "org-/describe", "user-/describe")
def test_l24_a_strangers_describe_shows_no_regions() -> None:
    lab, fields = a_lab(), dict.fromkeys(REGION_FIELDS, True)
    for user, profile in (("user-dave", "org-lab"), ("user-alice", "org-rival"), ("user-dave", "user-alice")):
        assert lab.call(user, f"/{profile}/describe", fields=fields).body == {"id": profile}
        assert not REGION_FIELDS & lab.call(user, f"/{profile}/describe").body.keys()
    assert lab.call("user-alice", "/org-lab/describe").body.keys() >= REGION_FIELDS
