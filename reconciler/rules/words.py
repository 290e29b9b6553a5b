"""Small wordings that several rules share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping


def listed(values: Iterable[str]) -> str:
    """``a, b`` in sorted order; "none" for nothing."""
    return ", ".join(sorted(values)) or "none"


def api_call(entity: str, method: str, body: Mapping[str, object]) -> str:
    """A ``dx api`` command that a person can paste into a shell as it stands."""
    quoted = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"dx api {entity} {method} '{quoted}'"
