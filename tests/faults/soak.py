"""Random pairs of troubles in one apply, many thousand times: ``make soak-faults``.

    python -m faults.soak [--runs 10000] [--seed N] [--jobs 2] [--ledger postgresql]
        [--naive] [--kill9] [--write]

``--naive`` does the same to an apply that is written without care, and must find what it does wrong.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from multiprocessing import get_context

from faults.matrix import LEDGERS
from faults.mixed import PAGE
from faults.stories import Calm, Found, Kill, calm, story
from model.pages import write
from msgspec import Struct, field
from support import postgres
from tabulate import tabulate

_EVERY = 100
_SHOWN = 10


class Tally(Struct):
    """Of the stories so far. ``kills``: point → the journal's state then → how often."""

    stories: int = 0
    runs: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    unreached: int = 0
    kills: dict[str, Counter[str]] = {}
    duplicates: int = 0
    lost: int = 0
    illegal: int = 0

    def add(self, one: Found) -> None:
        self.stories += 1
        self.runs += one.runs
        self.struck.update(trouble.name for trouble in one.struck)
        self.unreached += len(one.troubles) - len(one.struck)
        for kill in one.kills:
            self.kills.setdefault(kill.point, Counter())[_state(kill)] += 1
        self.duplicates += len(one.duplicates)
        self.lost += len(one.lost)
        self.illegal += len(one.illegal)

    @property
    def clean(self) -> bool:
        return not (self.duplicates or self.lost or self.illegal)


_STATES = ("not begun", *(f"{count} open" for count in range(9)), "ended")


def _state(kill: Kill) -> str:
    """What the journal held of that apply, or of one before it."""
    return f"{kill.left_open} open" if kill.left_open or kill.phase == "begun" else kill.phase


def stories(
    runs: int,
    seed: int,
    jobs: int = 1,
    *,
    naive: bool = False,
    forked: bool = False,
    server: postgres.Postgres | None = None,
) -> Iterator[Found]:
    """``server``: has a ledger for each; None: they are files."""
    rooms = repeat(None) if server is None else (server.new_room() for _ in range(runs))
    tell = partial(_told, seed=seed, calm=calm(), naive=naive, forked=forked)
    if jobs == 1:
        yield from map(tell, zip(range(runs), rooms, strict=False))
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(tell, zip(range(runs), rooms, strict=False), chunksize=10)


def _told(place: tuple[int, str | None], *, seed: int, calm: Calm, naive: bool, forked: bool) -> Found:
    number, ledger = place
    return story(number, seed=seed, calm=calm, naive=naive, forked=forked, ledger=ledger)


def report(tally: Tally, seconds: float, seed: int) -> str:
    states = [state for state in _STATES if any(state in counts for counts in tally.kills.values())]
    kills = [
        [point, *(counts[state] for state in states), counts.total()]
        for point, counts in sorted(tally.kills.items())
    ]
    strikes = sorted((name, count) for name, count in tally.struck.items() if not name.startswith("kill"))
    killed = sum(counts.total() for counts in tally.kills.values())
    struck = [*strikes, ("all kills", killed), ("never reached", tally.unreached)]
    figures = [
        ("pairs of troubles", tally.stories),
        ("runs of the command", tally.runs),
        ("duplicates", tally.duplicates),
        ("lost", tally.lost),
        ("illegal", tally.illegal),
        ("seed", seed),
        ("seconds", round(seconds)),
    ]
    headers = ["killed", *states, "all"]
    return "\n\n".join(
        (
            tabulate(figures, ["", "count"], tablefmt="github"),
            tabulate(struck, ["trouble that struck", "times"], tablefmt="github"),
            tabulate(kills, headers, tablefmt="github"),
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.soak")
    parser.add_argument("--runs", type=int, default=10_000, help="pairs of troubles")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1, help="processes")
    parser.add_argument("--ledger", choices=LEDGERS, default=LEDGERS[0])
    parser.add_argument("--naive", action="store_true", help="to an apply that is written without care")
    parser.add_argument("--kill9", action="store_true", help="each life is a process, ended by signal 9")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/faults.md")
    given = parser.parse_args()
    if given.kill9 and given.ledger == "postgresql":
        parser.error("--kill9 is for the ledger in a file; python -m faults.matrix does this to both")
    started = time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running()) if given.ledger == "postgresql" else None
        if server is not None:
            server.hasten()
        how = {"naive": given.naive, "forked": given.kill9}
        tally = _tally(stories(given.runs, given.seed, given.jobs, **how, server=server), given.runs)
    text = report(tally, time.monotonic() - started, given.seed)
    print(text)
    if given.write:
        write("kill9" if given.kill9 else "soak" if server is None else "soak-postgresql", text, PAGE)
    return 0 if tally.clean else 1


def _tally(found: Iterator[Found], runs: int) -> Tally:
    """Says at once what is wrong, and how far it is."""
    tally, started, shown = Tally(), time.monotonic(), 0
    for one in found:
        tally.add(one)
        if one.wrong and shown < _SHOWN:
            shown += 1
            what = ", ".join(f"{trouble.name} {trouble.nth}" for trouble in one.troubles)
            print(f"{one.number} ({what}; parallelism {one.parallelism}): {'; '.join(one.wrong)}", flush=True)
        if tally.stories % _EVERY == 0:
            spent = time.monotonic() - started
            print(f"{tally.stories} of {runs} in {spent:.0f} s", file=sys.stderr, flush=True)
    return tally


if __name__ == "__main__":
    sys.exit(main())
