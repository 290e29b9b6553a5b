"""Finding data objects, and describing and resolving many at once."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Container, Copy
from support.sandbox import AZURE, EU, NOW, PROJECT, US, Lab, a_lab, a_project

OTHER = "project-J00000000000000000000002"
LINKED = "file-J00000000000000000000009"


def made(lab: Lab, name: str, klass: str = "record", **given: Any) -> str:
    got = lab.call("user-alice", f"/{klass}/new", {"project": PROJECT, "name": name, **given})
    assert got.status == 200, got
    return str(got.body["id"])


def names(lab: Lab, user: str = "user-alice", **given: Any) -> list[str]:
    """Of what is found, in its order."""
    got = lab.call(user, "/system/findDataObjects", {"describe": {"fields": {"name": True}}, **given})
    assert got.status == 200, got
    assert got.body.keys() == {"results", "next"}
    return [entry["describe"]["name"] for entry in got.body["results"]]


@pytest.mark.covers("system/findDataObjects")
def test_each_filter_finds_what_passes_it() -> None:
    lab = a_lab()
    details = {"x": {"$dnanexus_link": LINKED}}
    made(lab, "a.bam", "file", properties={"k": "1", "empty": ""}, tags=["t"], types=["T", "U"])
    made(lab, "A.BAM", properties={"k": "2", "clé": "ü"}, tags=["t", "u"], types=["T"], close=True)
    made(lab, "b*?", details=details, folder="/raw/deep", parents=True)
    made(lab, "hid", hidden=True)
    app = made(lab, "app", "applet", runSpec={"interpreter": "bash", "code": ""})
    scope = {"project": PROJECT}
    for given, found in [
        ({}, "app b*? A.BAM a.bam"),
        ({"class": "file"}, "a.bam"),
        ({"class": "applet"}, "app"),
        ({"class": "database"}, ""),
        ({"state": "closed"}, "app A.BAM"),
        ({"state": "open"}, "b*? a.bam"),
        ({"state": "any"}, "app b*? A.BAM a.bam"),
        ({"visibility": "hidden"}, "hid"),
        ({"visibility": "either"}, "app hid b*? A.BAM a.bam"),
        ({"name": "a.bam"}, "a.bam"),
        ({"name": {"glob": "?.bam"}}, "a.bam"),
        ({"name": {"glob": "b\\*\\?"}}, "b*?"),
        ({"name": {"regexp": "^a"}}, "app a.bam"),
        ({"name": {"regexp": "BAM", "flags": "i"}}, "A.BAM a.bam"),
        ({"name": "?.bam"}, ""),
        ({"properties": {"k": True}}, "A.BAM a.bam"),
        ({"properties": {"k": "2", "clé": "ü"}}, "A.BAM"),
        ({"properties": {"empty": ""}}, "a.bam"),
        ({"properties": {"k": "1", "other": True}}, ""),
        ({"properties": {"$or": [{"k": "1"}, {"k": "2"}]}}, "A.BAM a.bam"),
        ({"tags": "u"}, "A.BAM"),
        ({"tag": "u"}, "A.BAM"),
        ({"tag": "t", "tags": "u"}, "A.BAM"),
        ({"tags": {"$and": ["t", "u"]}}, "A.BAM"),
        ({"tags": {"$or": ["t", "u"]}}, "A.BAM a.bam"),
        ({"type": "T"}, "A.BAM a.bam"),
        ({"type": {"$and": ["T", "U"]}}, "a.bam"),
        ({"link": LINKED}, "b*?"),
        ({"link": PROJECT}, ""),
        ({"id": [app, app, "record-J00000000000000000000000"]}, "app"),
        ({"id": []}, ""),
        ({"archivalState": "live"}, "a.bam"),
        ({"archivalState": "archived"}, ""),
        ({"scope": scope}, "app b*? A.BAM a.bam"),
        ({"scope": {**scope, "recurse": False}}, "app A.BAM a.bam"),
        ({"scope": {**scope, "folder": "/raw"}}, "b*?"),
        ({"scope": {**scope, "folder": "/raw", "recurse": False}}, ""),
        ({"scope": {**scope, "folder": "//raw/deep/", "recurse": False}}, "b*?"),
        ({"scope": {**scope, "folder": "/ra"}}, ""),
        ({"class": "record", "state": "open", "tags": "t"}, ""),
    ]:
        assert names(lab, **given) == found.split(), given


@pytest.mark.covers("system/findDataObjects")
def test_times_are_absolute_or_relative_to_now_and_both_bounds_count() -> None:
    lab = a_lab()
    old = made(lab, "old")
    lab.platform.set_clock(NOW + 60_000)
    made(lab, "new")
    lab.platform.set_clock(NOW + 100_000)
    lab.call("user-alice", f"/{old}/addTags", project=PROJECT, tags=["touched"])
    lab.platform.set_clock(NOW + 120_000)
    for given, found in [
        ({"created": {"before": NOW}}, "old"),
        ({"created": {"after": NOW}}, "new old"),
        ({"created": {"after": NOW + 1}}, "new"),
        ({"created": {"after": NOW, "before": NOW + 59_999}}, "old"),
        ({"created": {"after": -60_000}}, "new"),
        ({"created": {"before": -60_001}}, "old"),
        ({"modified": {"after": -20_000}}, "old"),
        ({"modified": {"before": NOW + 60_000}}, "new"),
        ({"modified": {}}, "new old"),
    ]:
        assert names(lab, **given) == found.split(), given


@pytest.mark.covers("system/findDataObjects", "L15", "find_unknown_region")
def test_the_region_of_an_object_is_that_of_the_project_that_holds_it() -> None:
    projects = [a_project(1), a_project(2, region=EU)]
    lab = a_lab(projects, find_projects_region_array="InvalidInput")
    made(lab, "us")
    made(lab, "eu", project=OTHER)
    for region, found in [
        (US, "us"),
        (EU, "eu"),
        ([US, EU], "eu us"),
        ([AZURE], ""),
        ([], ""),
        ("aws:nowhere-1", ""),
    ]:
        assert names(lab, region=region) == found.split(), region
    assert names(lab, region=EU, scope={"project": PROJECT}) == []
    for wrong in ("US", 7, [US, "US"]):
        assert lab.call("user-alice", "/system/findDataObjects", region=wrong).error == "InvalidInput"
    strict = a_lab(find_unknown_region="InvalidInput")
    assert (
        strict.call("user-alice", "/system/findDataObjects", region="aws:nowhere-1").error == "InvalidInput"
    )


@pytest.mark.covers("system/findDataObjects")
def test_an_object_in_two_projects_is_found_in_each_as_it_is_there() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    id = made(lab, "here", properties={"k": "1"})
    lab.platform.change((Put(Copy(object=id, holder=OTHER, name="there", tags=("t",))),))
    found = lab.call("user-alice", "/system/findDataObjects").body["results"]
    assert sorted((entry["project"], entry["id"]) for entry in found) == [(PROJECT, id), (OTHER, id)]
    assert "describe" not in found[0]
    assert names(lab, properties={"k": "1"}) == ["here"]
    assert names(lab, tags="t") == ["there"]
    assert sorted(names(lab, id=[id])) == ["here", "there"]
    assert names(lab, id=[id], scope={"project": OTHER}) == ["there"]


@pytest.mark.covers("system/findDataObjects")
def test_only_what_is_shared_with_the_caller_is_found_at_the_level_that_is_asked_for() -> None:
    members = {"user-alice": "ADMINISTER"}
    lab = a_lab(
        [
            a_project(1, members=members),
            a_project(2, members={**members, "user-dave": "VIEW", "PUBLIC": "VIEW"}),
            a_project(3, members={**members, "org-rival": "UPLOAD"}),
        ]
    )
    for number in (1, 2, 3):
        made(lab, f"in {number}", project=f"project-J{number:023}")
    assert names(lab, "user-dave") == ["in 3", "in 2"]
    assert names(lab, "user-dave", level="UPLOAD") == ["in 3"]
    assert names(lab, "user-dave", level="CONTRIBUTE") == ["in 3"][:0]
    assert names(lab, "user-dave", scope={"project": OTHER}) == ["in 2"]
    assert names(lab, "user-dave", scope={"project": OTHER}, level="UPLOAD") == []
    assert names(lab) == ["in 3", "in 2", "in 1"]
    for id, error in [(PROJECT, "PermissionDenied"), ("project-none", "ResourceNotFound")]:
        got = lab.call("user-dave", "/system/findDataObjects", scope={"project": id})
        assert got.error == error


@pytest.mark.covers("system/findDataObjects")
def test_a_public_project_counts_only_as_the_scope() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "PUBLIC": "VIEW"})])
    made(lab, "open to all")
    for user in ("user-dave", "PUBLIC"):
        assert names(lab, user) == []
        assert names(lab, user, scope={"project": PROJECT}) == ["open to all"]


@pytest.mark.covers("system/findDataObjects", "org_admin_implicit_level")
def test_an_admin_of_the_payer_finds_what_the_switch_lets_admins_see() -> None:
    for value, found in [("NONE", []), ("VIEW", ["x"])]:
        lab = a_lab(org_admin_implicit_level=value)
        made(lab, "x")
        lab.change(members={"user-dave": "ADMINISTER"})
        assert names(lab) == found


@pytest.mark.covers("system/findDataObjects")
def test_a_container_is_a_scope_and_is_not_found_without_being_named() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-dave": "VIEW"})])
    container = Container(
        id="container-J00000000000000000000001",
        name="workspace",
        region=US,
        bill_to="org-lab",
        kind="workspace",
        created=NOW,
        modified=NOW,
        project=PROJECT,
    )
    id = made(lab, "x")
    copy = Copy(object=id, holder=container.id, name="in the workspace")
    lab.platform.change((Put(container), Put(copy)))
    assert lab.call("user-alice", f"/{id}/describe").body["project"] == PROJECT
    assert names(lab) == ["x"]
    scope = {"project": container.id}
    assert names(lab, "user-dave", scope=scope) == ["in the workspace"]
    assert names(lab, "user-dave", scope=scope, level="UPLOAD") == []
    assert lab.call("user-carol", "/system/findDataObjects", scope=scope).error == "PermissionDenied"


def pages(lab: Lab, **given: Any) -> list[list[str]]:
    found, starting = [], {}
    while True:
        asked = {"describe": True, **given, **starting}
        got = lab.call("user-alice", "/system/findDataObjects", asked).body
        found.append([entry["describe"]["name"] for entry in got["results"]])
        if got["next"] is None:
            return found
        starting = {"starting": got["next"]}


@pytest.mark.covers("system/findDataObjects", "default_limit", "limit_error", "find_order")
def test_pages_together_are_everything_once_in_the_same_order() -> None:
    lab = a_lab([a_project(1), a_project(2)], default_limit=2)
    for number in range(5):
        made(lab, str(number), project=(PROJECT, OTHER)[number % 2])
    assert pages(lab) == [["4", "3"], ["2", "1"], ["0"]]
    assert pages(lab, limit=5) == [["4", "3", "2", "1", "0"]]
    assert pages(lab, limit=1, scope={"project": OTHER}) == [["3"], ["1"]]
    assert pages(lab, limit=1, name={"regexp": "[13]"}) == [["3"], ["1"]]
    oldest = {"sortBy": {"field": "created", "ordering": "ascending"}}
    assert pages(lab, **oldest) == [["0", "1"], ["2", "3"], ["4"]]
    for limit in (0, 1001, "1", True):
        assert lab.call("user-alice", "/system/findDataObjects", limit=limit).error == "InvalidInput"
    assert lab.call("user-alice", "/system/findDataObjects", starting="?").error == "InvalidInput"
    other = a_lab(limit_error="clamp", find_order="created_asc")
    for number in range(3):
        made(other, str(number))
    assert pages(other, limit=0) == [["0"], ["1"], ["2"]]


@pytest.mark.covers("system/findDataObjects")
def test_results_are_sorted_by_what_sort_by_names() -> None:
    lab = a_lab()
    first = made(lab, "first")
    lab.platform.set_clock(NOW + 1000)
    made(lab, "second")
    lab.platform.set_clock(NOW + 2000)
    lab.call("user-alice", f"/{first}/addTags", project=PROJECT, tags=["t"])
    for sort, found in [
        ({"field": "created"}, ["second", "first"]),
        ({"field": "created", "ordering": "ascending"}, ["first", "second"]),
        ({"field": "modified", "ordering": "descending"}, ["first", "second"]),
        ({"field": "modified", "ordering": "ascending"}, ["second", "first"]),
    ]:
        assert names(lab, sortBy=sort) == found, sort
        assert pages(lab, limit=1, sortBy=sort) == [[name] for name in found]


@pytest.mark.covers("system/findDataObjects", "find_lag_ms")
def test_a_write_is_found_late_where_the_platform_is_slow() -> None:
    lab = a_lab(find_lag_ms=500)
    made(lab, "x")
    assert names(lab) == []
    lab.time += 0.6
    assert names(lab) == ["x"]


@pytest.mark.covers("system/findDataObjects")
@pytest.mark.parametrize(
    "given",
    [
        {"class": "gizmo"},
        {"class": ["file"]},
        {"state": "ajar"},
        {"visibility": True},
        {"archivalState": "frozen"},
        {"name": {}},
        {"name": {"regexp": "("}},
        {"properties": []},
        {"tags": 7},
        {"type": {"$or": []}},
        {"type": 7},
        {"link": 7},
        {"id": "record-x"},
        {"id": ["x"] * 1001},
        {"scope": PROJECT},
        {"scope": {}},
        {"scope": {"project": 7}},
        {"scope": {"project": PROJECT, "folder": "raw"}},
        {"scope": {"project": PROJECT, "recurse": "yes"}},
        {"level": "NONE"},
        {"created": 7},
        {"modified": {"after": "yesterday"}},
        {"sortBy": "created"},
        {"sortBy": {}},
        {"sortBy": {"field": "size"}},
        {"sortBy": {"field": "created", "ordering": "up"}},
        {"describe": "yes"},
    ],
)
def test_a_filter_of_a_wrong_shape_is_refused(given: dict[str, Any]) -> None:
    assert a_lab().call("user-alice", "/system/findDataObjects", given).error == "InvalidInput"


@pytest.mark.covers("system/describeDataObjects")
def test_many_are_described_in_order_with_errors_in_their_place() -> None:
    lab = a_lab([a_project(1), a_project(2, members={"user-dave": "ADMINISTER"})])
    first, second = made(lab, "first"), made(lab, "second", "file")
    lab.platform.change((Put(Copy(object=first, holder=OTHER, name="hidden from alice")),))
    missing = "record-J00000000000000000000000"
    objects = [second, missing, {"id": first, "project": OTHER}, {"id": first, "project": PROJECT}]
    got = lab.call("user-alice", "/system/describeDataObjects", objects=objects).body["results"]
    assert got[0] == {"describe": lab.call("user-alice", f"/{second}/describe").body}
    message = f"The entity {missing} could not be found"
    assert got[1] == {"error": {"type": "ResourceNotFound", "message": message}, "statusCode": 404}
    assert (got[2]["error"]["type"], got[2]["statusCode"]) == ("PermissionDenied", 401)
    assert got[3]["describe"]["name"] == "first"


@pytest.mark.covers("system/describeDataObjects")
def test_an_entrys_own_options_win_over_those_of_its_class() -> None:
    lab = a_lab()
    record, file, applet = made(lab, "r"), made(lab, "f", "file"), made(lab, "a", "applet", runSpec={})
    objects = [
        {"id": record, "describe": {"fields": {"name": True}}},
        file,
        applet,
        {"id": file, "describe": True},
    ]
    options = {"file": {"fields": {"size": True}}, "*": {"fields": {"state": True}}}
    got = lab.call(
        "user-alice", "/system/describeDataObjects", objects=objects, classDescribeOptions=options
    ).body["results"]
    shown = [entry["describe"] for entry in got]
    assert shown[:3] == [
        {"id": record, "name": "r"},
        {"id": file, "size": 0},
        {"id": applet, "state": "closed"},
    ]
    assert shown[3] == lab.call("user-alice", f"/{file}/describe").body


@pytest.mark.covers("system/describeDataObjects", "system/resolveDataObjects")
def test_a_wrong_list_of_objects_is_refused_as_a_whole() -> None:
    lab = a_lab()
    id = made(lab, "x")
    for given in (
        {},
        {"objects": id},
        {"objects": [id] * 1001},
        {"objects": [7]},
        {"objects": [{}]},
        {"objects": [{"id": id, "describe": 7}]},
        {"objects": [id], "classDescribeOptions": []},
    ):
        assert lab.call("user-alice", "/system/describeDataObjects", given).error == "InvalidInput", given
    for given in (
        {},
        {"objects": {}},
        {"objects": ["x"]},
        {"objects": [{"name": "x"}]},
        {"objects": [{"name": ""}], "project": PROJECT},
        {"objects": [{"name": "x", "folder": "raw"}], "project": PROJECT},
        {"objects": [{"name": "x"}] * 1001, "project": PROJECT},
        {"objects": [{"name": "x"}], "project": 7},
        {"objects": [{"name": "x"}], "project": PROJECT, "describe": 7},
    ):
        assert lab.call("user-alice", "/system/resolveDataObjects", given).error == "InvalidInput", given


def resolved(lab: Lab, objects: list[dict[str, Any]], **given: Any) -> list[list[dict[str, Any]]]:
    got = lab.call("user-alice", "/system/resolveDataObjects", {"objects": objects, **given})
    assert got.status == 200, got
    return list(got.body["results"])


@pytest.mark.covers("system/resolveDataObjects", "find_order")
def test_names_are_resolved_in_order_the_newest_object_first() -> None:
    lab = a_lab(find_order="created_asc")
    old, deep = made(lab, "x"), made(lab, "x", folder="/raw", parents=True)
    new = made(lab, "x", hidden=True)
    objects = [
        {"name": "x"},
        {"name": "none"},
        {"name": "x", "folder": "/raw/"},
        {"name": "x", "folder": None},
    ]
    assert [[entry["id"] for entry in found] for found in resolved(lab, objects, project=PROJECT)] == [
        [new, old],
        [],
        [deep],
        [new, old],
    ]
    assert resolved(lab, [{"name": "x"}], project=PROJECT, folder="/raw") == [
        [{"project": PROJECT, "id": deep}]
    ]
    fields = {"fields": {"name": True}}
    ((found,),) = resolved(lab, [{"name": "x", "folder": "/raw"}], project=PROJECT, describe=fields)
    assert found["describe"] == {"id": deep, "name": "x"}


@pytest.mark.covers("system/resolveDataObjects")
def test_an_entrys_own_project_wins_over_the_common_one() -> None:
    lab = a_lab([a_project(1), a_project(2), a_project(3, members={"user-dave": "ADMINISTER"})])
    here, there = made(lab, "x"), made(lab, "x", project=OTHER)
    objects = [{"name": "x"}, {"name": "x", "project": OTHER}]
    assert resolved(lab, objects, project=PROJECT) == [
        [{"project": PROJECT, "id": here}],
        [{"project": OTHER, "id": there}],
    ]
    for id, error in [
        ("project-none", "ResourceNotFound"),
        ("project-J00000000000000000000003", "PermissionDenied"),
    ]:
        got = lab.call("user-alice", "/system/resolveDataObjects", objects=objects, project=id)
        assert got.error == error


@pytest.mark.covers("system/findDataObjects", "unknown_keys")
def test_a_filter_that_is_not_known_filters_nothing_or_is_refused() -> None:
    lenient, strict = a_lab(), a_lab(unknown_keys="InvalidInput")
    made(lenient, "x")
    assert names(lenient, nam="y") == ["x"]
    assert strict.call("user-alice", "/system/findDataObjects", nam="y").error == "InvalidInput"
