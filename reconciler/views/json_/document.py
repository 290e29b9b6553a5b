"""Writes a record as JSON that is harmless on a terminal too: whole, or its long lists entry by entry."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from textwrap import indent

import msgspec
from msgspec.structs import replace

from reconciler.views.escape import safe_json

_EMPTY = re.compile(r'  "(\w+)": \[\](,?)\n')


def document(record: object, one_line: bool = False) -> Iterator[str]:
    """The record with its keys in the order of its fields and a line end behind it; indented, or one line."""
    encoded = msgspec.json.encode(record)
    if one_line:
        yield safe_json(encoded.decode()) + "\n"
        return
    yield safe_json(msgspec.json.format(encoded, indent=2).decode()) + "\n"


def streamed(record: msgspec.Struct, lists: Collection[str]) -> Iterator[str]:
    """What ``document`` gives, in pieces; ``lists`` are the fields whose entries may be many."""
    (around,) = document(replace(record, **dict.fromkeys(lists, ())))
    for line in around.splitlines(keepends=True):
        empty = _EMPTY.fullmatch(line)
        entries = getattr(record, empty[1]) if empty and empty[1] in lists else ()
        if not empty or not entries:
            yield line
            continue
        yield f'  "{empty[1]}": [\n'
        yield from _entries(entries)
        yield f"  ]{empty[2]}\n"


def _entries(entries: tuple[object, ...]) -> Iterator[str]:
    last = len(entries) - 1
    for number, entry in enumerate(entries):
        (told,) = document(entry)
        yield indent(told.removesuffix("\n"), "    ") + ("\n" if number == last else ",\n")
