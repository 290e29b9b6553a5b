"""Does the proof notice a law of the platform, or a rule of the planner, that is switched off?

    python -m model.mutation [LAW|RULE …]        (``make prove-mutation``)

Each is taken out of the code in turn, in a process of its own, and a slice of the proof is run on what is
left: a case that is wrong then, and was not before, is a find. Prints the table, keeps it in docs/proof.md
when all were tried, and ends with 1 if one is missed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from random import Random

import msgspec
from model.pages import write
from model.prove import ROOT, cache, case_of, examined, names, slice_of
from model.random_worlds import SMALL
from model.reading import both_ways
from mutation.laws import MUTANTS, switch_off
from reconciler_sandbox.laws import regions
from tabulate import tabulate

from reconciler.rules import catalogue
from reconciler.rules.actor import Actor

PARTS = 6
READINGS = 150
QUESTIONS = "tests/model/test_questions_against_laws.py"

READ = ("L12", "L23", "L24")
"""Laws of what is shown: they are in reach of reading alone."""

ASKED = ("L13", "L14", "L21", "REG107", "REG108", "REG109")
"""Of data and of runs: no step touches them, but questions do."""

ELSEWHERE = {
    **dict.fromkeys(("L15", "L16"), "of data that is written and of runs that are under way"),
    **dict.fromkeys(("L17", "L18", "L19", "L20"), "of building apps and applets"),
}
"""Out of reach of all that the tool does or is asked: see docs/laws-mutation.md."""

STOPS = "it stops"
"""Not a property, and not enough: the search goes on for one that notices."""

Find = tuple[str, str, str]
"""A case, a property, a kind of violation."""


def without(name: str) -> None:
    """Takes a law or a rule out of the code of this process."""
    if name in MUTANTS:
        switch_off(name)
        return
    rule = next(rule for rule in catalogue() if rule.id == name)
    type(rule).check = lambda *_: ()  # type: ignore[method-assign]
    _OTHERWISE.get(name, lambda: None)()


def _replaced(name: str, by: Callable[..., object], *modules: str) -> None:
    for module in modules:
        assert callable(getattr(import_module(module), name))
        setattr(import_module(module), name, by)


_CHECKS = tuple(
    f"reconciler.config.checks.{name}" for name in ("payers", "projects", "policies", "region_tables")
)
_OTHERWISE: dict[str, Callable[[], None]] = {
    "REG001": lambda: _replaced(
        "malformed", lambda *_: None, "reconciler.config.checks.regioncodes", _CHECKS[3]
    ),
    "REG002": lambda: _replaced("unknown", lambda *_: iter(()), *_CHECKS),
    "REG201": lambda: _replaced(
        "right",
        lambda _change, world: Actor(world.identities[0]),
        "reconciler.rules.rights",
        "reconciler.rules.billing",
        "reconciler.planner.judge",
    ),
    "REG302": lambda: _replaced("held_back", lambda *_: iter(()), "reconciler.rules.guards"),
}
"""Rules that are not, or not wholly, a check of a change."""


def finds(part: int) -> Iterator[Find]:
    for unit in slice_of(part, PARTS):
        for number, name in names(unit):
            case = case_of(name)
            if case is None:
                continue
            try:
                for violation in examined(number, case).violations:
                    yield name, violation.property, violation.kind
            except Exception as error:  # without the law anything may happen; it is noticed
                yield name, STOPS, type(error).__name__


def read_otherwise() -> Iterator[Find]:
    for seed in range(READINGS):
        made, read = both_ways(Random(seed), SMALL, more=bool(seed % 2))
        if made != read:
            yield f"small:{seed}", "reading", "the client reads something else"


class Result(msgspec.Struct):
    """``by``: cases by property. ``tried``: cases."""

    by: dict[str, int] = {}
    tried: int = 0


def tried(part: int) -> int:
    return sum(1 for unit in slice_of(part, PARTS) for _ in names(unit))


def hunt(name: str) -> Result:
    """In this process, which is spoilt for anything else."""
    result = Result()
    without(name)
    if name in ASKED:
        import pytest

        missed = pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--tb=no", QUESTIONS]) == 0
        result.by = {} if missed else {"the questions' proof": 1}
        return result
    if name in READ:
        result.tried = READINGS
        result.by = _counted(read_otherwise())
        return result
    before = set(map(tuple, msgspec.json.decode((cache() / "before.json").read_bytes())))
    for part in range(PARTS):
        result.tried += tried(part)
        result.by = _counted(find for find in finds(part) if find not in before)
        if result.by.keys() - {STOPS}:
            break
    return result


def _counted(found: Iterator[Find]) -> dict[str, int]:
    cases: dict[str, set[str]] = {}
    for name, property, _ in found:
        cases.setdefault(property, set()).add(name)
    return {property: len(names_) for property, names_ in cases.items()}


def what_it_says(name: str) -> str:
    if name not in MUTANTS:
        return next(rule.title for rule in catalogue() if rule.id == name)
    first = next(iter(MUTANTS[name]))
    said = (getattr(regions, first).__doc__ or "").split(": ", 1)[-1].split(".")[0]
    return said.replace("\n    ", " ").replace("``", "`")


def found_in(name: str) -> Result | str:
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    command = [sys.executable, "-m", "model.mutation", "--one", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    last = done.stdout.strip().rpartition("\n")[2]
    try:
        return msgspec.json.decode(last, type=Result)
    except msgspec.DecodeError:
        raise RuntimeError(f"{name}: {done.stderr}") from None


def row(name: str, result: Result | str) -> list[str]:
    if isinstance(result, str):
        return [name, what_it_says(name), f"out of reach: {result}", ""]
    by = ", ".join(f"{property} ({count})" for property, count in sorted(result.by.items()))
    return [name, what_it_says(name), by or "NOT NOTICED", f"{result.tried:,}" if result.tried else ""]


def main(wanted: list[str]) -> int:
    everything = [*MUTANTS, *(rule.id for rule in catalogue())]
    with ThreadPoolExecutor(2) as pool:
        before = list(pool.map(_before, range(PARTS)))
        (cache() / "before.json").write_bytes(msgspec.json.encode([one for part in before for one in part]))
        results = list(pool.map(found_in, wanted or everything))
    rows = [row(name, result) for name, result in zip(wanted or everything, results, strict=True)]
    table = tabulate(
        rows,
        headers=("switched off", "what it says", "noticed by (cases)", "of"),
        tablefmt="github",
        colalign=("left", "left", "left", "right"),
        disable_numparse=True,
    )
    print(table)
    missed = [one[0] for one in rows if one[2] == "NOT NOTICED"]
    print(f"\nnot noticed: {', '.join(missed) or 'none'}")
    if not wanted:
        write("mutation", table)
    return 1 if missed else 0


def _before(part: int) -> list[Find]:
    command = [sys.executable, "-m", "model.mutation", "--before", str(part)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [tuple(one) for one in msgspec.json.decode(done.stdout)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--one", one]:
            print(msgspec.json.encode(hunt(one)).decode())
        case ["--before", number]:
            print(msgspec.json.encode(list(finds(int(number)))).decode())
        case given:
            sys.exit(main(given))
