"""Writes a record as indented JSON that is harmless on a terminal too."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from reconciler.views.escape import safe_json


def document(record: object) -> Iterator[str]:
    """The record with its keys in the order of its fields and a line end behind it."""
    encoded = msgspec.json.encode(record)
    yield safe_json(msgspec.json.format(encoded, indent=2).decode()) + "\n"
