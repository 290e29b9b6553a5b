"""What stands in the parts of a file that could not be read: nothing there may be called missing.

Goes by words alone, since the syntax is wrong. Must not know what the words mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from reconciler.config.issue import Path

_WORD = re.compile(r"[\w:@-]+")


class Lost:
    """``lines`` are the lines that could not be read, each behind the header that it stands under."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines = tuple(lines)

    def may_have(self, path: Path) -> bool:
        """Does one of the lines have every word of the path?"""
        if not self._lines:
            return False
        words = [word for step in path if isinstance(step, str) for word in _WORD.findall(step)]
        found = [self._by_word.get(word, frozenset()) for word in words]
        return bool(found) and bool(frozenset.intersection(*found))

    @cached_property
    def _by_word(self) -> dict[str, frozenset[int]]:
        rows: dict[str, set[int]] = {}
        for row, line in enumerate(self._lines):
            for word in _WORD.findall(line):
                rows.setdefault(word, set()).add(row)
        return {word: frozenset(where) for word, where in rows.items()}


def behind_headers(lines: Iterable[str], is_lost: Iterable[bool]) -> Iterator[str]:
    """The lines that are lost, each behind the header above it."""
    header = ""
    for line, lost in zip(lines, is_lost, strict=True):
        if line.lstrip().startswith("["):
            header = line
        if lost:
            yield f"{header} {line}"
