"""Carrying out a plan: ready → journal → call → read back → journal, and the report.

Must not know TOML, rules, or how a plan is made or shown.
"""

from __future__ import annotations

from reconciler.apply.engine import DEFAULT_PARALLELISM, ApplyRequest, run
from reconciler.apply.pace import DEFAULT_SETTLE_SECONDS, Pace, settle_seconds, stopping_on_signals
from reconciler.apply.settle import settle

__all__ = [
    "DEFAULT_PARALLELISM",
    "DEFAULT_SETTLE_SECONDS",
    "ApplyRequest",
    "Pace",
    "run",
    "settle",
    "settle_seconds",
    "stopping_on_signals",
]
