"""A fault: at which calls it strikes, and what then goes wrong.

The fields are those of a ``[[faults]]`` table of a world file, and of the control route. Their values
are checked where they are read (world.faults).
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

Wire = Literal["close", "reset", "hang", "truncate", "wrong_length"]
"""What only a connection can show. close: it ends without an answer; reset: the same, but hard (RST);
hang: no answer for as long as the caller stays; truncate: half of the body that was announced, then
the end; wrong_length: fewer bytes are announced than are sent."""

WIRE: tuple[Wire, ...] = ("close", "reset", "hang", "truncate", "wrong_length")
_WORDS = (*WIRE, "garbage", "html", "wrong_type", "expire_token", "deny", "rival")
EFFECTS = (*_WORDS, "slow:2s", "status:500", "html:403", "stale:3")
"""One example of each."""

_NUMBERED = re.compile(r"(?:(slow):(\d+(?:\.\d+)?)(m?s)|(status|html|stale):(\d{1,6}))")


class Effect(Struct, frozen=True):
    """``number``: of ``slow`` seconds, of ``status`` and ``html`` the HTTP status, of ``stale`` calls."""

    kind: str
    number: float = 0


def effect_of(text: str) -> Effect | None:
    """What ``slow:2s``, ``status:503``, ``close`` … means; None if nobody knows it."""
    if text in _WORDS:
        return Effect(text, 200 if text == "html" else 0)
    match = _NUMBERED.fullmatch(text)
    if match is None:
        return None
    if match[1] is not None:
        return Effect("slow", float(match[2]) / (1000 if match[3] == "ms" else 1))
    kind, number = match[4], int(match[5])
    lowest, highest = {"status": (400, 599), "html": (200, 599), "stale": (1, 100_000)}[kind]
    return Effect(kind, number) if lowest <= number <= highest else None


class RivalCall(Struct, frozen=True, forbid_unknown_fields=True):
    """A call that another actor makes at the worst moment. ``route``: its whole path."""

    user: str
    route: str
    input: dict[str, object] = {}


class Fault(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``route``: a glob over the path. ``match``: globs over the input, by key. ``nth``: strikes from that
    matching call on, 0: at each. ``times``: how often; None: once, or with ``nth`` 0 without end.
    ``probability``: of striking a call that it could strike, drawn from the world's seed. ``calls``: the
    rival's. ``retry_after`` in seconds."""

    route: str
    effect: str
    when: Literal["before", "after"] = "before"
    caller: str | None = None
    match: dict[str, object] = {}
    nth: Annotated[int, Meta(ge=0)] = 1
    times: Annotated[int, Meta(ge=1)] | None = None
    probability: Annotated[float, Meta(gt=0, le=1)] = 1.0
    retry_after: Annotated[int, Meta(ge=0)] | None = None
    calls: tuple[RivalCall, ...] = ()

    @property
    def limit(self) -> int | None:
        """How often it strikes at most; None: no limit."""
        return 1 if self.times is None and self.nth else self.times

    @property
    def name(self) -> str:
        """For the log: ``after close``."""
        return f"{self.when} {self.effect}"
