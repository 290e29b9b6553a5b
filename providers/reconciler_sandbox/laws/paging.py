"""Pages of find routes: ``limit``, ``starting`` and ``next``.

The platform's documentation: at most 1000 a page; ``next`` is null on the last one, else an opaque
value to send back as ``starting``. It names where the next page begins in a stable order, so that
nothing is looked at twice and a page after a change of the set is still a page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from .errors import invalid
from .inputs import is_int
from .switches import Switches

MOST = 1000


def limit(given: Mapping[str, object], switches: Switches) -> int:
    """How many results the page may hold."""
    value = given.get("limit")
    if value is None:
        return switches.default_limit
    if not isinstance(value, int) or not is_int(value):
        raise invalid("limit must be an integer")
    if 1 <= value <= MOST:
        return value
    if switches.limit_error == "clamp":
        return min(max(value, 1), MOST)
    raise invalid(f"limit must be between 1 and {MOST}")


def cursor(order: int, key: str) -> str:
    """The opaque value for "begin here"."""
    return base64.urlsafe_b64encode(f"{order}/{key}".encode()).decode()


def start(given: Mapping[str, object]) -> tuple[int, str] | None:
    """Where the page begins; None for the first one."""
    value = given.get("starting")
    if value is None:
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        order, _, key = base64.b64decode(value, altchars=b"-_", validate=True).decode().partition("/")
        return int(order), key
    except (ValueError, binascii.Error):
        raise invalid("starting is not a value of next") from None
