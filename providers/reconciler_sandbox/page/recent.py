"""The last calls as the page shows them. They come from the lines of the log, where no token is."""

from __future__ import annotations

import msgspec

from reconciler_sandbox.calls import CallLog

LOOKED_AT = 1_000
SHOWN = 100


class CallRow(msgspec.Struct, frozen=True):
    """A line of the log without its input."""

    time: str
    user: str | None
    route: str
    status: int
    error: str | None = None
    message: str | None = None
    law: str | None = None
    fault: str | None = None


class Calls(msgspec.Struct, frozen=True):
    """``shown``: the newest first. ``looked_at``: how many were looked at; ``refused``: of these."""

    shown: tuple[CallRow, ...]
    looked_at: int
    refused: int


def last_calls(log: CallLog, *, refused_only: bool) -> Calls:
    rows = [msgspec.json.decode(line, type=CallRow) for line in log.last(LOOKED_AT)]
    refused = [row for row in rows if row.error is not None]
    return Calls(tuple((refused if refused_only else rows)[:SHOWN]), len(rows), len(refused))
