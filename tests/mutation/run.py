"""Do the tests notice a law that is switched off? (``make laws-mutation``)

For each region law: the tests that are marked with it, and the random calls, are run on a platform
without that law. Both must fail. Prints the table, keeps it in docs/laws-mutation.md, and ends with 1
if a law is not missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from mutation.laws import ENVIRONMENT, MUTANTS
from support.marks import ROOT, covered
from tabulate import tabulate

KEPT = ROOT / "docs" / "laws-mutation.md"
HEAD = """# Laws switched off, one at a time

Written by `make laws-mutation`. Each region law of the embedded platform was taken out of its code, and the
tests marked with it, then the random calls, were run on what was left. "noticed" means that they failed.

"""
STEPS = "10000"


class Verdict(NamedTuple):
    law: str
    replaced: str
    marked: str
    random: str

    @property
    def noticed(self) -> bool:
        return self.marked.startswith("noticed") and self.random.startswith("noticed")


def main() -> int:
    tests = covered()
    with ThreadPoolExecutor(2) as pool:
        verdicts = list(pool.map(lambda law: without(law, tests.get(law, [])), MUTANTS))
    rows = [[one.law, f"`{one.replaced}`", one.marked, one.random] for one in verdicts]
    headers = ["law", "replaced in laws/regions.py", "tests marked with it", "random calls"]
    table = tabulate(rows, headers=headers, tablefmt="github")
    print(table)
    KEPT.write_text(HEAD + table + "\n", encoding="utf-8")
    missed = [one.law for one in verdicts if not one.noticed]
    print(f"\nnot noticed: {', '.join(missed) or 'none'}")
    return 1 if missed else 0


def without(law: str, tests: list[str]) -> Verdict:
    return Verdict(law, ", ".join(MUTANTS[law]), _marked(law, tests), _random(law))


def _marked(law: str, tests: list[str]) -> str:
    if not tests:
        return "there is none"
    done = _run(law, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *tests)
    failed = {
        line.split("::")[-1].split("[")[0].split(" - ")[0]
        for line in done.stdout.splitlines()
        if line.startswith("FAILED")
    }
    if done.returncode != 1 or not failed:
        return f"NOT noticed by {len(tests)}"
    return f"noticed by {len(failed)} of {len(tests)}: {sorted(failed)[0]} …"


def _random(law: str) -> str:
    done = _run(law, "tests/soak/random_calls.py", "--fixed", "--no-dumps", "--steps", STEPS)
    said = [line for line in done.stderr.splitlines() if f"AssertionError: {law} is broken" in line]
    if said:
        return "noticed: the law's own check"
    return "noticed: another check" if "AssertionError" in done.stderr else "NOT noticed"


def _run(law: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, ENVIRONMENT: law, "PYTHONPATH": "tests"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
