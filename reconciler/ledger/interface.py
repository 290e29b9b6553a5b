"""What every ledger can do, whatever it is kept in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.ledger.records import Applied, Entry, LockOwner
from reconciler.model.baseline import Baseline, ResourceBaseline


class Ledger(Protocol):
    """Reading needs no lock and leaves no trace; writing is for whoever holds the lock.

    Every method raises DiagnosticsError where the ledger cannot be read or written, naming where
    it is kept and what to do. What a writing method was given is safe on the disk when it returns.
    """

    @property
    def location(self) -> str:
        """Where it is kept, as it is shown to a person."""
        ...

    def baseline(self) -> Baseline:
        """The baseline; empty where nothing was ever recorded."""
        ...

    def applied(self, plan_id: str) -> Applied | None:
        """When and by whom the plan was carried out whole; None where it was not."""
        ...

    def lock(self, owner: LockOwner) -> AbstractContextManager[None]:
        """Holds the lock for the length of a ``with``. Raises Locked where somebody else does."""
        ...

    def append(self, entry: Entry) -> None:
        """Adds a line to the journal."""
        ...

    def record_resource(self, address: str, resource: ResourceBaseline) -> None:
        """Sets one resource of the baseline, at a cost that does not depend on its size."""
        ...

    def record(self, baseline: Baseline) -> None:
        """Replaces the whole baseline."""
        ...

    def mark_applied(self, applied: Applied) -> None:
        """Remembers that every step of a plan is done."""
        ...
