"""The mixed apply in one process, and something that happens to its ledger between two of its writes."""

from __future__ import annotations

import json
import resource
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from faults.mixed import desk_of, is_write, matters, refused
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.reply import Reply
from support.command import Ran
from support.ledgers import ledger_file


class Wire:
    """The way to a platform. ``happen`` is called once, when the ``nth`` write has arrived and before it is
    carried out: its intent is then journalled, its outcome is not."""

    def __init__(self, platform: Platform, nth: int, happen: Callable[[], object]) -> None:
        self._platform = platform
        self._nth = nth
        self._happen = happen
        self._writes = 0

    @property
    def now(self) -> int:
        return self._platform.now

    def answer(
        self,
        path: str,
        body: bytes,
        content_type: str | None,
        authorization: str | None,
        headers: Mapping[str, str],
    ) -> Reply:
        """A request of the client."""
        if is_write(path):
            self._writes += 1
            if self._writes == self._nth:
                self._happen()
        return self._platform.answer(path, body, content_type, authorization, headers)


class Scene:
    """A workspace on a platform as at its beginning. ``ledger``: a URL, or None for the file."""

    def __init__(self, folder: Path, ledger: str | None = None) -> None:
        self.folder = folder
        self.ledger = ledger
        self._desk = desk_of(folder, ledger)

    @property
    def file(self) -> Path:
        return ledger_file(self.folder)

    def lease(self, seconds: float) -> None:
        """How long the lock holds after each renewal."""
        self._desk.settings["RECONCILER_LEASE_SECONDS"] = str(seconds)

    def run(self, *words: str) -> Ran:
        ran = self._desk.run(*words)
        assert "Traceback" not in ran.out + ran.err, ran
        assert "This is a bug" not in ran.err, ran
        return ran

    def apply(self, *more: str) -> Ran:
        return self.run("apply", "--auto-approve", "--parallelism", "1", *more)

    def struck(self, nth: int, happen: Callable[[], object]) -> Ran:
        """An apply to which that happens at its ``nth`` write."""
        self._desk.wire = Wire(self._desk.platform, nth, happen)
        try:
            return self.apply()
        finally:
            self._desk.wire = self._desk.platform

    def world(self) -> dict[str, object]:
        """The platform's world by what matters."""
        return matters(self._desk.dump())

    def illegal(self) -> list[str]:
        """Writes that the platform refused by its laws."""
        return refused(self._calls())

    def writes(self) -> int:
        """How many have reached the platform."""
        return sum(is_write(call["route"]) for call in self._calls())

    def _calls(self) -> list[dict[str, str]]:
        return [json.loads(bytes(line)) for line in self._desk.platform.log.recent()]


@contextmanager
def full_disk() -> Iterator[Callable[[int], None]]:
    """Gives what makes the disk full for this process: nothing is then written beyond that many bytes into
    any file. There is room again in the end."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
