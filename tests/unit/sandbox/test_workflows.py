"""Workflows: made blank, with stages or like another one, and edited stage by stage."""

from __future__ import annotations

from typing import Any

import pytest
from support.executables import a_workflow, an_app, an_applet, link
from support.sandbox import PROJECT, US, Got, Lab, a_lab, a_project

P2 = a_project(2).id


def new(lab: Lab, user: str = "user-alice", **given: Any) -> Got:
    return lab.call(user, "/workflow/new", {"project": PROJECT, **given})


def describe(lab: Lab, id: str, user: str = "user-alice") -> dict[str, Any]:
    got = lab.call(user, f"/{id}/describe")
    assert got.status == 200, got
    return got.body


def edit(lab: Lab, id: str, method: str, user: str = "user-alice", /, **given: Any) -> Got:
    return lab.call(user, f"/{id}/{method}", given)


def stage_ids(lab: Lab, id: str) -> list[str]:
    return [stage["id"] for stage in describe(lab, id)["stages"]]


@pytest.mark.covers("workflow/new", "workflow-/describe")
def test_a_blank_workflow_is_open_and_titled_with_its_id() -> None:
    lab = a_lab()
    id = new(lab).body["id"]
    shown = describe(lab, id)
    assert (shown["title"], shown["name"], shown["state"]) == (id, id, "open")
    assert (shown["summary"], shown["description"], shown["outputFolder"]) == ("", "", None)
    assert (shown["inputs"], shown["outputs"], shown["stages"]) == (None, None, [])
    assert shown["editVersion"] == 0


@pytest.mark.covers("workflow/new", "workflow-/describe")
def test_stages_keep_their_ids_and_names_and_get_an_id_where_they_have_none() -> None:
    lab = a_lab()
    applet = an_applet(lab, 1)
    app = an_app(lab, 2, {US: applet})
    given = [{"id": "first", "name": "one", "executable": applet, "input": {"k": 1}}, {"executable": app}]
    first, second = describe(lab, new(lab, stages=given).body["id"])["stages"]
    assert (first["id"], first["name"], first["executable"]) == ("first", "one", applet)
    assert (first["input"], first["folder"]) == ({"k": 1}, None)
    assert second["id"].startswith("stage-")
    assert (second["name"], second["executable"], second["input"]) == (None, app, {})


@pytest.mark.covers("workflow/new", "workflow-/describe")
def test_a_workflow_like_another_one_is_equal_but_has_its_own_id() -> None:
    lab = a_lab()
    stages = [{"id": "s", "executable": an_applet(lab, 1), "folder": "out"}]
    inputs = [{"name": "x", "class": "int"}]
    source = new(lab, summary="s", description="d", outputFolder="/o", stages=stages, inputs=inputs).body[
        "id"
    ]
    made = new(lab, initializeFrom={"id": source, "project": PROJECT}).body["id"]
    keys = ("title", "summary", "description", "outputFolder", "stages", "inputs", "outputs")
    before, after = describe(lab, source), describe(lab, made)
    assert made != source
    assert {key: after[key] for key in keys} == {key: before[key] for key in keys}
    assert after["initializedFrom"] == {"id": source}
    other = new(lab, initializeFrom={"id": source}, title="mine").body["id"]
    assert describe(lab, other)["title"] == "mine"


@pytest.mark.covers("workflow/new", "workflow-/run")
def test_a_workflow_like_an_analysis_has_the_stages_that_were_run() -> None:
    lab = a_lab()
    workflow = a_workflow(lab, 2, an_applet(lab, 1))
    analysis = lab.call("user-alice", f"/{workflow}/run", project=PROJECT).body["id"]
    made = new(lab, initializeFrom={"id": analysis}).body["id"]
    assert stage_ids(lab, made) == ["s0"]


@pytest.mark.covers("workflow/new")
@pytest.mark.parametrize(
    ("source", "error"),
    [
        ({"id": "workflow-J00000000000000000000009"}, "ResourceNotFound"),
        ({"id": "analysis-J00000000000000000000009"}, "ResourceNotFound"),
        ({"id": "applet-J00000000000000000000001"}, "InvalidType"),
        ({}, "InvalidInput"),
        ("workflow-J00000000000000000000009", "InvalidInput"),
    ],
)
def test_a_workflow_is_like_a_workflow_or_an_analysis_that_is_there(source: object, error: str) -> None:
    assert new(a_lab(), initializeFrom=source).error == error


@pytest.mark.covers("workflow/new")
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"title": 7}, "InvalidInput"),
        ({"outputFolder": []}, "InvalidInput"),
        ({"inputs": {}}, "InvalidInput"),
        ({"outputs": [7]}, "InvalidInput"),
        ({"ignoreReuse": True}, "InvalidInput"),
        ({"stages": {}}, "InvalidInput"),
        ({"stages": [7]}, "InvalidInput"),
        ({"stages": [{}]}, "InvalidInput"),
        ({"stages": [{"executable": 7}]}, "InvalidInput"),
        ({"stages": [{"executable": "file-J00000000000000000000001"}]}, "InvalidType"),
        ({"stages": [{"executable": "applet-J00000000000000000000009"}]}, "ResourceNotFound"),
        ({"stages": [{"executable": "app-none"}]}, "ResourceNotFound"),
    ],
)
def test_a_wrong_input_makes_nothing(given: dict[str, Any], error: str) -> None:
    lab = a_lab()
    assert new(lab, **given).error == error
    assert not lab.platform.state.objects


