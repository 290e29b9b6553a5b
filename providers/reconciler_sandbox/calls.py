"""The log of calls: one JSON line a call, and the last ones in memory. Never a token.

Must not know what a call means.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

import msgspec

KEPT = 10_000
_LONGEST_INPUT = 65_536
_LONGEST_MESSAGE = 2_000
_TOO_LONG = "(too long for the log)"


class Entry(msgspec.Struct, frozen=True):
    """``time`` is the world's, RFC 3339; ``law`` the region law that refused (``L5``), if one did.
    ``error`` and ``message`` are those of the answer. ``status`` is the platform's own, 0 if it did not
    get as far; ``fault`` what went wrong on demand."""

    time: str
    user: str | None
    route: str
    input: object
    status: int
    error: str | None = None
    message: str | None = None
    law: str | None = None
    fault: str | None = None


class CallLog:
    """Writes to ``path`` and, if asked, to the standard error stream; keeps the last KEPT entries."""

    def __init__(
        self, path: Path | None = None, *, stderr: bool = False, secrets: Collection[str] = ()
    ) -> None:
        """``secrets``: texts that must not show, whatever a caller sends. Raises OSError."""
        self._secrets = tuple(msgspec.json.encode(text)[1:-1] for text in secrets if len(text) >= 6)
        self._kept: deque[bytes] = deque(maxlen=KEPT)
        self._stderr = stderr
        self._file: int | None = None
        self._torn = self._failing = False
        if path is not None:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            # A server that was killed, or had no room, may have left half a line.
            size = os.fstat(self._file).st_size
            self._torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"

    def add(self, entry: Entry) -> None:
        try:
            line = msgspec.json.encode(entry)
        except RecursionError:
            line = msgspec.json.encode(msgspec.structs.replace(entry, input="(too deep for the log)"))
        if len(line) > _LONGEST_INPUT:
            message = _TOO_LONG if len(entry.message or "") > _LONGEST_MESSAGE else entry.message
            line = msgspec.json.encode(msgspec.structs.replace(entry, input=_TOO_LONG, message=message))
        for secret in self._secrets:
            line = line.replace(secret, b"(a token)")
        self._kept.append(line)
        if self._file is not None:
            self._write(self._file, line + b"\n")
        if self._stderr:
            show(line)

    def _write(self, file: int, line: bytes) -> None:
        """The call has been carried out: a disk that is full must not take its answer away."""
        whole = b"\n" + line if self._torn else line
        try:
            self._torn = os.write(file, whole) < len(whole)
            self._failing = False
        except OSError as error:
            if not self._failing:
                show(b"the log of calls cannot be written: " + (error.strerror or "").encode())
            self._failing = True

    def recent(self) -> list[msgspec.Raw]:
        return [msgspec.Raw(line) for line in self._kept]

    def last(self, count: int) -> Iterator[bytes]:
        """The lines of the last calls, the newest first."""
        return islice(reversed(self._kept), count)

    def clear(self) -> None:
        self._kept.clear()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)


def show(line: bytes) -> None:
    """To the standard error stream, if it takes it: a reader that has stopped must not stop us.

    A pipe that counts as writable takes PIPE_BUF bytes at once without waiting.
    """
    try:
        if select.select((), (2,), (), 0)[1]:
            os.write(2, line[: select.PIPE_BUF - 1] + b"\n")
    except OSError:
        return
