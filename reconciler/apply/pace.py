"""Time and stopping: the clocks of an apply, waits that end when somebody wants to stop.

Must not know what is being waited for.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from types import FrameType

from reconciler.model.diagnostics import error

DEFAULT_SETTLE_SECONDS = 300.0
"""How long a created project may stay out of the platform's lists before it is called lost."""

_VARIABLE = "RECONCILER_SETTLE_SECONDS"
_SLICE = 0.1


def settle_seconds(environ: Mapping[str, str]) -> float:
    """Seconds to look for a creation whose outcome is unknown: ``RECONCILER_SETTLE_SECONDS`` or 300.

    Raises DiagnosticsError where the variable is no number of seconds.
    """
    written = environ.get(_VARIABLE)
    if not written:
        return DEFAULT_SETTLE_SECONDS
    with contextlib.suppress(ValueError):
        seconds = float(written)
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    raise error("settings", f'{_VARIABLE} is "{written}"', "It takes a number of seconds, 0 or more.")


class Pace:
    """The clocks of one apply and the wish to stop it. Tests put another one in its place."""

    def __init__(self) -> None:
        self.stopped = False

    def stop(self) -> None:
        """Asks for the end: no new call is sent, waits end at once."""
        self.stopped = True

    def wall(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def wait(self, seconds: float) -> bool:
        """Waits; False as soon as the end is asked for.

        In slices, not on a threading.Event: a signal handler that sets an event can deadlock
        with a wait for it in the same thread.
        """
        until = self.monotonic() + seconds
        while not self.stopped and (rest := until - self.monotonic()) > 0:
            self.sleep(min(_SLICE, rest))
        return not self.stopped


@contextlib.contextmanager
def stopping_on_signals(pace: Pace) -> Iterator[None]:
    """Within it, the first Ctrl-C (or SIGTERM) asks for the end: calls in flight are finished; the
    second raises KeyboardInterrupt at once. Does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        if pace.stopped:
            raise KeyboardInterrupt
        pace.stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
