"""The ledger in a database, as everybody else sees it.

SQLAlchemy is imported when something is written, or read from a server; never to read a local file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from reconciler.ledger import reading
from reconciler.ledger.glance import glance
from reconciler.ledger.location import shown, want_url
from reconciler.ledger.reading import Select
from reconciler.ledger.records import Applied, Ended, Finished, Intent, LockOwner, OpenCall, Run, Started
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.report import Seen

if TYPE_CHECKING:
    from reconciler.ledger.database import Database
    from reconciler.ledger.held import Held

T = TypeVar("T")


class KeptLedger:
    """Implements ``reconciler.ledger.Ledger``. ``path`` is that of the local file, used where ``url``
    is None; ``lease_seconds``: how long the lock holds after each renewal. Raises DiagnosticsError for
    a URL of another kind."""

    def __init__(self, path: str, url: str | None, workspace: str, lease_seconds: float) -> None:
        self._path = path
        self._url = url
        self._workspace = workspace
        self._lease_seconds = lease_seconds
        self._held: Held | None = None
        if url is not None:
            want_url(url)

    @property
    def location(self) -> str:
        return self._path if self._url is None else shown(self._url)

    def baseline(self) -> Baseline:
        return self._read(lambda select: reading.baseline(select, self._workspace), Baseline())

    def applied(self, plan_id: str) -> Applied | None:
        return self._read(lambda select: reading.applied(select, self._workspace, plan_id), None)

    def open_calls(self) -> tuple[OpenCall, ...]:
        return self._read(lambda select: reading.open_calls(select, self._workspace), ())

    def history(self, most: int) -> tuple[Run, ...]:
        return self._read(lambda select: reading.history(select, self._workspace, most), ())

    def steps_of(self, run: str) -> tuple[Ended | Intent, ...]:
        return self._read(lambda select: reading.steps_of(select, self._workspace, run), ())

    def seen(self) -> Seen | None:
        return self._read(lambda select: reading.seen(select, self._workspace), None)

    def remember(self, seen: Seen) -> None:
        from reconciler.ledger import writing

        self._database.prepare()
        with self._database.writing() as connection:
            writing.remembered(self._workspace, seen)(connection)

    @contextmanager
    def lock(self, owner: LockOwner) -> Iterator[None]:
        from reconciler.ledger import lease
        from reconciler.ledger.held import Held

        taken = lease.take(self._database, self._workspace, owner, self._lease_seconds)
        self._held = Held(self._database, taken)
        try:
            yield
        finally:
            held, self._held = self._held, None
            held.release()

    def unlock(self, lock_id: str) -> LockOwner:
        from reconciler.ledger import lease

        return lease.unlock(self._database, self._workspace, lock_id)

    def want_lock(self) -> None:
        self._want_held().want()

    def begin(self, started: Started) -> None:
        held = self._want_held()
        from reconciler.ledger import writing

        held.write(writing.begun(self._workspace, started))

    def append(self, intent: Intent) -> None:
        held = self._want_held()
        from reconciler.ledger import writing

        held.write(writing.intended(self._workspace, intent))

    def ended(self, entry: Ended, resource: ResourceBaseline | None) -> None:
        held = self._want_held()
        from reconciler.ledger import writing

        held.write(writing.ended(self._workspace, entry, resource))

    def record(self, baseline: Baseline) -> None:
        held = self._want_held()
        from reconciler.ledger import writing

        held.write(writing.recorded(self._workspace, baseline))

    def finish(self, finished: Finished, applied: Applied | None) -> None:
        held = self._want_held()
        from reconciler.ledger import writing

        held.write(writing.finished(self._workspace, finished, applied))

    def close(self) -> None:
        if "_database" in self.__dict__:
            self._database.close()

    def _read(self, read: Callable[[Select], T], empty: T) -> T:
        if self._url is None:
            return glance(self._path, read, empty)
        return self._database.read(read, empty)

    @cached_property
    def _database(self) -> Database:
        from reconciler.ledger.database import LocalDatabase, SharedDatabase

        return LocalDatabase(self._path) if self._url is None else SharedDatabase(self._url)

    def _want_held(self) -> Held:
        if self._held is None:
            raise RuntimeError("the ledger is written without its lock")
        return self._held
