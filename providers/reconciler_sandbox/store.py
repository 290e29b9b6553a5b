"""Where a world is kept: a SQLite file that every effect is written through to, or nothing at all.

One transaction a call, on the disk before the call is answered. Must not know the laws, nor HTTP.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, TypeVar, assert_never

import msgspec

from reconciler_sandbox.faults.record import Fault
from reconciler_sandbox.laws.effects import Drop, Effect, Put
from reconciler_sandbox.laws.records import (
    OTHERS,
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Job,
    Nonce,
    Org,
    Project,
    Record,
    Region,
    Series,
    User,
)
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.model import Clock, Token, World

_KINDS: Mapping[str, type[Record]] = {
    "user": User,
    "org": Org,
    "project": Project,
    "container": Container,
    "object": DataObject,
    "copy": Copy,
    "content": Content,
    "app": App,
    "series": Series,
    "job": Job,
    "nonce": Nonce,
}
_KIND_OF: Mapping[type[object], str] = {record: kind for kind, record in _KINDS.items()}

R = TypeVar("R", bound=Record)

_FORMAT = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS head (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
  kind TEXT, id TEXT, value BLOB NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
"""
_TABLES = {"head", "record"}
_PUT = "INSERT OR REPLACE INTO record VALUES (?, ?, ?)"


class StoreError(Exception):
    """The database file cannot be used; the message names it and says what to do."""


class Head(msgspec.Struct, frozen=True):
    """What a world is besides its records. ``source``: SHA-256 of the world file it came from."""

    format: int
    seed: int
    switches: Switches
    regions: dict[str, Region]
    tokens: tuple[Token, ...]
    source: str
    faults: tuple[Fault, ...] = ()


class Store(Protocol):
    @property
    def id(self) -> str:
        """Random, fixed for the life of the state: names it in plans, whatever the port."""
        ...

    def load(self) -> World | None:
        """The kept world; None if there is none yet."""
        ...

    def source(self) -> str | None: ...

    def seed(self, world: World, source: str) -> None:
        """Replace everything by this world."""
        ...

    def save(self, effects: Iterable[Effect], clock: Clock, issued: int) -> None:
        """Raises StoreError; then nothing has been kept."""
        ...

    def close(self) -> None: ...


