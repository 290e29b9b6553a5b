"""A slice of ``make contend``, that it would find what it looks for, and applies that are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.contend import Write, fenced, overlaps, run
from faults.contender import Line
from faults.matrix import stage, undisturbed
from faults.mixed import Story
from faults.stopped import stopped
from support.postgres import Postgres
from support.sandbox import Served

PROCESSES = 6


@pytest.mark.parametrize("ledger", ["sqlite", "postgresql"])
def test_of_many_processes_that_apply_one_workspace_two_never_write_at_once(
    tmp_path: Path, ledger: str
) -> None:
    (found,) = run(tmp_path, [ledger], PROCESSES, seconds=60)
    assert found.clean, found
    assert found.killed == found.stopped + 1 == 2
    assert found.applied == PROCESSES + 1 - found.killed
    assert found.writes >= 4 * found.applied


def test_a_write_after_another_has_written_or_taken_the_lock_is_found() -> None:
    lines = [Line("1.1", "took", 1, 100), Line("2.1", "took", 2, 200)]
    calm = [Write("1.1", "p1", 150), Write("2.1", "p1", 250)]
    assert (overlaps(calm), fenced(calm, lines)) == (0, 0)
    early = [Write("1.1", "p1", 150), Write("1.1", "p2", 201), Write("2.1", "p1", 250)]
    assert (overlaps(early), fenced(early, lines)) == (0, 1)
    late = [*calm, Write("1.1", "p2", 260)]
    assert (overlaps(late), fenced(late, lines)) == (1, 1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with stage(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.mark.parametrize(
    ("ledger", "place"),
    [("sqlite", "before sending"), ("postgresql", "while it waits to send a call again")],
)
def test_who_is_stopped_beyond_its_lease_writes_nothing_once_another_has_taken_over(
    server: Served, tmp_path: Path, postgres: Postgres, ledger: str, place: str
) -> None:
    calm = undisturbed(Story(server, tmp_path / "calm"))
    url = postgres.new_room() if ledger == "postgresql" else None
    found = stopped(Story(server, tmp_path / "stopped", url), place, 2, calm.writes[1], calm.world)
    assert found.wrong == ()
