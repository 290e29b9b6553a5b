"""Writes a record as JSON that is harmless on a terminal too."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reconciler.views.escape import safe_json


def document(record: object, one_line: bool = False) -> Iterator[str]:
    """The record with its keys in the order of its fields and a line end behind it; indented, or one line."""
    encoded = msgspec.json.encode(record)
    if one_line:
        yield safe_json(encoded.decode()) + "\n"
        return
    yield safe_json(msgspec.json.format(encoded, indent=2).decode()) + "\n"
