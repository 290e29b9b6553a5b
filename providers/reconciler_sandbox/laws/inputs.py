"""Reading a call's input: each function takes one key and refuses a wrong shape as InvalidInput.

Must not know what the values mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from .errors import invalid
from .switches import Switches

Input = Mapping[str, object]


def text(given: Input, key: str, *, empty: bool = True) -> str | None:
    """The string at ``key``; None where the key is missing."""
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, str):
        raise invalid(f"{key} must be a string")
    if not value and not empty:
        raise invalid(f"{key} must not be empty")
    return value


def need_text(given: Input, key: str) -> str:
    value = text(given, key, empty=False)
    if value is None:
        raise invalid(f"{key} is required")
    return value


def flag(given: Input, key: str) -> bool | None:
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, bool):
        raise invalid(f"{key} must be a boolean")
    return value


def one_of(given: Input, key: str, allowed: Sequence[str]) -> str | None:
    value = text(given, key)
    if value is not None and value not in allowed:
        raise invalid(f"{key} must be one of {', '.join(allowed)}")
    return value


def texts(given: Input, key: str) -> list[str] | None:
    """The array of strings at ``key``."""
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"{key} must be an array of strings")
    return cast(list[str], value)


def mapping(given: Input, key: str) -> Mapping[str, object] | None:
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, dict):
        raise invalid(f"{key} must be a hash")
    return cast(Mapping[str, object], value)


def whole(given: Input, key: str, least: int, most: int) -> int | None:
    """The integer at ``key``, from ``least`` to ``most``."""
    if key not in given:
        return None
    value = given[key]
    if not isinstance(value, int) or not is_int(value):
        raise invalid(f"{key} must be an integer")
    if not least <= value <= most:
        raise invalid(f"{key} must be from {least} to {most}")
    return value


def is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def tags(given: Input, switches: Switches) -> list[str] | None:
    """Tags: 1 to 700 bytes in UTF-8 each."""
    values = texts(given, "tags")
    if values is not None and switches.property_limits == "on":
        for value in values:
            if not 1 <= len(value.encode()) <= 700:
                raise invalid("a tag must have 1 to 700 bytes")
    return values


def properties(given: Input, switches: Switches, *, deletable: bool) -> dict[str, str | None] | None:
    """Properties: key of 1 to 100 bytes, value of up to 700, in UTF-8; null deletes where allowed."""
    values = mapping(given, "properties")
    if values is None:
        return None
    for key, value in values.items():
        if value is None and deletable:
            continue
        if not isinstance(value, str):
            raise invalid(f'the value of property "{key}" must be a string')
        if switches.property_limits == "on" and len(value.encode()) > 700:
            raise invalid(f'the value of property "{key}" has more than 700 bytes')
    if switches.property_limits == "on":
        for key in values:
            if not 1 <= len(key.encode()) <= 100:
                raise invalid("a property key must have 1 to 100 bytes")
    return cast(dict[str, "str | None"], dict(values))
