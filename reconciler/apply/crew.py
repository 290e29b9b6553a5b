"""Several steps under way at once, each in a thread of its own; or one after the other in this one.

Threads that are still in a call when a person presses Ctrl-C twice are left behind: they are daemons, and
what they were about to send is stopped by whoever gave them the work. Must not know what the work is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Work = TypeVar("Work")

_LOOK_UP = 0.2
"""Seconds after which a wait looks up, so that a signal is handled: a blocked get would hold it back."""


class Crew(Generic[Work]):
    """At most ``size`` pieces of work at once. With a size of 1 all is done in the calling thread, where
    Ctrl-C ends a call at once."""

    def __init__(self, size: int, do: Callable[[Work], None]) -> None:
        self._size = size
        self._do = do
        self._busy = 0
        self._ended: queue.SimpleQueue[tuple[Work, BaseException | None]] = queue.SimpleQueue()

    @property
    def free(self) -> bool:
        return self._busy < self._size

    @property
    def busy(self) -> bool:
        return self._busy > 0

    def start(self, work: Work) -> None:
        self._busy += 1
        if self._size == 1:
            self._do(work)
            self._ended.put((work, None))
        else:
            threading.Thread(target=self._carry_out, args=(work,), daemon=True).start()

    def next(self) -> Work:
        """Waits for a piece of work to end, and gives it. Raises what went wrong in it."""
        while True:
            try:
                work, failure = self._ended.get(timeout=_LOOK_UP)
            except queue.Empty:
                continue
            self._busy -= 1
            if failure is not None:
                raise failure
            return work

    def _carry_out(self, work: Work) -> None:
        failure: BaseException | None = None
        try:
            self._do(work)
        except BaseException as met:  # whatever it is belongs to who waits for the work
            failure = met
        self._ended.put((work, failure))
