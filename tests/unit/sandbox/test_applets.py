"""Applets: made in the region of their project, with all that they bundle."""

from __future__ import annotations

from typing import Any

import pytest
from support.executables import a_file, an_applet, bundle, link
from support.sandbox import AZURE, EU, PROJECT, US, Got, Lab, a_lab, a_project

P_EU, P_AZURE = a_project(2).id, a_project(3).id


def three(**switches: Any) -> Lab:
    return a_lab([a_project(1), a_project(2, region=EU), a_project(3, region=AZURE)], **switches)


def new(lab: Lab, project: str = PROJECT, user: str = "user-alice", **given: Any) -> Got:
    return lab.call(user, "/applet/new", {"project": project, "dxapi": "1.0.0", **given})


def describe(lab: Lab, id: str, **given: object) -> dict[str, Any]:
    got = lab.call("user-alice", f"/{id}/describe", given)
    assert got.status == 200, got
    return got.body


@pytest.mark.covers("applet/new", "applet-/describe")
def test_an_applet_is_closed_and_shown_as_it_was_given_without_its_code() -> None:
    lab = three()
    spec: dict[str, Any] = {
        "inputSpec": [{"name": "x", "class": "int"}],
        "outputSpec": [],
        "title": "Align",
        "summary": "aligns",
        "access": {"network": ["*"]},
        "runSpec": {"interpreter": "python3", "code": "pass", "release": "24.04"},
    }
    got = new(lab, name="align", details={"k": 1}, tags=["t"], **spec)
    shown = describe(lab, got.body["id"], properties=True, details=True)
    assert (shown["class"], shown["state"], shown["project"], shown["name"]) == (
        "applet",
        "closed",
        PROJECT,
        "align",
    )
    assert {key: shown[key] for key in spec if key != "runSpec"} == {
        key: value for key, value in spec.items() if key != "runSpec"
    }
    assert shown["details"] == {"k": 1}
    assert "code" not in shown["runSpec"]
    assert (shown["runSpec"]["interpreter"], shown["runSpec"]["release"]) == ("python3", "24.04")


@pytest.mark.covers("applet/new", "applet-/get")
def test_the_code_of_an_applet_is_shown_by_get() -> None:
    lab = three()
    id = new(lab, runSpec={"interpreter": "bash", "code": "echo hello"}).body["id"]
    got = lab.call("user-alice", f"/{id}/get").body
    assert got["runSpec"]["code"] == "echo hello"
    assert got["runSpec"]["bundledDependsByRegion"] == {US: []}
    assert {"id", "project", "properties", "details"} <= got.keys()
    assert lab.call("user-alice", f"/{id}/get", project=P_EU).body["project"] == PROJECT
    assert lab.call("user-alice", f"/{id}/get", project=a_project(9).id).error == "ResourceNotFound"


@pytest.mark.covers("applet/new", "applet-/describe")
def test_an_applet_without_an_input_specification_shows_none_not_null() -> None:
    lab = three()
    shown = describe(lab, new(lab, inputSpec=None).body["id"])
    assert not {"inputSpec", "outputSpec"} & shown.keys()


@pytest.mark.covers("applet/new", "applet-/describe", "L15")
@pytest.mark.parametrize(("project", "region"), [(PROJECT, US), (P_EU, EU), (P_AZURE, AZURE)])
def test_the_run_specification_names_exactly_the_region_of_the_project(project: str, region: str) -> None:
    lab = three()
    empty = describe(lab, new(lab, project).body["id"])["runSpec"]
    assert (empty["bundledDependsByRegion"], empty["systemRequirementsByRegion"]) == (
        {region: []},
        {region: {}},
    )
    bundled = bundle(a_file(lab, 1, project))
    prefix = "azure:" if region == AZURE else ""
    wanted = {"*": {"instanceType": f"{prefix}mem1_ssd1_x4"}}
    run_spec = {"interpreter": "bash", "bundledDepends": bundled, "systemRequirements": wanted}
    both = describe(lab, new(lab, project, runSpec=run_spec).body["id"])["runSpec"]
    assert both["bundledDependsByRegion"] == {region: bundled}
    assert both["systemRequirementsByRegion"] == {region: wanted}


@pytest.mark.covers("applet/new")
def test_options_of_other_regions_are_not_read_by_the_creation_of_an_applet() -> None:
    lab = three()
    options = {EU: {"systemRequirements": {"*": {"instanceType": "nonsense"}}}}
    shown = describe(lab, new(lab, regionalOptions=options).body["id"])
    assert list(shown["runSpec"]["systemRequirementsByRegion"]) == [US]


