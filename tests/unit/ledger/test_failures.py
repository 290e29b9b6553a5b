"""What goes wrong with a local ledger is said: where, why, what to do; and nothing is lost by it."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import event
from support.ledgers import as_nobody

from reconciler.ledger import Ledger, open_ledger
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from tests.unit.ledger.samples import BASELINE, COHORT, ENDED, INTENT, OWNER, Place, problem


@pytest.fixture
def kept(local: Place) -> Place:
    """A local ledger with something in it."""
    ledger = local.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        ledger.append(INTENT)
    ledger.close()
    return local


def failing(place: Place, *, reading: bool = True) -> Diagnostic:
    """What reading says, and taking the lock too."""
    if reading:
        with pytest.raises(DiagnosticsError) as caught:
            place.open().baseline()
        assert str(place.file) in problem(caught).summary
    with pytest.raises(DiagnosticsError) as caught, place.open().lock(OWNER):
        pytest.fail("locked")
    found = problem(caught)
    assert str(place.file) in found.summary
    assert found.code == "ledger"
    assert found.detail
    return found


def execute(place: Place, *statements: str) -> None:
    connection = sqlite3.connect(place.file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp(prefix="ledger"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_the_files_are_for_their_owner_alone_and_git_ignores_them(local: Place) -> None:
    with local.open().lock(OWNER):
        local.open().baseline()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in local.folder.iterdir()}
    assert modes.pop(".gitignore") == 0o644
    assert set(modes) == {"ledger.db", "ledger.db-shm", "ledger.db-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(local.folder.stat().st_mode) == 0o700
    assert (local.folder / ".gitignore").read_text() == "*\n"


def test_a_commit_is_on_the_disk_as_far_as_sqlite_can_see_to_it(local: Place) -> None:
    ledger = local.open()
    with ledger.lock(OWNER), ledger._database.writing() as connection:  # type: ignore[attr-defined]
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize("data", [b"garbage", b"SQLite format 3\x00" + b"\x00" * 100, b"x" * 9000])
def test_a_file_that_is_no_ledger_is_named_with_what_to_do_and_left_alone(local: Place, data: bytes) -> None:
    local.folder.mkdir()
    local.file.write_bytes(data)
    found = failing(local)
    assert "damaged" in found.summary
    assert "Move it away" in (found.detail or "")
    assert local.file.read_bytes() == data


def test_a_ledger_that_is_cut_short_is_damaged(kept: Place) -> None:
    whole = kept.file.read_bytes()
    kept.file.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in failing(kept, reading=False).summary


def test_a_database_of_something_else_is_no_ledger(local: Place) -> None:
    local.folder.mkdir()
    execute(local, "CREATE TABLE theirs (a)")
    assert "damaged" in failing(local).summary


@pytest.mark.parametrize("record", ["{", "[]", '{"id": 3}', ""])
def test_a_row_that_holds_no_record_is_named(kept: Place, record: str) -> None:
    execute(kept, f"UPDATE reconciler_resource SET record = '{record}'")
    with pytest.raises(DiagnosticsError, match="is damaged") as caught:
        kept.open().baseline()
    assert str(kept.file) in problem(caught).summary
    assert kept.open("imaging").baseline() == Baseline()
    ledger = kept.open()
    with ledger.lock(OWNER), pytest.raises(DiagnosticsError, match="is damaged"):
        ledger.record(Baseline())


def test_an_empty_file_is_an_empty_ledger(local: Place) -> None:
    local.folder.mkdir()
    local.file.touch(0o600)
    assert local.open().baseline() == Baseline()
    with local.open().lock(OWNER):
        local.open().baseline()
    assert local.file.stat().st_size > 0


def test_a_folder_in_the_place_of_the_file_is_named(local: Place) -> None:
    local.file.mkdir(parents=True)
    failing(local)


def test_a_file_in_the_place_of_the_folder_is_named(local: Place) -> None:
    local.folder.write_text("")
    failing(local)


def test_a_read_only_ledger_can_be_read_but_not_locked(open_folder: Path) -> None:
    place = Place(str(open_folder), None)
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
    ledger.close()
    for path in place.folder.iterdir():
        path.chmod(0o444)
    with as_nobody(place.folder):
        assert place.open().baseline() == BASELINE
        found = failing(place, reading=False)
    assert "it is read-only" in found.summary
    assert "writable for you" in (found.detail or "")


def test_a_folder_that_may_not_be_written_to_is_named(open_folder: Path) -> None:
    with as_nobody(open_folder):
        found = failing(Place(str(open_folder), None), reading=False)
    assert "Permission denied" in found.summary


def test_a_full_disk_is_named_and_what_was_kept_stays(kept: Place) -> None:
    ledger = kept.open()
    many = {f"projects.p{n}": ResourceBaseline(f"project-{n:024d}", {"name": "x" * 99}) for n in range(2000)}
    with ledger.lock(OWNER):
        engine = ledger._database._engine  # type: ignore[attr-defined]

        @event.listens_for(engine, "begin")
        def fill(connection: object) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 30")  # type: ignore[attr-defined]

        with pytest.raises(DiagnosticsError, match="the disk is full") as caught:
            ledger.record(Baseline(many))
        assert "Make room" in (problem(caught).detail or "")
        ledger.want_lock()
        ledger.ended(ENDED, COHORT)
    assert ledger.baseline() == replace(BASELINE, resources={**BASELINE.resources, "projects.a": COHORT})


@pytest.mark.parametrize("replaced", [False, True])
def test_a_ledger_that_is_taken_away_while_it_is_in_use_stops_the_apply(kept: Place, replaced: bool) -> None:
    ledger = kept.open()
    with ledger.lock(OWNER):
        kept.file.rename(kept.folder / "elsewhere.db")
        if replaced:
            shutil.copy(kept.folder / "elsewhere.db", kept.file)
        with pytest.raises(DiagnosticsError, match="not the file that was opened"):
            ledger.ended(ENDED, COHORT)
        with pytest.raises(DiagnosticsError):
            ledger.want_lock()


@pytest.mark.parametrize("text", ["none", "0", "-1", "inf", "nan"])
def test_a_lease_that_is_no_time_is_named(local: Place, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("RECONCILER_LEASE_SECONDS", text)
    with pytest.raises(DiagnosticsError, match=f"RECONCILER_LEASE_SECONDS={text}"):
        open_ledger(local.directory, "genomics")


def test_a_hundred_thousand_resources_are_kept(local: Place) -> None:
    many = {f"projects.p{n}": ResourceBaseline(f"project-{n:024d}", {"name": "x"}) for n in range(100_000)}
    ledger: Ledger = local.open()
    with ledger.lock(OWNER):
        ledger.record(Baseline(many))
        ledger.record(Baseline({**many, "projects.p7": COHORT}))
    kept = ledger.baseline().resources
    assert len(kept) == 100_000
    assert kept["projects.p7"] == COHORT
