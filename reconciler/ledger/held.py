"""A ledger whose lock is held: every write, and the heartbeat that keeps the lock.

Each transaction begins with a renewal of the lease: it is refused where the lock was lost, and nothing
of it is then written. A connection that is cut, or a server that starts again, is waited for as long as
the lease lasts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection

from reconciler.ledger import clock, failures, lease
from reconciler.ledger.database import Database
from reconciler.ledger.groups import GroupWriter
from reconciler.ledger.lease import Lease
from reconciler.ledger.records import LOCK_LOST
from reconciler.ledger.writing import Work
from reconciler.model.diagnostics import DiagnosticsError

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


class Held:
    """From the taking of the lock to ``release``. May be used by several threads at once."""

    def __init__(self, database: Database, taken: Lease) -> None:
        self._database = database
        self._lease = taken
        self._renewed_at = taken.taken_at
        self._lost: DiagnosticsError | None = None
        self._over = threading.Event()
        self._writer: GroupWriter[Work] = GroupWriter(self._commit)
        self._heart = threading.Thread(target=self._beat, name="ledger lease", daemon=True)
        self._heart.start()

    def write(self, work: Work) -> None:
        """Returns once it is on the disk. Raises DiagnosticsError."""
        if not self._writer.write(work, patience=2 * self._lease.seconds):
            raise failures.lost(self._database.location, "the ledger does not answer")

    def want(self) -> None:
        """Raises DiagnosticsError (``lock-lost``) unless the lock is surely ours at this moment."""
        if self._lost is not None:
            raise self._lost
        since = clock.ticks() - self._renewed_at
        if since >= self._lease.seconds:
            raise failures.lost(self._database.location, f"it could not be renewed for {since:.0f} s")

    def release(self) -> None:
        """Gives the lock back. Where that fails it ends by itself: with the lease, or this process."""
        self._over.set()
        with suppress(DiagnosticsError):
            if self._lost is None:
                self.write(lambda connection: lease.give_back(connection, self._lease))
        self._writer.stop(self._lease.seconds)
        self._heart.join(self._lease.seconds)

    def _beat(self) -> None:
        while not self._over.wait(self._lease.seconds / 3) and self._lost is None:
            with suppress(DiagnosticsError):
                self.write(_nothing)

    def _commit(self, works: Sequence[Work]) -> None:
        """In the writer's thread."""
        pause = _FIRST_PAUSE
        while True:
            if self._lost is not None:
                raise self._lost
            try:
                self._transact(works)
                return
            except failures.Unreachable:
                if clock.ticks() - self._renewed_at >= self._lease.seconds:
                    raise
            except DiagnosticsError as failure:
                if failure.diagnostics[0].code == LOCK_LOST:
                    self._lost = failure
                raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _transact(self, works: Sequence[Work]) -> None:
        asked_at = clock.ticks()
        with self._database.writing() as connection:
            lease.renew(connection, self._database, self._lease)
            for work in works:
                work(connection)
        self._renewed_at = asked_at


def _nothing(_connection: Connection) -> None:
    """A heartbeat: the transaction itself renews."""
