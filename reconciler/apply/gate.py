"""The last moment before a call: after it, the call counts as sent; once it is closed, none is sent any more,
and none while the lock of the workspace is not surely ours.

Whoever stops an apply has to be able to say of each step whether its call has gone out: between "not
yet" and "perhaps" there is no third, whatever thread is about to send it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Closed(Exception):
    """The gate was closed before this call: it is not sent."""


class Gate:
    """Safe to use from several threads. ``want_lock`` raises DiagnosticsError where the lock may be lost."""

    def __init__(self, want_lock: Callable[[], None]) -> None:
        self._want_lock = want_lock
        self._lock = threading.Lock()
        self._closed = False
        self._passed: set[str] = set()

    def enter(self, step: str) -> None:
        """The call of this step is sent next. Raises Closed, and what ``want_lock`` raises."""
        self._want_lock()
        with self._lock:
            if self._closed:
                raise Closed
            self._passed.add(step)

    def close(self) -> None:
        """No call is sent from now on."""
        with self._lock:
            self._closed = True

    def passed(self, step: str) -> bool:
        """Was the call of this step sent, as far as is known?"""
        with self._lock:
            return step in self._passed
