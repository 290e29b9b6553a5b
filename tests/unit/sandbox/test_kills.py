"""What was acknowledged is there after a kill. `make soak-kills` does this 200 times."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs
from reconciler_sandbox.world import reader
from reconciler_sandbox.world.model import World
from support.kills import NOTHING, Killer, Sent, carried_out, replayed, world_file

NEW = Sent("user-alice", "/project/new", {"name": "n", "region": "aws:us-east-1"})


def test_a_killed_server_keeps_what_it_acknowledged_and_at_most_what_was_in_flight(tmp_path: Path) -> None:
    killer = Killer(tmp_path, seed=1, calls=60)
    total = NOTHING
    for _ in range(8):
        total += killer.kill()
    killer.close()
    assert total.writes > 100
    assert total.done + total.not_done > 4


# The judge itself


@pytest.fixture
def empty(tmp_path: Path) -> World:
    path = tmp_path / "world.toml"
    path.write_text(world_file())
    return reader.load(path).world


def after(empty: World, *calls: Sent) -> World:
    return replayed(empty, calls)


def at(empty: World, sent: Sent, number: int) -> Sent:
    """Acknowledged as the write of that number."""
    return sent._replace(clock=empty.clock.ms + number, status=200)


def test_the_judge_finds_the_call_in_flight_that_was_done(empty: World) -> None:
    first, second = NEW, NEW._replace(given={**NEW.given, "name": "other"})
    kept = after(empty, first, second)
    assert carried_out(empty, kept, [at(empty, first, 1), at(empty, second, 2)], []) == []
    (done,) = carried_out(empty, kept, [at(empty, first, 1)], [NEW._replace(user="user-bob"), second])
    assert done.given == second.given
    (done,) = carried_out(empty, kept, [at(empty, second, 2)], [first])
    assert done.clock == empty.clock.ms + 1


def test_the_judge_misses_what_was_lost_or_came_from_nowhere(empty: World) -> None:
    kept = after(empty, NEW)
    for acknowledged, in_flight in (
        ([at(empty, NEW, 1), at(empty, NEW, 2)], [NEW]),
        ([], []),
        ([], [NEW._replace(user="user-bob")]),
    ):
        with pytest.raises(AssertionError, match="no calls in flight explain"):
            carried_out(empty, kept, acknowledged, in_flight)
    (project,) = kept.projects
    changed = structs.replace(kept, projects=[structs.replace(project, summary="x")])
    with pytest.raises(AssertionError, match="no calls in flight explain"):
        carried_out(empty, changed, [at(empty, NEW, 1)], [NEW])