class Memory:
    """Keeps nothing: the state is thrown away with the process."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)

    def load(self) -> World | None:
        return None

    def source(self) -> str | None:
        return None

    def seed(self, world: World, source: str) -> None:
        """There is nothing to write."""

    def save(self, effects: Iterable[Effect], clock: Clock, issued: int) -> None:
        """There is nothing to write."""

    def close(self) -> None:
        """There is nothing to close."""


def peek(path: Path) -> World | None:
    """The world that a database file keeps, whoever holds it: as it is after one call and before the
    next. None if there is none yet. Raises StoreError."""
    if not path.is_file():
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        with contextlib.closing(connection):
            connection.execute("BEGIN")
            _refuse_foreign(connection, path)
            return _kept(connection, path)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


class Database:
    """A SQLite file, held by one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError: the file is in use by another server, or is not ours."""
        self.path = path
        self._lock = _hold(path)
        try:
            self._connection = _opened(path)
            self.id = self._own_id()
        except (sqlite3.Error, StoreError) as error:
            os.close(self._lock)
            raise _unusable(path, error) from None

    def _own_id(self) -> str:
        row = self._connection.execute("SELECT value FROM head WHERE key = 'id'").fetchone()
        if row is not None:
            return str(row[0])
        fresh = secrets.token_hex(8)
        self._write_head("id", fresh)
        return fresh

    def _write_head(self, key: str, value: object) -> None:
        self._connection.execute("INSERT OR REPLACE INTO head VALUES (?, ?)", (key, value))

    def source(self) -> str | None:
        head = _head(self._connection, self.path)
        return None if head is None else head.source

    def load(self) -> World | None:
        return _kept(self._connection, self.path)

    def seed(self, world: World, source: str) -> None:
        encode = msgspec.msgpack.Encoder().encode
        head = Head(_FORMAT, world.seed, world.switches, world.regions, world.tokens, source, world.faults)
        rows = ((_KIND_OF[type(record)], record.id, encode(record)) for record in world.everything())
        self._begin()
        try:
            self._connection.execute("DELETE FROM record")
            self._connection.executemany(_PUT, rows)
            self._write_head("world", msgspec.json.encode(head))
            self._commit(world.clock, world.issued)
        except sqlite3.Error as error:
            raise self._undone(error) from None
        except BaseException:
            self._undo()
            raise

    def save(self, effects: Iterable[Effect], clock: Clock, issued: int) -> None:
        self._begin()
        try:
            for effect in effects:
                self._write(effect)
            self._commit(clock, issued)
        except sqlite3.Error as error:
            raise self._undone(error) from None
        except BaseException:
            # What cannot be encoded must not leave a transaction open, which no later write gets past.
            self._undo()
            raise

    def _begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from None

    def _commit(self, clock: Clock, issued: int) -> None:
        self._write_head("clock", msgspec.json.encode(clock))
        self._write_head("issued", issued)
        self._connection.execute("COMMIT")

    def _undone(self, error: sqlite3.Error) -> StoreError:
        self._undo()
        return StoreError(f"{self.path}: {error}")

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _write(self, effect: Effect) -> None:
        record = effect.record
        kind = _KIND_OF[type(record)]
        match effect:
            case Put():
                self._connection.execute(_PUT, (kind, record.id, msgspec.msgpack.encode(record)))
            case Drop():
                self._connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, record.id))
            case _:
                assert_never(effect)

    def close(self) -> None:
        self._connection.close()
        os.close(self._lock)


def _head(connection: sqlite3.Connection, path: Path) -> Head | None:
    row = connection.execute("SELECT value FROM head WHERE key = 'world'").fetchone()
    if row is None:
        return None
    try:
        head = msgspec.json.decode(row[0], type=Head)
    except msgspec.DecodeError:
        head = None
    if head is None or head.format != _FORMAT:
        raise StoreError(f"{path}: written by another version; `reconciler sandbox reset` starts over")
    return head


def _kept(connection: sqlite3.Connection, path: Path) -> World | None:
    head = _head(connection, path)
    if head is None:
        return None
    values = dict(connection.execute("SELECT key, value FROM head"))
    return World(
        seed=head.seed,
        clock=msgspec.json.decode(values["clock"], type=Clock),
        switches=head.switches,
        regions=head.regions,
        tokens=head.tokens,
        users={user.id: user for user in _records(connection, User)},
        orgs={org.id: org for org in _records(connection, Org)},
        projects=list(_records(connection, Project)),
        records=[record for kind in OTHERS for record in _records(connection, kind)],
        issued=int(values["issued"]),
        faults=head.faults,
    )


def _records(connection: sqlite3.Connection, record: type[R]) -> Iterator[R]:
    decode = msgspec.msgpack.Decoder(record).decode
    query = "SELECT value FROM record WHERE kind = ?"
    for (value,) in connection.execute(query, (_KIND_OF[record],)):
        yield decode(value)


def lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _hold(path: Path) -> int:
    """Take the lock of the database file; its content is the holder's process id."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(handle, 32, 0).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise StoreError(
            f"{path}: in use by another server (process {holder}); only one can serve it"
        ) from None
    try:
        os.truncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except OSError as error:
        os.close(handle)
        raise StoreError(f"{path}: {error.strerror}") from None
    return handle


def _opened(path: Path) -> sqlite3.Connection:
    """Raises StoreError, sqlite3.Error; what another program has written stays as it is."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise StoreError(f"{path}: is not a regular file; name another one")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _refuse_foreign(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Raises StoreError if the database has tables, but not those of a world."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and not tables >= _TABLES:
        raise StoreError(f"{path}: a database of another program; name another file")


def _unusable(path: Path, error: Exception) -> StoreError:
    """A wrong path is likelier than a broken file, so nobody is told to remove what may be precious."""
    if isinstance(error, StoreError):
        return error
    return StoreError(f"{path}: {error}; name another file, or remove it if it was a state of this platform")
