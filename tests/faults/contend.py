"""Many processes contend for one workspace, and some are killed or stopped while they have its lock; the
platform's own log of calls says who wrote when: ``make contend``.

    python -m faults.contend [--processes 200] [--seconds 60] [--ledger sqlite|postgresql]... [--write]
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby, pairwise
from multiprocessing import connection
from pathlib import Path
from typing import Any

from faults import light
from faults.contender import LOCKED, PROJECTS, Contender, Doom, Line, contend, diary
from faults.killed import POINTS
from faults.matrix import LEDGERS
from faults.mixed import duplicates, is_write, matters, refused
from faults.soak import PAGE
from model.pages import write
from msgspec import Struct
from support import postgres
from support.command import COMMAND, environment
from support.sandbox import Served, served
from support.tokens import token_of
from tabulate import tabulate

from reconciler.ledger import Intent, Ledger, open_ledger

LEASE_SECONDS = 2.0
_KILLED_OF, _STOPPED_OF = 5, 40
"""One of so many is killed, one of so many stopped."""

_STOPS = ("before sending", "after the intent", "after the outcome")
_GRACE = 90.0
_TRIES = 20.0
"""Tries a second of all who wait for the lock."""

_MOST_RUNS = 100_000

_WORLD = f"""
format = 1
seed = 1
now = "real"
[switches]
rate_limit = 0
[users.user-alice]
permitted_regions = ["aws:eu-central-1"]
default_region = "aws:eu-central-1"
[[tokens]]
token = "{token_of("user-alice")}"
user = "user-alice"
[orgs.org-lab]
name = "Lab"
permitted_regions = ["aws:eu-central-1"]
default_region = "aws:eu-central-1"
members = {{ user-alice = {{ level = "ADMIN" }} }}
"""
_TOML = """
workspace = "contended"
[provider]
type = "sandbox"
world = "world/world.toml"
%s
[defaults.projects]
bill_to = "org-lab"
region = "aws:eu-central-1"
""" + "".join(f'[projects.p{n}]\nname = "p{n} by BY"\n' for n in range(1, PROJECTS + 1))


class Write(Struct, frozen=True):
    """A call in the platform's log. ``who`` is the contender that it is of, ``at`` in ms since the epoch."""

    who: str
    project: str
    at: int


class Found(Struct, frozen=True):
    """Of one contest. ``overlaps``: applies that wrote again after another one had; ``fenced``: writes after
    another had taken the lock; ``wrong``: in words, what else is not as it must be."""

    ledger: str
    processes: int
    applied: int
    locked: int
    killed: int
    stopped: int
    lost: int
    writes: int
    overlaps: int
    fenced: int
    duplicates: int
    seconds: float
    wrong: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.overlaps or self.fenced or self.duplicates or self.wrong)


class Contest(Struct, frozen=True):
    """So many processes want the lock at once. ``url``: of the ledger, None for the file; who has not had it
    after ``seconds`` gives up."""

    server: Served
    folder: Path
    url: str | None
    processes: int
    seconds: float

    def toml(self) -> str:
        return _TOML % ("" if self.url is None else f'ledger = "{self.url}"')

    def environment(self) -> dict[str, str]:
        return environment(
            {
                "RECONCILER_SANDBOX": f"http://127.0.0.1:{self.server.port}",
                "RECONCILER_SETTLE_SECONDS": "1",
                "RECONCILER_LEASE_SECONDS": str(LEASE_SECONDS),
            }
        )


def held(contest: Contest) -> Found:
    """What came of it."""
    started = time.monotonic()
    contest.server.control("reset")
    (contest.folder / "world").mkdir(parents=True)
    (contest.folder / "world" / "world.toml").write_text(_WORLD)
    until, pause, toml = started + contest.seconds, contest.processes / _TRIES, contest.toml()
    contenders = [Contender(n, toml, until, pause, _doom(n)) for n in range(1, contest.processes + 1)]
    wrong = list(_let_contend(contest, contenders, until + _GRACE))
    # What the last one that was killed has left open, one more settles.
    wrong += _let_contend(contest, [Contender(0, toml, until + _GRACE, 0.5)], until + _GRACE)
    wrong += _not_in_sync(contest)
    return _judged(contest, time.monotonic() - started, wrong)


