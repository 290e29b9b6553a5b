"""An older ledger is made a new one when it is locked; a newer one is left alone. And: twice is once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, inspect

from reconciler.ledger import Ledger, reading, tables, writing
from reconciler.ledger.database import Database, LocalDatabase, SharedDatabase
from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import DiagnosticsError
from tests.unit.ledger.samples import (
    APPLIED,
    BASELINE,
    COHORT,
    ENDED,
    FINISHED,
    INTENT,
    OWNER,
    STARTED,
    UNCERTAIN,
    Place,
    problem,
)


def more(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE reconciler_more (a TEXT)")


def broken(connection: Connection) -> None:
    more(connection)
    connection.exec_driver_sql("CREATE TABLE reconciler_more (a TEXT)")


def next_version(monkeypatch: pytest.MonkeyPatch, migration: tables.Migration) -> None:
    """The tool of the next version, which has a migration more."""
    monkeypatch.setattr(reading, "VERSION", reading.VERSION + 1)
    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, migration))


def database(place: Place) -> Database:
    return LocalDatabase(str(place.file)) if place.url is None else SharedDatabase(place.url)


def has_more(ledger: Ledger) -> bool:
    with ledger._database.writing() as connection:  # type: ignore[attr-defined]
        return inspect(connection).has_table("reconciler_more")


def test_there_is_a_migration_for_every_version_but_the_first() -> None:
    assert len(tables.MIGRATIONS) + 1 == reading.VERSION


def test_an_older_ledger_is_migrated_once_and_keeps_what_it_holds(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with place.open().lock(OWNER):
        pass
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        assert not has_more(ledger)
    next_version(monkeypatch, more)
    assert ledger.baseline() == BASELINE
    for _ in range(2):
        with ledger.lock(OWNER):
            assert has_more(ledger)
    assert ledger.baseline() == BASELINE


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
    with monkeypatch.context() as newer:
        next_version(newer, broken)
        with pytest.raises(DiagnosticsError), ledger.lock(OWNER):
            pytest.fail("locked")
    with ledger.lock(OWNER):
        assert not has_more(ledger)
    assert ledger.baseline() == BASELINE


def test_a_ledger_of_a_newer_version_is_named_and_left_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        next_version(newer, more)
        with place.open().lock(OWNER):
            pass
    ledger = place.open()
    for wrong in (ledger.baseline, lambda: ledger.history(1), lambda: ledger.lock(OWNER).__enter__()):
        with pytest.raises(DiagnosticsError, match="newer version") as caught:
            wrong()
        assert ledger.location in problem(caught).summary
        assert f"version {reading.VERSION + 1}" in (problem(caught).detail or "")


MAKERS: tuple[Callable[[], writing.Work], ...] = (
    lambda: writing.begun("w", STARTED),
    lambda: writing.intended("w", INTENT),
    lambda: writing.ended("w", UNCERTAIN, None),
    lambda: writing.ended("w", ENDED, COHORT),
    lambda: writing.recorded("w", BASELINE),
    lambda: writing.recorded("w", Baseline({"projects.z": COHORT})),
    lambda: writing.finished("w", FINISHED, APPLIED),
    lambda: writing.finished("w", replace(FINISHED, interrupted=True), None),
)
"""In the order of an apply: what is told of a call comes after it."""

groups = st.sets(st.integers(0, len(MAKERS) - 1)).map(lambda chosen: [MAKERS[n] for n in sorted(chosen)])


def everything(found: Ledger) -> object:
    kept = (found.baseline(), found.open_calls(), found.history(9), found.steps_of("run-1"))
    return (*kept, found.applied("plan-1"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(makers=groups)
def test_what_is_written_again_after_a_lost_answer_is_written_once(
    place: Place, makers: list[Callable[[], writing.Work]]
) -> None:
    store, found = database(place), place.open("w")
    store.prepare()
    group = [make() for make in makers]
    once = None
    for _ in range(3):
        with store.writing() as connection:
            for work in group:
                work(connection)
        once = once or everything(found)
        assert everything(found) == once
    with store.writing() as connection:
        for table in tables.metadata.sorted_tables[::-1]:
            if "workspace" in table.c:
                connection.execute(table.delete())
    store.close()
    found.close()
