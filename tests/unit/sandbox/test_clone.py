"""Cloning: who may, from where to where, what travels along, and that a refusal clones nothing."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_sandbox.laws.records import Copy
from support.data import a_record, folders, same_after, tree
from support.executables import a_file, an_applet, an_object, bundle, put
from support.sandbox import EU, PROJECT, Got, Lab, a_lab, a_project

CLONE = f"/{PROJECT}/clone"
THERE, FAR = a_project(2).id, a_project(3).id
"""Of the same region as PROJECT, and of another one."""
UNKNOWN = "record-J00000000000000000000009"


def three(**switches: Any) -> Lab:
    return a_lab([a_project(1), a_project(2), a_project(3, region=EU)], **switches)


def clone(lab: Lab, *objects: str, project: str = THERE, user: str = "user-alice", **given: Any) -> Got:
    return lab.call(user, CLONE, {"project": project, "objects": list(objects), **given})


def held(lab: Lab, project: str = THERE) -> set[str]:
    return {lab.platform.state.copies[id].object for _, id in lab.platform.state.held_by(project)}


@pytest.mark.covers("project-/clone", "L13")
def test_a_clone_across_regions_is_refused_and_copies_nothing() -> None:
    lab = three()
    id = a_record(lab, "r", "/a")
    got = clone(lab, id, project=FAR)
    assert (got.status, got.error, got.law) == (422, "InvalidInput", "L13")
    assert got.body["error"]["message"] == "Cannot clone into a project in a different region"
    for given in ({"objects": [id]}, {"folders": ["/a"]}, {"objects": [id], "targetFileRelocation": True}):
        assert same_after(lab, "user-alice", CLONE, project=FAR, parents=True, **given) == "InvalidInput"
    assert lab.call("user-alice", f"/{FAR}/clone", project=PROJECT, objects=[]).law == "L13"


@pytest.mark.covers("project-/clone", "L13")
def test_within_a_region_a_clone_keeps_its_id_and_gets_a_name_of_its_own() -> None:
    lab = three()
    id = a_record(lab, "r", "/a", tags=["t"], properties={"k": "v"})
    assert clone(lab, id).body == {"id": PROJECT, "project": THERE, "exists": []}
    assert tree(lab, THERE) == ([], {"r": "/"})
    assert tree(lab)[1] == {"r": "/a"}
    there = f"/{id}/describe"
    shown = lab.call("user-alice", there, project=THERE, properties=True).body
    assert (shown["tags"], shown["properties"], shown["folder"]) == (["t"], {"k": "v"}, "/")
    assert lab.call("user-alice", f"/{id}/rename", project=THERE, name="other").status == 200
    assert lab.call("user-alice", there, project=PROJECT).body["name"] == "r"


@pytest.mark.covers("project-/clone")
def test_what_is_there_already_is_told_and_left_alone() -> None:
    lab = three()
    old, new = a_record(lab, "old"), a_record(lab, "new")
    clone(lab, old)
    folders(lab, "/x", project=THERE)
    assert clone(lab, new, old, old, destination="/x").body["exists"] == [old]
    assert tree(lab, THERE)[1] == {"old": "/", "new": "/x"}
    given = {"project": THERE, "objects": [old, new]}
    assert same_after(lab, "user-alice", CLONE, **given) is None
    assert same_after(lab, "user-alice", CLONE, project=PROJECT, objects=[old]) is None
    assert same_after(lab, "user-alice", CLONE, project=THERE) is None


@pytest.mark.covers("project-/clone")
def test_a_folder_is_cloned_with_all_that_is_in_it_under_its_own_name() -> None:
    lab = three()
    a_record(lab, "one", "/a/b")
    a_record(lab, "two", "/a/b/c")
    a_record(lab, "beside", "/a/bb")
    a_record(lab, "above", "/a")
    folders(lab, "/a/b/empty")
    folders(lab, "/x", project=THERE)
    assert clone(lab, folders=["//a/b/"], destination="/x").body["exists"] == []
    assert tree(lab, THERE) == (
        ["/x", "/x/b", "/x/b/c", "/x/b/empty"],
        {"one": "/x/b", "two": "/x/b/c"},
    )


@pytest.mark.covers("project-/clone")
def test_of_the_root_the_contents_are_cloned_right_into_the_folder() -> None:
    lab = three()
    a_record(lab, "top")
    a_record(lab, "deep", "/a/b")
    assert clone(lab, folders=["/", "/a"], destination="/x", parents=True).status == 200
    assert tree(lab, THERE) == (["/x", "/x/a", "/x/a/b"], {"top": "/x", "deep": "/x/a/b"})
    assert same_after(lab, "user-alice", CLONE, project=THERE, folders=["/"], destination="/x") == (
        "InvalidState"
    )


@pytest.mark.covers("project-/clone")
def test_an_object_named_beside_its_folder_lies_in_the_destination() -> None:
    lab = three()
    id = a_record(lab, "r", "/a")
    assert clone(lab, id, folders=["/a"]).status == 200
    assert tree(lab, THERE) == (["/a"], {"r": "/"})


@pytest.mark.covers("project-/clone")
def test_a_folder_that_is_there_already_is_in_the_way() -> None:
    lab = three()
    a_record(lab, "r", "/a")
    folders(lab, "/b/a")
    folders(lab, "/a", project=THERE)
    got = clone(lab, folders=["/a"])
    assert (got.status, got.error) == (422, "InvalidState")
    message = got.body["error"]["message"]
    assert message.startswith("If cloned, a folder would conflict with the route of an existing folder")
    given = {"project": THERE, "destination": "/x", "parents": True, "folders": ["/a", "/b/a"]}
    assert same_after(lab, "user-alice", CLONE, **given) == "InvalidState"
    assert same_after(lab, "user-alice", CLONE, project=PROJECT, folders=["/a"]) == "InvalidState"


@pytest.mark.covers("project-/clone")
def test_the_folder_of_the_destination_must_be_there_unless_it_is_to_be_made() -> None:
    lab = three()
    id = a_record(lab, "r")
    got = clone(lab, id, destination="/x/y/")
    assert got.error == "ResourceNotFound"
    assert got.body["error"]["message"] == f'Folder "/x/y" does not exist in project "{THERE}"'
    assert clone(lab, id, destination="/x/y/", parents=True).status == 200
    assert tree(lab, THERE) == (["/x", "/x/y"], {"r": "/x/y"})


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "InvalidInput"),
        ({"project": ""}, "InvalidInput"),
        ({"project": 7}, "InvalidInput"),
        ({"project": "user-alice"}, "InvalidType"),
        ({"project": "project-J99999999999999999999999"}, "ResourceNotFound"),
        ({"project": THERE, "objects": "r"}, "InvalidInput"),
        ({"project": THERE, "objects": [7]}, "InvalidInput"),
        ({"project": THERE, "objects": ["job-x"]}, "InvalidType"),
        ({"project": THERE, "objects": [UNKNOWN]}, "ResourceNotFound"),
        ({"project": THERE, "folders": ["a"]}, "InvalidInput"),
        ({"project": THERE, "folders": ["/no"]}, "ResourceNotFound"),
        ({"project": THERE, "destination": "x"}, "InvalidInput"),
        ({"project": THERE, "parents": "yes"}, "InvalidInput"),
        ({"project": THERE, "targetFileRelocation": "yes"}, "InvalidInput"),
        ({"project": FAR, "objects": [UNKNOWN]}, "InvalidInput"),
    ],
)
@pytest.mark.covers("project-/clone")
def test_a_clone_with_a_wrong_input_is_refused(given: dict[str, object], error: str) -> None:
    assert same_after(three(), "user-alice", CLONE, **given) == error


@pytest.mark.covers("project-/clone")
def test_one_object_that_cannot_be_cloned_stops_all() -> None:
    lab = three()
    good, open_ = a_record(lab, "good"), a_record(lab, "open", "/a", close=False)
    for given in ({"objects": [good, open_]}, {"objects": [good], "folders": ["/a"]}):
        assert same_after(lab, "user-alice", CLONE, project=THERE, **given) == "InvalidState"
    assert same_after(lab, "user-alice", CLONE, project=THERE, objects=[good, UNKNOWN]) == "ResourceNotFound"


@pytest.mark.covers("project-/clone", "clone_partial")
def test_one_object_that_cannot_be_cloned_is_left_out_where_the_platform_says_so() -> None:
    lab = three(clone_partial="partial")
    good, open_ = a_record(lab, "good"), a_record(lab, "open", "/a", close=False)
    assert clone(lab, good, open_, UNKNOWN, folders=["/a"]).body["exists"] == []
    assert tree(lab, THERE) == (["/a"], {"good": "/"})


@pytest.mark.covers("project-/clone")
def test_hidden_objects_that_a_clone_links_to_go_along_as_far_as_the_source_has_them() -> None:
    lab = three()
    inner = an_object(lab, "record", 1, hidden=True)
    middle = an_object(lab, "record", 2, hidden=True, links=(inner,))
    seen = an_object(lab, "record", 3)
    elsewhere = an_object(lab, "record", 4, project=FAR, hidden=True)
    first = an_object(lab, "record", 5, links=(middle, seen, elsewhere, UNKNOWN))
    assert clone(lab, first).body["exists"] == []
    assert held(lab) == {first, middle, inner}
    assert clone(lab, first).body["exists"] == [first, middle, inner]


@pytest.mark.covers("project-/clone")
def test_hidden_objects_of_a_cloned_folder_keep_their_place_and_go_only_with_a_visible_one() -> None:
    lab = three()
    wanted, lonely, outside = (an_object(lab, "record", number, hidden=True) for number in (1, 2, 3))
    seen = an_object(lab, "record", 4, links=(wanted, outside))
    for id, folder in ((wanted, "/a/h"), (lonely, "/a"), (seen, "/a"), (outside, "/b")):
        put(lab, Copy(id, PROJECT, id, folder))
    lab.change(folders=("/a", "/a/h", "/b"))
    assert clone(lab, folders=["/a"], destination="/x", parents=True).status == 200
    assert tree(lab, THERE) == (
        ["/x", "/x/a", "/x/a/h"],
        {seen: "/x/a", wanted: "/x/a/h", outside: "/x"},
    )
    assert clone(lab, lonely).status == 200
    assert lonely in held(lab)


@pytest.mark.covers("project-/clone")
def test_what_an_applet_bundles_goes_along() -> None:
    lab = three()
    seen, hidden = a_file(lab, 1), an_object(lab, "file", 2, hidden=True)
    applet = an_applet(lab, 1, runSpec={"interpreter": "bash", "bundledDepends": bundle(seen, hidden)})
    assert clone(lab, applet).status == 200
    assert held(lab) == {applet, seen, hidden}


@pytest.mark.covers("project-/clone")
def test_what_goes_along_must_be_closed_too() -> None:
    lab = three()
    hidden = an_object(lab, "record", 1, hidden=True, state="open")
    first = an_object(lab, "record", 2, links=(hidden,))
    assert same_after(lab, "user-alice", CLONE, project=THERE, objects=[first]) == "InvalidState"


@pytest.mark.covers("project-/clone")
def test_a_clone_needs_view_on_the_source_and_upload_on_the_destination() -> None:
    everybody = {"user-alice": "ADMINISTER"}
    lab = a_lab(
        [
            a_project(1, members=everybody | {"user-bob": "VIEW", "user-carol": "VIEW"}),
            a_project(2, members=everybody | {"user-bob": "UPLOAD", "user-carol": "VIEW"}),
        ]
    )
    id = a_record(lab, "r")
    given = {"project": THERE, "objects": [id]}
    assert same_after(lab, "user-carol", CLONE, **given) == "PermissionDenied"
    assert same_after(lab, "user-dave", CLONE, **given) == "PermissionDenied"
    lab.change(THERE, members=everybody)
    assert same_after(lab, "user-bob", CLONE, **given) == "PermissionDenied"
    lab.change(THERE, members=everybody | {"user-bob": "UPLOAD"})
    assert lab.call("user-bob", CLONE, given).status == 200


@pytest.mark.covers("project-/clone")
def test_nothing_leaves_a_restricted_project() -> None:
    lab = three()
    id = a_record(lab, "r")
    lab.change(flags=("restricted",))
    assert same_after(lab, "user-alice", CLONE, project=THERE, objects=[id]) == "PermissionDenied"
    assert same_after(lab, "user-alice", CLONE, project=FAR, objects=[id]) == "PermissionDenied"
    assert clone(lab, id, project=PROJECT).body["exists"] == [id]
    lab.change(flags=())
    lab.change(THERE, flags=("restricted",))
    assert clone(lab, id).status == 200


@pytest.mark.covers("project-/clone")
def test_phi_goes_only_where_phi_may_be() -> None:
    lab = three()
    id = a_record(lab, "r")
    lab.change(flags=("containsPHI",))
    assert same_after(lab, "user-alice", CLONE, project=THERE, objects=[id]) == "PermissionDenied"
    lab.change(THERE, flags=("containsPHI",))
    assert clone(lab, id).status == 200
