"""JSON in a world file: values that the platform takes and gives as they are, whatever they hold.

TOML has no null, no integers of 64 bits without a sign, and nests less deeply. So such a value may also be
written as its JSON text, in a string; a JSON value that is a string by itself is always written so.
"""

from __future__ import annotations

import math
from datetime import date, time
from typing import cast

import msgspec

_DEEPEST = 16
"""Nesting up to which a value is written as TOML; what is deeper nobody reads anyway."""
_LARGEST = 2**63 - 1


class Json:
    """A value of a world file that is any JSON; of a table's type it is a table or its text."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Json) and self.value == other.value

    __hash__ = None  # type: ignore[assignment] # it may hold a dict


class JsonTable(Json):
    def __init__(self, value: dict[str, object]) -> None:
        super().__init__(value)
        self.table = value


def read(kind: type, raw: object) -> object:
    """For msgspec: what a key of this type says. Raises ValueError."""
    if not issubclass(kind, Json):
        # ``object``, of which msgspec asks too: anything will do.
        return raw
    value = _decoded(raw) if isinstance(raw, str) else raw
    if value is raw:
        _want_json(value)
    if not issubclass(kind, JsonTable):
        return Json(value)
    if not isinstance(value, dict):
        raise ValueError("must be a table, or the text of a JSON object")
    return JsonTable(value)


def _decoded(text: str) -> object:
    try:
        value = cast("object", msgspec.json.decode(text))
        msgspec.msgpack.encode(value)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError(f"a string here is JSON text, but: {error}") from None
    except OverflowError:
        raise ValueError("no integer may have more than 64 bits") from None
    return value


def _want_json(value: object) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _want_json(item)
    elif isinstance(value, list):
        for item in value:
            _want_json(item)
    elif isinstance(value, date | time):
        raise ValueError("JSON has no dates: write it as a string")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("JSON has numbers only, neither inf nor nan")


def written(value: object) -> object:
    """The value as TOML can hold it, else its JSON text. Raises ValueError where it is no JSON."""
    if not isinstance(value, str) and _is_plain(value, _DEEPEST):
        return value
    return msgspec.json.encode(value).decode()


def _is_plain(value: object, deepest: int) -> bool:
    if isinstance(value, dict):
        return deepest > 0 and all(_is_plain(item, deepest - 1) for item in value.values())
    if isinstance(value, list | tuple):
        return deepest > 0 and all(_is_plain(item, deepest - 1) for item in value)
    if isinstance(value, int):
        return -_LARGEST <= value <= _LARGEST
    return value is not None
