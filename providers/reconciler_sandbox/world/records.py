"""Tables of a world file as records: each is converted by itself, so that an error has its path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from .positions import Step
from .problems import Problem, converted

T = TypeVar("T")


def table(raw: Mapping[str, object], key: str, problems: list[Problem]) -> Mapping[str, object]:
    """The table at ``key``."""
    found = raw.get(key, {})
    if isinstance(found, dict):
        return found
    problems.append(Problem((key,), "must be a table"))
    return {}


def named(
    tables: Mapping[str, object], path: tuple[Step, ...], kind: type[T], problems: list[Problem]
) -> dict[str, T]:
    """One record a key."""
    found = {name: converted(value, kind, (*path, name), problems) for name, value in tables.items()}
    return {name: record for name, record in found.items() if record is not None}


def listed(
    raw: Mapping[str, object], key: str, kind: type[T], problems: list[Problem], path: tuple[Step, ...] = ()
) -> list[T]:
    """The array of tables at ``key`` of the table at ``path``."""
    entries = raw.get(key, [])
    if not isinstance(entries, list):
        problems.append(Problem((*path, key), "must be an array of tables"))
        return []
    found = [converted(entry, kind, (*path, key, index), problems) for index, entry in enumerate(entries)]
    return [record for record in found if record is not None]
