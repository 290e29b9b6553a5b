"""Writes files of a workspace anew: all of them or none. Must not know what is changed in them, nor why."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence

from msgspec import Struct

from reconciler import durable
from reconciler.config.files import File
from reconciler.model.diagnostics import DiagnosticsError, error


class Rewritten(Struct, frozen=True):
    """A file and what it is to hold."""

    file: File
    data: bytes

    @property
    def changed(self) -> bool:
        return self.data != self.file.data


def write(rewritten: Sequence[Rewritten]) -> None:
    """Write those that have changed; each keeps its permissions. Raises DiagnosticsError where one cannot be
    written; the others are then as they were."""
    done: list[Rewritten] = []
    for one in rewritten:
        if not one.changed:
            continue
        try:
            _replace(one.file.path, one.data)
        except OSError as problem:
            for before in done:
                with contextlib.suppress(OSError):
                    _replace(before.file.path, before.file.data)
            raise _not_written(one.file, problem) from None
        done.append(one)


def _replace(path: str, data: bytes) -> None:
    durable.replace(path, data, stat.S_IMODE(os.stat(path).st_mode))


def _not_written(file: File, problem: OSError) -> DiagnosticsError:
    why = problem.strerror or str(problem)
    return error("not-written", f'"{file.shown}" cannot be written: {why}', "No file was changed.")
