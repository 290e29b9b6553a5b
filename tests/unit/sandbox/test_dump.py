"""Dumps: what they look like, where they go, and that a platform starts from one as it was."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import toml
from click.testing import Result
from msgspec import structs
from reconciler_sandbox import commands, store
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.control import Control
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Content, Copy, DataObject
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database, Memory, StoreError, peek
from reconciler_sandbox.world import contents, reader
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.model import Clock, World
from support.sandbox import PROJECT, US, Lab, a_lab, a_project, a_world
from support.whole_world import SHA, written
from typer.testing import CliRunner

FILE = "file-J00000000000000000000001"


def with_bytes(data: bytes) -> World:
    sha = hashlib.sha256(data).hexdigest()
    found = DataObject(FILE, "user-alice", 0, 0, state="closed", content=sha, size=len(data))
    return structs.replace(a_world(), records=[found, Copy(FILE, PROJECT, "data"), Content(sha, data)])


def read_again(world: World, folder: Path) -> World:
    found = dump(world)
    contents.write(folder / "again.toml", found.text, found.contents)
    return reader.load(folder / "again.toml").world


def test_a_world_file_with_everything_is_the_same_after_a_dump(tmp_path: Path) -> None:
    world = reader.load(written(tmp_path)).world
    again = read_again(world, tmp_path)
    assert again == world.in_order()
    assert dump(again) == dump(world)
    assert list(dump(world).contents) == [SHA]


def test_a_dump_is_read_the_same_by_another_reader_of_toml(tmp_path: Path) -> None:
    text = dump(reader.load(written(tmp_path)).world).text
    judged = toml.loads(text)
    assert [project["name"] for project in judged["projects"]] == ["One", "Two"]
    assert judged["nonces"][0]["answer"] == {"id": "org-lab"}


def test_a_dump_is_for_people() -> None:
    world = a_world([a_project(1, members={}, tags=("a", 'b"')), a_project(2)], same_bill_to="noop")
    text = dump(structs.replace(world, tokens=world.tokens[:1], orgs={}, users={})).text
    _, _, after = text.partition("azure:uksouth-ofh")
    assert text.startswith("# A world of the embedded platform.")
    assert '\n\n[switches]\nsame_bill_to = "noop"\nrate_limit = 0\n\n[regions]\n"aws:us-east-1"' in text
    assert after.partition("\n\n")[2] == (
        '[[tokens]]\ntoken = "user-alice"\nuser = "user-alice"\n\n'
        '[[projects]]\nid = "project-J00000000000000000000002"\nname = "project 2"\n'
        'region = "aws:us-east-1"\nbill_to = "org-lab"\ncreated_by = "user-alice"\n'
        'created = 2026-01-15T08:59:58Z\nmembers = { user-alice = "ADMINISTER" }\n\n'
        '[[projects]]\nid = "project-J00000000000000000000001"\nname = "project 1"\n'
        'region = "aws:us-east-1"\nbill_to = "org-lab"\ncreated_by = "user-alice"\n'
        'created = 2026-01-15T08:59:59Z\ntags = ["a", \'b"\']\n'
    )


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"one line", 'content = "one line"'),
        (b"two\nlines\n", "content = '''\ntwo\nlines\n'''"),
        (b"", 'content = ""'),
        (b"tab\tand 'quotes'", "content = \"tab\\tand 'quotes'\""),
    ],
)
def test_the_text_of_a_small_file_stands_in_the_dump(data: bytes, line: str, tmp_path: Path) -> None:
    world = with_bytes(data)
    assert f"  {line}\n" in dump(world).text
    assert dump(world).contents == {}
    assert read_again(world, tmp_path) == world.in_order()


@pytest.mark.parametrize("data", [b"\xff", b"\x00", b"a\r\n", b"\x1b[31m", b"x" * 5000, "\u202e".encode()])
def test_other_bytes_stand_beside_it(data: bytes, tmp_path: Path) -> None:
    world = with_bytes(data)
    sha = hashlib.sha256(data).hexdigest()
    assert dump(world).contents == {sha: data}
    assert read_again(world, tmp_path) == world.in_order()
    assert (tmp_path / "again.toml.files" / sha).read_bytes() == data


def test_names_from_the_platform_do_not_reach_a_terminal_as_they_are() -> None:
    text = dump(a_world([a_project(1, name="\x1b[2J\u202eevil\x85")])).text
    assert 'name = "\\u001B[2J\\u202Eevil\\u0085"' in text


def test_what_is_named_but_gone_is_listed(tmp_path: Path) -> None:
    world = with_bytes(b"x")
    gone = "record-J00000000000000000000009"
    linked = structs.replace(world.records[0], links=(gone, FILE))
    world = structs.replace(world, records=[linked, *world.records[1:]])
    assert f'gone = ["{gone}"]' in dump(world).text
    assert read_again(world, tmp_path) == world.in_order()


def test_a_real_clock_keeps_what_it_is_ahead(tmp_path: Path) -> None:
    for clock in (Clock(0, real=True), Clock(-7, real=True), Clock(1)):
        assert read_again(structs.replace(a_world(), clock=clock), tmp_path).clock == clock


def test_a_platform_goes_on_from_its_dump_as_if_nothing_had_been(tmp_path: Path) -> None:
    lab = a_lab()
    made = [lab.call("user-alice", "/project/new", name="n", region=US).body["id"] for _ in range(3)]
    lab.call("user-alice", f"/{made[0]}/transfer", invitee="user-dave")
    lab.call("user-alice", "/record/new", project=made[1], name="r", nonce="once", close=True)
    lab.call("user-alice", f"/{made[2]}/destroy")
    again = Lab(read_again(lab.platform.world(), tmp_path))
    for call in (
        ("user-dave", f"/{made[0]}/describe"),
        ("user-alice", "/system/findProjects"),
        ("user-alice", f"/{made[1]}/listFolder"),
    ):
        assert again.call(*call) == lab.call(*call)
    results = []
    for one in (again, lab):
        kept = one.call("user-alice", "/record/new", project=made[1], name="r", nonce="once", close=True)
        results.append((kept, one.call("user-alice", "/project/new", name="n", region=US)))
    assert results[0] == results[1]
    assert results[0][1].body["id"] not in made


def test_the_control_route_tells_the_whole_world() -> None:
    platform = Platform(with_bytes(b"\xff"), Memory(), CallLog())
    reply = Control(platform, "key", lambda: None).answer("/emulator/world", b"{}", None, "key")
    body = json.loads(reply.body)
    assert body["world"] == dump(platform.world()).text
    (data,) = body["files"].values()
    assert base64.b64decode(data) == b"\xff"


def test_a_state_is_read_while_somebody_holds_it_and_between_two_calls(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    assert peek(path) is None
    held = Database(path)
    assert peek(path) is None
    held.seed(a_world(), "")
    platform = Platform(a_world(), held, CallLog())
    platform.change((Put(a_project(2)),))
    held._connection.execute("BEGIN IMMEDIATE")
    held._connection.execute("DELETE FROM record")
    seen = peek(path)
    held._connection.execute("ROLLBACK")
    assert seen is not None
    assert seen.in_order() == platform.world().in_order()
    held.close()
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match=str(path)):
        peek(path)


def test_what_happens_while_a_state_is_read_is_not_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Database(tmp_path / "sandbox.db")
    held.seed(a_world(), "")
    platform = Platform(a_world(), held, CallLog())
    before, read = platform.world(), store._head

    def read_and_called(*arguments: Any) -> Any:
        found = read(*arguments)
        platform.change((Put(a_project(2)),))
        return found

    monkeypatch.setattr(store, "_head", read_and_called)
    seen = peek(tmp_path / "sandbox.db")
    held.close()
    assert seen is not None
    assert seen.in_order() == before.in_order()
    assert len(platform.world().projects) == 2


def sandbox(*arguments: str | Path) -> Result:
    return CliRunner().invoke(commands.app, [str(argument) for argument in arguments])


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """On the world with everything, which has bytes that are no text."""
    (tmp_path / "world").mkdir()
    written(tmp_path / "world")
    provider = '[provider]\ntype = "sandbox"\nworld = "world/world.toml"\n'
    (tmp_path / "reconciler.toml").write_text(f'workspace = "w"\n{provider}', encoding="utf-8")
    return tmp_path


def test_a_workspaces_state_goes_through_a_file_into_another_workspace(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert sandbox("seed", workspace).exit_code == 0
    other = tmp_path_factory.mktemp("other")
    out = other / "dump.toml"
    done = sandbox("dump", workspace, "--out", out)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{out}: {len(out.read_text().splitlines())} lines, 1 files beside it\n"
    assert [stat.S_IMODE(path.stat().st_mode) for path in other.rglob("*") if path.is_file()] == [0o600] * 2
    done = sandbox("seed", other, "--world", out)
    db = other / ".reconciler" / "sandbox.db"
    assert (done.exit_code, done.stdout) == (0, f"{db}: 1 users, 1 orgs, 2 projects\n")
    assert peek(db) == peek(workspace / ".reconciler" / "sandbox.db")


def test_a_world_file_alone_is_one_for_the_workspace_here(
    workspace: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path_factory.mktemp("here")
    monkeypatch.chdir(here)
    assert sandbox("seed", workspace / "world" / "world.toml").exit_code == 0
    assert (here / ".reconciler" / "sandbox.db").exists()
    assert not (workspace / ".reconciler").exists()
    assert sandbox("seed", workspace / "reconciler.toml").exit_code == 0
    assert (workspace / ".reconciler" / "sandbox.db").exists()


def test_bytes_that_are_no_text_are_not_printed(workspace: Path) -> None:
    sandbox("seed", workspace)
    done = sandbox("dump", workspace)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "the bytes of 1 files" in done.stderr
    assert "--out FILE" in done.stderr


def test_a_state_without_such_bytes_is_printed(workspace: Path) -> None:
    found = dump(with_bytes("ß\n".encode()))
    (workspace / "world" / "world.toml").write_text(found.text, encoding="utf-8")
    sandbox("seed", workspace)
    done = sandbox("dump", workspace)
    assert (done.exit_code, done.stdout, done.stderr) == (0, found.text, "")


def test_what_cannot_be_dumped_or_seeded_is_told(workspace: Path) -> None:
    done = sandbox("dump", workspace)
    assert (done.exit_code, "there is no state yet; `reconciler sandbox seed`" in done.stderr) == (1, True)
    sandbox("seed", workspace)
    done = sandbox("dump", workspace, "--out", workspace / "nowhere" / "x.toml")
    told = f"error: {workspace / 'nowhere' / 'x.toml'}: cannot be written: No such file"
    assert (done.exit_code, told in done.stderr) == (1, True)
    done = sandbox("seed", workspace, "--world", workspace / "absent.toml")
    assert (done.exit_code, "there is a state already" in done.stderr) == (1, True)
    sandbox("reset", workspace)
    done = sandbox("seed", workspace, "--world", workspace / "absent.toml")
    assert (done.exit_code, "absent.toml: cannot be read" in done.stderr) == (1, True)


def test_a_dump_that_fails_half_way_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "world.toml"
    contents.write(file, "format = 1\n", {})
    (tmp_path / "world.toml.files").write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="exists"):
        contents.write(file, "other", {SHA: b"x"})
    assert file.read_text(encoding="utf-8") == "format = 1\n"
