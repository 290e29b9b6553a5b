"""Every point of an apply × every thing that can go wrong there × both ledgers: ``make faults``.

    python -m faults.matrix [--quick]

Whatever happens at a call, running the same command again must end as if nothing had happened: the same
world, no project twice, no call that the platform refuses by its laws, no call left open.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from faults.killed import POINTS
from faults.mixed import READ_SECONDS, WORLD, Call, Story, duplicates
from msgspec import Struct
from reconciler_sandbox.faults.record import Fault, RivalCall
from support import postgres
from support.command import Ran
from support.sandbox import Served, served
from tabulate import tabulate

from reconciler.ledger import open_ledger

LEDGERS = ("sqlite", "postgresql")

UNDER_WAY = ("after sending", "after the commit")
"""Points at which the platform holds the call while the process is ended."""

RUNS = 4
"""The first, and as many again as may be needed: a fault strikes once."""


class Trouble(Struct, frozen=True):
    """What goes wrong at one call: the process is killed at ``point``, or the platform plays ``fault``."""

    name: str
    point: str | None = None
    effect: str | None = None
    when: str = "before"
    retry_after: int | None = None

    def fault(self, call: Call) -> Fault | None:
        if self.effect is None:
            return None
        rivals = [RivalCall("user-rival", "/system/whoami", {})] if self.effect == "rival" else []
        return Fault(
            call.route,
            self.effect,
            when="after" if self.when == "after" else "before",
            nth=call.nth,
            retry_after=self.retry_after,
            calls=rivals,
        )


KILLS = (
    *(Trouble(f"kill {point}", point) for point in POINTS),
    Trouble("kill after sending", "after sending", "slow:700ms", "before"),
    Trouble("kill after the commit", "after the commit", "hang", "after"),
)
FAULTS = (
    Trouble("drop before the commit", effect="close", when="before"),
    Trouble("drop after the commit", effect="close", when="after"),
    Trouble("reset after the commit", effect="reset", when="after"),
    Trouble("500 before the commit", effect="status:500", when="before"),
    Trouble("500 after the commit", effect="status:500", when="after"),
    Trouble("503", effect="status:503", when="before", retry_after=1),
    Trouble("429", effect="status:429", when="before", retry_after=1),
    Trouble("late beyond the patience", effect=f"slow:{READ_SECONDS + 0.7}s", when="before"),
    Trouble("garbage after the commit", effect="garbage", when="after"),
    Trouble("half an answer", effect="truncate", when="after"),
    Trouble("lists lag behind", effect="stale:6", when="after"),
)


class Found(Struct, frozen=True):
    """Of one run of the matrix. ``wrong``: in words, what is not as it must be."""

    trouble: str
    ledger: str
    call: int
    runs: int
    wrong: tuple[str, ...] = ()


def undisturbed(server: Served, folder: Path) -> tuple[dict[str, object], list[Call]]:
    """The world after an apply that nothing disturbs, and the writes that it takes."""
    story = Story(server, folder)
    ran = story.apply()
    assert ran.code == 0, ran.out + ran.err
    return story.world(), story.writes()


def disturbed(story: Story, trouble: Trouble, number: int, call: Call, *, wanted: dict[str, object]) -> Found:
    """``call``: the ``number``-th write. The command is run until it ends with 0."""
    fault = trouble.fault(call)
    if fault is not None:
        story.play(fault)
    wrong: list[str] = []
    runs = 0
    if trouble.point is not None:
        runs += 1
        wrong += _killed(story, trouble, number)
    codes: list[int] = []
    while runs < RUNS and (not codes or codes[-1] != 0):
        runs += 1
        ran = story.apply()
        codes.append(ran.code)
        if "Traceback" in ran.err + ran.out:
            wrong.append("a traceback: " + ran.err[-300:])
    if codes[-1] != 0:
        wrong.append(f"ended with {codes}: {ran.out[-400:]}{ran.err[-400:]}")
    if fault is not None and not story.struck():
        wrong.append("the fault never struck")
    wrong += judged(story, wanted)
    ledger = "sqlite" if story.ledger is None else "postgresql"
    return Found(trouble.name, ledger, number, runs, tuple(wrong))


class Looked(Protocol):
    """What is looked at in the end: a Story, or the same in one process."""

    @property
    def folder(self) -> Path: ...

    @property
    def ledger(self) -> str | None: ...

    def world(self) -> dict[str, object]: ...

    def illegal(self) -> list[str]: ...

    def run(self, *words: str) -> Ran: ...


def judged(story: Looked, wanted: dict[str, object]) -> Iterator[str]:
    """What is not as it is when nothing goes wrong."""
    world = story.world()
    if world != wanted:
        yield f"another world: {_difference(world, wanted)}"
    yield from duplicates(world)
    yield from (f"refused by the laws: {one}" for one in story.illegal())
    with contextlib.closing(open_ledger(str(story.folder), "mixed", story.ledger)) as kept:
        yield from (f"left open: {call.intent.address}" for call in kept.open_calls())
        if kept.history(1)[0].finished is None:
            yield "the last apply has no end in the history"
    plan = story.run("plan", "--detailed-exitcode")
    if plan.code != 0:
        yield f"the next plan is not empty: {plan.out[-300:]}"


def _difference(found: dict[str, object], wanted: dict[str, object]) -> str:
    from deepdiff import DeepDiff

    return str(DeepDiff(wanted, found, ignore_order=True))[:500]


def _killed(story: Story, trouble: Trouble, number: int) -> Iterator[str]:
    witness = story.folder / "witness"
    words = ("apply", "--auto-approve", "--parallelism", "1")
    child = story.start("faults.killed", str(trouble.point), str(number), str(witness), *words)
    try:
        if trouble.point in UNDER_WAY:
            _kill_when_struck(story, child)
        code = child.wait(timeout=60)
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if code != -signal.SIGKILL:
        yield f"it was not killed: exit code {code}"
    if trouble.point in POINTS and (not witness.exists() or witness.read_text() != trouble.point):
        yield "it was not killed at its point"


def _kill_when_struck(story: Story, child: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 30
    while child.poll() is None and time.monotonic() < until:
        if story.struck():
            child.kill()
            return
        time.sleep(0.01)


def matrix(quick: bool, ledgers: Iterable[str]) -> Iterator[tuple[str, Trouble, int]]:
    """Ledger, trouble, number of the write; the quick slice goes diagonally through all."""
    places = [(ledger, trouble) for ledger in ledgers for trouble in (*KILLS, *FAULTS)]
    for place, (ledger, trouble) in enumerate(places):
        for number in range(1, WRITES + 1):
            if not quick or number == place % WRITES + 1:
                yield ledger, trouble, number


WRITES = 8
"""The writes of the mixed apply: asserted before the matrix begins."""


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Served]:
    world = folder / "world.toml"
    world.write_text(WORLD)
    with served(world, "--control") as server:
        yield server


def run(quick: bool, folder: Path, ledgers: Iterable[str] = LEDGERS) -> Iterator[Found]:
    """What comes of each place of the matrix, as soon as it is known."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(stage(folder))
        shared = stack.enter_context(postgres.running()) if "postgresql" in ledgers else None
        wanted, writes = undisturbed(server, folder / "calm")
        assert len(writes) == WRITES, writes
        for count, (ledger, trouble, number) in enumerate(matrix(quick, ledgers)):
            url = shared.new_room() if shared is not None and ledger == "postgresql" else None
            story = Story(server, folder / f"story-{count}", url)
            yield disturbed(story, trouble, number, writes[number - 1], wanted=wanted)
            story.clean()


