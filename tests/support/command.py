"""The installed command: where it is, what it is run with, and what it did."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple

COMMAND = str(Path(sys.executable).parent / "reconciler")


class Ran(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(more: dict[str, str]) -> dict[str, str]:
    """The environment without what a CI system or a login of this machine puts there."""
    ours = ("CI", "GITHUB_", "DX_", "RECONCILER_", "NO_COLOR", "BITBUCKET_", "CHANGE_ID", "SYSTEM_PULL")
    plain = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**plain, **more}
