"""Folders: what is listed, and how data is ordered and removed, through the routes."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_sandbox.laws import arranging, listing, removing
from support.data import a_record, folders, listed, same_after, tree
from support.executables import a_file, an_applet, an_object, bundle
from support.sandbox import PROJECT, Lab, a_lab, a_project

LIST, NEW, RENAME = f"/{PROJECT}/listFolder", f"/{PROJECT}/newFolder", f"/{PROJECT}/renameFolder"
MOVE, REMOVE, OBJECTS = f"/{PROJECT}/move", f"/{PROJECT}/removeFolder", f"/{PROJECT}/removeObjects"
UNKNOWN = "record-J00000000000000000000009"


def shared(**members: str) -> Lab:
    """One project: user-alice administers it, others have the levels given."""
    people = {f"user-{name}": level for name, level in members.items()}
    return a_lab([a_project(1, members={"user-alice": "ADMINISTER", **people})])


@pytest.mark.covers("project-/listFolder")
def test_a_listing_shows_what_is_right_in_the_folder_with_full_paths() -> None:
    lab = a_lab()
    top, deep = a_record(lab, "top"), a_record(lab, "deep", "/a/b")
    folders(lab, "/a/c", "/ab")
    assert listed(lab) == ({top}, ["/a", "/ab"])
    assert listed(lab, "/a") == (set(), ["/a/b", "/a/c"])
    assert listed(lab, "/a/b") == ({deep}, [])
    assert listed(lab, only="objects") == ({top}, [])
    assert listed(lab, only="folders") == (set(), ["/a", "/ab"])
    assert lab.call("user-alice", LIST).body["folders"] == ["/a", "/ab"]


@pytest.mark.covers("project-/listFolder")
def test_hidden_objects_are_listed_only_when_asked_for() -> None:
    lab = a_lab()
    seen, hidden = a_record(lab, "seen"), a_record(lab, "hidden", hidden=True)
    assert listed(lab)[0] == {seen}
    assert listed(lab, includeHidden=True)[0] == {seen, hidden}


@pytest.mark.covers("project-/listFolder")
def test_a_listing_describes_objects_with_the_fields_asked_for() -> None:
    lab = a_lab()
    id = a_record(lab, "r", "/a")
    (entry,) = lab.call("user-alice", LIST, folder="/a", describe={"fields": {"name": True}}).body["objects"]
    assert entry == {"id": id, "describe": {"id": id, "name": "r"}}
    (entry,) = lab.call("user-alice", LIST, folder="/a", describe=True).body["objects"]
    assert (entry["describe"]["folder"], entry["describe"]["project"]) == ("/a", PROJECT)
    assert lab.call("user-alice", LIST, describe="yes").error == "InvalidInput"


@pytest.mark.covers("project-/listFolder")
def test_a_listing_says_which_folders_have_folders_in_them() -> None:
    lab = a_lab()
    folders(lab, "/a/b", "/c")
    got = lab.call("user-alice", LIST, hasSubfolderFlag=True)
    assert got.body["folders"] == [["/a", True], ["/c", False]]


@pytest.mark.covers("project-/listFolder")
def test_a_folder_that_is_not_there_is_named_with_the_project() -> None:
    got = a_lab().call("user-alice", LIST, folder="/no/such/")
    assert (got.status, got.error) == (404, "ResourceNotFound")
    assert got.body["error"]["message"] == f'Folder "/no/such" does not exist in project "{PROJECT}"'


@pytest.mark.covers("project-/listFolder")
def test_whoever_may_view_lists_and_others_do_not() -> None:
    lab = shared(bob="VIEW")
    assert lab.call("user-bob", LIST).status == 200
    assert lab.call("user-dave", LIST).error == "PermissionDenied"
    assert lab.call("user-alice", "/project-J99999999999999999999999/listFolder").error == "ResourceNotFound"


@pytest.mark.parametrize(
    "given",
    [
        {"folder": "a"},
        {"folder": 7},
        {"folder": "/a/../b"},
        {"folder": "/a\nb"},
        {"folder": "/" + "x" * 2049},
        {"folder": "/x" * 129},
        {"only": "files"},
        {"includeHidden": "yes"},
        {"hasSubfolderFlag": 1},
    ],
)
@pytest.mark.covers("project-/listFolder")
def test_a_listing_with_a_wrong_input_is_refused(given: dict[str, object]) -> None:
    assert a_lab().call("user-alice", LIST, given).error == "InvalidInput"


@pytest.mark.covers("project-/listFolder")
def test_a_listing_too_long_for_one_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = a_lab()
    a_record(lab, "a")
    monkeypatch.setattr(listing, "MOST", 1)
    assert len(listed(lab)[0]) == 1
    a_record(lab, "b")
    assert lab.call("user-alice", LIST).error == "InvalidState"


@pytest.mark.covers("project-/newFolder")
def test_a_folder_needs_its_parent_unless_parents_are_asked_for() -> None:
    lab = a_lab()
    assert lab.call("user-alice", NEW, folder="/a/b/c").error == "ResourceNotFound"
    assert tree(lab)[0] == []
    assert lab.call("user-alice", NEW, folder="//a//b/c/", parents=True).body == {"id": PROJECT}
    assert lab.call("user-alice", NEW, folder="/a/b/d").status == 200
    assert tree(lab)[0] == ["/a", "/a/b", "/a/b/c", "/a/b/d"]


@pytest.mark.covers("project-/newFolder")
def test_a_folder_that_is_there_already_stays_as_it_is() -> None:
    lab = a_lab()
    folders(lab, "/a/b")
    for given in ({"folder": "/a"}, {"folder": "/a", "parents": True}, {"folder": "/"}):
        assert same_after(lab, "user-alice", NEW, **given) is None
    assert lab.call("user-alice", NEW).error == "InvalidInput"


@pytest.mark.parametrize(
    ("path", "given", "level"),
    [
        (NEW, {"folder": "/n"}, "UPLOAD"),
        (RENAME, {"folder": "/a", "newpath": "/n"}, "CONTRIBUTE"),
        (MOVE, {"folders": ["/a/b"], "destination": "/"}, "CONTRIBUTE"),
        (REMOVE, {"folder": "/a", "recurse": True}, "CONTRIBUTE"),
        (OBJECTS, {"objects": []}, "CONTRIBUTE"),
    ],
)
def test_each_change_needs_its_level(path: str, given: dict[str, Any], level: str) -> None:
    below = {"UPLOAD": "VIEW", "CONTRIBUTE": "UPLOAD"}[level]
    lab = shared(bob=below, carol=level)
    folders(lab, "/a/b")
    assert same_after(lab, "user-bob", path, **given) == "PermissionDenied"
    assert lab.call("user-carol", path, given).status == 200


@pytest.mark.covers("project-/renameFolder")
def test_a_renamed_folder_takes_along_all_that_is_in_it() -> None:
    lab = a_lab()
    a_record(lab, "one", "/a")
    a_record(lab, "two", "/a/b")
    a_record(lab, "other", "/ab")
    folders(lab, "/z")
    assert lab.call("user-alice", RENAME, folder="/a", newpath="/z/c").body == {"id": PROJECT}
    assert tree(lab) == (["/ab", "/z", "/z/c", "/z/c/b"], {"one": "/z/c", "two": "/z/c/b", "other": "/ab"})
    assert same_after(lab, "user-alice", RENAME, folder="/ab", newpath="/ab/") is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"folder": "/", "newpath": "/n"}, "InvalidInput"),
        ({"folder": "/a", "newpath": "/a/b"}, "InvalidInput"),
        ({"folder": "/a"}, "InvalidInput"),
        ({"newpath": "/a"}, "InvalidInput"),
        ({"folder": "/no", "newpath": "/n"}, "ResourceNotFound"),
        ({"folder": "/a", "newpath": "/no/n"}, "ResourceNotFound"),
        ({"folder": "/a", "newpath": "/z"}, "InvalidState"),
        ({"folder": "/a", "newpath": "/"}, "InvalidState"),
        ({"folder": "/a", "newpath": "/" + "x" * 2049}, "InvalidInput"),
    ],
)
@pytest.mark.covers("project-/renameFolder")
def test_a_folder_is_not_renamed_into_nonsense(given: dict[str, object], error: str) -> None:
    lab = a_lab()
    folders(lab, "/a", "/z")
    assert same_after(lab, "user-alice", RENAME, **given) == error


@pytest.mark.covers("project-/move")
def test_objects_and_folders_are_moved_into_a_folder_together() -> None:
    lab = a_lab()
    one, two = a_record(lab, "one"), a_record(lab, "two", "/x")
    a_record(lab, "deep", "/a/b/c/d")
    got = lab.call(
        "user-alice", MOVE, objects=[one, two, one], folders=["//a/b/c/d/"], destination="/a", parents=True
    )
    assert got.body == {"id": PROJECT}
    assert listed(lab, "/a") == ({one, two}, ["/a/b", "/a/d"])
    assert tree(lab)[1] == {"one": "/a", "two": "/a", "deep": "/a/d"}


@pytest.mark.covers("project-/move")
def test_a_folder_inside_a_moved_one_is_moved_out_of_it() -> None:
    lab = a_lab()
    a_record(lab, "outer", "/a/x")
    a_record(lab, "inner", "/a/b/y")
    folders(lab, "/z")
    assert lab.call("user-alice", MOVE, folders=["/a", "/a/b"], destination="/z").status == 200
    assert tree(lab) == (
        ["/z", "/z/a", "/z/a/x", "/z/b", "/z/b/y"],
        {"outer": "/z/a/x", "inner": "/z/b/y"},
    )


@pytest.mark.covers("project-/move")
def test_what_is_moved_to_where_it_lies_stays() -> None:
    lab = a_lab()
    id = a_record(lab, "r", "/a")
    given = {"objects": [id], "folders": ["/a/b"], "destination": "/a"}
    folders(lab, "/a/b")
    assert same_after(lab, "user-alice", MOVE, **given) is None
    assert same_after(lab, "user-alice", MOVE, destination="/") is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"objects": []}, "InvalidInput"),
        ({"objects": "x", "destination": "/z"}, "InvalidInput"),
        ({"objects": [PROJECT], "destination": "/z"}, "InvalidType"),
        ({"objects": [UNKNOWN], "destination": "/z"}, "ResourceNotFound"),
        ({"folders": ["/no"], "destination": "/z"}, "ResourceNotFound"),
        ({"folders": ["/a"], "destination": "/no"}, "ResourceNotFound"),
        ({"folders": ["/"], "destination": "/z"}, "InvalidInput"),
        ({"folders": ["/a"], "destination": "/a/b"}, "InvalidInput"),
        ({"folders": ["/a"], "destination": "/a"}, "InvalidInput"),
        ({"folders": ["/y/a"], "destination": "/"}, "InvalidState"),
        ({"folders": ["/a", "/y/a"], "destination": "/z"}, "InvalidState"),
    ],
)
@pytest.mark.covers("project-/move")
def test_a_move_that_cannot_be_moves_nothing(given: dict[str, Any], error: str) -> None:
    lab = a_lab()
    mine = a_record(lab, "r")
    folders(lab, "/a/b", "/y/a", "/z")
    if isinstance(given.get("objects"), list):
        given = given | {"objects": [mine, *given["objects"]]}
    assert same_after(lab, "user-alice", MOVE, **given) == error


@pytest.mark.covers("project-/move")
def test_an_object_of_another_project_is_not_moved() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    far = a_record(lab, "far", project=a_project(2).id)
    assert same_after(lab, "user-alice", MOVE, objects=[far], destination="/") == "ResourceNotFound"


@pytest.mark.covers("project-/move", "project-/removeObjects")
def test_too_many_objects_in_one_call_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = a_lab()
    ids = [a_record(lab, name, "/a") for name in "ab"]
    monkeypatch.setattr(arranging, "MOST", 1)
    monkeypatch.setattr(removing, "MOST", 1)
    assert same_after(lab, "user-alice", MOVE, objects=ids, destination="/") == "InvalidInput"
    assert same_after(lab, "user-alice", OBJECTS, objects=ids) == "InvalidInput"


@pytest.mark.covers("project-/removeFolder")
def test_a_folder_with_something_in_it_is_removed_only_with_recurse() -> None:
    lab = a_lab()
    a_record(lab, "gone", "/a/b")
    a_record(lab, "stays", "/ab")
    assert same_after(lab, "user-alice", REMOVE, folder="/a") == "InvalidState"
    assert same_after(lab, "user-alice", REMOVE, folder="/a/b") == "InvalidState"
    folders(lab, "/c/d")
    assert same_after(lab, "user-alice", REMOVE, folder="/c") == "InvalidState"
    assert lab.call("user-alice", REMOVE, folder="/a/", recurse=True).body == {"id": PROJECT}
    assert tree(lab) == (["/ab", "/c", "/c/d"], {"stays": "/ab"})
    assert len(lab.platform.state.objects) == 1


@pytest.mark.covers("project-/removeFolder")
def test_an_empty_folder_is_removed_and_one_that_is_not_there_is_an_error_without_force() -> None:
    lab = a_lab()
    folders(lab, "/a")
    assert lab.call("user-alice", REMOVE, folder="/a", partial=True).body == {
        "id": PROJECT,
        "completed": True,
    }
    assert tree(lab)[0] == []
    assert lab.call("user-alice", REMOVE, folder="/a").error == "ResourceNotFound"
    got = lab.call("user-alice", REMOVE, folder="/a", force=True, partial=True)
    assert got.body == {"id": PROJECT, "completed": True}


@pytest.mark.covers("project-/removeFolder")
def test_the_root_is_emptied_but_never_removed() -> None:
    lab = a_lab()
    a_record(lab, "r", "/a")
    assert same_after(lab, "user-alice", REMOVE, folder="/") == "InvalidInput"
    assert lab.call("user-alice", REMOVE, folder="/", recurse=True, force=True).status == 200
    assert tree(lab) == ([], {})


@pytest.mark.covers("project-/removeFolder")
def test_a_large_folder_is_removed_in_steps_where_steps_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = a_lab()
    for name in "abc":
        a_record(lab, name, "/a")
    monkeypatch.setattr(removing, "MOST", 2)
    given = {"folder": "/a", "recurse": True}
    assert same_after(lab, "user-alice", REMOVE, **given) == "InvalidState"
    assert lab.call("user-alice", REMOVE, **given, partial=True).body["completed"] is False
    assert (len(tree(lab)[1]), tree(lab)[0]) == (1, ["/a"])
    assert lab.call("user-alice", REMOVE, **given, partial=True).body["completed"] is True
    assert tree(lab) == ([], {})


@pytest.mark.covers("project-/removeObjects")
def test_removed_objects_are_gone_for_good_unless_another_project_holds_them() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    lost, kept = a_record(lab, "lost"), a_record(lab, "kept")
    there = a_project(2).id
    assert lab.call("user-alice", f"/{PROJECT}/clone", project=there, objects=[kept]).status == 200
    assert lab.call("user-alice", OBJECTS, objects=[lost, kept, lost]).body == {"id": PROJECT}
    assert tree(lab)[1] == {}
    assert tree(lab, there)[1] == {"kept": "/"}
    assert lab.platform.state.objects.keys() == {kept}
    assert lab.call("user-alice", f"/{lost}/describe").error == "ResourceNotFound"
    assert lab.call("user-alice", f"/{kept}/describe").body["project"] == there


@pytest.mark.covers("project-/removeObjects")
def test_an_object_that_is_not_there_is_an_error_without_force() -> None:
    lab = a_lab()
    id = a_record(lab, "r")
    assert same_after(lab, "user-alice", OBJECTS, objects=[id, UNKNOWN]) == "ResourceNotFound"
    assert same_after(lab, "user-alice", OBJECTS, objects=[id, "job-x"], force=True) == "InvalidType"
    assert same_after(lab, "user-alice", OBJECTS) == "InvalidInput"
    assert lab.call("user-alice", OBJECTS, objects=[id, UNKNOWN], force=True).status == 200
    assert tree(lab)[1] == {}


@pytest.mark.covers("project-/removeObjects")
def test_hidden_objects_that_nothing_visible_reaches_any_more_go_along() -> None:
    lab = a_lab()
    inner, shared, lonely = (
        an_object(lab, "record", 1, hidden=True),
        an_object(lab, "record", 2, hidden=True),
        an_object(lab, "record", 3, hidden=True),
    )
    middle = an_object(lab, "record", 4, hidden=True, links=(inner,))
    seen = an_object(lab, "record", 5)
    first = an_object(lab, "record", 6, links=(middle, shared, seen))
    an_object(lab, "record", 7, links=(shared,))
    assert lab.call("user-alice", OBJECTS, objects=[first]).status == 200
    left = lab.platform.state.objects.keys()
    assert left.isdisjoint({first, middle, inner})
    assert {shared, seen, lonely} <= left


@pytest.mark.covers("project-/removeObjects")
def test_what_an_applet_bundles_goes_with_it_only_if_it_is_hidden() -> None:
    lab = a_lab()
    hidden, seen = an_object(lab, "file", 1, hidden=True), a_file(lab, 2)
    applet = an_applet(lab, 1, runSpec={"interpreter": "bash", "bundledDepends": bundle(hidden, seen)})
    assert lab.call("user-alice", OBJECTS, objects=[applet]).status == 200
    assert lab.platform.state.objects.keys() == {seen}


@pytest.mark.covers("project-/removeObjects", "project-/removeFolder")
def test_from_a_protected_project_only_its_administrators_remove() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": "CONTRIBUTE"})])
    id = a_record(lab, "r", "/a")
    lab.change(flags=("protected",))
    assert same_after(lab, "user-bob", OBJECTS, objects=[id]) == "PermissionDenied"
    assert same_after(lab, "user-bob", REMOVE, folder="/a", recurse=True) == "PermissionDenied"
    assert lab.call("user-alice", OBJECTS, objects=[id]).status == 200


@pytest.mark.covers("project-/describe")
def test_a_project_tells_its_folders_and_how_much_it_holds() -> None:
    lab = a_lab()
    folders(lab, "/a/b")
    an_object(lab, "file", 1, size=3 * 2**29)
    a_record(lab, "r")
    describe = f"/{PROJECT}/describe"
    assert lab.call("user-alice", describe, folders=True).body["folders"] == ["/", "/a", "/a/b"]
    plain = lab.call("user-alice", describe).body
    assert plain["dataUsage"] == 1.5
    assert plain.keys().isdisjoint({"folders", "objects", "fileUploadParameters"})
    got = lab.call("user-alice", describe, fields={"objects": True, "fileUploadParameters": True}).body
    assert got["objects"] == 2
    assert {"minimumPartSize", "maximumPartSize", "maximumNumParts", "emptyLastPartAllowed"} <= got[
        "fileUploadParameters"
    ].keys()


@pytest.mark.covers("project-/destroy")
def test_what_is_in_a_project_goes_with_it_but_for_clones() -> None:
    lab = a_lab([a_project(1), a_project(2)])
    lost, kept = a_record(lab, "lost", "/a"), a_record(lab, "kept")
    there = a_project(2).id
    assert lab.call("user-alice", f"/{PROJECT}/clone", project=there, objects=[kept]).status == 200
    job = lab.call("user-alice", f"/{an_applet(lab, 1)}/run", project=PROJECT).body["id"]
    (workspace,) = lab.platform.state.containers
    an_object(lab, "record", 1, project=workspace)
    assert lab.call("user-alice", f"/{PROJECT}/destroy").body == {"id": PROJECT}
    state = lab.platform.state
    assert state.projects.keys() == {there}
    assert (state.objects.keys(), state.containers, state.jobs) == ({kept}, {}, {})
    assert {copy.holder for copy in state.copies.values()} == {there}
    for id in (PROJECT, lost, job):
        assert lab.call("user-alice", f"/{id}/describe").error == "ResourceNotFound"


@pytest.mark.covers("project-/destroy")
def test_a_project_with_running_jobs_ends_only_with_them() -> None:
    lab = a_lab(job_model="runnable")
    lab.call("user-alice", f"/{an_applet(lab, 1)}/run", project=PROJECT)
    assert same_after(lab, "user-alice", f"/{PROJECT}/destroy") == "InvalidState"
    assert lab.call("user-alice", f"/{PROJECT}/destroy", terminateJobs=True).status == 200
    assert not lab.platform.state.jobs


@pytest.mark.covers("project-/destroy")
def test_only_who_administers_a_project_destroys_it() -> None:
    lab = shared(bob="CONTRIBUTE")
    assert same_after(lab, "user-bob", f"/{PROJECT}/destroy") == "PermissionDenied"
    assert lab.call("user-alice", f"/{PROJECT}/destroy", terminateJobs="yes").error == "InvalidInput"
