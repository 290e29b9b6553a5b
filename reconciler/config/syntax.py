"""Every syntax error of a text at once.

The reader stops at its first error. The syntax tree goes on, but has no words. So the tree tells
which statements are wrong, and the reader is asked about each of them alone what is wrong with it;
then the rest is read without them, so that other errors in the same file come in the same run.
Must not know what any key means.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from reconciler.config.issue import Path, dotted
from reconciler.config.lost import Lost, behind_headers
from reconciler.config.positions import Positions, parse

if TYPE_CHECKING:
    from tree_sitter import Node

HOLE: Final = "broken-header-"
"""Stands in for a header that could not be read: what follows must not count as the table before."""

_PLACE = re.compile(r" at line (\d+) column (\d+)$")
_STATEMENT = re.compile(
    r"""\s*(?:\[|(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'))*\s*=)"""
)
_WINDOW = 50
"""Rows that are read together at first: a file full of errors is not read again for each of them."""

_EFFORT = 40_000_000
"""How many characters are read again at most, whatever the number of errors."""


class Flaw(Struct, frozen=True):
    """A syntax error; row and column count from 0. ``first`` is the row of the other definition."""

    row: int
    column: int
    message: str
    first: int | None = None


class Recovered(Struct, frozen=True):
    """``raw`` is what could be read without the flawed statements, ``text`` the text that it was read
    from, with the same lines at the same places, and ``lost`` what was left out."""

    raw: dict[str, object]
    text: str
    flaws: tuple[Flaw, ...] = ()
    lost: Lost = Lost()


def read(text: str) -> dict[str, object] | Flaw:
    """The text's tables, or its first error."""
    import rtoml

    try:
        raw: dict[str, object] = rtoml.loads(text)
    except ValueError as problem:
        return _flaw(str(problem))
    return raw


def recover(text: str) -> Recovered:
    """Every error of a text that cannot be read, and what is left without them."""
    return _Recovery(text).result()


class _Recovery:
    def __init__(self, text: str) -> None:
        self._before = [line.removesuffix("\r") for line in text.split("\n")]
        self._lines = list(self._before)
        self._effort = max(_EFFORT, 4 * len(text))
        self._flaws: list[Flaw] = []
        self._holes = 0
        self._root = parse(text)

    def result(self) -> Recovered:
        for first, last in list(_broken(self._root)):
            self._segment(first, last)
        raw = self._rest()
        flaws = tuple(sorted(self._flaws, key=lambda flaw: (flaw.row, flaw.column)))
        if raw is None:
            return Recovered(
                {}, "", flaws, Lost(behind_headers(self._before, repeat(True, len(self._before))))
            )
        return Recovered(raw, "\n".join(self._lines), flaws, Lost(behind_headers(self._before, self._lost())))

    def _lost(self) -> Iterator[bool]:
        """Per line: was it blanked, or does it stand below a header that was?"""
        below_hole = False
        for before, now in zip(self._before, self._lines, strict=True):
            if now.startswith("["):
                below_hole = now.startswith("[" + HOLE)
            yield below_hole or before != now

    def _segment(self, first: int, last: int) -> None:
        """Rows that the tree calls broken: tell each error in them once, and blank them."""
        row = first
        while row <= last:
            end = min(row + _WINDOW - 1, last)
            flaw = self._read(row, end)
            while flaw is not None and flaw.row >= end and end < last:
                # Perhaps wrong only because a statement was cut in two.
                end = min(end + end - row + 1, last)
                flaw = self._read(row, end)
            row = end + 1 if flaw is None else self._told(row, flaw, last)

    def _told(self, start: int, flaw: Flaw, last: int) -> int:
        """Record a flaw of the rows from ``start``; returns the row to go on with."""
        if "duplicate" in flaw.message:
            # Told with its name when the rest is read.
            return flaw.row + 1
        begin = max((row for row in range(start, flaw.row + 1) if self._begins(row)), default=start)
        if begin == flaw.row and begin > start:
            # The statement before may be the one that was never closed.
            before = max((row for row in range(start, begin) if self._begins(row)), default=start)
            earlier = self._read(before, begin - 1)
            if earlier is not None:
                self._flaws.append(earlier)
                self._blank(before, begin - 1)
                return begin
        self._flaws.append(flaw)
        self._blank(begin, flaw.row)
        if begin == flaw.row:
            return flaw.row + 1
        after = flaw.row + 1
        while after <= last and not self._begins(after):
            self._blank(after, after)
            after += 1
        return after

    def _rest(self) -> dict[str, object] | None:
        """Read what is left; what the tree lets pass (a key twice, a day that is none) comes up here."""
        while True:
            text = "\n".join(self._lines)
            outcome = read(text)
            if not isinstance(outcome, Flaw):
                return {key: value for key, value in outcome.items() if not key.startswith(HOLE)}
            self._effort -= len(text)
            flaw = self._placed(outcome)
            if flaw.row >= len(self._lines) or not self._lines[flaw.row].strip():
                self._flaws += () if self._flaws else (flaw,)
                return None
            if "duplicate" in flaw.message:
                flaw = _named(flaw, text)
            self._flaws.append(flaw)
            self._blank(*self._statement(flaw.row))
            if self._effort < 0:
                return None

    def _read(self, first: int, last: int) -> Flaw | None:
        """What is wrong with some rows, read alone."""
        text = "\n".join(self._lines[first : last + 1])
        self._effort -= len(text)
        if self._effort < 0:
            return None
        outcome = read(text)
        if not isinstance(outcome, Flaw):
            return None
        return Flaw(min(outcome.row + first, last), outcome.column, outcome.message)

    def _placed(self, flaw: Flaw) -> Flaw:
        """The reader gives no place for some errors: look for the statement that has it."""
        if flaw.row >= 0:
            return flaw
        for first, last in self._spans:
            alone = read("\n".join(self._lines[first : last + 1]))
            if isinstance(alone, Flaw):
                return Flaw(first, 0, flaw.message)
        return Flaw(0, 0, flaw.message)

    def _begins(self, row: int) -> bool:
        return _STATEMENT.match(self._lines[row]) is not None

    def _statement(self, row: int) -> tuple[int, int]:
        """First and last row of the statement that the row belongs to."""
        at = bisect_right(self._spans, (row, len(self._lines))) - 1
        return self._spans[at] if at >= 0 and self._spans[at][1] >= row else (row, row)

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return list(_statements(self._root))

    def _blank(self, first: int, last: int) -> None:
        for row in range(first, min(last, len(self._lines) - 1) + 1):
            opening = self._lines[row].lstrip()
            if opening.startswith("[") and not opening.startswith("[" + HOLE):
                self._holes += 1
                self._lines[row] = f"[{HOLE}{self._holes}]"
            else:
                self._lines[row] = ""


def _flaw(message: str) -> Flaw:
    place = _PLACE.search(message)
    words = message[: place.start()] if place else message
    words = words.removeprefix("ValueError: ").removesuffix(", expected literal string")
    if "recursion" in words or "recurse" in words:
        words = "nested too deeply"
    if place is None:
        return Flaw(-1, 0, words)
    return Flaw(int(place[1]) - 1, int(place[2]) - 1, words)


def _named(flaw: Flaw, text: str) -> Flaw:
    """A key or table that is written twice: which one, and where the first is."""
    positions = Positions(text)
    path: Path | None = positions.path_at(flaw.row)
    if path is None:
        return flaw
    rows = (hit.start[0] for hit in positions.every(path) if hit.depth == len(path))
    first = min((row for row in rows if row < flaw.row), default=None)
    return flaw if first is None else Flaw(flaw.row, flaw.column, f"{dotted(path)} is also defined", first)


def _broken(root: Node) -> Iterator[tuple[int, int]]:
    """Row spans of the statements that the tree calls wrong, in order, joined where they touch."""
    spans: list[tuple[int, int]] = []
    for node in _wrong_statements(root):
        first, last = _rows(node)
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    yield from spans


def _wrong_statements(root: Node) -> Iterator[Node]:
    if root.is_error:
        yield root
        return
    for node in root.children:
        if not node.has_error and not node.is_missing:
            continue
        if node.type in ("table", "table_array_element"):
            inner = [child for child in node.children if child.has_error or child.is_missing]
            yield from inner or (node,)
        else:
            yield node


def _statements(root: Node) -> Iterator[tuple[int, int]]:
    """Row spans of every header and pair, in order."""
    for node in root.named_children:
        if node.type in ("table", "table_array_element"):
            yield node.start_point[0], node.start_point[0]
            yield from (_rows(child) for child in node.named_children[1:] if child.type == "pair")
        elif node.type == "pair":
            yield _rows(node)


def _rows(node: Node) -> tuple[int, int]:
    first, last = node.start_point[0], node.end_point[0]
    return first, last - 1 if node.end_point[1] == 0 and last > first else last
