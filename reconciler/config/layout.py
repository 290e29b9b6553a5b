"""The canonical layout of a TOML text: what ``fmt`` makes of it and what this tool writes itself.

One blank line before each table, at most one elsewhere; the equals signs of a paragraph in one column, and
so the comments behind its values; an array on one line where that fits, else an item a line. Comments, the
order of everything and the spelling of values stay, but that a string needs no single quotes and a key no
quotes. Must not know what any key means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from reconciler.config.statements import (
    BARE,
    Array,
    Blank,
    Comment,
    Header,
    Inline,
    Item,
    Key,
    Pair,
    Part,
    Scalar,
    Statement,
    Value,
    statements,
)

WIDTH: Final = 100
"""Columns of a line up to which an array stays on it."""

_INDENT: Final = "  "

_Paragraph: TypeAlias = list[Comment | Header | Pair]


def canonical(text: str) -> str:
    """The text, which the reader has accepted, in its canonical layout; twice is the same as once. Raises
    Unfit."""
    blocks = ["\n".join(_lines(paragraph)) for paragraph in _paragraphs(statements(text))]
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _paragraphs(found: Iterable[Statement]) -> Iterator[_Paragraph]:
    """What is written without a blank line between. A header begins one, with the comments right above it;
    none comes between it and its first key."""
    now: _Paragraph = []
    ended = False
    for statement in found:
        if isinstance(statement, Blank):
            ended = True
            continue
        if isinstance(statement, Header) and not ended:
            above = _comments_at_end(now)
            if above < len(now):
                yield from _some(now[: len(now) - above])
                now = now[len(now) - above :]
        elif ended and not (isinstance(statement, Pair) and now and isinstance(now[-1], Header)):
            yield from _some(now)
            now = []
        now.append(statement)
        ended = False
    yield from _some(now)


def _some(paragraph: _Paragraph) -> Iterator[_Paragraph]:
    if paragraph:
        yield paragraph


def _comments_at_end(paragraph: _Paragraph) -> int:
    count = 0
    while count < len(paragraph) and isinstance(paragraph[-1 - count], Comment):
        count += 1
    return count


def _lines(paragraph: _Paragraph) -> Iterator[str]:
    keys = {id(one): _key(one.key) for one in paragraph if isinstance(one, Pair)}
    width = max(map(len, keys.values()), default=0)
    texts = [
        f"{keys[id(one)]:{width}} = {_value(one.value, width + 3)}" if isinstance(one, Pair) else _other(one)
        for one in paragraph
    ]
    column = max(
        (len(text) for one, text in zip(paragraph, texts, strict=True) if _aligned(one, text)), default=0
    )
    for one, text in zip(paragraph, texts, strict=True):
        comment = "" if isinstance(one, Comment) else one.comment
        if not comment:
            yield text
        else:
            yield f"{text:{column}}  {comment}" if _aligned(one, text) else f"{text}  {comment}"


def _aligned(statement: Statement, text: str) -> bool:
    """Does it have a comment that stands in the column of its paragraph?"""
    return isinstance(statement, Pair) and bool(statement.comment) and "\n" not in text


def _other(statement: Comment | Header) -> str:
    if isinstance(statement, Comment):
        return statement.text
    key = _key(statement.key)
    return f"[[{key}]]" if statement.repeated else f"[{key}]"


def _key(key: Key) -> str:
    return ".".join(map(_part, key))


def _part(part: Part) -> str:
    if part.text[0] not in "\"'":
        return part.text
    name = part.name
    return name if BARE.fullmatch(name) else _scalar(part.text)


def _value(value: Value, column: int, indent: str = "") -> str:
    """A value that begins in that column of a line with that indent."""
    flat = _flat(value)
    if flat is not None and (column + len(flat) <= WIDTH or not isinstance(value, Array)):
        return flat
    match value:
        case Scalar():
            return _scalar(value.text)
        case Inline():
            return _braces([f"{_key(pair.key)} = {_value(pair.value, 0, indent)}" for pair in value.pairs])
        case Array():
            items = (f"{line}\n" for item in value.items for line in _item(item, indent + _INDENT))
            return f"[\n{''.join(items)}{indent}]"


def _item(item: Item, indent: str) -> Iterator[str]:
    text = "" if item.value is None else _value(item.value, len(indent), indent) + ","
    yield indent + "  ".join(part for part in (text, item.comment) if part)


def _flat(value: Value) -> str | None:
    """The value on one line; None where a comment or a string of several lines within keeps it from that."""
    match value:
        case Scalar():
            return None if "\n" in value.text else _scalar(value.text)
        case Inline():
            found = [(f"{_key(pair.key)} = ", _flat(pair.value)) for pair in value.pairs]
            pairs = [key + text for key, text in found if text is not None]
            return _braces(pairs) if len(pairs) == len(found) else None
        case Array():
            texts = [_flat(item.value) for item in value.items if item.value is not None and not item.comment]
            items = [text for text in texts if text is not None]
            return f"[{', '.join(items)}]" if len(items) == len(value.items) else None


def _braces(pairs: list[str]) -> str:
    return f"{{ {', '.join(pairs)} }}" if pairs else "{}"


def _scalar(text: str) -> str:
    """A string without single quotes, unless they spare it an escape."""
    literal = text[0] == "'" and not text.startswith("'''")
    return f'"{text[1:-1]}"' if literal and not set(text) & {'"', "\\"} else text
