"""What can go wrong at one call of an apply: the rows of the matrix."""

from __future__ import annotations

from faults.killed import POINTS
from faults.mixed import READ_SECONDS, Call
from msgspec import Struct
from reconciler_sandbox.faults.record import Fault, RivalCall

UNDER_WAY = ("after sending", "after the commit")
"""Points at which the platform holds the call while the process is ended."""


class Trouble(Struct, frozen=True):
    """The process is killed at ``point``, or the platform plays ``effect``."""

    name: str
    point: str | None = None
    effect: str | None = None
    when: str = "before"
    retry_after: int | None = None

    def fault(self, call: Call, rivals: tuple[RivalCall, ...] = ()) -> Fault | None:
        """``rivals``: the calls that a rival makes, where that is the trouble."""
        if self.effect is None:
            return None
        return Fault(
            call.route,
            self.effect,
            when="after" if self.when == "after" else "before",
            nth=call.nth,
            retry_after=self.retry_after,
            calls=rivals,
        )


KILLS = (
    *(Trouble(f"kill {point}", point) for point in POINTS),
    Trouble("kill after sending", "after sending", "slow:700ms", "before"),
    Trouble("kill after the commit", "after the commit", "hang", "after"),
)
FAULTS = (
    Trouble("drop before the commit", effect="close", when="before"),
    Trouble("drop after the commit", effect="close", when="after"),
    Trouble("reset after the commit", effect="reset", when="after"),
    Trouble("500 before the commit", effect="status:500", when="before"),
    Trouble("500 after the commit", effect="status:500", when="after"),
    Trouble("503", effect="status:503", when="before", retry_after=1),
    Trouble("429", effect="status:429", when="before", retry_after=1),
    Trouble("late beyond the patience", effect=f"slow:{READ_SECONDS + 0.7}s", when="before"),
    Trouble("garbage after the commit", effect="garbage", when="after"),
    Trouble("half an answer", effect="truncate", when="after"),
    Trouble("lists lag behind", effect="stale:6", when="after"),
)
HINDRANCES = (
    Trouble("token expires before the call", effect="expire_token", when="before"),
    Trouble("token expires after the call", effect="expire_token", when="after"),
    Trouble("permission removed before the call", effect="deny", when="before"),
    Trouble("permission removed after the call", effect="deny", when="after"),
    Trouble("rival before the call", effect="rival", when="before"),
    Trouble("rival after the call", effect="rival", when="after"),
)
"""Those that do not go away by running the same command again, or change what is there."""

TROUBLES = (*KILLS, *FAULTS, *HINDRANCES)
