"""What every ledger can do, whatever it is kept in."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from reconciler.ledger.records import (
    Applied,
    Ended,
    Finished,
    Intent,
    LockOwner,
    OpenCall,
    Run,
    Started,
)
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.report import Seen


class Ledger(Protocol):
    """Reading needs no lock and leaves no trace; writing is for whoever holds the lock.

    Every method may be called from several threads at once. Each raises DiagnosticsError where the
    ledger cannot be read or written, naming where it is kept and what to do; a writing one also where
    the lock was lost (code ``lock-lost``): nothing is then written. What a writing method was given is
    safe on the disk when it returns.
    """

    @property
    def location(self) -> str:
        """Where it is kept, as it is shown to a person: never with a password."""
        ...

    def baseline(self) -> Baseline:
        """The baseline; empty where nothing was ever recorded."""
        ...

    def applied(self, plan_id: str) -> Applied | None:
        """When and by whom the plan was carried out whole; None where it was not."""
        ...

    def open_calls(self) -> tuple[OpenCall, ...]:
        """The calls of which no end is known but "uncertain", oldest first."""
        ...

    def history(self, most: int) -> tuple[Run, ...]:
        """The last ``most`` applies, newest first."""
        ...

    def steps_of(self, run: str) -> tuple[Ended | Intent, ...]:
        """The journal of one apply, in order; empty where there is no such apply."""
        ...

    def seen(self) -> Seen | None:
        """What the last drift run that was remembered found; None where none was."""
        ...

    def remember(self, seen: Seen) -> None:
        """Takes the place of what was seen before. Of all writing this alone needs no lock: it waits for no
        apply, and stops none."""
        ...

    def lock(self, owner: LockOwner) -> AbstractContextManager[None]:
        """Holds the lock for the length of a ``with``. Raises Locked at once where somebody else does."""
        ...

    def unlock(self, lock_id: str) -> LockOwner:
        """Breaks exactly that lock, and says whose it was. An unknown id: DiagnosticsError."""
        ...

    def want_lock(self) -> None:
        """Right before a call: raises DiagnosticsError (code ``lock-lost``) unless it is sure that this
        process still holds the lock."""
        ...

    def begin(self, started: Started) -> None:
        """An apply begins."""
        ...

    def append(self, intent: Intent) -> None:
        """A call is about to be sent."""
        ...

    def ended(self, entry: Ended, resource: ResourceBaseline | None) -> None:
        """What became of a step, and in the same transaction the baseline of ``entry.address``, at a
        cost that does not depend on the baseline's size. A release that is done takes its project out of the
        baseline, whoever finds out that it is."""
        ...

    def record(self, baseline: Baseline) -> None:
        """Replaces the whole baseline."""
        ...

    def finish(self, finished: Finished, applied: Applied | None) -> None:
        """An apply has come to its end; ``applied`` where every step of its plan is done."""
        ...

    def close(self) -> None:
        """Lets go of connections."""
        ...
