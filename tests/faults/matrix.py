"""Every point of an apply × every thing that can go wrong there × both ledgers: ``make faults``.

    python -m faults.matrix [--quick] [--only TEXT] [--ledger sqlite] [--jobs 2] [--write]

Whatever happens at a call, running the same command again must end as if nothing had happened: the same
world, no project twice, no call that the platform refuses by its laws, no call left open. Where a token or a
right is lost, that holds once it is back; what a rival does is kept or changed by a plan that says so.
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
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

from faults.hindered import Hindered, Place
from faults.killed import POINTS
from faults.mixed import PAGE, WORLD, Call, Story, commit, duplicates
from faults.rivals import World
from faults.troubles import HINDRANCES, TROUBLES, UNDER_WAY, Trouble
from model.pages import write
from msgspec import Struct
from support import postgres
from support.command import Ran
from support.sandbox import Served, served
from tabulate import tabulate

from reconciler.ledger import open_ledger

LEDGERS = ("sqlite", "postgresql")

WRITES = 8
"""The writes of the mixed apply, one a step and in their order."""

RUNS = 4
"""The first, and as many again as may be needed: a fault strikes once."""


class Found(Struct, frozen=True):
    """Of one run of the matrix. ``wrong``: in words, what is not as it must be."""

    trouble: str
    ledger: str
    call: int
    runs: int
    wrong: tuple[str, ...] = ()


class Calm(Struct, frozen=True):
    """The apply that nothing disturbs: the world after it, its writes, and the id of what each created, if
    it did."""

    world: World
    writes: list[Call]
    created: list[str]

    def place(self, trouble: Trouble, number: int) -> Place:
        return Place(trouble, number, self.writes[number - 1], self.created[number - 1])


def undisturbed(story: Story) -> Calm:
    """Carries it out."""
    ran = story.apply("--format", "json")
    assert ran.code == 0, ran.out + ran.err
    created = [step["id"] if step["action"] == "create" else "" for step in ran.json["steps"]]
    calm = Calm(story.world(), story.writes(), created)
    assert len(calm.writes) == len(calm.created) == WRITES, calm
    return calm


def disturbed(story: Story, place: Place, wanted: World) -> Found:
    """One place of the matrix, to its end."""
    if place.trouble in HINDRANCES:
        hindered = Hindered(story, place, wanted)
        runs, wrong = 2, [*hindered.wrong(), *judged(story, hindered.leaves, hindered.code)]
    else:
        runs, wrong = _repeated(story, place)
        wrong += judged(story, wanted)
    if place.trouble.effect is not None and not story.struck():
        wrong.append("the fault never struck")
    ledger = "sqlite" if story.ledger is None else "postgresql"
    illegal = (
        one for one in story.illegal() if not (place.trouble.effect == "deny" and one.endswith(" 401"))
    )
    wrong += (f"refused by the laws: {one}" for one in illegal)
    return Found(place.trouble.name, ledger, place.number, runs, tuple(wrong))


def _repeated(story: Story, place: Place) -> tuple[int, list[str]]:
    """The command is run until it ends with 0. How often it was, and what is wrong with that."""
    fault = place.trouble.fault(place.call)
    if fault is not None:
        story.play(fault)
    wrong: list[str] = []
    runs = 0
    if place.trouble.point is not None:
        runs += 1
        wrong += _killed(story, place.trouble, place.number)
    codes: list[int] = []
    while runs < RUNS and (not codes or codes[-1] != 0):
        runs += 1
        ran = story.apply()
        codes.append(ran.code)
        if "Traceback" in ran.err + ran.out:
            wrong.append("a traceback: " + ran.err[-300:])
    if codes[-1] != 0:
        wrong.append(f"ended with {codes}: {ran.out[-400:]}{ran.err[-400:]}")
    return runs, wrong


class Looked(Protocol):
    """What is looked at in the end: a Story, or the same in one process."""

    @property
    def folder(self) -> Path: ...

    @property
    def ledger(self) -> str | None: ...

    def world(self) -> dict[str, object]: ...

    def run(self, *words: str) -> Ran: ...


def judged(story: Looked, wanted: World, code: int = 0) -> Iterator[str]:
    """What is not as it is when nothing goes wrong. ``code``: with which the next plan must end."""
    world = story.world()
    if _difference(world, wanted):
        yield f"another world: {_difference(world, wanted)[:500]}"
    yield from duplicates(world)
    with contextlib.closing(open_ledger(str(story.folder), "mixed", story.ledger)) as kept:
        yield from (f"left open: {call.intent.address}" for call in kept.open_calls())
        if kept.history(1)[0].finished is None:
            yield "the last apply has no end in the history"
    plan = story.run("plan", "--detailed-exitcode")
    if plan.code != code:
        yield f"the next plan ends with {plan.code}: {plan.out[-300:]}"


def _difference(found: World, wanted: World) -> str:
    """Empty where there is none."""
    from deepdiff import DeepDiff

    difference = DeepDiff(wanted, found, ignore_order=True)
    return str(difference) if difference else ""


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


class Slice(Struct, frozen=True):
    """What of the matrix is run: these ledgers × these troubles × each write, or one write a row, going
    diagonally through all; of that each ``jobs``-th place, from the ``job``-th (from 0) on."""

    ledgers: tuple[str, ...] = LEDGERS
    troubles: tuple[Trouble, ...] = TROUBLES
    quick: bool = False
    job: int = 0
    jobs: int = 1

    def places(self) -> Iterator[tuple[str, Trouble, int]]:
        """Ledger, trouble, number of the write."""
        rows = [(ledger, trouble) for ledger in self.ledgers for trouble in self.troubles]
        every = [
            (ledger, trouble, number)
            for row, (ledger, trouble) in enumerate(rows)
            for number in range(1, WRITES + 1)
            if not self.quick or number == row % WRITES + 1
        ]
        yield from every[self.job :: self.jobs]


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Served]:
    world = folder / "world.toml"
    world.write_text(WORLD)
    with served(world, "--control") as server:
        yield server


def run(part: Slice, folder: Path) -> Iterator[Found]:
    """What comes of each place, as soon as it is known."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(stage(folder))
        shared = stack.enter_context(postgres.running()) if "postgresql" in part.ledgers else None
        calm = undisturbed(Story(server, folder / "calm"))
        for count, (ledger, trouble, number) in enumerate(part.places()):
            url = shared.new_room() if shared is not None and ledger == "postgresql" else None
            story = Story(server, folder / f"story-{count}", url)
            yield disturbed(story, calm.place(trouble, number), calm.world)
            story.clean()