def table(found: list[Found]) -> str:
    rows = []
    for name in dict.fromkeys(one.trouble for one in found):
        of = [one for one in found if one.trouble == name]
        ledgers = Counter(one.ledger for one in of)
        wrong = [text for one in of for text in one.wrong]
        twice = sum("borne" in text for text in wrong)
        illegal = sum("refused by" in text for text in wrong)
        lost = len(wrong) - twice - illegal
        rows.append(
            [name, ledgers["sqlite"], ledgers["postgresql"], sum(o.runs for o in of), twice, lost, illegal]
        )
    rows.append(["all", *(sum(row[column] for row in rows) for column in range(1, 7))])
    headers = ["trouble", "points × sqlite", "points × postgresql", "runs", "duplicates", "lost", "illegal"]
    return tabulate(rows, headers, tablefmt="github")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.matrix")
    parser.add_argument("--quick", action="store_true", help="one point of each trouble and ledger")
    given = parser.parse_args()
    found: list[Found] = []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for one in run(given.quick, Path(folder)):
            found.append(one)
            for text in one.wrong:
                print(f"{one.trouble}, write {one.call}, {one.ledger}: {text}", flush=True)
    print(table(found))
    print(f"\n{len(found)} points in {time.monotonic() - started:.0f} s")
    return 1 if any(one.wrong for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
