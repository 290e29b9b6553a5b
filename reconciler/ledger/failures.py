"""What goes wrong with a ledger, in words: where it is kept, why, and what to do about it."""

from __future__ import annotations

import errno
import sqlite3

from reconciler.ledger.location import without_password
from reconciler.ledger.records import LOCK_LOST
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, error

CODE = "ledger"

_WRITABLE = "reconciler keeps its lock, journal and baseline there; make it readable and writable for you."
_DAMAGED = (
    "Move it away and run again: baseline and history are then empty until the next apply. "
    "Which projects are yours is kept at the platform and is not lost."
)
_ROOM = "Make room there (see df, quota and ulimit -f), then run the same command again."
_REACH = "Look that the server runs, and that this machine may reach it; then run the same command again."

_SQLITE: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_PERM: ("permission denied", _WRITABLE),
    sqlite3.SQLITE_READONLY: ("it is read-only", _WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", _WRITABLE),
    sqlite3.SQLITE_FULL: ("the disk is full", _ROOM),
    sqlite3.SQLITE_IOERR: ("the disk does not answer as it should", "Look after the disk, then run again."),
    sqlite3.SQLITE_CORRUPT: ("it is damaged", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("it is damaged: this is no SQLite database", _DAMAGED),
    sqlite3.SQLITE_ERROR: ("it is damaged", _DAMAGED),
}
_REFUSED_WRITE = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMSIZE)
"""SQLite calls a disk full only where the system says so in one certain way: not at a quota, nor for a file
that it shares with other processes."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

_CUT = ("08", "57P", "53", "40", "25P03", "55P03")
"""Classes of PostgreSQL's errors that may pass: connection lost, server stopping or starting, too many
connections, a conflict with another transaction, one that took too long. None
at all: the connection broke."""


class Unreachable(DiagnosticsError):
    """The ledger does not answer now, but may later."""


def of_sqlite(failure: sqlite3.Error, path: str, verb: str) -> DiagnosticsError:
    """Why SQLite could not ``verb`` the file."""
    extended = getattr(failure, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & 0xFF
    if code in _BUSY:
        detail = "Another run of reconciler is writing to it. Run the same command again."
        return Unreachable((Diagnostic("error", CODE, f"cannot {verb} {path}: it is busy", detail),))
    if extended in _REFUSED_WRITE:
        why = "the disk or a quota is full, or the disk fails"
        return error(CODE, f"cannot {verb} {path}: {why}", _ROOM)
    if code in _SQLITE:
        why, advice = _SQLITE[code]
        told = f"{why} ({failure})" if code == sqlite3.SQLITE_ERROR else why
        return error(CODE, f"cannot {verb} {path}: {told}", advice)
    return error(CODE, f"cannot {verb} {path}: {failure}", _WRITABLE)


def of_postgres(failure: BaseException, url: str, location: str, verb: str) -> DiagnosticsError:
    """Why PostgreSQL could not be reached or would not ``verb``. The password is in no word of it."""
    state = getattr(failure, "sqlstate", None)
    said = without_password(_first_line(failure), url)
    summary = f"cannot {verb} the ledger {location}: {said}"
    if state in ("28P01", "28000") or "authentication failed" in said or "no password supplied" in said:
        detail = "Set the right password: in the URL, in PGPASSWORD, or in the file ~/.pgpass."
        return error(CODE, summary, detail)
    if state == "3D000" or ("database" in said and "does not exist" in said):
        return error(CODE, summary, "Create the database (createdb), or name another one in the URL.")
    if state in ("42501", "3F000"):
        return error(CODE, summary, "Give its user the right to create tables there and to write to them.")
    if state == "25006":
        return error(CODE, summary, "This server takes no writes: name the primary one in the URL.")
    if state is None or state.startswith(_CUT):
        return Unreachable((Diagnostic("error", CODE, summary, _REACH),))
    return error(CODE, summary, "Look that its tables (reconciler_…) are as reconciler has made them.")


def of_os(failure: OSError, path: str, verb: str) -> DiagnosticsError:
    """Why a file or folder of the ledger could not be used."""
    advice = _ROOM if failure.errno in _NO_ROOM else _WRITABLE
    return error(CODE, f"cannot {verb} {path}: {failure.strerror or failure}", advice)


def no_file(path: str, kind: str) -> DiagnosticsError:
    """Something else stands where the file should be."""
    return error(CODE, f"cannot read {path}: it is {kind}, not a file", "Move it away, then run again.")


def damaged(location: str, why: str) -> DiagnosticsError:
    """What is kept there is no ledger."""
    return error(CODE, f"the ledger {location} is damaged: {why}", _DAMAGED)


def newer(location: str, found: int, known: int) -> DiagnosticsError:
    """It has tables that this version does not know."""
    detail = f"It has the version {found}; this one reads and writes up to {known}. Upgrade reconciler."
    return error(CODE, f"the ledger {location} was written by a newer version of reconciler", detail)


def replaced(path: str) -> DiagnosticsError:
    """What was written would be lost with the file."""
    detail = "Somebody removed or replaced it while it was in use. Nothing more is sent; run again."
    return error(LOCK_LOST, f"cannot write {path}: it is not the file that was opened", detail)


def lost(location: str, why: str) -> DiagnosticsError:
    """This process may no longer write, nor send anything."""
    detail = "Nothing more is sent. Run the same command again: what is open is looked up first."
    return error(LOCK_LOST, f"the lock of {location} was lost: {why}", detail)


def _first_line(failure: BaseException) -> str:
    text = str(failure).strip() or type(failure).__name__
    return " ".join(text.partition("\n")[0].split())


def malformed(location: str) -> DiagnosticsError:
    """A URL that cannot be taken apart."""
    detail = 'It should look like "postgresql://user@host:5432/database".'
    return error(CODE, f"cannot open the ledger {location}: this is no PostgreSQL URL", detail)
