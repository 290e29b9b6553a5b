"""The ledger in plain files under ``.reconciler/`` beside the TOML.

  baseline.json        the baseline of each workspace of the directory, replaced whole
  baseline.new.jsonl   resources set since, one line each; folded into the former at the end of an apply
  journal.jsonl        one line before and one after each call
  lock                 flock; holds who has it

A lock ends with its process, however that ends. Lines are on the disk before a method returns; a
line that a crash cut short is dropped. Readers take no lock, so the order matters in which the
two baseline files are read (new lines first) and written (new lines last).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from typing import Literal, NoReturn, TypeVar

import msgspec
from msgspec import Struct

from reconciler import durable
from reconciler.ledger.records import Applied, Entry, Locked, LockOwner
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.diagnostics import error

FOLDER = ".reconciler"
FORMAT_VERSION = "1.0"
CODE = "ledger"
_MODE = 0o600
_OWNER_WAIT = (0.0, 0.02, 0.1)
"""Seconds between looks at a lock file whose owner has not written its name yet."""

_LOST = (
    "Move it away and run again: the baseline is then empty until the next apply. "
    "Which projects are yours is kept at the platform and is not lost."
)

Record = TypeVar("Record")


class _Head(Struct, frozen=True):
    format_version: str
    kind: str


class _Document(Struct, frozen=True):
    format_version: str
    kind: Literal["baseline"]
    workspaces: dict[str, msgspec.Raw]


class _Line(Struct, frozen=True):
    """A resource of the baseline that was set after the whole was written."""

    workspace: str
    address: str
    resource: ResourceBaseline


class FileLedger:
    """Implements ``reconciler.ledger.Ledger``. ``directory`` is that of the TOML."""

    def __init__(self, directory: str, workspace: str) -> None:
        self._folder = os.path.join(directory, FOLDER)
        self._workspace = workspace
        self._baseline = os.path.join(self._folder, "baseline.json")
        self._lines = os.path.join(self._folder, "baseline.new.jsonl")
        self._journal = os.path.join(self._folder, "journal.jsonl")
        self._lock = os.path.join(self._folder, "lock")
        self._held = False

    @property
    def location(self) -> str:
        return self._folder

    def baseline(self) -> Baseline:
        lines = self._new_lines()
        recorded = self._document().workspaces.get(self._workspace)
        whole = Baseline() if recorded is None else _decode(self._baseline, bytes(recorded), Baseline)
        for line in lines:
            if line.workspace == self._workspace:
                whole.resources[line.address] = line.resource
                whole.forgotten.pop(line.address, None)
        return whole

    def applied(self, plan_id: str) -> Applied | None:
        wanted = msgspec.json.encode(plan_id)
        for line in reversed(_whole_lines(self._journal)):
            if wanted in line and b'"applied"' in line:
                with contextlib.suppress(msgspec.DecodeError):
                    found = msgspec.json.decode(line, type=Applied)
                    if found.plan_id == plan_id:
                        return found
        return None

    @contextlib.contextmanager
    def lock(self, owner: LockOwner) -> Iterator[None]:
        handle = self._open_lock()
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Locked(_owner_in(handle), self._folder) from None
            except OSError as failure:
                _failed("lock", self._lock, failure)
            self._write_owner(handle, msgspec.json.encode(owner) + b"\n")
            self._held = True
            try:
                yield
            finally:
                self._held = False
                with contextlib.suppress(OSError):
                    os.ftruncate(handle, 0)
                    # Said aloud: closing alone leaves it held while a child that is just being
                    # started still shares the handle.
                    fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            os.close(handle)

    def append(self, entry: Entry) -> None:
        self._append(self._journal, msgspec.json.encode(entry))

    def mark_applied(self, applied: Applied) -> None:
        self._append(self._journal, msgspec.json.encode(applied))

    def record_resource(self, address: str, resource: ResourceBaseline) -> None:
        self._append(self._lines, msgspec.json.encode(_Line(self._workspace, address, resource)))

    def record(self, baseline: Baseline) -> None:
        self._want_lock()
        document = self._document()
        mine = msgspec.Raw(msgspec.json.encode(baseline))
        others = self._with_new_lines(document.workspaces)
        whole = _Document(FORMAT_VERSION, "baseline", {**others, self._workspace: mine})
        data = msgspec.json.encode(whole) + b"\n"
        try:
            if data != _bytes(self._baseline):
                durable.replace(self._baseline, data, _MODE)
            if os.path.exists(self._lines):
                os.unlink(self._lines)
                durable.sync_folder(self._folder)
        except OSError as failure:
            _failed("write", self._baseline, failure)

    def _with_new_lines(self, workspaces: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
        """The other workspaces of the directory, with what was set of theirs and not yet folded in."""
        lines = self._new_lines()
        folded = dict(workspaces)
        for name in sorted({line.workspace for line in lines} - {self._workspace}):
            other = FileLedger(os.path.dirname(self._folder), name)
            folded[name] = msgspec.Raw(msgspec.json.encode(other.baseline()))
        return folded

    def _new_lines(self) -> list[_Line]:
        return [_decode(self._lines, line, _Line) for line in _whole_lines(self._lines)]

    def _document(self) -> _Document:
        data = _bytes(self._baseline)
        if data is None:
            return _Document(FORMAT_VERSION, "baseline", {})
        version = _decode(self._baseline, data, _Head).format_version
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            detail = f"It has the format {version}; this version reads {FORMAT_VERSION}. Upgrade reconciler."
            raise error(CODE, f"{self._baseline} was written by another version of reconciler", detail)
        return _decode(self._baseline, data, _Document)

    def _append(self, path: str, line: bytes) -> None:
        self._want_lock()
        try:
            durable.append(path, line, _MODE)
        except OSError as failure:
            _failed("write", path, failure)

    def _want_lock(self) -> None:
        if not self._held:
            raise RuntimeError("the ledger is written without its lock")

    def _open_lock(self) -> int:
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(self._folder, 0o700)
            ignore = os.path.join(self._folder, ".gitignore")
            if not os.path.lexists(ignore):
                durable.replace(ignore, b"*\n", 0o644)
            return os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
        except OSError as failure:
            _failed("create", self._lock, failure)

    def _write_owner(self, handle: int, data: bytes) -> None:
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, data, 0)
            os.fsync(handle)
        except OSError as failure:
            _failed("write", self._lock, failure)


def _owner_in(handle: int) -> LockOwner | None:
    """Who the lock file says has it. Between taking the lock and writing one's name is an instant."""
    for pause in _OWNER_WAIT:
        time.sleep(pause)
        with contextlib.suppress(msgspec.DecodeError, OSError):
            return msgspec.json.decode(os.pread(handle, 4096, 0), type=LockOwner)
    return None


def _bytes(path: str) -> bytes | None:
    """The content of a file of the ledger; None where there is no such file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as failure:
        _failed("read", path, failure)


def _decode(path: str, data: bytes, record: type[Record]) -> Record:
    try:
        return msgspec.json.decode(data, type=record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as failure:
        raise error(CODE, f"{path} is damaged: {failure}", _LOST) from failure


def _whole_lines(path: str) -> list[bytes]:
    """The lines that end in a line end: a crash may have cut the last one short."""
    return (_bytes(path) or b"").split(b"\n")[:-1]


def _failed(verb: str, path: str, failure: OSError) -> NoReturn:
    detail = "reconciler keeps its lock, journal and baseline there; make it readable and writable for you."
    raise error(CODE, f"cannot {verb} {path}: {failure.strerror or failure}", detail) from failure