def _doom(number: int) -> Doom | None:
    if number % _STOPPED_OF == 3:
        return Doom("stopped", _STOPS[number // _STOPPED_OF % len(_STOPS)], 1 + number % PROJECTS)
    if number % _KILLED_OF == 1:
        turn = number // _KILLED_OF
        return Doom("killed", POINTS[turn % len(POINTS)], 1 + turn % PROJECTS)
    return None


def _let_contend(contest: Contest, contenders: Iterable[Contender], until: float) -> Iterator[str]:
    """Until all have ended; gives what was wrong with that."""
    go = light.CONTEXT.Event()
    running = [
        light.start(
            contend,
            one,
            go,
            folder=contest.folder,
            environment=contest.environment(),
            output=contest.folder / f"{one.number}.out",
        )
        for one in contenders
    ]
    go.set()
    try:
        waker = _Waker(contest.folder)
        while alive := [one for one in running if one.exitcode is None]:
            if time.monotonic() > until:
                yield f"{len(alive)} did not come to an end"
                return
            connection.wait([one.sentinel for one in alive], timeout=0.05)
            waker.look()
    finally:
        for one in running:
            one.kill()
            one.join()
    yield from (f"a process ended with {one.exitcode}" for one in running if one.exitcode not in (0, -9))


class _Waker:
    """Lets those go on that were stopped, as soon as another has taken the lock; at the latest after some
    leases: who was stopped while it wrote to a file keeps everybody from it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._woken: set[str] = set()

    def look(self) -> None:
        lines = diary(self._folder)
        for place, line in enumerate(lines):
            if line.what != "stopped" or line.who in self._woken:
                continue
            taken = any(other.what == "took" for other in lines[place:])
            if taken or time.time() > line.at / 1000 + 4 * LEASE_SECONDS:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(line.number, signal.SIGCONT)
                self._woken.add(line.who)


def _not_in_sync(contest: Contest) -> Iterator[str]:
    words = [COMMAND, "plan", "0.toml", "--detailed-exitcode"]
    plan = subprocess.run(
        words, cwd=contest.folder, env=contest.environment(), capture_output=True, text=True, check=False
    )
    if plan.returncode != 0:
        yield f"the next plan is not empty: {plan.stdout[-300:]}{plan.stderr[-300:]}"


def _judged(contest: Contest, seconds: float, wrong: list[str]) -> Found:
    lines = diary(contest.folder)
    calls = contest.server.control("calls")["results"]
    writes = [_write(call) for call in calls if is_write(call["route"])]
    codes = [line for line in lines if line.what == "ended"]
    lost = [line for line in codes if line.number not in (0, LOCKED)]
    world = matters(contest.server.control("world")["world"])
    wrong += [f"refused by the laws: {one}" for one in refused(calls)]
    wrong += _unexplained(lost, contest.folder)
    with contextlib.closing(open_ledger(str(contest.folder), "contended", contest.url)) as ledger:
        wrong += _against(ledger, lines, writes)
    if len(world["projects"]) != PROJECTS:  # type: ignore[arg-type]  # a list
        wrong.append(f"there are {world['projects']}")
    return Found(
        ledger="sqlite" if contest.url is None else "postgresql",
        processes=contest.processes,
        applied=sum(line.number == 0 for line in codes),
        locked=sum(line.number == LOCKED for line in codes),
        killed=sum(line.what == "killed" for line in lines),
        stopped=sum(line.what == "stopped" for line in lines),
        lost=len(lost),
        writes=len(writes),
        overlaps=overlaps(writes),
        fenced=fenced(writes, lines),
        duplicates=len(duplicates(world)),
        seconds=seconds,
        wrong=tuple(wrong),
    )


def _write(call: dict[str, Any]) -> Write:
    project, _, who = call["input"]["name"].partition(" by ")
    return Write(who, project, round(datetime.fromisoformat(call["time"]).timestamp() * 1000))


def overlaps(writes: Iterable[Write]) -> int:
    """How many applies wrote again after another one had written: ``writes`` in the platform's order."""
    pieces = Counter(who for who, _ in groupby(writes, lambda one: one.who))
    return sum(count - 1 for count in pieces.values())


def fenced(writes: Iterable[Write], lines: Iterable[Line]) -> int:
    """How many writes came after somebody else had taken the lock from who made them."""
    takings = [line for line in lines if line.what == "took"]
    ends = {mine.who: after.at for mine, after in pairwise(takings)}
    return sum(one.at > ends.get(one.who, one.at) for one in writes)


def _unexplained(lost: Iterable[Line], folder: Path) -> Iterator[str]:
    """Ends that are none of: applied, told that somebody else has the lock, told that it was lost."""
    for line in lost:
        said = (folder / f"{line.who.partition('.')[0]}.out").read_text(encoding="utf-8")
        if line.number not in (1, 4) or "was lost" not in said:
            yield f"{line.who} ended with {line.number}: {said[-400:]}"
    for file in folder.glob("*.out"):
        said = file.read_text(encoding="utf-8")
        if "Traceback" in said or "This is a bug" in said:
            yield f"{file.name}: {said[-400:]}"


def _against(ledger: Ledger, lines: Iterable[Line], writes: Iterable[Write]) -> Iterator[str]:
    """What the ledger does not confirm: each write is in the journal of the run that had the lock, the runs
    follow each other as the lock was taken, and nothing is left open."""
    takings = [line for line in lines if line.what == "took"]
    if any(after.number <= before.number for before, after in pairwise(takings)):
        yield f"fencing numbers do not rise: {[line.number for line in takings]}"
    intents: list[tuple[str, str]] = []
    for run in reversed(ledger.history(_MOST_RUNS)):
        steps = ledger.steps_of(run.started.run)
        names = [step.after["name"] for step in steps if isinstance(step, Intent)]
        intents += [(who, project) for project, _, who in (name.partition(" by ") for name in names)]
    unknown = Counter((one.who, one.project) for one in writes) - Counter(intents)
    yield from (f"{who} wrote {project} without an intent" for who, project in unknown)
    order = {line.who: line.number for line in takings}
    runs = [order[who] for who, _ in groupby(who for who, _ in intents)]
    if any(after <= before for before, after in pairwise(runs)):
        yield f"the runs of the history are not in the order of their fencing numbers: {runs}"
    yield from (f"left open: {call.intent.address}" for call in ledger.open_calls())
    if ledger.history(1)[0].finished is None:
        yield "the last apply has no end in the history"


def run(folder: Path, ledgers: Iterable[str], processes: int, seconds: float) -> Iterator[Found]:
    """A contest on each ledger, as soon as it is over."""
    world = folder / "world.toml"
    world.write_text(_WORLD)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(served(world, "--control"))
        for ledger in ledgers:
            url = None
            if ledger == "postgresql":
                url = stack.enter_context(postgres.running()).new_room()
            yield held(Contest(server, folder / ledger, url, processes, seconds))


def table(found: Iterable[Found]) -> str:
    columns = list(found)
    rows = [
        ["processes", *(one.processes for one in columns)],
        ["applied", *(one.applied for one in columns)],
        ["told that it is locked (6)", *(one.locked for one in columns)],
        ["killed while it had the lock", *(one.killed for one in columns)],
        ["stopped beyond its lease", *(one.stopped for one in columns)],
        ["told that its lock was lost", *(one.lost for one in columns)],
        ["writes", *(one.writes for one in columns)],
        ["two at once", *(one.overlaps for one in columns)],
        ["writes by a fenced-off one", *(one.fenced for one in columns)],
        ["duplicates", *(one.duplicates for one in columns)],
        ["seconds", *(round(one.seconds) for one in columns)],
    ]
    return tabulate(rows, ["", *(one.ledger for one in columns)], tablefmt="github")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.contend")
    parser.add_argument("--processes", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0, help="after which who still waits gives up")
    parser.add_argument("--ledger", action="append", choices=LEDGERS, help="default: both")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/faults.md")
    given = parser.parse_args()
    found: list[Found] = []
    with tempfile.TemporaryDirectory() as folder:
        for one in run(Path(folder), given.ledger or LEDGERS, given.processes, given.seconds):
            found.append(one)
            for text in one.wrong:
                print(f"{one.ledger}: {text}", flush=True)
    text = table(found)
    print(text)
    if given.write:
        write("contend", text, PAGE)
    return 0 if all(one.clean for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
