"""A ledger's database through SQLAlchemy: how it is opened, and one transaction at a time of it.

Must not know what a lock is; what SQLAlchemy and the drivers raise becomes DiagnosticsError here.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler import durable
from reconciler.ledger import clock, failures, reading, tables
from reconciler.ledger.glance import glance, there
from reconciler.ledger.location import shown, want_url
from reconciler.ledger.reading import Select

_PREPARING = 0x7265636F  # any number of our own: who makes the tables holds PostgreSQL's lock of it
_BUSY_SECONDS = 10.0
_CAREFULLY = """
SELECT set_config('idle_in_transaction_session_timeout', :wait, true),
  set_config('lock_timeout', :wait, true),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit')
    WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, true)
"""
"""For one transaction. Who is stopped in the middle of one is cut off, for it would keep the row of the lock
from everybody; and who waits for that row does not wait for ever."""
_TAKEN = "too many clients"
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
T = TypeVar("T")


class Database(Protocol):
    """Where a ledger is kept. Each method raises DiagnosticsError; Unreachable where it may pass."""

    @property
    def location(self) -> str: ...

    @property
    def shared_clock(self) -> bool:
        """Do all who use it see the same clock, the database's own?"""
        ...

    def prepare(self) -> None:
        """Makes the tables where they are not, or are of an older version."""
        ...

    def read(self, read: Callable[[Select], T], empty: T) -> T:
        """What ``read`` makes of one moment of it; ``empty`` where nothing was ever written."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction; on the disk when the block is left, or undone."""
        ...

    def now(self, select: Select) -> float:
        """The database's clock: seconds since the epoch."""
        ...

    def close(self) -> None: ...


class LocalDatabase:
    """A SQLite file. ``path``: where; its folder is made for its owner alone and ignores itself in git."""

    shared_clock = False

    def __init__(self, path: str) -> None:
        self.location = path
        self._engine = _sqlite(path)
        self._file: tuple[int, int] | None = None

    def prepare(self) -> None:
        self._make()
        self._file = self._identity()
        with self.writing() as connection:
            found = reading.version(selecting(connection))
            _prepare(connection, found, self.location)
            sound = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if sound != "ok":
                raise failures.damaged(self.location, str(sound).rpartition("\n")[2])

    def read(self, read: Callable[[Select], T], empty: T) -> T:
        return glance(self.location, read, empty)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        if self._identity() != self._file:
            raise failures.replaced(self.location)
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as failure:
            raise self._told(failure) from failure
        except reading.DamagedRow as failure:
            raise failures.damaged(self.location, str(failure)) from failure

    def now(self, select: Select) -> float:  # noqa: ARG002 (the machine's clock is the database's)
        return clock.wall()

    def close(self) -> None:
        self._engine.dispose()

    def _told(self, failure: DBAPIError) -> Exception:
        cause = failure.orig
        if isinstance(cause, sqlite3.Error):
            return failures.of_sqlite(cause, self.location, "write")
        return failures.damaged(self.location, str(cause))

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.location)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _make(self) -> None:
        """Puts a whole new ledger there where none is, once, whoever else is about to."""
        folder = os.path.dirname(self.location)
        try:
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
            ignore = os.path.join(folder, ".gitignore")
            if not os.path.lexists(ignore):
                durable.replace(ignore, b"*\n", 0o644)
            if there(self.location):
                return
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                if not there(self.location):
                    self._build(folder)
            finally:
                os.close(handle)
        except OSError as failure:
            raise failures.of_os(failure, self.location, "create") from failure
        except DBAPIError as failure:
            raise self._told(failure) from failure

    def _build(self, folder: str) -> None:
        """Under another name first: a crash leaves no half of a ledger."""
        path = os.path.join(folder, f".ledger.{secrets.token_hex(6)}.tmp")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            engine = _sqlite(path)
            with engine.connect() as connection:
                # It stays so in the file, for every connection that comes after.
                driver = connection.connection.driver_connection
                assert isinstance(driver, sqlite3.Connection)
                driver.execute("PRAGMA journal_mode=WAL")
            with engine.begin() as connection:
                tables.prepare(connection, None, tables.MIGRATIONS)
            engine.dispose()
            # What is left of a ledger that was taken away: SQLite would write it into the new one.
            _unlink(f"{self.location}-wal", f"{self.location}-shm")
            os.replace(path, self.location)
            durable.sync_folder(folder)
        finally:
            _unlink(path, f"{path}-wal", f"{path}-shm")


