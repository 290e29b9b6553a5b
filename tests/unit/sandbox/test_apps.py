"""Versions of apps: made, changed, shown, published and removed, region by region."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from reconciler_sandbox.laws.effects import Put
from support.apps import (
    PROJECTS,
    an_app_lab,
    described,
    in_region,
    made_app,
    new_app,
    options,
    published,
    put,
)
from support.sandbox import AZURE, EU, US, Lab, a_project

US_APPLET, AZURE_APPLET = in_region("applet", US), in_region("applet", AZURE)


def held(lab: Lab, container: str) -> dict[str, str]:
    """The folders of the objects in a container."""
    copies = lab.platform.state.copies
    return {copies[id].object: copies[id].folder for _, id in lab.platform.state.held_by(container)}


@pytest.mark.covers("app/new", "app-/describe")
def test_an_app_is_described_with_what_its_applet_says() -> None:
    lab = an_app_lab()
    id = made_app(lab, title="BWA", details={"a": 1}, openSource=True)
    shown = described(lab, id)
    assert {key: shown[key] for key in ("id", "class", "name", "version", "title", "billTo")} == {
        "id": id,
        "class": "app",
        "name": "bwa",
        "version": "1.0.0",
        "title": "BWA",
        "billTo": "user-alice",
    }
    assert (shown["aliases"], shown["createdBy"]) == (["1.0.0", "default"], "user-alice")
    assert (shown["region"], shown["applet"], shown["isDeveloperFor"]) == (US, US_APPLET, True)
    assert (shown["details"], shown["openSource"], shown["summary"]) == ({"a": 1}, True, "")
    assert shown["inputSpec"] == [{"name": "reads", "class": "file"}]
    assert "published" not in shown
    assert "code" not in shown["runSpec"]


@pytest.mark.covers("app/new", "app-/describe", "L17", "L18")
def test_an_app_of_two_regions_shows_each_with_its_own_applet_and_runtime() -> None:
    lab = an_app_lab()
    shown = described(lab, made_app(lab, regionalOptions=options(US, AZURE)))
    enabled = shown["regionalOptions"]
    assert {region: option["applet"] for region, option in enabled.items()} == {
        US: US_APPLET,
        AZURE: AZURE_APPLET,
    }
    assert enabled[US]["resources"] != enabled[AZURE]["resources"]
    bundled = shown["runSpec"]["bundledDependsByRegion"]
    assert {region: entry["id"] for region, (entry,) in bundled.items()} == {
        region: {"$dnanexus_link": in_region("file", region)} for region in (US, AZURE)
    }
    assert set(shown["runSpec"]["systemRequirementsByRegion"]) == {US, AZURE}


@pytest.mark.covers("app/new", "L16")
def test_each_container_lies_in_its_region_and_keeps_what_the_app_runs() -> None:
    lab = an_app_lab()
    id = made_app(lab, regionalOptions=options(US, AZURE))
    for region, enabled in lab.platform.state.apps[id].regions.items():
        container = lab.platform.state.containers[str(enabled.resources)]
        assert (container.region, container.app, container.kind) == (region, id, "resources")
        assert held(lab, container.id) == {
            in_region("applet", region): "/.executables",
            in_region("file", region): "/.executables",
        }


@pytest.mark.covers("app/new", "L13")
def test_nothing_that_an_applet_bundles_crosses_regions_with_it() -> None:
    """A world file may hold an applet whose bundled objects lie elsewhere."""
    lab = an_app_lab()
    run_spec = {"bundledDepends": [{"name": "x", "id": {"$dnanexus_link": in_region("file", EU)}}]}
    odd = put(lab, in_region("applet", US, 1), PROJECTS[US], spec={"runSpec": run_spec})
    id = made_app(lab, regionalOptions={US: {"applet": odd}})
    assert set(held(lab, str(lab.platform.state.apps[id].regions[US].resources))) == {odd}


@pytest.mark.covers("app/new", "L13")
def test_resources_are_copied_with_their_folders_from_projects_of_the_region() -> None:
    lab = an_app_lab()
    lab.change(PROJECTS[US], folders=("/raw",))
    extra = put(lab, in_region("file", US, 1), PROJECTS[US], "reference", "/raw")
    id = made_app(lab, regionalOptions={US: {"applet": US_APPLET, "resources": PROJECTS[US]}})
    container = str(lab.platform.state.apps[id].regions[US].resources)
    assert held(lab, container) == {
        US_APPLET: "/",
        in_region("workflow", US): "/",
        in_region("file", US): "/",
        extra: "/raw",
    }
    assert lab.platform.state.containers[container].folders == ("/.executables", "/raw")
    got = new_app(lab, name="x", regionalOptions={US: {"applet": US_APPLET, "resources": [PROJECTS[AZURE]]}})
    assert (got.error, got.law) == ("InvalidInput", "L13")


@pytest.mark.covers("app/new")
def test_an_app_takes_nothing_out_of_a_restricted_project() -> None:
    lab = an_app_lab()
    secret = a_project(4, region=US, flags=("restricted",))
    lab.platform.change((Put(secret),))
    with_resources = {US: {"applet": US_APPLET, "resources": secret.id}}
    assert new_app(lab, regionalOptions=with_resources).error == "PermissionDenied"
    lab.change(PROJECTS[US], flags=("restricted",))
    assert new_app(lab).error == "PermissionDenied"
    lab.platform.change((Put(structs.replace(secret, flags=())),))
    put(lab, US_APPLET, secret.id, spec=lab.platform.state.objects[US_APPLET].spec)
    assert new_app(lab).error == "PermissionDenied", "what the applet bundles is restricted still"
    put(lab, in_region("file", US), secret.id)
    assert new_app(lab).status == 200


@pytest.mark.covers("app/new")
def test_an_app_takes_nothing_out_of_a_project_with_phi() -> None:
    lab = an_app_lab()
    lab.change(PROJECTS[US], flags=("containsPHI",))
    got = new_app(lab)
    assert got.error == "PermissionDenied"
    assert "PHI" in got.body["error"]["message"]
    assert not lab.platform.state.containers


@pytest.mark.covers("app/new")
def test_what_an_applet_bundles_must_be_closed_before_an_app_takes_it_along() -> None:
    lab = an_app_lab()
    put(lab, in_region("file", US), PROJECTS[US], state="open")
    assert new_app(lab).error == "InvalidState"


@pytest.mark.covers("app/new")
def test_what_the_maker_of_an_app_does_not_see_is_not_opened_by_the_app() -> None:
    lab = an_app_lab()
    lab.change(PROJECTS[US], members={"user-bob": "ADMINISTER"})
    lab.platform.change((Put(a_project(4, region=US)),))
    spec = lab.platform.state.objects[US_APPLET].spec
    put(lab, US_APPLET, "project-J00000000000000000000004", spec=spec)
    container = described(lab, made_app(lab))["resources"]
    assert held(lab, container) == {US_APPLET: "/.executables"}
    bundled = in_region("file", US)
    assert lab.call("user-alice", f"/{bundled}/describe").error == "PermissionDenied"


def test_resources_that_are_not_closed_are_refused() -> None:
    lab = an_app_lab()
    put(lab, in_region("record", US), PROJECTS[US], state="open")
    got = new_app(lab, regionalOptions={US: {"applet": US_APPLET, "resources": [PROJECTS[US]]}})
    assert got.error == "InvalidState"


@pytest.mark.covers("app/new", "L18")
def test_the_single_applet_of_former_times_serves_the_region_where_it_lies() -> None:
    lab = an_app_lab()
    id = made_app(lab, regionalOptions=None, applet=AZURE_APPLET, resources=PROJECTS[AZURE])
    shown = described(lab, id)
    assert (list(shown["regionalOptions"]), shown["applet"]) == ([AZURE], AZURE_APPLET)


@pytest.mark.covers("app/new", "L17")
@pytest.mark.parametrize(
    ("payer", "region", "error", "law"),
    [
        (None, EU, "PermissionDenied", "L17"),
        ("org-lab", AZURE, "PermissionDenied", "L17"),
        ("org-lab", EU, None, None),
        ("user-bob", US, "InvalidInput", None),
        ("org-missing", US, "ResourceNotFound", None),
        ("org-rival", AZURE, "PermissionDenied", None),
    ],
)
def test_an_app_is_enabled_only_where_its_payer_is_permitted(
    payer: str | None, region: str, error: str | None, law: str | None
) -> None:
    lab = an_app_lab()
    got = new_app(lab, regionalOptions=options(region), billTo=payer)
    assert (got.error, got.law) == (error, law)


@pytest.mark.covers("app/new", "L17")
def test_one_region_that_is_not_permitted_refuses_the_whole_app() -> None:
    lab = an_app_lab()
    got = new_app(lab, regionalOptions=options(US, EU))
    assert (got.status, got.law) == (401, "L17")
    assert not lab.platform.state.apps
    assert not lab.platform.state.containers


@pytest.mark.covers("app/new", "L1", "L2")
@pytest.mark.parametrize(("region", "law"), [("aws:not-a-region", "L2"), ("us-east-1", "L1")])
def test_an_app_in_a_region_that_does_not_exist_is_invalid(region: str, law: str) -> None:
    got = new_app(an_app_lab(), regionalOptions={region: {"applet": US_APPLET}})
    assert (got.status, got.error, got.law) == (422, "InvalidInput", law)


@pytest.mark.covers("app/new", "L18")
def test_an_applet_of_another_region_serves_no_region_of_an_app() -> None:
    lab = an_app_lab()
    got = new_app(lab, regionalOptions={US: {"applet": US_APPLET}, AZURE: {"applet": US_APPLET}})
    assert (got.status, got.error, got.law) == (422, "InvalidInput", "L18")
    assert not lab.platform.state.containers


@pytest.mark.covers("app/new", "L18", "app_applet_region_error")
@pytest.mark.parametrize("error", ["PermissionDenied", "InvalidState"])
def test_the_error_for_an_applet_of_another_region_is_a_switch(error: str) -> None:
    got = new_app(an_app_lab(app_applet_region_error=error), regionalOptions={AZURE: {"applet": US_APPLET}})
    assert (got.error, got.law) == (error, "L18")


@pytest.mark.parametrize(
    "inputs",
    [
        {"name": None},
        {"name": ""},
        {"name": "a/b"},
        {"version": None},
        {"version": "1.0"},
        {"version": 1},
        {"regionalOptions": None},
        {"regionalOptions": {}},
        {"regionalOptions": [US]},
        {"regionalOptions": {US: US_APPLET}},
        {"regionalOptions": {US: {}}},
        {"regionalOptions": {US: {"applet": 7}}},
        {"regionalOptions": {US: {"applet": US_APPLET, "resources": 7}}},
        {"regionalOptions": {US: {"applet": US_APPLET}, AZURE: {"applet": AZURE_APPLET, "resources": []}}},
        {"title": 7},
        {"openSource": "yes"},
        {"access": []},
        {"billTo": 7},
        {"billTo": ""},
        {"tags": "a"},
    ],
)
def test_a_new_app_of_the_wrong_shape_is_invalid(inputs: dict[str, object]) -> None:
    assert new_app(an_app_lab(), **inputs).error == "InvalidInput"


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"applet": in_region("workflow", US)}, "InvalidType"),
        ({"applet": US_APPLET, "resources": ["file-x"]}, "InvalidType"),
        ({"applet": "applet-J00000000000000000000999"}, "ResourceNotFound"),
        ({"applet": US_APPLET, "resources": "project-J00000000000000000000999"}, "ResourceNotFound"),
    ],
)
def test_what_an_app_is_made_of_must_be_there_and_of_the_right_class(
    option: dict[str, object], error: str
) -> None:
    assert new_app(an_app_lab(), regionalOptions={US: option}).error == error


def test_an_app_cannot_be_made_of_what_its_maker_does_not_see() -> None:
    lab = an_app_lab()
    assert new_app(lab, "user-bob").error == "PermissionDenied"
    lab.change(PROJECTS[US], members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})
    assert new_app(lab, "user-bob").status == 200


@pytest.mark.covers("app/new")
def test_a_version_is_made_once_and_only_by_developers() -> None:
    lab = an_app_lab()
    made_app(lab)
    again = new_app(lab)
    assert again.error == "InvalidInput"
    message = "Specified name and version conflict with an existing alias"
    assert again.body["error"]["message"] == message
    lab.change(PROJECTS[US], members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})
    assert new_app(lab, "user-bob", version="2.0.0").error == "PermissionDenied"
    assert new_app(lab, version="2.0.0").status == 200


def test_a_limit_of_the_payer_is_looked_at_last() -> None:
    lab = an_app_lab()
    lab.change_user("user-alice", spending="exceeded")
    assert new_app(lab).status == 403
    assert new_app(lab, regionalOptions=options(EU)).law == "L17"


@pytest.mark.covers("app/new", "check_order")
def test_the_order_of_checks_is_a_switch() -> None:
    lab = an_app_lab(check_order="payer_first")
    made_app(lab)
    assert new_app(lab, billTo="org-missing").error == "ResourceNotFound"


@pytest.mark.covers("app/new")
def test_the_same_nonce_makes_one_version() -> None:
    lab = an_app_lab()
    assert made_app(lab, nonce="n") == made_app(lab, nonce="n")
    assert new_app(lab, nonce="n", version="2.0.0").error == "InvalidInput"


@pytest.mark.covers("app-/update", "L16")
def test_an_update_replaces_regions_and_settings_of_the_same_version() -> None:
    lab = an_app_lab()
    id = made_app(lab, title="old", summary="kept")
    before = lab.platform.state.apps[id].regions[US].resources
    got = lab.call("user-alice", f"/{id}/update", name="bwa", title="new", regionalOptions=options(US, AZURE))
    assert got.body == {"id": id}
    shown = described(lab, id)
    assert (shown["title"], shown["summary"]) == ("new", "kept")
    assert set(shown["regionalOptions"]) == {US, AZURE}
    assert before not in lab.platform.state.containers
    assert len(lab.platform.state.containers) == 2


def test_an_app_outlives_the_applets_that_it_was_made_of() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    taken_out(lab, US)
    assert described(lab, id)["runSpec"]["interpreter"] == "bash"
    assert lab.call("user-alice", f"/{id}/update", regionalOptions=options(US)).status == 200
    assert US_APPLET in lab.platform.state.objects
    assert lab.call("user-alice", f"/{id}/delete").body == {"id": id}
    assert US_APPLET not in lab.platform.state.objects
    assert not lab.platform.state.containers


def taken_out(lab: Lab, region: str) -> None:
    """What happens to the copies of a project that is destroyed."""
    from reconciler_sandbox.laws.effects import Drop

    state = lab.platform.state
    copies = [state.copies[id] for _, id in list(state.held_by(PROJECTS[region]))]
    lab.platform.change(tuple(Drop(copy) for copy in copies))


@pytest.mark.covers("app-/update", "L17", "L18")
@pytest.mark.parametrize(
    ("inputs", "error", "law"),
    [
        ({"regionalOptions": options(US, EU)}, "PermissionDenied", "L17"),
        ({"regionalOptions": {AZURE: {"applet": US_APPLET}}}, "InvalidInput", "L18"),
        ({"regionalOptions": {}}, "InvalidInput", None),
        ({"billTo": "org-lab"}, None, None),
        ({"billTo": "org-lab", "regionalOptions": options(AZURE)}, "PermissionDenied", "L17"),
        ({"billTo": "user-bob"}, "InvalidInput", None),
    ],
)
def test_an_update_obeys_the_laws_of_a_creation(
    inputs: dict[str, object], error: str | None, law: str | None
) -> None:
    lab = an_app_lab()
    id = made_app(lab)
    got = lab.call("user-alice", f"/{id}/update", inputs)
    assert (got.error, got.law) == (error, law)
    assert set(lab.platform.state.apps[id].regions) == {US}


@pytest.mark.covers("app-/update", "L17")
def test_a_new_payer_must_be_permitted_where_the_app_is_enabled_already() -> None:
    lab = an_app_lab()
    id = made_app(lab, regionalOptions=options(US, AZURE))
    got = lab.call("user-alice", f"/{id}/update", billTo="org-lab")
    assert (got.error, got.law) == ("PermissionDenied", "L17")
    lab.change_org(permitted_regions=(US, AZURE))
    assert lab.call("user-alice", f"/{id}/update", billTo="org-lab").status == 200
    assert described(lab, id)["billTo"] == "org-lab"
    assert {box.bill_to for box in lab.platform.state.containers.values()} == {"org-lab"}


@pytest.mark.covers("app-/update")
def test_another_developer_may_update_without_being_able_to_pay() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    assert lab.call("user-bob", f"/{id}/update", title="x").error == "PermissionDenied"
    lab.call("user-alice", f"/{id}/addDevelopers", developers=["user-bob"])
    got = lab.call("user-bob", f"/{id}/update", title="x", billTo="user-alice")
    assert got.status == 200
    assert lab.platform.state.apps[id].spec["title"] == "x"


@pytest.mark.covers("app-/publish", "app-/update", "app-/delete")
def test_a_published_version_stays_as_it_is() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    assert lab.call("user-alice", f"/{id}/publish").body == {"id": id}
    assert described(lab, id)["published"] >= described(lab, id)["created"]
    again = lab.call("user-alice", f"/{id}/publish")
    assert again.error == "InvalidState"
    assert "already published" in again.body["error"]["message"]
    assert lab.call("user-alice", f"/{id}/update", title="x").error == "InvalidState"
    assert lab.call("user-alice", f"/{id}/delete").error == "InvalidState"


@pytest.mark.covers("app-/publish", "app-/describe")
def test_the_bare_name_means_the_default_version() -> None:
    lab = an_app_lab()
    first, second = made_app(lab), made_app(lab, version="2.0.0")
    assert described(lab, "app-bwa")["id"] == first
    assert described(lab, "app-bwa/default")["id"] == first
    assert described(lab, "app-bwa/2.0.0")["id"] == second
    assert described(lab, second)["aliases"] == ["2.0.0"]
    lab.call("user-alice", f"/{second}/publish", makeDefault=False)
    assert described(lab, "app-bwa")["id"] == first
    lab.call("user-alice", f"/{first}/publish", makeDefault=True)
    assert described(lab, "app-bwa")["id"] == first
    third = made_app(lab, version="3.0.0")
    lab.call("user-alice", f"/{third}/publish", makeDefault=True)
    assert described(lab, "app-bwa")["aliases"] == ["3.0.0", "default"]
    assert described(lab, first)["aliases"] == ["1.0.0"]


@pytest.mark.covers("app-/describe")
def test_an_unpublished_version_is_its_developers_alone() -> None:
    lab = an_app_lab()
    first = published(lab)
    second = made_app(lab, version="2.0.0")
    lab.call("user-alice", f"/{second}/addTags", tags=["default"])
    assert described(lab, "app-bwa")["id"] == second
    assert described(lab, "app-bwa", "user-dave")["id"] == first
    assert lab.call("user-dave", "/app-bwa/2.0.0/describe").error == "ResourceNotFound"
    assert lab.call("user-dave", f"/{second}/describe").error == "PermissionDenied"


@pytest.mark.covers("app-/delete")
def test_the_last_version_takes_the_name_with_it() -> None:
    lab = an_app_lab()
    first, second = made_app(lab), made_app(lab, version="2.0.0")
    lab.change(PROJECTS[US], members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})
    lab.call("user-alice", f"/{first}/delete")
    assert new_app(lab, "user-bob").error == "PermissionDenied"
    lab.call("user-alice", f"/{second}/delete")
    assert new_app(lab, "user-bob").status == 200


@pytest.mark.covers("app-/delete")
def test_without_a_default_the_bare_name_means_the_newest_published_version_else_the_newest() -> None:
    lab = an_app_lab()
    first, second, third = (made_app(lab, version=f"{number}.0.0") for number in (1, 2, 3))
    lab.call("user-alice", f"/{first}/delete")
    assert described(lab, "app-bwa")["id"] == third
    lab.call("user-alice", f"/{second}/publish")
    assert described(lab, "app-bwa")["id"] == second


@pytest.mark.parametrize(
    "path", ["app-bwa", "app-none", "app-bwa/9.9.9", "app-J00000000000000000000009", "globalworkflow-bwa"]
)
def test_an_app_that_is_not_there_is_not_found(path: str) -> None:
    lab = an_app_lab()
    if path != "app-bwa":
        made_app(lab)
    assert lab.call("user-alice", f"/{path}/describe").error == "ResourceNotFound"


@pytest.mark.covers("app-/describe")
@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        ({"fields": {"name": True, "version": True}}, {"name", "version"}),
        ({"fields": {"id": True, "published": True}}, {"id"}),
        ({"fields": {"name": "true"}}, {"name"}),
    ],
)
def test_with_fields_an_app_shows_exactly_those(inputs: dict[str, Any], names: set[str]) -> None:
    lab = an_app_lab()
    made_app(lab)
    assert set(described(lab, "app-bwa", **inputs)) == names


def test_fields_on_top_of_the_defaults_change_nothing_of_these() -> None:
    lab = an_app_lab()
    made_app(lab)
    assert described(lab, "app-bwa", defaultFields=True, fields={"name": True}) == described(lab, "app-bwa")


@pytest.mark.covers("app-/get")
def test_get_gives_the_code_that_an_update_brought() -> None:
    lab = an_app_lab()
    id = made_app(lab)
    assert lab.call("user-alice", f"/{id}/get").body["runSpec"]["code"] == f"echo {US}"
    newer = put(lab, in_region("applet", US, 1), PROJECTS[US], spec={"runSpec": {"code": "new"}})
    lab.call("user-alice", f"/{id}/update", regionalOptions={US: {"applet": newer}})
    assert lab.call("user-alice", f"/{id}/get").body["runSpec"]["code"] == "new"


@pytest.mark.covers("app-/describe", "L21")
def test_an_app_stays_where_its_payer_lost_the_region() -> None:
    lab = an_app_lab()
    made_app(lab, regionalOptions=options(US, AZURE))
    lab.change_user("user-alice", permitted_regions=(AZURE,), default_region=AZURE)
    assert set(described(lab, "app-bwa")["regionalOptions"]) == {US, AZURE}
    assert described(lab, "app-bwa")["applet"] == AZURE_APPLET


@pytest.mark.covers("app-/describe", "L21", "app_keeps_regions")
def test_an_app_leaves_a_lost_region_where_the_platform_says_so() -> None:
    lab = an_app_lab(app_keeps_regions="no")
    made_app(lab, regionalOptions=options(US, AZURE))
    lab.change_user("user-alice", permitted_regions=(AZURE,))
    shown = described(lab, "app-bwa")
    assert (set(shown["regionalOptions"]), shown["region"]) == ({AZURE}, AZURE)
    assert set(shown["runSpec"]["bundledDependsByRegion"]) == {AZURE}
    lab.change_user("user-alice", permitted_regions=())
    assert described(lab, "app-bwa")["regionalOptions"] == {}


def test_an_app_whose_applet_is_not_known_is_described_all_the_same() -> None:
    """A world file may name applets that it does not hold."""
    lab = an_app_lab()
    app = lab.platform.state.apps[made_app(lab)]
    missing = structs.replace(app.regions[US], executable="applet-J00000000000000000000999", resources=None)
    lab.platform.change((Put(structs.replace(app, regions=app.regions | {EU: missing})),))
    shown = described(lab, app.id)
    assert shown["regionalOptions"][EU]["resources"] is None
    assert list(shown["runSpec"]["bundledDependsByRegion"]) == [US]
    lab.platform.change((Put(structs.replace(app, regions={US: missing})),))
    assert "runSpec" not in described(lab, app.id)
    assert lab.call("user-alice", f"/{app.id}/delete").status == 200
