"""Carrying out a plan: ready → journal → call → read back → journal, and the report.

Must not know TOML, rules, or how a plan is made or shown.
"""

from __future__ import annotations

from reconciler.apply.engine import ApplyRequest, run
from reconciler.apply.pace import DEFAULT_SETTLE_SECONDS, Pace, settle_seconds, stopping_on_signals

__all__ = [
    "DEFAULT_SETTLE_SECONDS",
    "ApplyRequest",
    "Pace",
    "run",
    "settle_seconds",
    "stopping_on_signals",
]
