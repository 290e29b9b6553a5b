"""What is wrong with a world file: collected with the path of its key, worded with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, SourceRange

from .positions import Place, Step, locate

T = TypeVar("T")

_CODE = "world"


class WorldError(DiagnosticsError):
    """A world file that cannot be used. The message has one line ``file:line:column: what`` an error."""

    def __str__(self) -> str:
        return "\n".join(_line(diagnostic) for diagnostic in self.diagnostics)


def wrong(path: Path, what: str, text: str = "", place: Place | None = None) -> WorldError:
    """A file that is wrong as a whole, or at one place."""
    return WorldError((_diagnostic(path, text, place, what),))


class Problem(msgspec.Struct, frozen=True):
    path: tuple[Step, ...]
    message: str


def worded(path: Path, text: str, problems: list[Problem]) -> WorldError:
    return WorldError(tuple(_told(path, text, problem) for problem in problems))


def _told(path: Path, text: str, problem: Problem) -> Diagnostic:
    named = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in problem.path)
    what = f"{named.removeprefix('.')}: {problem.message}" if named else problem.message
    # What is missing at the top has no place of its own.
    place = locate(text, problem.path) or (Place(1, 1) if problem.path == ("format",) else None)
    return _diagnostic(path, text, place, what)


def _diagnostic(path: Path, text: str, place: Place | None, what: str) -> Diagnostic:
    if place is None:
        return Diagnostic("error", _CODE, f"{path}: {what}")
    # Lines as editors count them: str.splitlines knows more ends than TOML.
    snippet = text.split("\n")[place.line - 1].removesuffix("\r")
    return Diagnostic(
        "error", _CODE, what, None, SourceRange(str(path), place.line, place.column, 1, snippet)
    )


def _line(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    where = f"{source.file}:{source.line}:{source.column}: " if source else ""
    return where + diagnostic.summary


_AT = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def converted(raw: object, kind: type[T], path: tuple[Step, ...], problems: list[Problem]) -> T | None:
    """The record, or None and a problem whose path says which key is wrong."""
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        problems.append(_problem(str(error), path))
        return None


def _problem(message: str, path: tuple[Step, ...]) -> Problem:
    at = _AT.search(message)
    if at is not None:
        message = message[: at.start()]
        path = (*path, *_steps(at["path"]))
    unknown = _UNKNOWN.search(message)
    if unknown is not None:
        key = unknown[1]
        return Problem((*path, key), "not supported yet" if key == "objects" else "unknown key")
    return Problem(path, message)


def _steps(path: str) -> Iterator[Step]:
    for key, index in _STEP.findall(path):
        yield key or int(index)
