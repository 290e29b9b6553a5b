"""A TOML text as the statements that a person wrote, comments and blank lines among them.

Only for texts that the reader has accepted: nothing is judged here, and what a statement means is not
known either. Offsets count characters of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from msgspec import Struct

BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_PART: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_SPACE: Final = re.compile(r"[ \t\r]*")
_COMMENT: Final = re.compile(r"#[^\r\n]*")
_SCALAR: Final = re.compile(
    r'''
      """ (?: \\. | [^\\] )*? "{3,5}
    | \'\'\' .*? '{3,5}
    | " (?: [^"\\\n] | \\. )* "
    | ' [^'\n]* '
    | \d{4}-\d\d-\d\d [ ] \d\d:[^\s,\[\]{}#]*
    | [^\s,\[\]{}#"'=]+
    ''',
    re.VERBOSE | re.DOTALL,
)


class Unfit(Exception):
    """A statement that is no TOML 1.0, at an offset of the text."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class Part(Struct, frozen=True, gc=False):
    """One part of a key as it is written, quotes included; ``start`` is its offset."""

    text: str
    start: int

    @property
    def name(self) -> str:
        """What it stands for."""
        if self.text[0] not in "\"'":
            return self.text
        if self.text[0] == "'" or "\\" not in self.text:
            return self.text[1:-1]
        import rtoml

        key: str = rtoml.loads(f"key = {self.text}")["key"]
        return key


Key: TypeAlias = tuple[Part, ...]


class Scalar(Struct, frozen=True, gc=False):
    """A string, number, boolean, date or time, as it is written."""

    text: str
    start: int


class Item(Struct, frozen=True, gc=False):
    """A line's worth of an array: a value with the comment behind it, or a comment alone."""

    value: Value | None
    comment: str = ""


class Array(Struct, frozen=True, gc=False):
    items: tuple[Item, ...]


class Inline(Struct, frozen=True, gc=False):
    """An inline table."""

    pairs: tuple[Pair, ...]


class Blank(Struct, frozen=True, gc=False):
    """A line with nothing on it."""


class Comment(Struct, frozen=True, gc=False):
    """A line with nothing but a comment."""

    text: str


class Header(Struct, frozen=True, gc=False):
    """``[key]``, or ``[[key]]`` where it is ``repeated``."""

    key: Key
    repeated: bool
    start: int
    comment: str = ""


class Pair(Struct, frozen=True, gc=False):
    """``key = value`` with the comment behind it."""

    key: Key
    value: Value
    comment: str = ""


Value: TypeAlias = Scalar | Array | Inline
Statement: TypeAlias = Blank | Comment | Header | Pair


def statements(text: str) -> Iterator[Statement]:
    """The statements of a text without a byte order mark, in order. Raises Unfit."""
    return _Scanner(text).statements()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def statements(self) -> Iterator[Statement]:
        while True:
            self._skip(_SPACE)
            if self._at == len(self._text):
                return
            yield self._statement()
            self._skip(_SPACE)
            if self._at < len(self._text):
                self._want("\n")

    def _statement(self) -> Statement:
        match self._text[self._at]:
            case "\n":
                return Blank()
            case "#":
                return Comment(self._comment())
            case "[":
                return self._header()
            case _:
                pair = self._pair()
                return Pair(pair.key, pair.value, self._comment())

    def _header(self) -> Header:
        start, repeated = self._at, self._text.startswith("[[", self._at)
        self._at += 2 if repeated else 1
        key = self._key()
        self._want("]]" if repeated else "]")
        return Header(key, repeated, start, self._comment())

    def _pair(self) -> Pair:
        key = self._key()
        self._want("=")
        self._skip(_SPACE)
        return Pair(key, self._value())

    def _key(self) -> Key:
        parts: list[Part] = []
        while True:
            self._skip(_SPACE)
            start = self._at
            parts.append(Part(self._match(_PART), start))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return tuple(parts)
            self._at += 1

    def _value(self) -> Value:
        match self._text[self._at : self._at + 1]:
            case "[":
                self._at += 1
                return Array(tuple(self._items()))
            case "{":
                self._at += 1
                return Inline(tuple(self._pairs()))
            case _:
                start = self._at
                return Scalar(self._match(_SCALAR), start)

    def _items(self) -> Iterator[Item]:
        value: Value | None = None
        while True:
            self._skip(_SPACE)
            mark = self._text[self._at : self._at + 1]
            if mark == "#":
                yield Item(value, self._comment())
                value = None
            elif mark == ",":
                self._at += 1
            else:
                if value is not None:
                    yield Item(value)
                    value = None
                if mark in "\n]":
                    self._at += 1
                else:
                    value = self._value()
            if mark == "]":
                return

    def _pairs(self) -> Iterator[Pair]:
        while True:
            self._skip(_SPACE)
            match self._text[self._at : self._at + 1]:
                case "}":
                    self._at += 1
                    return
                case ",":
                    self._at += 1
                case "\n" | "#":
                    raise Unfit(self._at, "an inline table is written on one line, without comments")
                case _:
                    yield self._pair()

    def _comment(self) -> str:
        self._skip(_SPACE)
        found = _COMMENT.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group().rstrip()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise Unfit(self._at, "this is not understood")
        self._at = found.end()
        return found.group()

    def _want(self, mark: str) -> None:
        if not self._text.startswith(mark, self._at):
            raise Unfit(self._at, f"{'the end of the line' if mark == chr(10) else mark} was expected")
        self._at += len(mark)
