"""The clock that leases are measured by."""

from __future__ import annotations

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine sleeps, as a database's clock elsewhere does, and nobody can set it."""


def ticks() -> float:
    """Seconds since some moment; all processes of one ``process.clock_id`` count from the same one."""
    return time.clock_gettime(_CLOCK)


def wall() -> float:
    """Seconds since the Unix epoch, as this machine's clock says, which somebody may set."""
    return time.time()
