"""One thread that writes for all: what waits goes into one transaction, and so through one fsync.

Must not know what is written, nor where.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Work = TypeVar("Work")


class _Job(Generic[Work]):
    def __init__(self, work: Work) -> None:
        self.work = work
        self.done = threading.Event()
        self.failure: BaseException | None = None


class GroupWriter(Generic[Work]):
    """``commit`` is called in the thread with all that waits; what it raises, each of them gets."""

    def __init__(self, commit: Callable[[Sequence[Work]], None]) -> None:
        self._commit = commit
        self._jobs: queue.SimpleQueue[_Job[Work] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="ledger writer", daemon=True)
        self._thread.start()

    def write(self, work: Work, patience: float) -> bool:
        """Returns once the work is committed; False if that is not known after ``patience`` seconds.
        Raises what the commit raised."""
        job = _Job(work)
        self._jobs.put(job)
        if not job.done.wait(patience):
            return False
        if job.failure is not None:
            raise job.failure
        return True

    def stop(self, patience: float) -> None:
        """Ends the thread after what waits already."""
        self._jobs.put(None)
        self._thread.join(patience)

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            jobs, last = self._waiting(first)
            failure: BaseException | None = None
            try:
                self._commit([job.work for job in jobs])
            except BaseException as met:  # each caller raises it in its own thread
                failure = met
            for job in jobs:
                job.failure = failure
                job.done.set()
            if last:
                return

    def _waiting(self, first: _Job[Work]) -> tuple[list[_Job[Work]], bool]:
        """All that waits, in order, and whether the end was asked for."""
        jobs = [first]
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, False
            if job is None:
                return jobs, True
            jobs.append(job)
