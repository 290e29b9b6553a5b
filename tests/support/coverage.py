"""What the tests of the embedded platform cover: the marks, and what really happened behind them."""

from __future__ import annotations

from msgspec import structs
from reconciler_sandbox.laws import router
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.laws.view import Caller

seen: set[str] = set()
"""Routes that were called, laws that refused and switches that were set since the test began."""

named: set[str] = set()
"""Switches that were named since the test began, be it with their default."""


def note_call(path: str, law: str | None) -> None:
    try:
        place = router.place(path, Caller("user-alice"))
    except router.Refused:
        return
    seen.add(f"{place.family}/{path.rpartition('/')[2]}")
    if law is not None:
        seen.add(law)


def note_switches(switches: Switches) -> None:
    defaults = Switches()
    for name, value in structs.asdict(switches).items():
        if value != getattr(defaults, name):
            seen.add(name)
