"""What is wrong with a world file: collected with the path of its key, worded with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import inspect

from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, SourceRange

from .json_values import read as read_json
from .positions import Place, Places, Step

T = TypeVar("T")

_CODE = "world"


class WorldError(DiagnosticsError):
    """A world file that cannot be used. The message has one line ``file:line:column: what`` an error."""

    def __str__(self) -> str:
        return "\n".join(_line(diagnostic) for diagnostic in self.diagnostics)


def wrong(path: Path, what: str, text: str = "", place: Place | None = None) -> WorldError:
    """A file that is wrong as a whole, or at one place."""
    return WorldError((_diagnostic(path, text.split("\n"), place, what),))


class Problem(msgspec.Struct, frozen=True):
    path: tuple[Step, ...]
    message: str


def worded(path: Path, text: str, problems: list[Problem]) -> WorldError:
    # Lines as editors count them: str.splitlines knows more ends than TOML.
    places, lines = Places(text), text.split("\n")
    return WorldError(tuple(_told(path, lines, places, problem) for problem in problems))


def _told(path: Path, lines: Sequence[str], places: Places, problem: Problem) -> Diagnostic:
    named = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in problem.path)
    what = f"{named.removeprefix('.')}: {problem.message}" if named else problem.message
    # What is missing at the top has no place of its own.
    place = places.of(problem.path) or (Place(1, 1) if problem.path == ("format",) else None)
    return _diagnostic(path, lines, place, what)


def _diagnostic(path: Path, lines: Sequence[str], place: Place | None, what: str) -> Diagnostic:
    if place is None:
        return Diagnostic("error", _CODE, f"{path}: {what}")
    snippet = lines[place.line - 1].removesuffix("\r")
    return Diagnostic(
        "error", _CODE, what, None, SourceRange(str(path), place.line, place.column, 1, snippet)
    )


def _line(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    where = f"{source.file}:{source.line}:{source.column}: " if source else ""
    return where + diagnostic.summary


_AT = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_PART = re.compile(r"\.([^.\[\]]+)|\[[^\]]*\]")
"""One step down: the name of a field, or empty for one of many."""
_NO_SUCH = "Invalid enum value "
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def converted(raw: object, kind: type[T], path: tuple[Step, ...], problems: list[Problem]) -> T | None:
    """The record, or None and a problem whose path says which key is wrong."""
    try:
        return msgspec.convert(raw, kind, dec_hook=read_json)
    except msgspec.ValidationError as error:
        problems.append(_problem(str(error), path, kind))
        return None


def _problem(message: str, path: tuple[Step, ...], kind: object) -> Problem:
    at = _AT.search(message)
    if at is not None:
        message = message[: at.start()]
        if message.startswith(_NO_SUCH):
            choices = ", ".join(_choices(inspect.type_info(kind), _PART.findall(at["path"])))
            message = f"{message.removeprefix(_NO_SUCH)} is none of {choices}"
        path = (*path, *_steps(at["path"]))
    unknown = _UNKNOWN.search(message)
    if unknown is not None:
        return Problem((*path, unknown[1]), "unknown key")
    return Problem(path, message)


def _choices(kind: inspect.Type, parts: Sequence[str]) -> list[str]:
    """The texts that can be written there; ``parts`` lead to it."""
    match kind:
        case inspect.UnionType():
            return [text for one in kind.types for text in _choices(one, parts)]
        case inspect.LiteralType() if not parts:
            return [f'"{value}"' for value in kind.values]
        case inspect.StructType() if parts:
            return [
                text
                for field in kind.fields
                if field.encode_name == parts[0]
                for text in _choices(field.type, parts[1:])
            ]
        case inspect.DictType() if parts:
            return _choices(kind.value_type, parts[1:])
        case inspect.CollectionType() if parts:
            return _choices(kind.item_type, parts[1:])
        case _:
            return []


def _steps(path: str) -> Iterator[Step]:
    for key, index in _STEP.findall(path):
        yield key or int(index)