@pytest.mark.covers("applet/new", "L19", "bundled_region_error")
def test_l19_what_an_applet_bundles_lies_in_its_region_or_nothing_is_made() -> None:
    for error in ("InvalidInput", "PermissionDenied", "InvalidState"):
        lab = three(bundled_region_error=error)
        run_spec = {"interpreter": "bash", "bundledDepends": bundle(a_file(lab, 1))}
        got = new(lab, P_EU, runSpec=run_spec)
        assert (got.error, got.law) == (error, "L19")
        assert not [id for id in lab.platform.state.objects if id.startswith("applet-")]
        assert new(lab, runSpec=run_spec).status == 200


@pytest.mark.covers("applet/new", "L19")
def test_what_an_applet_bundles_may_lie_in_another_project_of_the_region_that_the_caller_sees() -> None:
    hidden = a_project(4, members={"user-bob": "ADMINISTER"})
    lab = a_lab([a_project(1), a_project(2), hidden])
    seen, unseen = a_file(lab, 1, P_EU), a_file(lab, 2, hidden.id)
    for file, project, error in (
        (seen, None, None),
        (seen, P_EU, None),
        (seen, PROJECT, "ResourceNotFound"),
        (unseen, None, "PermissionDenied"),
        ("file-J00000000000000000000009", None, "ResourceNotFound"),
    ):
        bundled = [{"name": "f", "id": link(file, project)}]
        assert new(lab, runSpec={"interpreter": "bash", "bundledDepends": bundled}).error == error


@pytest.mark.covers("applet/new", "L20")
@pytest.mark.parametrize(
    ("project", "instance_type", "law"),
    [
        (PROJECT, "mem1_ssd1_v2_x4", None),
        (PROJECT, "azure:mem1_ssd1_x4", "L20"),
        (P_AZURE, "azure:mem1_ssd1_x4", None),
        (P_AZURE, "mem1_ssd1_x4", "L20"),
        (PROJECT, "no_such_type", "L20"),
    ],
)
def test_l20_the_instance_types_of_an_applet_belong_to_its_cloud(
    project: str, instance_type: str, law: str | None
) -> None:
    got = new(
        three(),
        project,
        runSpec={"interpreter": "bash", "systemRequirements": {"main": {"instanceType": instance_type}}},
    )
    assert (got.law, got.error) == (law, law and "InvalidInput")


@pytest.mark.covers("applet/new")
@pytest.mark.parametrize(
    "given",
    [
        {"project": None},
        {"project": 7},
        {"title": 7},
        {"inputSpec": {}},
        {"outputSpec": ["x"]},
        {"access": []},
        {"runSpec": []},
        {"runSpec": {"interpreter": 7}},
        {"runSpec": {"code": 7}},
        {"runSpec": {"systemRequirements": []}},
        {"runSpec": {"systemRequirements": {"*": "mem1_ssd1_x4"}}},
        {"runSpec": {"bundledDepends": {}}},
        {"runSpec": {"bundledDepends": None}},
        {"runSpec": {"bundledDepends": ["file-J00000000000000000000001"]}},
        {"runSpec": {"bundledDepends": [{"name": "x"}]}},
        {"runSpec": {"bundledDepends": [{"name": "x", "id": {"$dnanexus_link": {"job": "j"}}}]}},
        {"ignoreReuse": "yes"},
        {"details": {"$dnanexus_link": 7}},
        {"nonce": ""},
    ],
)
def test_a_wrong_shape_is_invalid_input_and_makes_nothing(given: dict[str, Any]) -> None:
    lab = three()
    assert new(lab, **given).error == "InvalidInput"
    assert not lab.platform.state.objects


@pytest.mark.covers("applet/new")
def test_upload_is_enough_to_make_an_applet_and_view_is_not() -> None:
    for level, status in (("VIEW", 401), ("UPLOAD", 200)):
        lab = a_lab([a_project(1, members={"user-bob": level})])
        assert new(lab, user="user-bob").status == status


@pytest.mark.covers("applet/new")
def test_rights_are_looked_at_before_the_regions_of_what_is_bundled() -> None:
    mine = a_project(2, region=EU, members={"user-alice": "VIEW"})
    lab = a_lab([a_project(1), mine])
    run_spec = {"interpreter": "bash", "bundledDepends": bundle(a_file(lab, 1))}
    got = new(lab, mine.id, runSpec=run_spec)
    assert (got.error, got.law) == ("PermissionDenied", None)


@pytest.mark.covers("applet/new")
def test_the_same_nonce_makes_one_applet() -> None:
    lab = three()
    assert new(lab, nonce="n", name="a") == new(lab, nonce="n", name="a")
    assert new(lab, nonce="n", name="b").error == "InvalidInput"
    assert new(lab, name="a").body != new(lab, name="a").body
    assert len(lab.platform.state.objects) == 3


@pytest.mark.covers("applet-/describe")
def test_an_applet_of_a_world_file_without_a_specification_is_described_whole() -> None:
    lab = three()
    shown = describe(lab, an_applet(lab, 1))
    assert shown["runSpec"]["interpreter"] == "bash"
    assert (shown["title"], shown["dxapi"], shown["access"]) == ("", "1.0.0", {})
