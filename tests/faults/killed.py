"""The command, in a process that ends itself with signal 9 at a point of the apply.

    python -m faults.killed POINT NUMBER WITNESS apply …

``NUMBER``: at which call (from 1). WITNESS is a file that says, once the process is dead, that it died there.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reconciler_dnanexus.steps import DNAnexusWriter

from reconciler.apply.gate import Gate
from reconciler.apply.logbook import Logbook
from reconciler.cli.entry import run

POINTS = (
    "before the intent",
    "after the intent",
    "before sending",
    "after the answer",
    "before the outcome",
    "after the outcome",
)
"""Those at which the process ends itself; while a call is under way, whoever started it ends it."""


def trap(point: str, number: int, strike: Callable[[], None]) -> None:
    """``strike`` is called when this process comes to the point for the ``number``-th time."""
    count = 0

    def come() -> None:
        nonlocal count
        count += 1
        if count == number:
            strike()

    def around(owner: type, name: str, *, before: bool) -> None:
        original: Callable[..., Any] = getattr(owner, name)

        def wrapped(self: object, *given: object) -> object:
            if before:
                come()
            found = original(self, *given)
            if not before:
                come()
            return found

        setattr(owner, name, wrapped)

    owner, name, before = {
        "before the intent": (Logbook, "intent", True),
        "after the intent": (Logbook, "intent", False),
        "before sending": (Gate, "enter", True),
        "after the answer": (DNAnexusWriter, "execute", False),
        "before the outcome": (Logbook, "ended", True),
        "after the outcome": (Logbook, "ended", False),
    }[point]
    around(owner, name, before=before)


def main() -> int:
    point, number, witness, *words = sys.argv[1:]

    def die() -> None:
        Path(witness).write_text(point)
        os.kill(os.getpid(), signal.SIGKILL)

    if point in POINTS:
        trap(point, int(number), die)
    return run(words)


if __name__ == "__main__":
    sys.exit(main())
