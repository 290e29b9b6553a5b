"""Files and records as the official client sends, shows, finds, resolves and removes them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.minimum import FIRST, SECOND, WORLD
from support.official import Client
from support.sandbox import served

US, AZURE = "aws:us-east-1", "azure:westus"


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One world for the whole file: each test works in a folder or project of its own."""
    home = tmp_path_factory.mktemp("world")
    (home / "world.toml").write_text(WORLD, encoding="utf-8")
    with served(home / "world.toml", "--control") as server:
        client = Client(server, home / "alice", "alice")
        client.environ["DX_PROJECT_CONTEXT_ID"] = FIRST
        yield client


def created(alice: Client, name: str, *arguments: str) -> str:
    return alice.says("new", "record", name, "--brief", *arguments)


def test_a_file_is_uploaded_described_shown_and_downloaded(alice: Client, tmp_path: Path) -> None:
    source, copy = tmp_path / "reads.txt", tmp_path / "copy.txt"
    source.write_text("ACGT\n" * 1000, encoding="utf-8")
    arguments = ["--path", "/up/loaded/", "--parents", "--property", "lane=1", "--tag", "raw", "--wait"]
    id = alice.says("upload", str(source), "--brief", *arguments)
    assert re.fullmatch(r"file-[0-9A-Za-z]{24}", id)
    shown = json.loads(alice.says("describe", id, "--json"))
    assert (shown["state"], shown["size"], shown["name"]) == ("closed", 5000, "reads.txt")
    assert (shown["folder"], shown["project"]) == ("/up/loaded", FIRST)
    assert (shown["properties"], shown["tags"]) == ({"lane": "1"}, ["raw"])
    assert alice.says("cat", "/up/loaded/reads.txt") + "\n" == source.read_text(encoding="utf-8")
    alice.says("download", id, "-o", str(copy))
    assert copy.read_bytes() == source.read_bytes()
    assert alice.says("ls", "/up/loaded") == "reads.txt"
    assert "reads.txt" in alice.says("ls", "-l", "/up/loaded")


