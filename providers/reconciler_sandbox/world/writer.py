"""Writing TOML for people: one key a line, nested tables indented. Must not know what it says.

Of the writers at hand one keeps comments and takes seconds a megabyte, the other writes null as a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


class Moment(Struct, frozen=True):
    """A time in ms since the Unix epoch, in the years that TOML can write (1 to 9999)."""

    ms: int


def header(*path: str, repeated: bool = False, depth: int = 0) -> str:
    """``[a.b]``, or ``[[a.b]]`` where an array of tables goes on."""
    name = ".".join(map(key, path))
    return "  " * depth + (f"[[{name}]]" if repeated else f"[{name}]")


def lines(table: Mapping[str, object], depth: int = 0) -> Iterator[str]:
    """``key = value`` of every value that is not None."""
    indent = "  " * depth
    for name, found in table.items():
        if found is None:
            continue
        text = _block(found) if isinstance(found, str) and "\n" in found else None
        yield f"{indent}{key(name)} = {value(found) if text is None else text}"


def key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def value(found: object) -> str:
    """On one line. Raises TypeError for what TOML has not."""
    match found:
        case str():
            return _string(found)
        case bool():
            return "true" if found else "false"
        case int() | float():
            return repr(found)
        case Moment():
            return _moment(found.ms)
        case Mapping():
            pairs = [f"{key(name)} = {value(item)}" for name, item in found.items()]
            return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
        case Iterable():
            return f"[{', '.join(map(value, found))}]"
    raise TypeError(f"TOML has no {type(found).__name__}")


def _moment(ms: int) -> str:
    text = (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text.removesuffix(".000") + "Z"


def _string(text: str) -> str:
    """What does not print is escaped: names come from whoever made the world."""
    if text.isprintable():
        if '"' not in text and "\\" not in text:
            return f'"{text}"'
        if "'" not in text:
            return f"'{text}'"
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _block(text: str) -> str | None:
    """Several lines as they are, where they can be read so; else None."""
    if "'''" in text or text.endswith("'") or not text.replace("\n", "").isprintable():
        return None
    return f"'''\n{text}'''"
