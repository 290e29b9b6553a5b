"""A source of actual state that keeps what was read last, and what was asked for."""

from __future__ import annotations

from reconciler.model.actual import Scope, Snapshot
from reconciler.provider import Reader


class Recording:
    """Reads through ``reader``. A planner's later read asks for all of its earlier one and more."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.last: tuple[Scope, Snapshot] | None = None

    @property
    def endpoint(self) -> str:
        return self._reader.endpoint

    def read(self, scope: Scope) -> Snapshot:
        """As ``Reader.read``."""
        snapshot = self._reader.read(scope)
        self.last = (scope, snapshot)
        return snapshot
