"""The files of ``--write``: which may be named, whether they can be written, and writing them; and which
may be named with ``-o``.

Must not know what stands in them.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.cli import exitcodes, live
from reconciler.cli.stop import UNWRITTEN, Stop, stop, unwritten

_DESIRED = "it would be read as desired state"


def is_desired_state(path: str) -> bool:
    """Would it be read as part of a workspace?"""
    return path.endswith(".toml")


def want_apart(paths: Sequence[str], beside: Iterable[str | None] = ()) -> None:
    """Raises Stop (64) for a path that would be read as desired state, and for one that is given twice, or is
    in ``beside``: what is written first would be lost."""
    places = Counter(map(os.path.realpath, (*paths, *filter(None, beside))))
    for path in paths:
        if is_desired_state(path):
            raise _elsewhere(UNWRITTEN, path, _DESIRED, "--write")
        if places[os.path.realpath(path)] > 1:
            raise _elsewhere(UNWRITTEN, path, "it is named twice", "--write")


def _elsewhere(code: str, path: str, why: str, option: str) -> Stop:
    return stop(exitcodes.USAGE, code, f"{path} is not written: {why}", f"Name another file with {option}.")


def want_ours(path: str, what: str) -> None:
    """Raises Stop (64) for a path of ``-o`` that would be read as desired state, or where something else lies
    than such a document; ``what`` is its name: a saved plan."""
    from reconciler import planfile

    if is_desired_state(path):
        why = _DESIRED
    elif os.path.exists(path) and not planfile.is_plan_file(path):
        why = f"it is no {what}"
    else:
        return
    raise _elsewhere("out", path, why, "-o")


def want_writable(path: str) -> None:
    """Raises DiagnosticsError where it is known already that nothing can be written there."""
    from reconciler import durable

    try:
        durable.want_writable(path)
    except OSError as failure:
        raise unwritten(path, failure) from failure


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
        raise unwritten(path, failure) from failure
