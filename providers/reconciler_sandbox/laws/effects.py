"""What a call changes: small frozen records, applied by others after the laws have answered.

Must not know how they are applied or kept.
"""

from __future__ import annotations

from msgspec import Struct

from .records import Record


class Put(Struct, frozen=True):
    """The record of this type and id is now this one; new if there was none."""

    record: Record


class Drop(Struct, frozen=True):
    """The record is gone."""

    record: Record


Effect = Put | Drop
