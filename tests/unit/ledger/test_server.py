"""What goes wrong with a PostgreSQL server: waited for as long as the lease lasts, else said."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace
from support.postgres import Postgres

from reconciler.ledger import Locked, database, lease, open_ledger, tables
from reconciler.ledger.database import SharedDatabase
from reconciler.ledger.location import without_password
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from tests.unit.ledger.samples import (
    BASELINE,
    COHORT,
    ENDED,
    INTENT,
    OWNER,
    STARTED,
    Place,
    intent,
    me,
    problem,
)

SECRET = "open sesame/1"
SPELLED = "open%20sesame%2F1"


def failing(url: str, tmp_path: Path) -> Diagnostic:
    """What reading and locking say; the password is in neither."""
    ledger = open_ledger(str(tmp_path), "genomics", url)
    with pytest.raises(DiagnosticsError) as caught:
        ledger.baseline()
    with pytest.raises(DiagnosticsError) as locking, ledger.lock(OWNER):
        pytest.fail("locked")
    for found in (problem(caught), problem(locking)):
        told = f"{found.summary} {found.detail}"
        assert found.code == "ledger"
        assert ledger.location in told
        assert SECRET not in told
        assert SPELLED not in told
    ledger.close()
    return problem(caught)


def test_connections_that_are_cut_between_writes_lose_nothing(shared: Place, postgres: Postgres) -> None:
    ledger = shared.open()
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        postgres.cut_all()
        ledger.ended(ENDED, COHORT)
        postgres.cut_all()
        assert ledger.baseline().resources == {"projects.a": COHORT}
        ledger.want_lock()
    assert ledger.steps_of("run-1") == (INTENT, ENDED)


def test_connections_that_are_cut_all_the_time_double_no_line(shared: Place, postgres: Postgres) -> None:
    ledger = shared.open()
    over = threading.Event()

    def cut() -> None:
        while not over.wait(0.05):
            postgres.cut_all()

    cutting = threading.Thread(target=cut)
    calls = [f"call-{number}" for number in range(16)]
    with ledger.lock(OWNER), ThreadPoolExecutor(8) as pool:
        cutting.start()
        try:
            list(pool.map(lambda call: ledger.append(intent(call)), calls))
        finally:
            over.set()
            cutting.join()
    assert sorted(entry.call or "" for entry in ledger.steps_of("run-1")) == sorted(calls)


def test_a_server_that_is_stopped_and_started_in_the_middle_loses_nothing(
    shared: Place, postgres: Postgres
) -> None:
    ledger = shared.open()
    with ledger.lock(OWNER), ThreadPoolExecutor(1) as pool:
        ledger.append(INTENT)
        postgres.stop()
        try:
            waiting = pool.submit(ledger.ended, ENDED, COHORT)
        finally:
            postgres.start()
        waiting.result(60)
        ledger.want_lock()
        ledger.record(BASELINE)
    assert ledger.steps_of("run-1") == (INTENT, ENDED)
    assert ledger.baseline() == BASELINE
    with ledger.lock(me()):
        pass


def test_a_server_that_is_away_for_longer_than_the_lease_stops_the_apply(
    shared: Place, postgres: Postgres
) -> None:
    ledger = shared.open(lease=1.0)
    with ledger.lock(OWNER):
        postgres.stop()
        try:
            with pytest.raises(DiagnosticsError, match="cannot write the ledger"):
                ledger.append(INTENT)
            with pytest.raises(DiagnosticsError, match="could not be renewed") as caught:
                ledger.want_lock()
            assert problem(caught).code == "lock-lost"
        finally:
            postgres.start()
    assert ledger.steps_of("run-1") == ()


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    found = failing(f"postgresql://user-alice:{SPELLED}@127.0.0.1:9/db", tmp_path)
    assert "refused" in found.summary
    assert "Look that the server runs" in (found.detail or "")


def test_a_database_that_is_missing_is_named_with_what_to_do(postgres: Postgres, tmp_path: Path) -> None:
    found = failing(postgres.url.replace("/postgres?", "/nowhere?"), tmp_path)
    assert '"nowhere" does not exist' in found.summary
    assert "createdb" in (found.detail or "")


def test_a_wrong_password_is_said_and_never_printed(postgres: Postgres, tmp_path: Path) -> None:
    rules = postgres.folder / "pg_hba.conf"
    before = rules.read_text()
    try:
        rules.write_text("local all bob scram-sha-256\n" + before)
        postgres.run("SELECT pg_reload_conf()", "CREATE ROLE bob LOGIN PASSWORD 'another one'")
        for password in (SPELLED, ""):
            found = failing(postgres.url.replace("postgres:@", f"bob:{password}@"), tmp_path)
            assert "PGPASSWORD" in (found.detail or ""), found
    finally:
        rules.write_text(before)
        postgres.run("SELECT pg_reload_conf()", "DROP ROLE IF EXISTS bob")


def test_a_user_without_rights_is_told_which_it_needs(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.new_room().replace("postgres:@", "carol:@")
    postgres.run("CREATE ROLE carol LOGIN")
    ledger = open_ledger(str(tmp_path), "genomics", url)
    with pytest.raises(DiagnosticsError) as caught, ledger.lock(OWNER):
        pytest.fail("locked")
    assert "right to create tables" in (problem(caught).detail or "")
    ledger.close()


def test_a_server_that_takes_no_writes_is_named(shared: Place, postgres: Postgres) -> None:
    with shared.open().lock(OWNER):
        shared.open().history(1)
    postgres.run("ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        assert shared.open().baseline().resources == {}
        with pytest.raises(DiagnosticsError) as caught, shared.open().lock(OWNER):
            pytest.fail("locked")
        assert "takes no writes" in (problem(caught).detail or "")
    finally:
        postgres.run("SET default_transaction_read_only = off", "ALTER DATABASE postgres RESET ALL")


@pytest.mark.parametrize(
    "url",
    ["mysql://user-alice:open%20sesame%2F1@host/db", "ledger.db", "sqlite:///x.db", "", "postgresql:/x"],
)
def test_another_kind_of_url_is_no_ledger(tmp_path: Path, url: str) -> None:
    with pytest.raises(DiagnosticsError, match="no PostgreSQL URL") as caught:
        open_ledger(str(tmp_path), "genomics", url)
    assert SPELLED not in problem(caught).summary


def test_a_url_that_cannot_be_taken_apart_is_said_without_its_password(tmp_path: Path) -> None:
    found = failing(f"postgresql://user-alice:{SPELLED}@host:port/db", tmp_path)
    assert "no PostgreSQL URL" in found.summary


def test_a_drivers_words_are_shown_without_the_password_in_any_spelling() -> None:
    url = f"postgresql://user-alice:{SPELLED}@host/db?password=two%21"
    said = f'no route for "{SECRET}" ({SPELLED}), nor with two! or two%21'
    assert without_password(said, url) == 'no route for "***" (***), nor with *** or ***'


def test_a_session_that_commits_carelessly_commits_carefully_here(shared: Place, postgres: Postgres) -> None:
    postgres.run("ALTER DATABASE postgres SET synchronous_commit = off")
    try:
        ledger = shared.open()
        with ledger.lock(OWNER), ledger._database.writing() as connection:  # type: ignore[attr-defined]
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    finally:
        postgres.run("ALTER DATABASE postgres RESET ALL")


def test_two_who_make_the_tables_at_once_make_them_once(shared: Place) -> None:
    def take(number: int) -> None:
        with shared.open(f"w{number}").lock(me()):
            shared.open(f"w{number}").history(1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take, range(6)))
    ledger = shared.open("w0")
    with ledger.lock(OWNER):
        ledger.begin(STARTED)
    assert len(ledger.history(9)) == 1


def test_a_server_whose_connections_are_all_taken_is_waited_for(shared: Place, postgres: Postgres) -> None:
    taken: list[psycopg.Connection[tuple[object, ...]]] = []
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(postgres.url))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(shared.open().baseline)
        for one in taken:
            one.close()
        assert waiting.result(60).resources == {}


def test_a_writer_that_stops_in_the_middle_of_a_transaction_is_cut_off(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = shared.open()
    with ledger.lock(replace(OWNER, boot="")):
        monkeypatch.setattr(database, "_BUSY_SECONDS", 0.3)
        stopped = SharedDatabase(shared.url or "")
        with pytest.raises(DiagnosticsError), stopped.writing() as connection:  # noqa: PT012 (a whole transaction)
            connection.execute(tables.lease.update().values(renewals=0))
            ledger.append(INTENT)
            connection.execute(tables.lease.update().values(renewals=0))
        stopped.close()
    assert ledger.steps_of("run-1") == (INTENT,)


def test_who_finds_the_row_of_the_lock_in_use_is_told_who_has_it(
    shared: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = SharedDatabase(shared.url or "")
    lease.take(holder, "genomics", OWNER, 0.1)
    with holder.writing() as connection:
        connection.execute(tables.lease.update().values(renewals=0))
        monkeypatch.setattr(database, "_BUSY_SECONDS", 0.3)
        with pytest.raises(Locked) as caught, shared.open().lock(me()):
            pytest.fail("locked")
    assert caught.value.owner is not None
    assert caught.value.owner.id == OWNER.id
    holder.close()
