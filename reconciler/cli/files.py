"""The files of ``--write``: which may be named, whether they can be written, and writing them.

Must not know what stands in them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.cli import exitcodes, live
from reconciler.cli.stop import stop
from reconciler.model.diagnostics import DiagnosticsError, error

CODE = "output-file"


def is_desired_state(path: str) -> bool:
    """Would it be read as part of a workspace?"""
    return path.endswith(".toml")


def want_apart(paths: Sequence[str], beside: Iterable[str | None] = ()) -> None:
    """Raises Stop (64) for a path that would be read as desired state, and for one that is given twice, or is
    in ``beside``: what is written first would be lost."""
    places = Counter(map(os.path.realpath, (*paths, *filter(None, beside))))
    for path in paths:
        if is_desired_state(path):
            raise _named(path, "it would be read as desired state")
        if places[os.path.realpath(path)] > 1:
            raise _named(path, "it is named twice")


def _named(path: str, why: str) -> Exception:
    return stop(exitcodes.USAGE, CODE, f"{path} is not written: {why}", "Name another file with --write.")


def want_writable(path: str) -> None:
    """Raises DiagnosticsError where it is known already that nothing can be written there."""
    from reconciler import durable

    try:
        durable.want_writable(path)
    except OSError as failure:
        raise _trouble(path, failure) from failure


def save(path: str, pieces: Iterable[str]) -> None:
    """Make the pieces the content of the file, one at a time, or its end where this command tells there what
    happens. Raises DiagnosticsError."""
    if live.is_under_way(path):
        live.add(path, pieces)
        return
    from reconciler import durable

    try:
        durable.stream(path, (piece.encode("utf-8", "backslashreplace") for piece in pieces))
    except OSError as failure:
        raise _trouble(path, failure) from failure


def _trouble(path: str, failure: OSError) -> DiagnosticsError:
    return error(CODE, f"cannot write {path}: {failure.strerror or failure}")