@pytest.mark.covers("workflow/new")
@pytest.mark.parametrize(
    "stage", [{"id": "a b"}, {"id": ""}, {"id": "s"}, {"name": 7}, {"input": []}, {"systemRequirements": 7}]
)
def test_a_stage_of_a_wrong_shape_is_invalid(stage: dict[str, Any]) -> None:
    lab = a_lab()
    applet = an_applet(lab, 1)
    stages = [{"id": "s", "executable": applet}, {"executable": applet, **stage}]
    assert new(lab, stages=stages).error == "InvalidInput"


@pytest.mark.covers("workflow/new")
def test_the_same_nonce_makes_one_workflow() -> None:
    lab = a_lab()
    assert new(lab, nonce="n", title="a") == new(lab, nonce="n", title="a")
    assert new(lab, nonce="n", title="b").error == "InvalidInput"
    assert len(lab.platform.state.objects) == 1


@pytest.mark.covers("workflow-/describe")
def test_the_inputs_of_all_stages_are_shown_as_one_specification_where_all_are_known() -> None:
    lab = a_lab()
    known = an_applet(lab, 1, inputSpec=[{"name": "x", "class": "int"}, {"name": "y", "class": "int"}])
    stages = [{"id": "s", "executable": known, "input": {"y": 2}}]
    assert describe(lab, new(lab, stages=stages).body["id"])["inputSpec"] == [
        {"name": "s.x", "class": "int", "group": "s"},
        {"name": "s.y", "class": "int", "group": "s", "default": 2},
    ]
    stages.append({"id": "t", "executable": an_applet(lab, 2)})
    assert "inputSpec" not in describe(lab, new(lab, stages=stages).body["id"])


@pytest.mark.covers("workflow-/addStage", "workflow-/removeStage", "workflow-/moveStage")
def test_stages_are_added_moved_and_removed_each_edit_counting_the_version_up() -> None:
    lab = a_lab()
    applet = an_applet(lab, 1)
    id = new(lab, stages=[{"id": "a", "executable": applet}]).body["id"]
    got = edit(lab, id, "addStage", executable=applet, id="b", name="two", editVersion=0)
    assert got.body == {"id": id, "editVersion": 1, "stage": "b"}
    made = edit(lab, id, "addStage", executable=applet).body["stage"]
    assert stage_ids(lab, id) == ["a", "b", made]
    assert edit(lab, id, "moveStage", stage=made, newIndex=0, editVersion=2).status == 200
    assert stage_ids(lab, id) == [made, "a", "b"]
    assert edit(lab, id, "removeStage", stage="a", editVersion=3).body["editVersion"] == 4
    assert stage_ids(lab, id) == [made, "b"]


@pytest.mark.covers("workflow-/update", "workflow-/updateStageExecutable")
def test_settings_are_changed_and_unset() -> None:
    lab = a_lab()
    applet, other = an_applet(lab, 1), an_applet(lab, 2)
    id = new(lab, title="t", outputFolder="/o", stages=[{"id": "a", "executable": applet}]).body["id"]
    edit(
        lab,
        id,
        "update",
        title=None,
        summary="s",
        outputFolder=None,
        stages={"a": {"name": "n", "input": {"k": 1}}},
    )
    shown = describe(lab, id)
    assert (shown["title"], shown["summary"], shown["outputFolder"]) == (id, "s", None)
    assert (shown["stages"][0]["name"], shown["stages"][0]["input"]) == ("n", {"k": 1})
    edit(lab, id, "updateStageExecutable", stage="a", executable=other)
    edit(lab, id, "update", stages={"a": {"name": None}})
    (stage,) = describe(lab, id)["stages"]
    assert (stage["name"], stage["executable"], stage["id"]) == (None, other, "a")


@pytest.mark.covers(
    "workflow-/addStage",
    "workflow-/removeStage",
    "workflow-/moveStage",
    "workflow-/update",
    "workflow-/updateStageExecutable",
    "workflow-/close",
)
def test_no_edit_of_a_stale_version_of_a_closed_workflow_or_without_contribute() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "UPLOAD"})])
    applet = an_applet(lab, 1)
    id = new(lab, stages=[{"id": "a", "executable": applet}]).body["id"]
    edits: dict[str, dict[str, Any]] = {
        "addStage": {"executable": applet},
        "removeStage": {"stage": "a"},
        "moveStage": {"stage": "a", "newIndex": 0},
        "update": {"title": "t"},
        "updateStageExecutable": {"stage": "a", "executable": applet},
    }
    for method, given in edits.items():
        assert edit(lab, id, method, **given, editVersion=7).error == "InvalidState"
        assert edit(lab, id, method, **given, editVersion="0").error == "InvalidInput"
        assert edit(lab, id, method, "user-bob", **given).error == "PermissionDenied"
    assert lab.call("user-alice", f"/{id}/close").status == 200
    for method, given in edits.items():
        assert edit(lab, id, method, **given).error == "InvalidState"
    assert describe(lab, id)["editVersion"] == 0


@pytest.mark.covers("workflow-/removeStage", "workflow-/moveStage", "workflow-/update")
def test_an_edit_names_a_stage_that_is_there_and_an_index_within_the_list() -> None:
    lab = a_lab()
    id = a_workflow(lab, 2, an_applet(lab, 1))
    assert edit(lab, id, "removeStage", stage="none").error == "ResourceNotFound"
    assert edit(lab, id, "update", stages={"none": {}}).error == "ResourceNotFound"
    assert edit(lab, id, "update", stages={"s0": 7}).error == "InvalidInput"
    for place in (-1, 1, "0", True, None):
        assert edit(lab, id, "moveStage", stage="s0", newIndex=place).error == "InvalidInput"


@pytest.mark.covers("workflow/new")
def test_a_stage_may_be_bound_to_an_object() -> None:
    lab = a_lab()
    stages = [
        {"id": "s", "executable": an_applet(lab, 1), "input": {"x": link("file-J00000000000000000000009")}}
    ]
    assert new(lab, stages=stages).status == 200
