"""What all identities of one run share: the rate of calls, their number, and the provider's time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

CALLS_PER_SECOND = 170.0
BURST = 10
"""At most 180 calls in any one second: the platform counts 200 for an account and punishes more."""


class Traffic:
    """A token bucket and a meter. Safe to use from several threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = float(BURST)
        self._at = clock()
        self.calls = 0
        self.provider_time: int | None = None
        """Milliseconds since the epoch by the ``Date`` header of the last answer."""

    def take(self) -> None:
        """Waits until one more call may be sent, and counts it."""
        with self._lock:
            now = self._clock()
            self._tokens = min(BURST, self._tokens + (now - self._at) * CALLS_PER_SECOND) - 1
            self._at = now
            self.calls += 1
            wait = -self._tokens / CALLS_PER_SECOND
        if wait > 0:
            self._sleep(wait)

    def told(self, milliseconds: int) -> None:
        """The provider has said what time it is."""
        self.provider_time = milliseconds
