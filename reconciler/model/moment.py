"""Times as the documents of this tool write them: RFC 3339 in UTC, to the millisecond."""

from __future__ import annotations

import datetime
import time

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def rfc3339(milliseconds: int) -> str:
    """``milliseconds`` since the Unix epoch as text: ``2026-11-20T17:03:00.000Z``."""
    moment = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def this_moment() -> str:
    """By the wall clock of this machine."""
    return rfc3339(time.time_ns() // 1_000_000)
