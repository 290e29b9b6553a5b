"""What became of a step: the words in which providers and the apply engine speak of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Result = Literal["done", "refused", "failed", "uncertain"]
"""refused: the platform answered with an error of its own; failed: nothing was done for another
reason (no connection could be made, a bad token); uncertain: it may or may not have happened."""


class Outcome(Struct, frozen=True):
    """``project_id`` is the id of a created project where the answer gave it."""

    result: Result
    project_id: str | None = None
    message: str = ""
    error_type: str | None = None
    request_id: str | None = None