def table(found: list[Found]) -> str:
    rows = []
    for name in dict.fromkeys(trouble.name for trouble in TROUBLES):
        of = [one for one in found if one.trouble == name]
        if not of:
            continue
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


def _told(part: Slice) -> list[Found]:
    """Runs it, with a platform and a database of its own, and says at once what is wrong."""
    found: list[Found] = []
    with tempfile.TemporaryDirectory() as folder:
        for one in run(part, Path(folder)):
            found.append(one)
            for text in one.wrong:
                print(f"{one.trouble}, write {one.call}, {one.ledger}: {text}", flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.matrix")
    parser.add_argument("--quick", action="store_true", help="one point of each trouble and ledger")
    parser.add_argument("--only", default="", metavar="TEXT", help="troubles whose name has it")
    parser.add_argument("--ledger", choices=LEDGERS, help="only this one")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--write", action="store_true", help="keep the table in docs/faults.md")
    given = parser.parse_args()
    troubles = tuple(trouble for trouble in TROUBLES if given.only in trouble.name)
    ledgers = (given.ledger,) if given.ledger else LEDGERS
    parts = [Slice(ledgers, troubles, given.quick, job, given.jobs) for job in range(given.jobs)]
    started = time.monotonic()
    with get_context("spawn").Pool(given.jobs) as pool:
        found = [one for some in pool.imap(_told, parts) for one in some]
    seconds = round(time.monotonic() - started)
    text = f"{table(found)}\n\n{len(found)} points in {seconds} s, at {commit()}."
    print(text)
    if given.write:
        write("matrix", text, PAGE)
    return 1 if any(one.wrong for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
