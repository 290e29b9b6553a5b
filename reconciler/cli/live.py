"""Files that are written while things happen, a whole line at a time: what reads along sees the last one.

What a command has begun is added to until it ends, also by the error that ends it. Must not know what a
line says.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable

from reconciler.cli.stop import unwritten
from reconciler.model.diagnostics import DiagnosticsError

_under_way: dict[str, DiagnosticsError | None] = {}
"""The files of the command that runs, and what went wrong with each."""

_HOW = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
"""A pipe that nobody reads is an error at once: an apply that waited would keep its lock for ever."""


def begin() -> None:
    """A command begins: it has written nothing yet."""
    _under_way.clear()


def is_under_way(path: str) -> bool:
    """Has this command begun that file?"""
    return path in _under_way


def add(path: str, lines: Iterable[str]) -> None:
    """Add lines with their line ends; the first ones take the place of what was there.

    Raises DiagnosticsError, and from then on each time: after a gap nothing more is written.
    """
    earlier = _under_way.get(path)
    if earlier is not None:
        raise earlier
    fresh = 0 if path in _under_way else os.O_TRUNC
    _under_way[path] = None
    try:
        handle = os.open(path, _HOW | fresh, 0o600)
        try:
            os.set_blocking(handle, True)
            for line in lines:
                _whole(handle, line.encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)
    except OSError as failure:
        trouble = _under_way[path] = unwritten(path, failure)
        raise trouble from failure


def _whole(handle: int, line: bytes) -> None:
    """All of the line, or nothing where that can be taken back."""
    written = 0
    try:
        while written < len(line):
            written += os.write(handle, line[written:])
    except BaseException:
        if written:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, os.fstat(handle).st_size - written)
        raise
