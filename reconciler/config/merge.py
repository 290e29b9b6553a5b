"""Lays the tables of several files over each other. Must not know lines.

A table of resources is merged key by key, an array of tables is joined, all else may be written once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal, TypeAlias, get_origin, get_type_hints

from msgspec import Struct

from reconciler.config.issue import Path
from reconciler.model.desired import Document

Raw: TypeAlias = Mapping[str, object]


class Clash(Struct, frozen=True):
    """The same path in two files (their indexes)."""

    path: Path
    first: int
    second: int


class Merged(Struct, frozen=True):
    """``offsets``: array of tables → how many entries each file has. ``whole`` is False where a table
    was not of the shape that it must have and was left out."""

    raw: dict[str, object]
    offsets: dict[str, list[int]]
    clashes: tuple[Clash, ...]
    whole: bool


@cache
def _shapes() -> dict[str, Literal["table", "array", "single"]]:
    shapes: dict[str, Literal["table", "array", "single"]] = {}
    for name, hint in get_type_hints(Document).items():
        kind = get_origin(hint)
        shapes[name] = "table" if kind is dict else "array" if kind is tuple else "single"
    return shapes


def merge(files: Sequence[Raw]) -> Merged:
    """All files as one; of a clash the first is kept."""
    merging = _Merging(files)
    return Merged(merging.raw, merging.offsets, tuple(merging.clashes), merging.whole)


class _Merging:
    def __init__(self, files: Sequence[Raw]) -> None:
        self.raw: dict[str, object] = {}
        self.offsets: dict[str, list[int]] = {}
        self.clashes: list[Clash] = []
        self.whole = True
        self._files = files
        for index, file in enumerate(files):
            for key, value in file.items():
                self._add(index, key, value)

    def _add(self, index: int, key: str, value: object) -> None:
        shape = _shapes().get(key, "single")
        if shape == "table" and isinstance(value, dict):
            self._add_table(index, key, value)
        elif shape == "array" and isinstance(value, list):
            counts = self.offsets.setdefault(key, [0] * len(self._files))
            counts[index] = len(value)
            before = self.raw.get(key)
            self.raw[key] = [*before, *value] if isinstance(before, list) else value
        elif shape != "single":
            self.whole = False
        elif key in self.raw:
            self._clash((key,), index)
        else:
            self.raw[key] = value

    def _add_table(self, index: int, key: str, table: dict[str, object]) -> None:
        before = self.raw.get(key)
        if not isinstance(before, dict):
            # The file's own table is not changed: it may be looked at again.
            self.raw[key] = dict(table) if len(self._files) > 1 else table
            return
        for twice in sorted(before.keys() & table.keys()):
            self._clash((key, twice), index)
        self.raw[key] = {**table, **before} if before.keys() & table.keys() else _extended(before, table)

    def _clash(self, path: Path, index: int) -> None:
        first = next(at for at, file in enumerate(self._files) if _has(file, path))
        self.clashes.append(Clash(path, first, index))


def _extended(table: dict[str, object], more: dict[str, object]) -> dict[str, object]:
    table.update(more)
    return table


def _has(file: Raw, path: Path) -> bool:
    at: object = file
    for key in path:
        if not isinstance(at, dict) or key not in at:
            return False
        at = at[key]
    return True
