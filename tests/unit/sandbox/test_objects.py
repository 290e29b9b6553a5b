"""Data objects of all classes: creation, description in one container, metadata, closing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Copy
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.state import State
from reconciler_sandbox.store import Database
from support.sandbox import EU, NOW, PROJECT, Lab, a_lab, a_project, a_world

OTHER = "project-J00000000000000000000002"
LINKED = "file-J00000000000000000000009"


def shared(**levels: str) -> dict[str, str]:
    return {"user-alice": "ADMINISTER", **{f"user-{name}": level for name, level in levels.items()}}


def made(lab: Lab, klass: str = "record", user: str = "user-alice", **given: Any) -> str:
    got = lab.call(user, f"/{klass}/new", {"project": PROJECT, **given})
    assert got.status == 200, got
    assert got.body.keys() == {"id"}
    return str(got.body["id"])


def described(lab: Lab, id: str, user: str = "user-alice", **given: Any) -> dict[str, Any]:
    got = lab.call(user, f"/{id}/describe", given)
    assert got.status == 200, got
    return got.body


def in_other_too(lab: Lab, id: str, **fields: Any) -> None:
    """Put the object into a second project, by hand."""
    lab.platform.change((Put(Copy(object=id, holder=OTHER, name="elsewhere", **fields)),))


@pytest.mark.covers("record/new", "record-/describe")
def test_a_bare_record_is_open_in_the_root_and_named_by_its_id() -> None:
    lab = a_lab()
    id = made(lab)
    assert described(lab, id) == {
        "id": id,
        "project": PROJECT,
        "class": "record",
        "sponsored": False,
        "name": id,
        "types": [],
        "state": "open",
        "hidden": False,
        "links": [],
        "folder": "/",
        "tags": [],
        "created": NOW,
        "modified": NOW,
        "createdBy": {"user": "user-alice"},
    }


@pytest.mark.covers("record/new", "record-/describe")
def test_all_that_a_creation_is_given_is_read_back() -> None:
    lab = a_lab()
    details = {"sample": [{"$dnanexus_link": LINKED}, {"$dnanexus_link": {"id": LINKED, "project": PROJECT}}]}
    given = {
        "name": "été",
        "tags": ["a", "b"],
        "properties": {"clé": "", "k": "v"},
        "types": ["t1", "t2"],
        "hidden": True,
        "details": details,
    }
    id = made(lab, folder="//raw/2026/", parents=True, close=True, **given)
    shown = described(lab, id, properties=True, details=True)
    assert {key: shown[key] for key in given} == given
    assert (shown["folder"], shown["state"], shown["links"]) == ("/raw/2026", "closed", [LINKED])
    assert lab.project().folders == ("/raw", "/raw/2026")


@pytest.mark.covers("record/new")
def test_a_missing_folder_is_not_made_unasked() -> None:
    lab = a_lab()
    got = lab.call("user-alice", "/record/new", project=PROJECT, folder="/raw/2026")
    assert (got.error, got.status) == ("ResourceNotFound", 404)
    assert "/raw/2026" in got.body["error"]["message"]
    assert not lab.platform.state.objects
    assert lab.project().folders == ()


@pytest.mark.covers("record/new", "file/new")
@pytest.mark.parametrize(
    ("level", "error"), [("VIEW", "PermissionDenied"), ("UPLOAD", None), ("CONTRIBUTE", None)]
)
def test_upload_is_enough_to_create(level: str, error: str | None) -> None:
    for klass in ("record", "file"):
        lab = a_lab([a_project(1, members=shared(dave=level))])
        assert lab.call("user-dave", f"/{klass}/new", project=PROJECT).error == error
        assert len(lab.platform.state.objects) == (error is None)


@pytest.mark.covers("record/new", "property_limits")
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "InvalidInput"),
        ({"project": 1}, "InvalidInput"),
        ({"project": "project-none"}, "ResourceNotFound"),
        ({"project": OTHER}, "PermissionDenied"),
        ({"project": PROJECT, "name": ""}, "InvalidInput"),
        ({"project": PROJECT, "folder": "raw"}, "InvalidInput"),
        ({"project": PROJECT, "folder": "/a/../b", "parents": True}, "InvalidInput"),
        ({"project": PROJECT, "folder": "/" + "a/" * 129, "parents": True}, "InvalidInput"),
        ({"project": PROJECT, "parents": "yes"}, "InvalidInput"),
        ({"project": PROJECT, "tags": "a"}, "InvalidInput"),
        ({"project": PROJECT, "properties": {"a": None}}, "InvalidInput"),
        ({"project": PROJECT, "types": [1]}, "InvalidInput"),
        ({"project": PROJECT, "hidden": 1}, "InvalidInput"),
        ({"project": PROJECT, "details": {"$dnanexus_link": 7}}, "InvalidInput"),
        ({"project": PROJECT, "close": "true"}, "InvalidInput"),
        ({"project": PROJECT, "tags": ["x" * 701]}, "InvalidInput"),
    ],
)
def test_a_creation_of_a_wrong_shape_or_place_makes_nothing(given: dict[str, Any], error: str) -> None:
    lab = a_lab([a_project(1), a_project(2, members={"user-dave": "ADMINISTER"})])
    assert lab.call("user-alice", "/record/new", given).error == error
    assert not lab.platform.state.objects
    lenient = a_lab(property_limits="off")
    made(lenient, tags=["x" * 701])


@pytest.mark.covers("record/new", "file/new")
def test_a_creation_with_the_same_nonce_happens_once() -> None:
    lab = a_lab()
    for klass in ("record", "file"):
        first = made(lab, klass, name="x", nonce="n")
        assert made(lab, klass, name="x", nonce="n") == first
        other = lab.call("user-alice", f"/{klass}/new", project=PROJECT, name="y", nonce="n")
        assert other.error == "InvalidInput"
        assert made(lab, klass, name="x") != first


@pytest.mark.covers("record-/describe", "file-/describe", "applet-/describe", "workflow-/describe")
def test_every_class_is_described_in_its_own_words() -> None:
    lab = a_lab()
    run_spec = {"interpreter": "bash", "code": ""}
    for klass, given, own in [
        ("record", {}, set[str]()),
        ("file", {"media": "text/plain"}, {"size", "media", "archivalState"}),
        ("applet", {"dxapi": "1.0.0", "runSpec": run_spec}, {"runSpec", "access"}),
        ("workflow", {}, {"stages", "editVersion"}),
    ]:
        shown = described(lab, made(lab, klass, **given))
        assert shown["class"] == klass
        assert own <= shown.keys(), klass


@pytest.mark.covers("file-/describe")
def test_an_object_is_described_as_the_named_container_has_it() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    id = made(lab, "file", name="here", tags=["t"])
    in_other_too(lab, id, folder="/")
    assert described(lab, id)["name"] == "here"
    assert described(lab, id, project=OTHER)["name"] == "elsewhere"
    assert described(lab, id, project=OTHER)["tags"] == []


@pytest.mark.covers("record-/describe", "record-/listProjects")
def test_without_a_container_the_answer_is_from_one_that_the_caller_sees() -> None:
    lab = a_lab([a_project(1), a_project(2, members=shared(dave="VIEW"))])
    id = made(lab, name="here")
    assert lab.call("user-dave", f"/{id}/describe").error == "PermissionDenied"
    in_other_too(lab, id)
    shown = described(lab, id, "user-dave")
    assert (shown["project"], shown["name"]) == (OTHER, "elsewhere")
    assert lab.call("user-dave", f"/{id}/describe", project=PROJECT).error == "PermissionDenied"
    assert lab.call("user-dave", f"/{id}/listProjects").body == {OTHER: "VIEW"}
    both = {PROJECT: "ADMINISTER", OTHER: "ADMINISTER"}
    assert lab.call("user-alice", f"/{id}/listProjects").body == both


@pytest.mark.covers("record-/describe")
def test_a_project_that_does_not_hold_the_object_is_a_preference_that_cannot_be_met() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    id = made(lab)
    assert described(lab, id, project=OTHER)["project"] == PROJECT
    assert lab.call("user-alice", f"/{id}/describe", project=a_project(9).id).error == "ResourceNotFound"
    unknown = lab.call("user-alice", "/record-J00000000000000000000000/describe")
    assert (unknown.error, unknown.body["error"]["message"]) == (
        "ResourceNotFound",
        "The entity record-J00000000000000000000000 could not be found",
    )


@pytest.mark.covers("file-/describe", "unknown_fields")
def test_a_describe_shows_the_fields_that_are_asked_for() -> None:
    lab = a_lab()
    id = made(lab, "file", properties={"a": "b"})
    assert described(lab, id, fields={"properties": True, "nonsense": True}) == {
        "id": id,
        "properties": {"a": "b"},
    }
    more = described(lab, id, fields={"parts": True, "tags": False}, defaultFields=True)
    assert {"name", "parts"} <= more.keys()
    assert not {"tags", "properties", "details"} & more.keys()
    assert lab.call("user-alice", f"/{id}/describe", fields=["name"]).error == "InvalidInput"
    strict = a_lab(unknown_fields="InvalidInput")
    id = made(strict, "file")
    assert strict.call("user-alice", f"/{id}/describe", fields={"nonsense": True}).error == "InvalidInput"


@pytest.mark.covers("record-/describe", "record-/getDetails", "record-/listProjects")
def test_a_public_project_shows_its_objects_to_everybody_and_lets_nobody_write() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "PUBLIC": "VIEW"})])
    id = made(lab, details={"a": 1})
    for user in ("PUBLIC", "user-dave"):
        assert described(lab, id, user)["name"] == id
        assert lab.call(user, f"/{id}/getDetails").body == {"a": 1}
        assert lab.call(user, f"/{id}/listProjects").body == {PROJECT: "VIEW"}
        assert lab.call(user, f"/{id}/setDetails", {}).error == "PermissionDenied"


WRITES: list[tuple[str, dict[str, Any], str, object]] = [
    ("rename", {"name": "new"}, "name", "new"),
    ("setProperties", {"properties": {"a": None, "b": "2"}}, "properties", {"b": "2", "c": ""}),
    ("addTags", {"tags": ["t", "u"]}, "tags", ["s", "t", "u"]),
    ("removeTags", {"tags": ["s", "x"]}, "tags", ["t"]),
]


@pytest.mark.covers(
    "record-/rename",
    "record-/setProperties",
    "record-/addTags",
    "record-/removeTags",
)
def test_name_tags_and_properties_are_written_in_one_container() -> None:
    for method, given, field, after in WRITES:
        _is_written_in_one_container(method, given, field, after)


def _is_written_in_one_container(method: str, given: dict[str, Any], field: str, after: object) -> None:
    lab = a_lab([a_project(1), a_project(2)])
    id = made(lab, name="old", tags=["s", "t"], properties={"a": "1", "c": ""}, close=True)
    in_other_too(lab, id)
    before = described(lab, id, project=OTHER, properties=True)
    got = lab.call("user-alice", f"/{id}/{method}", {"project": PROJECT, **given})
    assert got.body == {"id": id}
    shown = described(lab, id, project=PROJECT, properties=True)
    assert shown[field] == after
    assert shown["modified"] > before["modified"]
    assert described(lab, id, project=OTHER, properties=True) == before | {"modified": shown["modified"]}


@pytest.mark.covers(
    "record-/rename",
    "record-/setProperties",
    "record-/addTags",
    "record-/removeTags",
)
def test_what_a_container_says_of_a_closed_object_is_changed_by_contributors() -> None:
    for method, given, _, _ in WRITES:
        _is_changed_by_contributors(method, given)


def _is_changed_by_contributors(method: str, given: dict[str, Any]) -> None:
    members = shared(bob="CONTRIBUTE", carol="UPLOAD", dave="VIEW")
    lab = a_lab([a_project(1, members=members), a_project(2, members={"user-dave": "ADMINISTER"})])
    id, asked = made(lab, close=True), {"project": PROJECT, **given}
    assert lab.call("user-bob", f"/{id}/{method}", asked).status == 200
    assert lab.call("user-carol", f"/{id}/{method}", asked).error == "PermissionDenied"
    mine = made(lab, user="user-carol")
    assert lab.call("user-carol", f"/{mine}/{method}", asked).status == 200
    assert lab.call("user-dave", f"/{mine}/{method}", asked).error == "PermissionDenied"
    assert lab.call("user-bob", f"/{id}/{method}", given).error == "InvalidInput"
    assert lab.call("user-bob", f"/{id}/{method}", {"project": PROJECT}).error == "InvalidInput"
    assert lab.call("user-bob", f"/{id}/{method}", {**given, "project": OTHER}).error == "PermissionDenied"


@pytest.mark.covers(
    "record-/addTypes",
    "record-/removeTypes",
    "record-/setDetails",
    "record-/setVisibility",
    "record-/close",
)
def test_types_details_and_visibility_are_written_only_while_the_object_is_open() -> None:
    lab = a_lab()
    id = made(lab, types=["a", "b"])
    writes: list[tuple[str, object]] = [
        ("addTypes", {"types": ["b", "c"]}),
        ("removeTypes", {"types": ["a"]}),
        ("setDetails", {"x": {"$dnanexus_link": LINKED}}),
        ("setVisibility", {"hidden": True}),
    ]
    for method, given in writes:
        assert lab.call("user-alice", f"/{id}/{method}", given).body == {"id": id}
    shown = described(lab, id, details=True)
    assert (shown["types"], shown["hidden"], shown["links"]) == (["b", "c"], True, [LINKED])
    assert shown["details"] == {"x": {"$dnanexus_link": LINKED}}
    assert lab.call("user-alice", f"/{id}/close").body == {"id": id}
    assert described(lab, id)["state"] == "closed"
    for method, given in writes:
        got = lab.call("user-alice", f"/{id}/{method}", given)
        assert (got.error, got.status) == ("InvalidState", 422), method
        assert "closed" in got.body["error"]["message"]
    assert described(lab, id, details=True)["types"] == ["b", "c"]


@pytest.mark.covers("record-/addTypes", "record-/removeTypes", "record-/setVisibility", "record-/setDetails")
def test_a_wrong_input_to_an_open_object_changes_nothing() -> None:
    lab = a_lab()
    id = made(lab)
    before = described(lab, id, details=True)
    for method, given in [
        ("addTypes", {}),
        ("addTypes", {"types": "a"}),
        ("removeTypes", {"types": [None]}),
        ("setVisibility", {}),
        ("setVisibility", {"hidden": "true"}),
        ("setDetails", {"x": {"$dnanexus_link": "no-id"}}),
    ]:
        assert lab.call("user-alice", f"/{id}/{method}", given).error == "InvalidInput", method
    assert described(lab, id, details=True) == before


@pytest.mark.covers("record-/setDetails", "record-/getDetails")
@pytest.mark.parametrize("details", [{}, [], [1, {"a": None}], "text", 7, None, True])
def test_details_are_any_json(details: object) -> None:
    lab = a_lab()
    id = made(lab)
    path = f"/{id}/setDetails"
    body = json.dumps(details).encode()
    lab.call("user-alice", path, {"before": 1})
    lab.platform.answer(path, body, "application/json", "Bearer user-alice", {})
    assert lab.call("user-alice", f"/{id}/getDetails").body == details


@pytest.mark.covers("record-/close", "applet-/close", "workflow-/close")
def test_closing_twice_is_no_error_and_needs_upload() -> None:
    lab = a_lab([a_project(1, members=shared(dave="VIEW"))])
    id = made(lab)
    assert lab.call("user-dave", f"/{id}/close").error == "PermissionDenied"
    assert described(lab, id)["state"] == "open"
    closed = [lab.call("user-alice", f"/{id}/close").body for _ in range(2)]
    assert closed == [{"id": id}, {"id": id}]
    modified = described(lab, id)["modified"]
    lab.call("user-alice", f"/{id}/close")
    assert described(lab, id)["modified"] == modified
    run_spec = {"interpreter": "bash", "code": ""}
    for other in (made(lab, "applet", dxapi="1.0.0", runSpec=run_spec), made(lab, "workflow")):
        assert lab.call("user-alice", f"/{other}/close").body == {"id": other}
        assert described(lab, other)["state"] == "closed"


@pytest.mark.covers("record/new", "L15")
def test_an_object_lies_in_the_region_of_its_project_whatever_is_asked_for() -> None:
    lab = a_lab([a_project(1), a_project(2, region=EU)])
    id = made(lab, project=OTHER, region="aws:us-east-1")
    assert "region" not in described(lab, id)
    found = lab.call("user-alice", "/system/findDataObjects", region=EU)
    assert [entry["id"] for entry in found.body["results"]] == [id]
    assert lab.call("user-alice", "/system/findDataObjects", region="aws:us-east-1").body["results"] == []


@pytest.mark.covers("record/new", "record-/describe", "unknown_keys")
def test_a_key_that_is_not_known_counts_for_nothing_or_is_refused() -> None:
    lenient, strict = a_lab(), a_lab(unknown_keys="InvalidInput")
    id = made(lenient, nam="x")
    assert described(lenient, id, nam=True)["name"] == id
    assert strict.call("user-alice", "/record/new", project=PROJECT, nam="x").error == "InvalidInput"
    id = made(strict)
    assert strict.call("user-alice", f"/{id}/describe", nam=True).error == "InvalidInput"


@pytest.mark.covers(
    "file-/listProjects",
    "file-/rename",
    "file-/setProperties",
    "file-/addTags",
    "file-/removeTags",
    "file-/addTypes",
    "file-/removeTypes",
    "file-/setDetails",
    "file-/getDetails",
    "file-/setVisibility",
    "workflow-/listProjects",
    "workflow-/rename",
    "workflow-/setProperties",
    "workflow-/addTags",
    "workflow-/removeTags",
    "workflow-/addTypes",
    "workflow-/removeTypes",
    "workflow-/setDetails",
    "workflow-/getDetails",
    "workflow-/setVisibility",
)
def test_an_open_file_or_workflow_is_written_as_a_record_is() -> None:
    lab = a_lab()
    for klass in ("file", "workflow"):
        id = made(lab, klass)
        assert lab.call("user-alice", f"/{id}/listProjects").body == {PROJECT: "ADMINISTER"}
        written_and_read_back(lab, id)
        for method, given in [
            ("addTypes", {"types": ["a", "b"]}),
            ("removeTypes", {"types": ["b"]}),
            ("setDetails", {"d": 1}),
            ("setVisibility", {"hidden": True}),
        ]:
            assert lab.call("user-alice", f"/{id}/{method}", given).body == {"id": id}, method
        assert lab.call("user-alice", f"/{id}/getDetails").body == {"d": 1}
        shown = described(lab, id)
        assert (shown["types"], shown["hidden"]) == (["a"], True)


@pytest.mark.covers(
    "applet-/listProjects",
    "applet-/rename",
    "applet-/setProperties",
    "applet-/addTags",
    "applet-/removeTags",
    "applet-/addTypes",
    "applet-/removeTypes",
    "applet-/setDetails",
    "applet-/getDetails",
    "applet-/setVisibility",
)
def test_an_applet_is_closed_from_the_start_and_still_renamed_and_tagged() -> None:
    lab = a_lab()
    id = made(lab, "applet", runSpec={"interpreter": "bash", "code": ""}, details={"d": 1})
    assert lab.call("user-alice", f"/{id}/listProjects").body == {PROJECT: "ADMINISTER"}
    written_and_read_back(lab, id)
    for method, given in [
        ("addTypes", {"types": ["a"]}),
        ("removeTypes", {"types": ["a"]}),
        ("setDetails", {"d": 2}),
        ("setVisibility", {"hidden": True}),
    ]:
        assert lab.call("user-alice", f"/{id}/{method}", given).error == "InvalidState", method
    assert lab.call("user-alice", f"/{id}/getDetails").body == {"d": 1}


def written_and_read_back(lab: Lab, id: str) -> None:
    """Name, properties and tags are written and read back."""
    for method, given in [
        ("rename", {"name": "new"}),
        ("setProperties", {"properties": {"k": "v"}}),
        ("addTags", {"tags": ["a", "b"]}),
        ("removeTags", {"tags": ["a"]}),
    ]:
        assert lab.call("user-alice", f"/{id}/{method}", {"project": PROJECT, **given}).body == {"id": id}
    shown = described(lab, id, properties=True)
    assert (shown["name"], shown["properties"], shown["tags"]) == ("new", {"k": "v"}, ["b"])


@pytest.mark.covers("record-/setDetails", "record-/getDetails", "record-/describe", "system/findDataObjects")
def test_details_are_nested_as_deeply_as_they_can_be_kept_and_shown(tmp_path: Path) -> None:
    store = Database(tmp_path / "state.db")
    world = a_world()
    store.seed(world, "")
    lab = a_lab()
    lab.platform = Platform(world, store, lab.log)
    id = made(lab)

    def status(depth: int) -> int:
        body = b"[" * depth + b"]" * depth
        lab.call("user-alice", f"/{id}/setDetails", {})
        return lab.platform.answer(
            f"/{id}/setDetails", body, "application/json", "Bearer user-alice", {}
        ).status

    assert [status(depth) for depth in (500, 501, 900, 100_000)] == [200, 422, 422, 400]
    deep = json.loads("[" * 500 + "]" * 500)
    assert status(500) == 200
    assert lab.call("user-alice", f"/{id}/getDetails").body == deep
    assert described(lab, id, details=True)["details"] == deep
    assert lab.call("user-alice", "/system/findDataObjects", describe={"details": True}).status == 200
    store.close()
    again = Database(tmp_path / "state.db")
    kept = again.load()
    assert kept is not None
    assert State(kept.switches, kept.regions, kept.everything()).objects[id].details == deep
    again.close()
