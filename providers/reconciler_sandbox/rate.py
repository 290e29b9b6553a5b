"""How many calls a second pass: one bucket a caller, on the monotonic clock."""

from __future__ import annotations

import time
from collections.abc import Callable


class Limiter:
    """``limit`` calls a second, and as many at once after a pause; 0: no limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def passes(self, key: str) -> bool:
        if not self._limit:
            return True
        now = self._clock()
        left, since = self._buckets.get(key, (float(self._limit), now))
        left = min(float(self._limit), left + (now - since) * self._limit)
        passes = left >= 1
        self._buckets[key] = (left - 1 if passes else left, now)
        return passes
