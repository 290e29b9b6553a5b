"""The headers that prove a notification, as Standard Webhooks has them (https://www.standardwebhooks.com):
any of its libraries verifies them.

What is signed is ``ID.TIMESTAMP.BODY``: nobody can send it again later, or as another one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

VARIABLE = "RECONCILER_NOTIFY_KEY"
_PREFIX = "whsec_"
_SHORTEST = 24


def keys(written: str) -> tuple[bytes, ...]:
    """The keys of a variable: one, or several with spaces between while they are changed. Raises ValueError,
    with a sentence that does not quote any."""
    found = tuple(map(_key, written.split()))
    if not found:
        raise ValueError("it is not set")
    return found


def _key(written: str) -> bytes:
    try:
        key = base64.b64decode(written.removeprefix(_PREFIX), validate=True)
    except ValueError:
        raise ValueError("it is no base64") from None
    if len(key) < _SHORTEST:
        raise ValueError(f"it is too short: {len(key)} bytes, and at least {_SHORTEST} are wanted")
    return key


def headers(delivery: str, seconds: int, body: bytes, keys: tuple[bytes, ...]) -> dict[str, str]:
    """Of one try, ``seconds`` since the Unix epoch."""
    signed = f"{delivery}.{seconds}.".encode() + body
    macs = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs),
    }
