"""Pieces that the text views share: colour, wrapped prose, numbers, times, the first line."""

from __future__ import annotations

import datetime
import textwrap
from collections.abc import Iterable, Iterator
from typing import TypeVar

from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import Header, Next, Style

T = TypeVar("T")

INDENT = " " * 6
LABEL = 10  # width of "because", "instead", "region" and their gap

_COLOURS = {
    "+": "32",
    "~": "33",
    "=": "36",
    "@": "35",
    ">": "34",
    "|": "34",
    "!": "31",
    "?": "33",
    ".": "2",
    "error": "31",
    "warning": "33",
    "strong": "1",
    "faint": "2",
}


def paint(style: Style, role: str, text: str) -> str:
    """``text`` in the colour of a symbol or role, where colour is wanted."""
    return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if style.colour else text


def grouped(number: int) -> str:
    """A number in groups of three: ``4 182``."""
    return f"{number:,}".replace(",", " ")


def count(number: int, noun: str, many: str | None = None) -> str:
    """``1 project``, ``4 182 projects``."""
    return f"{grouped(number)} {noun if number == 1 else many or noun + 's'}"


def moment(style: Style, stamp: str, whole: bool = False) -> str:
    """An RFC 3339 time in UTC as a person reads it: time of day, or with ``whole`` the date too."""
    try:
        when = datetime.datetime.fromisoformat(stamp)
    except ValueError:
        return safe(stamp)
    zone = " UTC"
    if style.local_time:
        when, zone = when.astimezone(), ""
    return when.strftime("%Y-%m-%d %H:%M" if whole else "%H:%M:%S") + zone


def prose(style: Style, text: str, first: str, then: str | None = None) -> Iterator[str]:
    """One paragraph, wrapped: ``first`` opens its first line and ``then`` every other.

    Words are never broken: an id or a path that is wider than the line stays whole.
    """
    then = " " * columns(first) if then is None else then
    yield from textwrap.wrap(
        safe(text),
        width=max(style.width, 60),
        initial_indent=first,
        subsequent_indent=then,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def labelled(style: Style, label: str, text: str) -> Iterator[str]:
    """A paragraph under a label in the body of a block."""
    yield from prose(style, text, INDENT + padded(label, LABEL))


def labels(label: str, items: Iterable[T]) -> Iterator[tuple[str, T]]:
    """The label stands before the first of several only."""
    for item in items:
        yield label, item
        label = ""


def first_lines(style: Style, header: Header) -> Iterator[str]:
    """Which platform, by which address, as whom, for which workspace, and what that can touch."""
    where = header.address.removeprefix("https://").rstrip("/")
    parts = [header.provider] if where in ("", header.provider) else [header.provider, where]
    who = f"as {header.identity}" + (f", for {header.acting}" if header.acting else "")
    parts += [who, f"workspace {header.workspace}"]
    line = safe(" · ".join(parts))
    touches = safe(header.touches) if header.touches else ""
    if touches and columns(line) + columns(touches) + 3 <= style.width:
        yield f"{line} · {touches}"
    else:
        yield line
        if touches:
            yield f"  {touches}"
    if header.signed_by is not None:
        yield f"  signed by {safe(header.signed_by)}"


def next_lines(style: Style, following: Next | None) -> Iterator[str]:
    """The exact next command, the last thing that is printed."""
    if following is not None:
        yield ""
        yield from prose(style, following.why, "")
        yield f"  {safe(following.command)}"


def lines(pieces: Iterator[str]) -> Iterator[str]:
    """Each line with its line end."""
    for piece in pieces:
        yield piece + "\n"
