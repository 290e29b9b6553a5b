"""The ledger of a workspace: lock, journal and baseline behind one small interface.

Losing it loses history, never the identity of what the platform shows. Must not know how a plan
is made or carried out. ``open_ledger`` chooses the implementation.
"""

from __future__ import annotations

from reconciler.ledger.interface import Ledger
from reconciler.ledger.records import Applied, Ended, Entry, Intent, Locked, LockOwner, owner_here

__all__ = [
    "Applied",
    "Ended",
    "Entry",
    "Intent",
    "Ledger",
    "LockOwner",
    "Locked",
    "open_ledger",
    "owner_here",
]


def open_ledger(directory: str, workspace: str) -> Ledger:
    """The ledger of the workspace named ``workspace`` whose TOML lies in ``directory``.

    Opening it reads nothing and creates nothing. Several workspaces may share a directory.
    """
    from reconciler.ledger.files import FileLedger

    return FileLedger(directory, workspace)
