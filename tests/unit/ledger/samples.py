"""Records to keep, places to keep them, and another process that holds the lock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.ledger import (
    Applied,
    Ended,
    Finished,
    Intent,
    Ledger,
    LockOwner,
    Started,
    open_ledger,
    owner_here,
)
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError

OWNER = LockOwner("1f2e3d4c", "alice", "host-1", 4711, "reconciler apply .", "2026-11-20T17:03:00.000Z")
COHORT = ResourceBaseline("project-" + "1" * 24, {"name": "Cohort", "region": "aws:eu-central-1"})
ORG = ResourceBaseline("org-genomics", {"permitted_regions": ("aws:eu-central-1", "aws:us-east-1")})
BASELINE = Baseline({"projects.cohort": COHORT, "orgs.org-genomics": ORG}, {"projects.old": "project-x"})
STARTED = Started(
    "run-1",
    "plan-1",
    "user-alice",
    "alice",
    "host-1",
    "reconciler apply .",
    "c0ffee",
    2,
    "2026-11-20T17:03:00Z",
)
FINISHED = Finished("run-1", 1, 0, 0, 1, False, "2026-11-20T17:04:00Z")
APPLIED = Applied("plan-1", "user-alice", "2026-11-20T17:04:00.000Z", 3)
INTENT = Intent(
    "call-1", "run-1", "plan-1", "s1", "projects.a", "create", "user-alice", None, {"name": "a"}, "now"
)
ENDED = Ended(
    "call-1", "run-1", "plan-1", "s1", "projects.a", "create", "done", "project-a", "", None, None, "now"
)
UNCERTAIN = replace(ENDED, result="uncertain", id=None, message="no answer")


def intent(call: str, **more: Any) -> Intent:
    return replace(INTENT, call=call, **more)


def ended(call: str, **more: Any) -> Ended:
    return replace(ENDED, call=call, **more)


class Place:
    """A directory with a local ledger, or a database; ``url`` is None for the former."""

    def __init__(self, directory: str, url: str | None) -> None:
        self.directory = directory
        self.url = url
        self._opened: list[Ledger] = []

    @property
    def folder(self) -> Path:
        return Path(self.directory, ".reconciler")

    @property
    def file(self) -> Path:
        return self.folder / "ledger.db"

    def open(self, workspace: str = "genomics", lease: float = 60.0) -> Ledger:
        self._opened.append(open_ledger(self.directory, workspace, self.url, lease))
        return self._opened[-1]

    def close(self) -> None:
        for ledger in self._opened:
            ledger.close()

    @contextmanager
    def other_process(self, script: str, lease: float = 60.0) -> Iterator[Other]:
        """A process that takes the lock, says so, and goes on with ``script``; killed in the end."""
        words = [sys.executable, "-c", _HOLD + script, self.directory, self.url or "", str(lease)]
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            other = Other(process)
            assert other.line() == "locked"
            yield other
        finally:
            process.kill()
            process.communicate(timeout=10)


class Other:
    """The other process: what it says, and a word to it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()


_HOLD = """
import sys
from msgspec.structs import replace
from reconciler.ledger import open_ledger, owner_here
from reconciler.model.diagnostics import DiagnosticsError
from tests.unit.ledger.samples import *

directory, url, lease = sys.argv[1], sys.argv[2] or None, float(sys.argv[3])
ledger = open_ledger(directory, "genomics", url, lease)

def told(what):
    try:
        what()
    except DiagnosticsError as failure:
        print(failure.diagnostics[0].code, flush=True)
    else:
        print("ok", flush=True)

def held():
    with ledger.lock(owner_here("the other one")):
        print("locked", flush=True)
        body()
"""

WAITS = """
def body():
    ledger.append(INTENT)
    sys.stdin.readline()
held()
"""

TRIES_TO_WRITE = """
def body():
    sys.stdin.readline()
    told(ledger.want_lock)
    told(lambda: ledger.append(intent("too-late")))
    told(ledger.want_lock)
held()
"""


def problem(failure: pytest.ExceptionInfo[DiagnosticsError]) -> Diagnostic:
    (found,) = failure.value.diagnostics
    return found


def me() -> LockOwner:
    return owner_here("this one")
