"""What is kept, by whom, and how it is found again."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database, Memory, StoreError, peek
from reconciler_sandbox.world.model import World
from support.sandbox import EU, PROJECT, US, Lab, a_project, a_world


class Kept(Lab):
    """A platform on a database file; ``again`` starts another one from what was kept."""

    def __init__(self, path: Path, world: World | None = None) -> None:
        self.time = 0.0
        self.log = CallLog()
        self.store = Database(path)
        if world is not None:
            self.store.seed(world, "source")
        kept = self.store.load()
        assert kept is not None
        self.platform = Platform(kept, self.store, self.log, monotonic=lambda: self.time)


def facts(lab: Lab) -> object:
    state = lab.platform.state
    return state.users, state.orgs, state.projects, state.regions, state.switches, lab.platform.now


def test_everything_is_found_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    lab = Kept(path, a_world([a_project(1), a_project(2)], same_bill_to="noop"))
    made = lab.call("user-alice", "/project/new", name="n", region=US, properties={"k": "v"}).body["id"]
    lab.call("user-alice", f"/{PROJECT}/update", billTo="user-alice", protected=True, allowedExecutables=[])
    lab.call("user-alice", f"/{PROJECT}/transfer", invitee="user-dave")
    lab.call("user-alice", f"/{a_project(2).id}/destroy")
    lab.call("user-alice", "/user-alice/update", billTo="org-lab")
    lab.call("user-alice", "/org-lab/update", defaultRegion=US)
    before, store_id = facts(lab), lab.store.id
    lab.store.close()

    again = Kept(path)
    assert facts(again) == before
    assert again.store.id == store_id
    assert again.call("user-alice", f"/{made}/describe", properties=True).body["properties"] == {"k": "v"}
    assert again.call("user-alice", f"/{PROJECT}/describe").body["pendingTransfer"] == "user-dave"
    fresh = again.call("user-alice", "/project/new", name="n", region=EU).body["id"]
    assert fresh not in {made, PROJECT}
    again.store.close()


@pytest.mark.covers("org/new", "org-/invite", "record/new")
def test_nonces_and_members_are_found_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    lab = Kept(path, a_world())
    fresh = {"handle": "x", "name": "X", "nonce": "once"}
    first = lab.call("user-dave", "/org/new", fresh)
    record = {"project": PROJECT, "nonce": "once"}
    made = lab.call("user-alice", "/record/new", record).body["id"]
    flags = {"allowBillableActivities": True, "appAccess": False, "projectAccess": "VIEW"}
    lab.call("user-dave", "/org-x/invite", {"invitee": "user-bob", **flags})
    before = facts(lab), lab.platform.state.nonces
    lab.store.close()

    again = Kept(path)
    assert (facts(again), again.platform.state.nonces) == before
    assert again.call("user-dave", "/org/new", fresh).body == first.body
    assert again.call("user-dave", "/org/new", fresh | {"name": "Y"}).error == "InvalidInput"
    assert again.call("user-alice", "/record/new", record).body["id"] == made
    again.platform.set_clock(again.platform.now + 3_600_000)
    assert again.call("user-alice", "/record/new", record).body["id"] != made
    again.store.close()


def test_a_refused_call_writes_nothing(tmp_path: Path) -> None:
    lab = Kept(tmp_path / "x.db", a_world())
    before = facts(lab)
    lab.call("user-alice", "/project/new", name="n", region="aws:nowhere-1")
    lab.store.close()
    assert facts(Kept(tmp_path / "x.db")) == before


def test_a_write_that_cannot_be_kept_is_500_and_is_not_seen(tmp_path: Path) -> None:
    lab = Kept(tmp_path / "x.db", a_world())
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    lab.store._connection.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    got = lab.call("user-alice", "/project/new", name="n", region=US)
    assert (got.status, got.error) == (500, "InternalError")
    assert len(lab.platform.state.projects) == 1
    other.execute("ROLLBACK")
    other.close()
    assert lab.call("user-alice", "/project/new", name="n", region=US).status == 200
    lab.store.close()


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**400])
def test_a_number_that_cannot_be_kept_is_refused_and_stops_nobody(tmp_path: Path, number: int) -> None:
    lab = Kept(tmp_path / "x.db", a_world())
    got = lab.call("user-alice", f"/{PROJECT}/update", monthlyComputeLimit=number)
    assert (got.status, got.error) == (422, "InvalidInput")
    assert lab.call("user-alice", f"/{PROJECT}/update", monthlyComputeLimit=2**64 - 1).status == 200
    lab.store.close()


def test_what_cannot_be_written_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    lab = Kept(tmp_path / "x.db", a_world())
    for _ in range(2):
        with pytest.raises(OverflowError):
            lab.change(extras={"monthlyComputeLimit": 2**70})
        with pytest.raises(OverflowError):
            lab.store.seed(a_world([a_project(1, extras={"x": 2**70})]), "other")
    assert lab.store.source() == "source"
    assert lab.call("user-alice", f"/{PROJECT}/update", name="n").status == 200
    lab.store.close()


def test_every_write_is_on_the_disk_when_it_is_answered(tmp_path: Path) -> None:
    lab = Kept(tmp_path / "x.db", a_world())
    (sync,) = lab.store._connection.execute("PRAGMA synchronous").fetchone()
    (mode,) = lab.store._connection.execute("PRAGMA journal_mode").fetchone()
    assert (sync, mode) == (2, "wal")
    made = lab.call("user-alice", "/project/new", name="n", region=US).body["id"]
    reader = sqlite3.connect(tmp_path / "x.db")
    (value,) = reader.execute("SELECT value FROM record WHERE id = ?", (made,)).fetchone()
    reader.close()
    assert msgspec.msgpack.decode(value)["name"] == "n"
    lab.store.close()


def test_a_second_server_on_one_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    first = Database(path)
    with pytest.raises(
        StoreError, match=f"{path}: in use by another server .process {os.getpid()}.; only one"
    ):
        Database(path)
    first.close()
    Database(path).close()


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = Database(tmp_path / "x.db")
    store.seed(a_world(), "s")
    CallLog(tmp_path / "x.log").close()
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    store.close()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_text("not a database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(StoreError, match=f"{path}: .*name another file"):
        Database(path)
    path.unlink()
    Database(path).close()


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "samples.db"
    with contextlib.closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE samples (name TEXT)")
    before = path.read_bytes()
    for use in (Database, peek):
        with pytest.raises(StoreError, match=f"{path}: a database of another program; name another file"):
            use(path)
    assert path.read_bytes() == before


def test_what_is_no_regular_file_is_refused_and_nobody_is_told_to_remove_it(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(StoreError, match=f"{path}: is not a regular file; name another one$"):
        Database(path)


def test_a_state_of_another_version_is_refused(tmp_path: Path) -> None:
    store = Database(tmp_path / "x.db")
    store.seed(a_world(), "s")
    store._connection.execute("UPDATE head SET value = '{\"format\": 2}' WHERE key = 'world'")
    with pytest.raises(StoreError, match="another version"):
        store.load()
    store.close()


def test_stores_have_different_ids(tmp_path: Path) -> None:
    one, two = Database(tmp_path / "1.db"), Database(tmp_path / "2.db")
    assert len({one.id, two.id, Memory().id, Memory().id}) == 4
    one.close()
    two.close()


def test_seeding_replaces_everything(tmp_path: Path) -> None:
    store = Database(tmp_path / "x.db")
    store.seed(a_world([a_project(1), a_project(2)]), "one")
    store.seed(structs.replace(a_world([a_project(3)]), seed=9), "two")
    kept = store.load()
    assert kept is not None
    assert ([project.id for project in kept.projects], kept.seed) == ([a_project(3).id], 9)
    assert store.source() == "two"
    store.close()
