"""What can be said of a value at the platform: known, absent or unreadable.

Three-valued knowledge is the base of every promise of this tool: a value that could not be read
is never taken for "none" and never for "in sync". Must not know what the values are about.
"""

from __future__ import annotations

import enum
from typing import Final, TypeAlias, TypeVar

from msgspec import Struct


class Absent(enum.Enum):
    """The platform was read and says that there is no such value."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


class Unreadable(Struct, frozen=True):
    """The platform did not let us see the value.

    ``reason`` says who could see it, in words that fit behind "unreadable: " (no full stop).
    """

    reason: str


T = TypeVar("T")
Maybe: TypeAlias = T | Absent | Unreadable
