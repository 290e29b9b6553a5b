"""Looking for drift again and again: a round every so many seconds, whatever went wrong in the one before.

Each round is a whole run of the command: it reads the TOML anew, and keeps nothing from round to round but
the exit code.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from reconciler.cli import drifting, entry, exitcodes
from reconciler.cli.console import Console
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.moment import this_moment
from reconciler.views.pages import DiagnosticsPage
from reconciler.views.text.drift import tally

if TYPE_CHECKING:
    from reconciler.cli.notifying import Notifier


def watch(wish: drifting.Wish, console: Console, seconds: float, notifier: Notifier | None) -> int:
    """Begins a round every ``seconds``, or as soon as a longer one has ended, until SIGTERM. The exit code
    of the last round; 130 if none has ended. Raises KeyboardInterrupt, and BrokenPipeError where nobody
    reads the output any more."""
    rounds = _Rounds(wish, console, seconds, notifier)
    try:
        with _ended_by_sigterm(rounds):
            due = time.monotonic()
            while True:
                rounds.next()
                due = max(due + seconds, time.monotonic())
                time.sleep(max(0.0, due - time.monotonic()))
    except _Ended:
        return rounds.code


class _Ended(BaseException):
    """Somebody asked this process to end."""


class _Rounds:
    """``asked``: to end, as soon as what is being written is whole."""

    def __init__(
        self, wish: drifting.Wish, console: Console, seconds: float, notifier: Notifier | None
    ) -> None:
        self._wish = wish
        self._console = console
        self._seconds = seconds
        self._notifier = notifier
        self._writing = False
        self._asked = False
        self.code = exitcodes.INTERRUPTED

    def next(self) -> None:
        try:
            looked = drifting.look(self._wish, self._console)
            with self._whole():
                shown = self._show(looked)
                drifting.remember(looked, self._console)
                self.code = looked.page.exit_code if shown else exitcodes.ERROR
            if self._notifier is not None:
                told = self._notifier.found(looked)
                self.code = told if shown else exitcodes.ERROR
            with self._whole():
                self._beat(tally(looked.page.report))
        except BrokenPipeError:
            raise
        except Exception as failure:
            self.code, diagnostics, _ = entry.told(failure)
            with self._whole():
                self._console.fail(DiagnosticsPage(diagnostics))
            if self._notifier is not None:
                self._notifier.failed(failure)
            with self._whole():
                self._beat("The round failed.")

    def _show(self, looked: drifting.Looked) -> bool:
        """Could all of it be written? What was found stands, and is told, whether or not it could."""
        try:
            self._console.show(looked.page)
        except DiagnosticsError as failure:
            self._console.complain(failure.diagnostics)
            return False
        return True

    def end(self, _signal: int, _frame: object) -> None:
        """Takes the signal: reading is broken off, writing is not."""
        self._asked = True
        if not self._writing:
            raise _Ended

    def _beat(self, told: str) -> None:
        self._console.note(f"{this_moment()} drift: {told} exit {self.code}; again every {self._seconds:g} s")

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._writing = True
        try:
            yield
        finally:
            self._writing = False
        if self._asked:
            raise _Ended


@contextmanager
def _ended_by_sigterm(rounds: _Rounds) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, rounds.end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
