"""The owner of the lock is stopped in the middle of its apply for longer than its lease, another apply takes
over and finishes, and the first one goes on: it may send nothing more.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from faults import light
from faults.killed import POINTS, trap
from faults.matrix import judged
from faults.mixed import Call, Story
from msgspec import Struct
from reconciler_sandbox.faults.record import Fault
from support.command import Ran

LEASE_SECONDS = 1.5
_PATIENCE = 60.0
_LOCKED = 6
_LOST = (1, 4)
"""All was done but could not be recorded; something was left."""

FAULTS = {
    "after sending": Fault("", "slow:700ms", when="before"),
    "while it waits to send a call again": Fault("", "status:429", when="before", retry_after=1),
}
"""Places that no trap is needed for: the platform holds the call, or has counted it away."""

PLACES = (*POINTS, *FAULTS)


class Found(Struct, frozen=True):
    """Of one stop. ``wrong``: in words, what is not as it must be."""

    place: str
    number: int
    wrong: tuple[str, ...]


def stopped(story: Story, place: str, number: int, call: Call, wanted: dict[str, object]) -> Found:
    """The apply is stopped at ``place`` of its ``number``-th write, which is ``call``."""
    story.settings = {"RECONCILER_LEASE_SECONDS": str(LEASE_SECONDS)}
    here, go = story.folder / "here", story.folder / "go"
    output = story.folder / "first.out"
    fault = FAULTS.get(place)
    if fault is not None:
        story.play(
            Fault(call.route, fault.effect, when=fault.when, nth=call.nth, retry_after=fault.retry_after)
        )
    first = light.start(
        _first, place, number, here, go, folder=story.folder, environment=story.environment, output=output
    )
    try:
        _until(lambda: here.exists() if fault is None else story.struck() > 0, first)
        second = _taken_over(story, first)
        writes = story.writes()
        go.touch()
        _signal(first, signal.SIGCONT)
        first.join(_PATIENCE)
    finally:
        first.kill()
        first.join()
    said = output.read_text(encoding="utf-8")
    wrong = [*_wrong(second, first.exitcode, said), *judged(story, wanted), *story.illegal()]
    if story.writes() != writes:
        wrong.append(f"it wrote after it was fenced off: {story.writes()[len(writes) :]}")
    return Found(place, number, tuple(wrong))


def _wrong(second: Ran, code: int | None, said: str) -> Iterator[str]:
    if second.code != 0:
        yield f"who took over ended with {second.code}: {second.out[-300:]}{second.err[-300:]}"
    if code not in _LOST:
        yield f"who was stopped ended with {code}: {said[-300:]}"
    if "was lost" not in said or "Traceback" in said:
        yield f"it does not say that the lock was lost: {said[-300:]}"


def _first(place: str, number: int, here: Path, go: Path) -> None:
    """In its process: at the place it says so and waits, so that it can be stopped there; the heartbeat
    goes on until then."""

    def wait() -> None:
        here.touch()
        while not go.exists():
            time.sleep(0.005)

    if place in POINTS:
        trap(place, number, wait)
    sys.exit(light.command("apply", "--auto-approve", "--parallelism", "1"))


def _taken_over(story: Story, first: ForkServerProcess) -> Ran:
    """Stops the first one until another has taken over; again, if that hit it while it was writing to the
    ledger, which keeps everybody from the lock."""
    until = time.monotonic() + _PATIENCE
    while True:
        _signal(first, signal.SIGSTOP)
        stopped_at = time.monotonic()
        while time.monotonic() < stopped_at + 2 * LEASE_SECONDS:
            second = story.apply()
            if second.code != _LOCKED or time.monotonic() > until:
                return second
            time.sleep(0.1)
        _signal(first, signal.SIGCONT)
        time.sleep(LEASE_SECONDS / 10)


def _signal(process: ForkServerProcess, number: signal.Signals) -> None:
    assert process.pid is not None
    os.kill(process.pid, number)


def _until(true: Callable[[], bool], process: ForkServerProcess) -> None:
    end = time.monotonic() + _PATIENCE
    while not true():
        assert process.is_alive(), f"it ended with {process.exitcode} before it came there"
        assert time.monotonic() < end, "it never came there"
        time.sleep(0.01)
