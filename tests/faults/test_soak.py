"""A slice of the soak, and that it would find what it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from faults.dying import Killed, Process, Trouble, Where, life
from faults.mixed import WORLD
from faults.soak import Tally, report, stories
from faults.stories import Calm, calm, drawn, story
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Memory
from reconciler_sandbox.world.reader import load
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from support.postgres import Postgres
from support.tokens import token_of

STORIES, ON_POSTGRESQL = 60, 5


@pytest.fixture(scope="module")
def undisturbed() -> Calm:
    return calm()


def test_whatever_two_things_go_wrong_the_same_command_brings_the_world_to_its_end() -> None:
    tally = Tally()
    for one in stories(STORIES, seed=1):
        assert not one.wrong, (one.number, one.troubles, one.wrong)
        tally.add(one)
    assert tally.stories == STORIES
    kills = sum(counts.total() for counts in tally.kills.values())
    assert kills == sum(count for name, count in tally.struck.items() if name.startswith("kill")) > 0
    assert (
        sum(counts["0 open"] + counts["not begun"] + counts["ended"] for counts in tally.kills.values())
        < kills
    ), "none with a call open"
    assert "| duplicates          |       0 |" in report(tally, 1.0, 1)


def test_the_same_holds_where_the_ledger_is_on_postgresql(postgres: Postgres) -> None:
    tally = Tally()
    for one in stories(ON_POSTGRESQL, seed=1, server=postgres):
        assert not one.wrong, (one.number, one.troubles, one.wrong)
        tally.add(one)
    assert (tally.stories, bool(tally.kills)) == (ON_POSTGRESQL, True)


def test_an_apply_that_repeats_what_has_no_answer_makes_projects_twice() -> None:
    assert sum(len(one.duplicates) for one in stories(STORIES // 2, seed=1, naive=True)) > 0


@pytest.mark.parametrize("parallelism", [1, 4])
@pytest.mark.parametrize(
    ("kind", "where", "point"),
    [
        ("kill before", "write", "before a write is carried out"),
        ("kill after", "write", "after a write is carried out"),
        ("kill before", "journal", "before the intent is journalled"),
        ("kill after", "journal", "after the intent is journalled"),
    ],
)
def test_a_kill_happens_at_its_point_and_the_journal_shows_what_was_open(
    kind: str, where: Where, point: str, parallelism: int, undisturbed: Calm
) -> None:
    troubles = (Trouble(kind, where, 1),)
    found = story(0, seed=1, calm=undisturbed, naive=False, given=(troubles, parallelism))
    (kill,) = found.kills
    assert kill.point == point
    begun = 0 if point == "before the intent is journalled" else 1
    # Another thread may just have begun a call of its own.
    assert begun <= kill.left_open < begun + parallelism
    assert (found.runs, found.wrong) == (2, ())


def test_the_same_holds_where_each_life_is_a_process_that_is_ended_by_signal_nine() -> None:
    # In a process of its own, which has no other thread: each life is a fork of it.
    command = [sys.executable, "-m", "faults.soak", "--kill9", "--runs", "10"]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[1], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| killed" in done.stdout


def test_two_troubles_are_drawn_at_two_places_and_the_seed_says_which(undisturbed: Calm) -> None:
    for seed in range(100):
        first, second = drawn(Random(seed), undisturbed)
        assert (first.where, first.nth) != (second.where, second.nth)
        assert drawn(Random(seed), undisturbed) == (first, second)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    path = tmp_path / "world.toml"
    path.write_text(WORLD)
    return Platform(load(path, {}).world, Memory(), CallLog())


@pytest.fixture
def dying(platform: Platform) -> Process:
    """It does not outlive its first read."""
    return Process(platform, (Trouble("kill before", "read", 1),))


def ask(process: Process) -> int:
    token = f"Bearer {token_of('user-alice')}"
    return process.answer("/system/whoami", b"{}", "application/json", token, {}).status


def test_a_life_that_is_over_sends_nothing_more(platform: Platform, dying: Process) -> None:
    with life(dying):
        for _ in range(2):
            with pytest.raises(Killed, match="before a read is carried out"):
                ask(dying)
        assert platform.log.recent() == []
    with life(dying):
        assert ask(dying) == 200


def test_a_life_that_is_over_has_no_connection_to_postgresql_and_gets_none(
    dying: Process, postgres: Postgres
) -> None:
    engine = create_engine(postgres.url.replace("postgresql:", "postgresql+psycopg:"))
    with life(dying), engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        with pytest.raises(Killed):
            ask(dying)
        with pytest.raises(OperationalError):
            connection.exec_driver_sql("SELECT 1")
        with pytest.raises(Killed):
            engine.connect()
    with life(dying), engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    engine.dispose()
