"""A server killed at random moments under load (``make soak-kills``): 200 times unless told otherwise.

Prints what was seen. Ends with 1 if an acknowledged call was lost, or if anything was kept that no call in
flight explains.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from support.kills import NOTHING, Killer, Seen
from tabulate import tabulate

HEADERS = (
    "kills",
    "calls acknowledged",
    "of them writes",
    "writes in flight: done",
    "not done",
    "projects in the end",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    rows: list[tuple[str, *tuple[int, ...]]] = []
    total, part, wrong = NOTHING, NOTHING, None
    with tempfile.TemporaryDirectory() as folder:
        killer = Killer(Path(folder), given.seed, calls=300)
        for number in range(1, given.kills + 1):
            try:
                seen = killer.kill()
            except AssertionError as error:
                wrong = f"kill {number}: {error}"
                break
            total, part = total + seen, part + seen
            if number % 20 == 0 or number == given.kills:
                rows.append((f"… {number}", *part))
                part = Seen(*NOTHING)
        killer.close()
    print(tabulate([*rows, ("all", *total)], headers=HEADERS))
    print(f"\n{time.monotonic() - started:.0f} s; {wrong or 'nothing acknowledged was lost'}")
    return 0 if wrong is None else 1


if __name__ == "__main__":
    sys.exit(main())
