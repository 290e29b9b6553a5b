"""A unified diff of two texts that have the same tables, in time that grows with their length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeAlias

_CONTEXT = 3
_NO_NEWLINE = "\\ No newline at end of file"

_Opcode: TypeAlias = tuple[str, int, int, int, int]


def unified(name: str, before: str, after: str) -> Iterator[str]:
    """Its lines, without line ends."""
    old, new = _lines(before), _lines(after)
    yield f"--- {name}"
    yield f"+++ {name}"
    for group in _ByTable(None, old, new).get_grouped_opcodes(_CONTEXT):
        yield f"@@ -{_span(group[0][1], group[-1][2])} +{_span(group[0][3], group[-1][4])} @@"
        for tag, start, end, then, until in group:
            if tag == "equal":
                yield from _marked(" ", old[start:end])
            else:
                yield from _marked("-", old[start:end])
                yield from _marked("+", new[then:until])


class _ByTable(SequenceMatcher[str]):
    """Looks for what two texts share table by table: over a whole estate at once, the search would take time
    that grows with the square of its length."""

    def set_seqs(self, old: Sequence[str], new: Sequence[str]) -> None:
        # Nothing is indexed yet: that is done for each table.
        self._old, self._new = old, new

    def get_opcodes(self) -> list[_Opcode]:  # type: ignore[override]  # the same, with any word as a tag
        starts, others = _tables(self._old), _tables(self._new)
        if len(starts) != len(others):
            starts, others = [0, len(self._old)], [0, len(self._new)]
        found: list[_Opcode] = []
        for (at, to), (then, until) in zip(pairwise(starts), pairwise(others), strict=True):
            for tag, *span in SequenceMatcher(None, self._old[at:to], self._new[then:until]).get_opcodes():
                now = (tag, span[0] + at, span[1] + at, span[2] + then, span[3] + then)
                if found and found[-1][0] == tag == "equal":
                    now = (tag, found[-1][1], now[2], found[-1][3], now[4])
                    found.pop()
                found.append(now)
        return found


def _lines(text: str) -> list[str]:
    """Each with its line end, if it has one."""
    *lines, rest = text.split("\n")
    return [line + "\n" for line in lines] + ([rest] if rest else [])


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield mark + line.removesuffix("\n")
        if not line.endswith("\n"):
            yield _NO_NEWLINE


def _tables(lines: Sequence[str]) -> list[int]:
    """Where each table begins, between the beginning and the end of the text."""
    return [0, *(row for row, line in enumerate(lines) if row and line.lstrip().startswith("[")), len(lines)]


def _span(start: int, end: int) -> str:
    length = end - start
    return f"{start + 1 if length else start},{length}"
