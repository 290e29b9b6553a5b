"""Reading a local ledger with nothing but Python's own sqlite3: ``plan`` must not pay for SQLAlchemy.

Takes no lock and writes nothing; a ledger that is not there is empty.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from reconciler.ledger import failures, reading
from reconciler.ledger.reading import Select

_WAIT = 10.0
"""Seconds to wait for a writer that is just tidying up."""

T = TypeVar("T")


def glance(path: str, read: Callable[[Select], T], empty: T) -> T:
    """What ``read`` makes of the ledger at ``path``; ``empty`` where there is none. Raises
    DiagnosticsError."""
    if not there(path):
        return empty
    try:
        with _opened(path) as select:
            found = reading.version(select)
            if found is None:
                return empty
            if found > reading.VERSION:
                raise failures.newer(path, found, reading.VERSION)
            return read(select)
    except sqlite3.Error as failure:
        raise failures.of_sqlite(failure, path, "read") from failure
    except reading.DamagedRow as failure:
        raise failures.damaged(path, str(failure)) from failure


def there(path: str) -> bool:
    """Is there a ledger? An empty file is none. Raises DiagnosticsError where that cannot be told, and for
    what is no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return False
    except OSError as failure:
        raise failures.of_os(failure, path, "read") from failure
    if not stat.S_ISREG(found.st_mode):
        raise failures.no_file(path, "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe")
    return found.st_size > 0


@contextmanager
def _opened(path: str) -> Iterator[Select]:
    """One moment of the ledger: what is committed meanwhile is not seen."""
    try:
        connection = _connect(path, "mode=ro")
    except sqlite3.OperationalError:
        if _written(f"{path}-wal"):
            raise
        # In a folder that we may not write to, or on a full disk, SQLite cannot share; but nobody writes now.
        connection = _connect(path, "mode=ro&immutable=1")
    with closing(connection):

        def select(sql: str, parameters: dict[str, Any]) -> list[Any]:
            return connection.execute(sql, parameters).fetchall()

        yield select


def _written(wal: str) -> bool:
    try:
        return os.stat(wal).st_size > 0
    except OSError:
        return False


def _connect(path: str, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(path)}?{how}", uri=True, isolation_level=None, timeout=_WAIT)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except BaseException:
        connection.close()
        raise
    return connection
