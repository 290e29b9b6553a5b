"""What is wrong with a world file: collected with the path of its key, worded with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from .positions import Step, locate

T = TypeVar("T")


class WorldError(Exception):
    """A world file that cannot be used. The message has one line ``file:line:column: what`` an error."""


class Problem(msgspec.Struct, frozen=True):
    path: tuple[Step, ...]
    message: str


def worded(path: Path, text: str, problems: list[Problem]) -> WorldError:
    return WorldError("\n".join(_line(path, text, problem) for problem in problems))


def _line(path: Path, text: str, problem: Problem) -> str:
    place = locate(text, problem.path)
    where = f"{path}:{place.line}:{place.column}" if place is not None else str(path)
    named = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in problem.path)
    return f"{where}: {named.removeprefix('.')}: {problem.message}"


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
