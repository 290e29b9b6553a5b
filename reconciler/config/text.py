"""The text of one file: its lines, and places in it as they are shown."""

from __future__ import annotations

import re
from functools import cached_property

from reconciler.model.diagnostics import SourceRange

BOM = b"\xef\xbb\xbf"
_WORD = re.compile(r"[^\s,\[\]{}#=]+|\S")


class Text:
    """``data`` without its byte order mark. ``bad_byte`` is the offset of the first that is not UTF-8;
    then ``decoded`` has a replacement character there, so that the rest can still be judged."""

    def __init__(self, shown: str, data: bytes) -> None:
        self.shown = shown
        data = data.removeprefix(BOM)
        self.bad_byte: int | None = None
        try:
            self.decoded = data.decode("utf-8")
        except UnicodeDecodeError as problem:
            self.bad_byte = problem.start
            self.bad_line = data.count(b"\n", 0, problem.start)
            start = data.rfind(b"\n", 0, problem.start) + 1
            self.bad_column = len(data[start : problem.start].decode("utf-8", "replace"))
            self.decoded = data.decode("utf-8", "replace")

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends; TOML knows no line end but LF and CR LF."""
        return [line.removesuffix("\r") for line in self.decoded.split("\n")]

    def word_at(self, row: int, column: int) -> SourceRange:
        """The place (both from 0), marking the word that begins there."""
        row = min(row, len(self.lines) - 1)
        line = self.lines[row]
        column = min(column, len(line))
        word = _WORD.match(line, column)
        return SourceRange(self.shown, row + 1, column + 1, len(word.group()) if word else 1, line)

    def span(self, start: tuple[int, int], end: tuple[int, int]) -> SourceRange:
        """The place between two points (row, column in bytes); of several lines the first is marked."""
        line = self.lines[start[0]]
        first = self._column(start)
        last = self._column(end) if end[0] == start[0] else len(line)
        return SourceRange(self.shown, start[0] + 1, first + 1, max(1, last - first), line)

    def _column(self, point: tuple[int, int]) -> int:
        line = self.lines[point[0]]
        return point[1] if line.isascii() else len(line.encode()[: point[1]].decode("utf-8", "replace"))
