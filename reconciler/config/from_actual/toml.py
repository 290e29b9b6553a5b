"""Text as TOML in the canonical layout. Written line by line: an estate may have 100 000 projects.

Strings come from other people: what could act on who reads the file is escaped. ``toml``, ``tomllib`` and
``rtoml`` read it alike, so a quote and a backslash are never written by their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from reconciler.config.layout import WIDTH
from reconciler.config.statements import BARE
from reconciler.model.harmless import safe

_LINE_END = "\n"


class Pair(Struct, frozen=True):
    """``key = value``."""

    key: str
    value: str | bool | tuple[str, ...]


class Comment(Struct, frozen=True):
    """A remark in a table, on a line of its own."""

    text: str


Entry = Pair | Comment


def string(text: str) -> str:
    """A basic string."""
    return '"' + safe(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def comment(text: str) -> str:
    """A line that says ``text``, whatever is in it."""
    return f"# {safe(text)}"


def header(*path: str) -> str:
    """The header of the table at that path."""
    return "[" + ".".join(name if BARE.fullmatch(name) else string(name) for name in path) + "]"


def paragraph(head: str | None, entries: Iterable[Entry], above: Iterable[str] = ()) -> str:
    """A table, or the keys at the top of a file (``head`` None), with remarks ``above`` it; without the line
    end behind it."""
    written = tuple(entries)
    width = max((len(entry.key) for entry in written if isinstance(entry, Pair)), default=0)
    lines = [*map(comment, above), *([] if head is None else [head])]
    lines += [_pair(entry, width) if isinstance(entry, Pair) else comment(entry.text) for entry in written]
    return _LINE_END.join(lines)


def document(paragraphs: Iterable[str]) -> str:
    """A file: one blank line between paragraphs."""
    return "\n\n".join(paragraphs) + _LINE_END


def _pair(pair: Pair, width: int) -> str:
    key = f"{pair.key:{width}} = "
    if isinstance(pair.value, tuple):
        return key + _list(pair.value, len(key))
    return key + (string(pair.value) if isinstance(pair.value, str) else str(pair.value).lower())


def _list(items: tuple[str, ...], column: int) -> str:
    flat = f"[{', '.join(map(string, items))}]"
    return flat if column + len(flat) <= WIDTH else _LINE_END.join(_tall(items))


def _tall(items: tuple[str, ...]) -> Iterator[str]:
    yield "["
    for item in items:
        yield f"  {string(item)},"
    yield "]"
