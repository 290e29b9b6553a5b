"""The shipped region catalogue. Must not know workspaces."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from reconciler.model.desired import Region

_FILE = Path(__file__).with_name("regions.toml")


@cache
def _shipped() -> dict[str, Region]:
    import rtoml

    return msgspec.convert(rtoml.loads(_FILE.read_text(encoding="utf-8")), dict[str, Region])


def catalogue() -> dict[str, Region]:
    """Region code → region, in the file's order. A fresh dict: the caller may add to it."""
    return dict(_shipped())
