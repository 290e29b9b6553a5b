"""What was told to each target, as the ledger keeps it: one text."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from reconciler.notify.news import Told

_MOST = 10
"""Targets that are remembered: who was told longest ago is forgotten, and told anew."""


def recalled(text: str) -> dict[str, Told]:
    """By the key of the target; nothing where the text is of a version that wrote something else."""
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, Told])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return {}


def text_of(told: Mapping[str, Told]) -> str:
    latest = sorted(told.items(), key=lambda pair: pair[1].verdict.at, reverse=True)[:_MOST]
    return msgspec.json.encode(dict(latest)).decode()