def test_a_file_in_parts_comes_back_whole_and_in_pieces(alice: Client, tmp_path: Path) -> None:
    data = os.urandom(11_000_000)
    source = tmp_path / "big"
    source.write_bytes(data)
    id = alice.says("upload", str(source), "--brief", "--wait", "--buffer-size", "5242880")
    alice.says("download", id, "-o", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == data
    code = """
    file = dxpy.DXFile(id, project=project, mode="rb")
    file.seek(5242870)
    middle = file.read(20)
    result = [sorted(file.describe(fields={"parts"})["parts"]), middle.hex(), len(file.read())]
    """
    parts, middle, rest = alice.python(code, id=id, project=FIRST)
    assert parts == ["1", "2", "3"]
    assert bytes.fromhex(middle) == data[5242870:5242890]
    assert rest == len(data) - 5242890


def test_an_empty_file_and_one_that_is_left_open(alice: Client, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    id = alice.says("upload", str(empty), "--brief", "--wait")
    assert alice.says("cat", id) == ""
    code = """
    file = dxpy.new_dxfile(name="open", project=project)
    file.write("hello")
    file.flush()
    before = file.describe()["state"]
    again = dxpy.DXFile(file.get_id(), project=project, mode="w")
    again.close(block=True)
    result = [before, again.describe()["state"], dxpy.DXFile(file.get_id(), mode="r").read()]
    """
    assert alice.python(code, project=FIRST) == ["open", "closed", "hello"]


def test_a_part_with_a_wrong_checksum_is_refused_at_once(alice: Client) -> None:
    code = """
    file = dxpy.new_dxfile(name="broken", project=project)
    given = {"index": 1, "size": 5, "md5": "0" * 32}
    url = dxpy.api.file_upload(file.get_id(), given)["url"]
    try:
        dxpy.DXHTTPRequest(url, b"hello", jsonify_data=False, prepend_srv=False, auth=None, method="PUT")
        result = "taken"
    except dxpy.exceptions.DXAPIError as error:
        result = [error.name, error.code, file.describe(fields={"parts"})["parts"]["1"]["state"]]
    """
    assert alice.python(code, project=FIRST) == ["InvalidInput", 422, "pending"]


def test_a_bare_record_and_one_with_everything_are_read_back_and_removed(alice: Client) -> None:
    code = """
    bare = dxpy.new_dxrecord(project=project)
    first = bare.describe()
    options = dict(
        name="full", properties={"clé": "v", "empty": ""}, tags=["t"], types=["T"], hidden=True,
        details={"links": [{"$dnanexus_link": bare.get_id()}]}, folder="/full/of", parents=True, close=True,
    )
    full = dxpy.new_dxrecord(project=project, **options)
    second = full.describe(incl_properties=True, incl_details=True)
    options["state"] = "closed" if options.pop("close") else "open"
    options.pop("parents")
    same = {key: second[key] for key in options} == options
    projects = list(bare.list_projects())
    id = bare.get_id()
    bare.remove()
    try:
        dxpy.describe(id)
        after = "there"
    except dxpy.exceptions.ResourceNotFound as error:
        after = error.code
    result = [id, first, same, second["links"], projects, after]
    """
    id, first, same, links, projects, after = alice.python(code, project=FIRST)
    assert (first["name"], first["state"], first["folder"]) == (id, "open", "/")
    assert (first["hidden"], first["tags"], first["types"], first["links"]) == (False, [], [], [])
    assert not {"properties", "details"} & first.keys()
    assert same
    assert (links, projects, after) == ([id], [FIRST], 404)


def test_metadata_of_a_record_is_written_by_its_path(alice: Client) -> None:
    id = created(alice, "/meta", "--property", "gone=1")
    alice.says("set_properties", "/meta", "a=b", "ü=ö")
    alice.says("unset_properties", "/meta", "gone")
    alice.says("tag", "/meta", "one", "two")
    alice.says("untag", "/meta", "one")
    alice.says("add_types", "/meta", "T", "U")
    alice.says("remove_types", "/meta", "U")
    alice.says("set_details", "/meta", '[1, {"two": 2}]')
    alice.says("set_visibility", "/meta", "hidden")
    alice.says("rename", "/meta", "renamed")
    alice.says("close", id)
    shown = json.loads(alice.says("describe", "/renamed", "--json", "--details"))
    assert (shown["id"], shown["name"], shown["state"]) == (id, "renamed", "closed")
    assert shown["properties"] == {"a": "b", "ü": "ö"}
    assert (shown["tags"], shown["types"], shown["hidden"]) == (["two"], ["T"], True)
    assert json.loads(alice.says("get_details", id)) == shown["details"] == [1, {"two": 2}]
    alice.refuses("InvalidState", "set_details", id, "{}")


def test_records_are_found_by_name_properties_class_and_tag(alice: Client) -> None:
    code = """
    new = lambda **given: dxpy.new_dxrecord(project=project, folder="/find", parents=True, **given).get_id()
    one = new(name="one.bam", properties={"k": "1", "empty": ""}, tags=["t"])
    two = new(name="two.bam", properties={"k": "2", "clé": "ü"})
    find = lambda **given: [
        {one: "one", two: "two"}[found["id"]]
        for found in dxpy.find_data_objects(project=project, folder="/find", **given)
    ]
    result = [one, two] + [
        find(name="one.bam"),
        find(properties={"k": True}),
        find(properties={"k": "1"}),
        find(properties={"k": "2", "clé": "ü"}),
        find(properties={"k": "1", "clé": True}),
        find(properties={"empty": ""}),
        find(tag="t", classname="record", state="open"),
        find(classname="file"),
    ]
    """
    one, two, *found = alice.python(code, project=FIRST)
    assert found == [["one"], ["two", "one"], ["one"], ["two"], [], ["one"], ["one"], []]
    find = ["find", "data", "--path", "/find"]
    first, second = f"{FIRST}:{one}", f"{FIRST}:{two}"
    assert alice.says(*find, "--brief").split() == [second, first]
    assert alice.says(*find, "--brief", "--name", "t*", "--property", "k", "--property", "clé=ü") == second
    assert {first, second} <= set(alice.says("find", "data", "--brief", "--all-projects").split())
    assert "one.bam" in alice.says(*find, "--tag", "t")


def test_data_is_found_by_region(alice: Client) -> None:
    code = f"""
    far = dxpy.api.project_new({{"name": "far", "region": "{AZURE}"}})["id"]
    made = [dxpy.new_dxrecord(project=p, name="by region").get_id() for p in (project, far)]
    find = lambda **given: [found["id"] for found in dxpy.find_data_objects(name="by region", **given)]
    result = [made, find(region="{US}"), find(region="{AZURE}"), find(region=["{US}", "{AZURE}"]), find()]
    """
    (us, azure), in_us, in_azure, both, all_found = alice.python(code, project=FIRST)
    assert (in_us, in_azure) == ([us], [azure])
    assert both == all_found == [azure, us]
    assert alice.says("find", "data", "--all-projects", "--region", AZURE, "--brief").endswith(azure)


def test_data_is_found_by_the_time_of_creation_and_of_change(alice: Client) -> None:
    """The client turns what is relative into absolute times by its own clock, so the world is set to it."""
    now = alice.server.control("clock", {"now": datetime.now(UTC).isoformat()})["now_ms"]
    id = created(alice, "/timed")
    code = """
    asked = {"name": "timed", "scope": {"project": project}}
    raw = lambda **given: bool(dxpy.api.system_find_data_objects(asked | given)["results"])
    find = lambda **given: bool(list(dxpy.find_data_objects(name="timed", project=project, **given)))
    result = [
        [find(**{f"{what}_{side}": moment}) for side in ("after", "before")]
        + [raw(**{what: {side: moment}}) for side in ("after", "before")]
        for what in ("created", "modified") for moment in (now - 1000, now + 500000, -500000)
    ]
    """
    after, before = [True, False] * 2, [False, True] * 2
    assert alice.python(code, project=FIRST, now=now) == [after, before, after] * 2
    find, found = ["find", "data", "--brief", "--name", "timed"], f"{FIRST}:{id}"
    assert alice.says(*find, "--created-after=-600s") == alice.says(*find, "--mod-after=-1d") == found
    assert alice.says(*find, "--created-before=-600s") == alice.says(*find, "--mod-before=-1d") == ""


def test_a_folder_is_searched_with_and_without_what_is_below(alice: Client) -> None:
    code = """
    names = {}
    for folder, name in [("/ws", "a"), ("/ws/sub", "ab"), ("/ws/sub/deep", "a*")]:
        names[dxpy.new_dxrecord(project=project, folder=folder, parents=True, name=name).get_id()] = name
    find = lambda **given: sorted(
        names[found["id"]] for found in dxpy.find_data_objects(project=project, **{"folder": "/ws", **given})
    )
    result = [
        find(), find(recurse=False), find(folder="/ws/sub", recurse=False), find(folder="/none"),
        find(name="a*"), find(name="a*", name_mode="glob"), find(name="a.", name_mode="regexp"),
        find(name="^.$", name_mode="regexp"),
    ]
    """
    everything = ["a", "a*", "ab"]
    assert alice.python(code, project=FIRST) == [
        everything,
        ["a"],
        ["ab"],
        [],
        ["a*"],
        everything,
        ["a*", "ab"],
        ["a"],
    ]


def test_many_names_are_resolved_in_two_calls_and_in_order(alice: Client) -> None:
    code = """
    new = lambda **given: dxpy.new_dxrecord(project=project, folder="/many", parents=True, **given).get_id()
    ids = [new(name=str(number)) for number in range(5)]
    other = dxpy.new_dxrecord(project=second, name="0").get_id()
    newer = new(name="4")
    asked = [{"name": str(n % 6)} for n in range(1005)]
    calls = []
    send = dxpy.api.system_resolve_data_objects
    dxpy.api.system_resolve_data_objects = lambda given: (calls.append(len(given["objects"])), send(given))[1]
    found = dxpy.resolve_data_objects(asked, project=project, folder="/many")
    small = dxpy.resolve_data_objects(asked[:20], project=project, folder="/many", batchsize=3)
    own = dxpy.resolve_data_objects([{"name": "0", "project": second}, {"name": "0"}], project=project)
    each = [[each["id"] for each in entry] for entry in found]
    result = [each, ids, newer, calls, small == found[:20], own, other]
    """
    found, ids, newer, calls, same, own, other = alice.python(code, project=FIRST, second=SECOND)
    each = [[id] for id in ids[:4]] + [[newer, ids[4]], []]
    assert found == [each[number % 6] for number in range(1005)]
    assert calls[:2] == [1000, 5]
    assert same
    assert own == [[{"project": SECOND, "id": other}], []]


def test_paths_are_resolved_by_id_name_project_and_with_escapes(alice: Client) -> None:
    name = "odd: a/b *?.txt"
    id = alice.python(
        "result = dxpy.new_dxrecord(project=project, name=name).get_id()", project=FIRST, name=name
    )
    project = json.loads(alice.says("describe", FIRST, "--json"))["name"]
    escaped = "odd\\: a\\/b \\*\\?.txt"
    for path in (id, f"{FIRST}:{id}", escaped, f"{project}:{escaped}", f"{FIRST}:/{escaped}"):
        assert json.loads(alice.says("describe", path, "--json"))["id"] == id, path
    done = alice.run("describe", "no such name")
    assert done.returncode == 3
    assert "no such name" in done.stderr


def test_without_a_current_project_a_record_needs_a_path_with_one(alice: Client) -> None:
    current = alice.environ.pop("DX_PROJECT_CONTEXT_ID")
    try:
        assert alice.run("new", "record", "nowhere", "--brief").returncode != 0
        assert alice.run("new", "workflow", "nowhere", "--brief").returncode != 0
        for klass in ("record", "workflow"):
            made = alice.says("new", klass, f"{SECOND}:/somewhere {klass}", "--brief")
            shown = json.loads(alice.says("describe", f"{SECOND}:{made}", "--json"))
            assert (shown["project"], shown["name"]) == (SECOND, f"somewhere {klass}")
    finally:
        alice.environ["DX_PROJECT_CONTEXT_ID"] = current


def test_a_workflow_is_not_a_record_of_type_pipeline(alice: Client) -> None:
    created(alice, "/piped", "--type", "pipeline")
    for name in ("piped", "never heard of"):
        done = alice.run("run", name, "-y")
        assert done.returncode != 0
        assert "Traceback" not in done.stderr


def test_many_are_described_in_one_call(alice: Client) -> None:
    code = """
    ids = [dxpy.new_dxrecord(project=project, name=name, properties={"n": name}).get_id() for name in "xyz"]
    plain = dxpy.describe(ids)
    more = dxpy.describe(ids, fields={"properties"})
    shown = [each["properties"] for each in more]
    result = [[each["name"] for each in plain], shown, plain[0].keys() < more[0].keys()]
    """
    assert alice.python(code, project=FIRST) == [["x", "y", "z"], [{"n": name} for name in "xyz"], True]


def test_what_is_removed_is_found_no_more(alice: Client) -> None:
    id = created(alice, "/removed")
    alice.says("rm", "/removed")
    assert alice.says("find", "data", "--brief", "--name", "removed") == ""
    assert "code 404" in alice.refuses("ResourceNotFound", "api", id, "describe")


def test_a_malformed_id_of_a_file_fails_with_the_id_of_the_request(alice: Client) -> None:
    said = alice.refuses("ResourceNotFound", "api", "file-InvalidID", "describe")
    assert re.search(r"Request Time=\d+\.\d+, Request ID=\d{13}-\d{1,6}$", said.strip())
