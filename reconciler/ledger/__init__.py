"""The ledger of a workspace: lock, journal, baseline and history behind one small interface.

Losing it loses history, never the identity of what the platform shows. Must not know how a plan
is made or carried out. ``open_ledger`` chooses where it is kept.
"""

from __future__ import annotations

import os

from reconciler.ledger.interface import Ledger
from reconciler.ledger.location import file_of
from reconciler.ledger.process import owner_here
from reconciler.ledger.records import (
    LOCK_LOST,
    Applied,
    Ended,
    Finished,
    Intent,
    Locked,
    LockOwner,
    OpenCall,
    Run,
    Started,
)

__all__ = [
    "LEASE_SECONDS",
    "LOCK_LOST",
    "Applied",
    "Ended",
    "Finished",
    "Intent",
    "Ledger",
    "LockOwner",
    "Locked",
    "OpenCall",
    "Run",
    "Started",
    "open_ledger",
    "owner_here",
]

LEASE_SECONDS = 60.0
LEASE_VARIABLE = "RECONCILER_LEASE_SECONDS"


def open_ledger(
    directory: str, workspace: str, url: str | None = None, lease_seconds: float | None = None
) -> Ledger:
    """The ledger of the workspace named ``workspace`` whose TOML lies in ``directory``: at the PostgreSQL
    ``url``, or a file beside the TOML.

    Opening it reads nothing and creates nothing. Several workspaces may share a ledger. ``lease_seconds``:
    how long the lock holds after each renewal (default: 60, or RECONCILER_LEASE_SECONDS). Raises
    DiagnosticsError for a URL of another kind.
    """
    from reconciler.ledger.kept import KeptLedger

    seconds = _lease_seconds() if lease_seconds is None else lease_seconds
    return KeptLedger(file_of(directory), url, workspace, seconds)


def _lease_seconds() -> float:
    text = os.environ.get(LEASE_VARIABLE, "")
    try:
        seconds = float(text or LEASE_SECONDS)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        from reconciler.model.diagnostics import error

        detail = "Unset it, or give a number above 0."
        raise error("ledger", f"{LEASE_VARIABLE}={text} is no number of seconds", detail)
    return seconds
