"""Folders, copying, moving and removing as the official client does them."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Any

import pytest
from support.minimum import FIRST, SECOND
from support.official import Client

HELP = """
def uploaded(name, folder="/", project=first):
    where = {"project": project, "folder": folder, "parents": True}
    return dxpy.upload_string(name, name=name, wait_on_close=True, **where).get_id()

def record(name, folder="/", project=first):
    given = {"project": project, "name": name, "folder": folder, "parents": True, "close": True}
    return dxpy.api.record_new(given)["id"]

def listed(folder, project=first):
    found = dxpy.api.project_list_folder(project, {"folder": folder})
    return [sorted(entry["id"] for entry in found["objects"]), found["folders"]]
"""


@pytest.fixture(autouse=True)
def in_the_first_project(alice: Client) -> None:
    alice.environ["DX_PROJECT_CONTEXT_ID"] = FIRST


def python(alice: Client, code: str, **given: object) -> Any:
    program = "\n".join((HELP, dedent(code)))
    return alice.python(program, first=FIRST, second=SECOND, **given)


def listed(alice: Client, project: str = FIRST, folder: str = "/") -> tuple[dict[str, str], list[str]]:
    """Names of the objects by id, and paths of the folders."""
    given = {"folder": folder, "describe": {"fields": {"name": True}}}
    found = json.loads(alice.says("api", project, "listFolder", json.dumps(given)))
    return {entry["id"]: entry["describe"]["name"] for entry in found["objects"]}, found["folders"]


def tree(alice: Client, project: str = FIRST) -> list[str]:
    given = '{"fields": {"folders": true}}'
    return list(json.loads(alice.says("api", project, "describe", given))["folders"])


def fails(alice: Client, *arguments: str) -> str:
    """What dx says, on either stream, when it ends with exit code 3 or 1."""
    done = alice.run(*arguments)
    assert done.returncode in (1, 3), (done.returncode, done.stdout, done.stderr)
    return " ".join((done.stdout + done.stderr).split())


def test_nothing_is_copied_across_regions_and_only_the_new_folder_of_a_folder_is_left(alice: Client) -> None:
    code = """
    far = dxpy.api.project_new({"name": "far", "region": "azure:westus"})["id"]
    result = [far, uploaded("reads.txt"), record("r", "/data")]
    """
    far, file, _ = python(alice, code)
    said = alice.refuses("InvalidInput", "cp", f"{FIRST}:/reads.txt", "far:/")
    assert "Cannot clone into a project in a different region, code 422" in said
    alice.refuses("InvalidInput", "cp", f"{FIRST}:{file}", "far:/renamed.txt")
    assert listed(alice, far) == ({}, [])
    alice.refuses("InvalidInput", "cp", f"{FIRST}:/data", "far:/copy")
    assert listed(alice, far) == ({}, ["/copy"])


def test_files_are_copied_by_id_by_name_under_a_new_name_and_several_at_once(alice: Client) -> None:
    code = """
    dxpy.api.project_new_folder(second, {"folder": "/in"})
    result = [uploaded(name, "/in") for name in ("a.txt", "b.txt", "c.txt", "d.txt")]
    """
    by_id, renamed, *both = python(alice, code)
    alice.says("cp", f"{FIRST}:{by_id}", f"{SECOND}:/in")
    assert listed(alice, SECOND, "/in")[0].keys() == {by_id}
    alice.says("cp", f"{FIRST}:/in/b.txt", f"{SECOND}:/in/other.txt")
    alice.says("cp", f"{FIRST}:/in/c.txt", f"{FIRST}:/in/d.txt", f"{FIRST}:/in/b.txt", f"{SECOND}:/in/")
    names = {by_id: "a.txt", renamed: "other.txt", both[0]: "c.txt", both[1]: "d.txt"}
    assert listed(alice, SECOND, "/in")[0] == names
    assert listed(alice, FIRST, "/in")[0] == names | {renamed: "b.txt"}
    assert alice.says("cat", f"{SECOND}:/in/other.txt") == "b.txt"


def test_a_copy_onto_itself_is_left_alone_and_told(alice: Client) -> None:
    (file,) = python(alice, 'result = [uploaded("a.txt")]')
    for destination, words in (
        ("/", "already existed in the destination container and were left alone"),
        ("/new.txt", "already existed in the destination container and were not copied"),
    ):
        alice.says("cp", f"{FIRST}:/a.txt", f"{SECOND}:/")
        said = " ".join(alice.says("cp", f"{FIRST}:/a.txt", f"{SECOND}:{destination}").split())
        assert words in said
        assert file in said
    assert listed(alice, SECOND) == ({file: "a.txt"}, [])


def test_folders_are_copied_empty_or_full_into_a_folder_or_to_a_new_name(alice: Client) -> None:
    code = """
    dxpy.api.project_new_folder(first, {"folder": "/full/empty", "parents": True})
    dxpy.api.project_new_folder(first, {"folder": "/bare"})
    result = [record("one", "/full"), record("two", "/full/deep")]
    """
    one, two = python(alice, code)
    alice.says("cp", f"{FIRST}:/bare", f"{FIRST}:/full", f"{SECOND}:/")
    assert tree(alice, SECOND) == ["/", "/bare", "/full", "/full/deep", "/full/empty"]
    assert listed(alice, SECOND, "/full") == (
        {one: "one"},
        ["/full/deep", "/full/empty"],
    )
    assert listed(alice, SECOND, "/full/deep")[0] == {two: "two"}
    said = alice.refuses("InvalidState", "cp", f"{FIRST}:/bare", f"{SECOND}:/")
    assert "If cloned, a folder would conflict" in said
    alice.says("cp", f"{FIRST}:/bare", f"{SECOND}:/new")
    assert "/new" in tree(alice, SECOND)
    assert "one" in alice.says("tree", f"{SECOND}:/full")


def test_records_are_moved_and_renamed(alice: Client) -> None:
    (id,) = python(alice, 'dxpy.api.project_new_folder(first, {"folder": "/a"}); result = [record("old")]')
    alice.says("mv", "old", "new")
    assert listed(alice)[0] == {id: "new"}
    assert alice.says("find", "data", "--name", "old", "--brief") == ""
    alice.says("mv", "new", "/a/newer")
    assert listed(alice, folder="/a")[0] == {id: "newer"}
    alice.says("mv", "/a", "/b")
    assert listed(alice) == ({}, ["/b"])
    assert "Using" in fails(alice, "mv", "/b/newer", f"{SECOND}:/")


def test_records_and_folders_are_moved_through_the_binding(alice: Client) -> None:
    code = """
    project = dxpy.DXProject(first)
    ids = sorted([record("one"), record("two")])
    project.new_folder("/a/b/c/d", parents=True)
    project.move("/a", objects=ids, folders=["/a/b/c/d"])
    result = [ids, listed("/a"), dxpy.DXRecord(ids[0], project=first).describe()["folder"]]
    dxpy.DXRecord(ids[1], project=first).move("/a/b/c")
    result += [listed("/"), listed("/a/b/c"), dxpy.describe(ids[1])["folder"]]
    """
    ids, moved, folder, root, deep, deeper = python(alice, code)
    assert moved == [ids, ["/a/b", "/a/d"]]
    assert (folder, root) == ("/a", [[], ["/a"]])
    assert (deep, deeper) == ([[ids[1]], []], "/a/b/c")


def test_folders_are_made_listed_and_removed_through_the_binding(alice: Client) -> None:
    code = """
    def error(call, *arguments, **named):
        try:
            call(*arguments, **named)
        except dxpy.DXAPIError as refused:
            return [refused.name, refused.code]
    project = dxpy.DXProject(first)
    project.new_folder("//a//b/c/", parents=True)
    record("r", "/a/b")
    result = [
        error(project.new_folder, "/x/y"),
        project.list_folder("/")["folders"],
        project.list_folder("/a//b/")["folders"],
        error(project.remove_folder, "/a"),
        error(project.list_folder, "/no"),
    ]
    project.remove_folder("/a/b/c//")
    project.remove_folder("/a", recurse=True)
    result += [project.list_folder("/")]
    """
    assert python(alice, code) == [
        ["ResourceNotFound", 404],
        ["/a"],
        ["/a/b/c"],
        ["InvalidState", 422],
        ["ResourceNotFound", 404],
        {"objects": [], "folders": []},
    ]


def test_folders_on_the_command_line(alice: Client) -> None:
    assert "Error while creating /a/b" in fails(alice, "mkdir", "/a/b")
    for _ in range(2):
        alice.says("mkdir", "-p", "/a/b/c")
    alice.says("mkdir", "/d", "/a//e/")
    assert alice.says("ls", "/a").split() == ["b/", "e/"]
    alice.says("cd", "/a/b")
    assert alice.run("cd", "/absent").returncode != 0
    assert "is not empty" in fails(alice, "rmdir", "/a")
    alice.says("rmdir", "/d", "/a/e/")
    alice.says("rm", "-r", "/a")
    assert tree(alice) == ["/"]
    assert "Folder" in fails(alice, "rmdir", "/a")


def test_names_and_folders_are_removed(alice: Client) -> None:
    code = 'result = [record("r", "/"), record("in", "/r"), record("other"), record("stays", "/s")]'
    same, inside, other, stays = python(alice, code)
    assert "Could not resolve" in fails(alice, "rm", "absent")
    assert "without setting the" in fails(alice, "rm", "/s")
    for root in ("/", ":"):
        assert fails(alice, "rm", root)
        assert fails(alice, "rm", "-r", root)
    assert listed(alice) == ({same: "r", other: "other"}, ["/r", "/s"])
    alice.says("rm", "-r", "r", "/r/")
    assert listed(alice) == ({other: "other"}, ["/s"])
    alice.refuses("ResourceNotFound", "api", inside, "describe", "{}")
    assert "Could not resolve" in fails(alice, "rm", "absent", "other")
    # The client says what it does not find, and goes on with the rest.
    assert listed(alice) == ({}, ["/s"])
    assert listed(alice, folder="/s")[0] == {stays: "stays"}
    alice.says("rm", "-r", "--force", "/")
    assert listed(alice) == ({}, [])


def test_a_container_is_described_and_listed(alice: Client) -> None:
    code = """
    run_spec = {"interpreter": "bash", "code": ""}
    id = dxpy.api.applet_new({"project": first, "dxapi": "1.0.0", "runSpec": run_spec})["id"]
    job = dxpy.api.applet_run(id, {"project": first})["id"]
    place = dxpy.api.job_describe(job)["workspace"]
    result = [place, dxpy.DXHTTPRequest(f"/{place}/listFolder", {})]
    """
    container, contents = python(alice, code)
    assert contents == {"objects": [], "folders": []}
    lines = {tuple(line.split(None, 1)) for line in alice.says("describe", container).splitlines()}
    assert {("Class", "container"), ("Region", "aws:us-east-1"), ("ID", container)} <= lines
    alice.refuses("PermissionDenied", "api", container, "destroy", "{}")
    alice.refuses("PermissionDenied", "api", container, "newFolder", '{"folder": "/n"}')
