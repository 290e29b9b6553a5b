"""The proof, whole or a slice of it: ``make prove``, ``make prove-quick``.

    python -m model.prove [--quick] [--write] [--case NAME]

The whole one runs in two processes and may be stopped at any time: what was done is kept under ``.prove/``
and counted again as long as no line of the tool, the platform or the proof has changed. Ends with 1 if a
property is broken; then it shows a small case of each kind, with the commands that reproduce it.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from random import Random

import msgspec
from model.cases import Case
from model.examined import Examined
from model.families import FAMILIES
from model.pages import write
from model.products import products
from model.properties import examine
from model.random_worlds import LARGE, SMALL, random_case
from model.shrinking import shrunk
from model.tally import Tally, tables, violations
from model.texts import toml_text, world_text, written

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".prove"
JUDGED = ("reconciler", "providers", "tests/model", "tests/support/worlds.py")
CHUNK = 2_000
HIDDEN = 3
"""Of the facts of a case, each so many-th one is hidden; which ones, changes from case to case."""

QUICK_CASES = 9_000
WHOLE_RANDOM = {"small": 20_000, "large": 1_500}
QUICK_RANDOM = {"small": 600, "large": 24}
SIZES = {"small": SMALL, "large": LARGE}
STRIDE = 1_000_003
"""A prime that divides the size of no family: steps of it go evenly through all dimensions."""


class Unit(msgspec.Struct, frozen=True):
    """Some cases in a row: of a family from ``start`` to before ``stop``, ``stride`` apart; or, of the
    family "small" or "large", random worlds of these seeds."""

    family: str
    start: int
    stop: int
    stride: int = 1


_FAMILIES = {family.name: family for family in FAMILIES}


def case_of(name: str) -> Case | None:
    """The case called ``FAMILY:NUMBER``."""
    family, _, number = name.rpartition(":")
    if family in SIZES:
        return random_case(Random(int(number)), SIZES[family])
    return _FAMILIES[family].case(int(number))


def names(unit: Unit) -> Iterator[tuple[int, str]]:
    size = _FAMILIES[unit.family].size if unit.family in _FAMILIES else math.inf
    for number in range(unit.start, unit.stop):
        index = number if unit.stride == 1 else int(number * unit.stride % size)
        yield number, f"{unit.family}:{index}"


def examined(number: int, case: Case) -> Examined:
    return examine(case, hide=slice(number % HIDDEN, None, HIDDEN))


def run(unit: Unit) -> Tally:
    tally = Tally()
    started = time.process_time()
    for number, name in names(unit):
        case = case_of(name)
        if case is not None:
            tally.note(name, examined(number, case))
    tally.seconds = time.process_time() - started
    return tally


def whole() -> Iterator[Unit]:
    for family in FAMILIES:
        for start in range(0, family.size, CHUNK):
            yield Unit(family.name, start, min(family.size, start + CHUNK))
    for size, count in WHOLE_RANDOM.items():
        for start in range(0, count, 20):
            yield Unit(size, start, start + 20)


def slice_of(part: int, parts: int) -> Iterator[Unit]:
    """A part of the quick slice: of each family cases that are spread evenly, and some random worlds."""
    all_of_them = sum(family.size for family in FAMILIES)
    for family in FAMILIES:
        share = min(family.size, max(96, round(QUICK_CASES * family.size / all_of_them)))
        yield Unit(family.name, part * share // parts, (part + 1) * share // parts, STRIDE)
    for size, count in QUICK_RANDOM.items():
        yield Unit(size, part * count // parts, (part + 1) * count // parts)


def fingerprint() -> str:
    """Of all the code that the figures hang on."""
    digest = hashlib.sha256()
    for place in JUDGED:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(str(file.relative_to(ROOT)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cache() -> Path:
    """The folder for what is kept between runs; git ignores it."""
    CACHE.mkdir(exist_ok=True)
    (CACHE / ".gitignore").write_text("*\n", encoding="utf-8")
    return CACHE


class Kept:
    """What was done before, on this very code."""

    def __init__(self) -> None:
        self._path = cache() / f"{fingerprint()}.jsonl"
        self.done: dict[Unit, Tally] = {}
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        for line in lines:
            try:
                unit, tally = msgspec.json.decode(line, type=tuple[Unit, Tally])
            except msgspec.DecodeError:
                continue  # stopped in the middle of a line
            self.done[unit] = tally

    def keep(self, unit: Unit, tally: Tally) -> None:
        self.done[unit] = tally
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode((unit, tally)) + b"\n")


def prove(units: Iterable[Unit], kept: Kept | None) -> Tally:
    """Runs what was not run before, in two processes."""
    wanted = list(units)
    total = Tally()
    left = [unit for unit in wanted if kept is None or unit not in kept.done]
    for unit in wanted:
        if kept is not None and unit in kept.done:
            total.add(kept.done[unit])
    started, told = time.monotonic(), 0.0
    with ProcessPoolExecutor(2, initializer=_leave_stopping_to_the_first) as pool:
        running = {pool.submit(run, unit): unit for unit in left}
        try:
            for number, future in enumerate(as_completed(running), 1):
                total.add(future.result())
                if kept is not None:
                    kept.keep(running[future], future.result())
                passed = time.monotonic() - started
                if passed - told > 10 or number == len(left):
                    told = passed
                    _progress(total, number, len(left), passed)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    return total


def _leave_stopping_to_the_first() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _progress(total: Tally, number: int, units: int, passed: float) -> None:
    ahead = passed / number * (units - number)
    print(
        f"{number}/{units} parts, {total.cases:,} cases, {total.broken:,} violations, "
        f"{passed:.0f} s, about {ahead / 60:.0f} min left",
        file=sys.stderr,
        flush=True,
    )


def told(tally: Tally, passed: float) -> str:
    per_case = tally.seconds / max(1, tally.cases) * 1000
    line = f"{tally.seconds / 60:.1f} min of one processor, {per_case:.2f} ms a case; commit {commit()}"
    return f"{tables(tally)}\n\n{line}; {passed / 60:.1f} min by the clock of this run."


def commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    dirty = git("status", "--porcelain", "--", *JUDGED)
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" with changes" if dirty else "")


def show_violations(tally: Tally) -> None:
    """One shrunk case of each kind, as files and as commands."""
    print("\n" + violations(tally))
    number = 0
    for property, kinds in tally.examples.items():
        for kind, cases in kinds.items():
            number += 1
            print(f"\n# {property}: {kind}")
            show(_simplest(cases), property, kind, cache() / "counterexamples" / str(number))


def _simplest(cases: list[str]) -> str:
    return min(
        cases, key=lambda name: list(SIZES).index(size) if (size := name.split(":")[0]) in SIZES else -1
    )


def show(name: str, property: str, kind: str, folder: Path) -> None:
    case = case_of(name)
    assert case is not None

    # To apply a plan and to look whether all is as wanted is one property's business, told by another's.
    only = (property, "convergent") if property == "complete" else (property,)

    def fails(smaller: Case) -> bool:
        found = examine(smaller, only=only).violations
        return any(one.property == property and one.kind == kind for one in found)

    small = shrunk(case, fails) if fails(case) else case
    commands = written(small, folder)
    print(f"# {name}, shrunk. The world:\n\n{world_text(small)}\n# The TOML:\n\n{toml_text(small)}")
    for one in examine(small).violations:
        if (one.property, one.kind) == (property, kind):
            print(f"# {one.told}")
    print("# Reproduce it:\n" + "\n".join(commands))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m model.prove")
    parser.add_argument("--quick", action="store_true", help="a slice of about a minute")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/proof.md")
    parser.add_argument("--case", help="show one case, FAMILY:NUMBER, with all that is wrong in it")
    given = parser.parse_args()
    if given.case is not None:
        return _one(given.case)
    started = time.monotonic()
    units = slice_of(0, 1) if given.quick else whole()
    if given.quick:
        units = (unit for part in range(8) for unit in slice_of(part, 8))
    try:
        tally = prove(units, None if given.quick else Kept())
    except KeyboardInterrupt:
        print("stopped; the next run goes on from here", file=sys.stderr)
        return 130
    print(products() + "\n")
    report = told(tally, time.monotonic() - started)
    print(report)
    if tally.broken:
        show_violations(tally)
    elif given.write:
        write("product", products())
        write("figures", report)
    return 1 if tally.broken else 0


def _one(name: str) -> int:
    case = case_of(name)
    if case is None:
        print(f"{name} is another case under other names", file=sys.stderr)
        return 64
    found = examine(case)
    commands = written(case, cache() / "case")
    print(f"{world_text(case)}\n# The TOML:\n\n{toml_text(case)}\n" + "\n".join(commands))
    print(f"\n{found.verdict}")
    for violation in found.violations:
        print(f"{violation.property}: {violation.kind}: {violation.told}")
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main())
