"""The log of calls: one JSON line a call, and the last ones in memory. Never a token.

Must not know what a call means.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Collection
from pathlib import Path

import msgspec

KEPT = 10_000
_LONGEST_INPUT = 65_536


class Entry(msgspec.Struct, frozen=True):
    """``time`` is the world's, RFC 3339; ``law`` the region law that refused (``L5``), if one did."""

    time: str
    user: str | None
    route: str
    input: object
    status: int
    error: str | None = None
    law: str | None = None


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
        if path is not None:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def add(self, entry: Entry) -> None:
        line = msgspec.json.encode(entry)
        if len(line) > _LONGEST_INPUT:
            line = msgspec.json.encode(msgspec.structs.replace(entry, input="(too long for the log)"))
        for secret in self._secrets:
            line = line.replace(secret, b"(a token)")
        self._kept.append(line)
        if self._file is not None:
            os.write(self._file, line + b"\n")
        if self._stderr:
            _show(line)

    def recent(self) -> list[msgspec.Raw]:
        return [msgspec.Raw(line) for line in self._kept]

    def clear(self) -> None:
        self._kept.clear()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)


def _show(line: bytes) -> None:
    """To the standard error stream, if it takes it: a reader that has stopped must not stop us.

    A pipe that counts as writable takes PIPE_BUF bytes at once without waiting.
    """
    try:
        if select.select((), (2,), (), 0)[1]:
            os.write(2, line[: select.PIPE_BUF - 1] + b"\n")
    except OSError:
        return
