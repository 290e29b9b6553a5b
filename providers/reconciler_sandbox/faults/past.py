"""Reads that lag behind: what has to be undone for them to see the world as it was some calls ago."""

from __future__ import annotations

import re
from collections import deque

from reconciler_sandbox.laws.effects import Effect

from .record import Fault, effect_of

_READ = re.compile(r".*/(describe|find|list|resolve|get)[A-Za-z]*")


class Past:
    """The last calls that changed something. Remembers nothing where no fault makes reads lag."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        effects = (effect_of(fault.effect) for fault in faults)
        lags = [effect.number for effect in effects if effect is not None and effect.kind == "stale"]
        self._depth = int(max(lags, default=0))
        self._call = 0
        self._lag = 0
        self._until = 0
        self._undo: deque[tuple[int, tuple[Effect, ...]]] = deque()

    @property
    def kept(self) -> bool:
        """Is there any use in noting what a call changed?"""
        return self._depth > 0

    def begin(self) -> None:
        """Another call comes."""
        self._call += 1
        while self._undo and self._undo[0][0] < self._call - self._depth:
            self._undo.popleft()

    def lag(self, calls: int) -> None:
        """This call and so many after it read the world as it was so many calls before them."""
        self._lag = calls
        self._until = self._call + calls

    def note(self, undo: tuple[Effect, ...]) -> None:
        """What takes back a change of this call."""
        self._undo.append((self._call, undo))

    def hidden(self, path: str) -> tuple[Effect, ...]:
        """What to apply so that this call sees what it may see: nothing, but for reads that lag."""
        if self._call > self._until or not _READ.fullmatch(path):
            return ()
        first = self._call - self._lag
        return tuple(effect for call, undo in reversed(self._undo) if call >= first for effect in undo)