class SharedDatabase:
    """A PostgreSQL database by its URL. Nothing is kept in a connection: any may be cut, or pooled."""

    shared_clock = True

    def __init__(self, url: str) -> None:
        self.location = shown(url)
        self._url = url
        self._engine = _postgres(want_url(url), self.location)

    def prepare(self) -> None:
        with self.writing() as connection:
            if _found(connection) == reading.VERSION:
                return
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PREPARING})
            _prepare(connection, _found(connection), self.location)

    def read(self, read: Callable[[Select], T], empty: T) -> T:
        with self._transaction("read", isolation_level="REPEATABLE READ") as connection:
            found = _found(connection)
            if found is None:
                return empty
            _want_known(found, self.location)
            return read(selecting(connection))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._transaction("write") as connection:
            connection.execute(text(_CAREFULLY), {"wait": f"{_BUSY_SECONDS * 1000:.0f}"})
            yield connection

    def now(self, select: Select) -> float:
        # Not now(): that is when the transaction began, and it may have waited since.
        return float(select("SELECT extract(epoch FROM clock_timestamp())", {})[0][0])

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _transaction(self, verb: str, **how: Any) -> Iterator[Connection]:
        try:
            with self._connected() as connection:
                if how:
                    connection = connection.execution_options(**how)
                with connection.begin():
                    yield connection
        except DBAPIError as failure:
            told = failures.of_postgres(failure.orig or failure, self._url, self.location, verb)
            if isinstance(told, failures.Unreachable):
                self._engine.dispose()  # the others of the pool go the same way
            raise told from None
        except SQLAlchemyError as failure:
            raise failures.of_postgres(failure, self._url, self.location, verb) from None
        except reading.DamagedRow as failure:
            raise failures.damaged(self.location, str(failure)) from failure

    def _connected(self) -> Connection:
        """A connection; where all are taken, as by many that want one lock, one that comes free soon."""
        for pause in _PAUSES:
            try:
                return self._engine.connect()
            except DBAPIError as failure:
                if _TAKEN not in str(failure.orig):
                    raise
            time.sleep(pause)
        return self._engine.connect()


def _unlink(*paths: str) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            os.unlink(path)


def selecting(connection: Connection) -> Select:
    """The connection in the form that ``reading`` takes."""

    def select(sql: str, parameters: dict[str, Any]) -> list[Any]:
        return list(connection.execute(text(sql), parameters).all())

    return select


def _found(connection: Connection) -> int | None:
    if not inspect(connection).has_table(tables.version.name):
        return None
    return reading.version(selecting(connection))


def _prepare(connection: Connection, found: int | None, location: str) -> None:
    if found is not None:
        _want_known(found, location)
    if found != reading.VERSION:
        tables.prepare(connection, found, tables.MIGRATIONS)


def _want_known(found: int, location: str) -> None:
    if found > reading.VERSION:
        raise failures.newer(location, found, reading.VERSION)


def _sqlite(path: str) -> Engine:
    """Transactions by hand: sqlite3's own begin too late, and could then fail for another's."""

    def connect() -> sqlite3.Connection:
        made = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS, check_same_thread=False)
        made.execute("PRAGMA synchronous=FULL")
        return made

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres(url: str, location: str) -> Engine:
    patience = {"connect_timeout": 5, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
    arguments = {
        **patience,
        "tcp_user_timeout": 10_000,
        "application_name": "reconciler",
        "prepare_threshold": None,  # a pooled connection may be another one at each transaction
    }
    try:
        return create_engine(url, poolclass=QueuePool, pool_pre_ping=True, connect_args=arguments)
    except (SQLAlchemyError, ValueError, TypeError):
        raise failures.malformed(location) from None
