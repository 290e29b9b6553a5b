"""What the platform is asked and what it answers, as values on the way to and from a connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from reconciler_sandbox.faults.record import Wire

JSON = "application/json"


class Request(msgspec.Struct, frozen=True):
    """``POST path`` as it came. ``actor``: a user whose call it is without a token."""

    path: str
    body: bytes
    content_type: str | None = JSON
    authorization: str | None = None
    headers: Mapping[str, str] = {}
    actor: str | None = None


class Reply(msgspec.Struct, frozen=True):
    """``status`` 0: nothing is sent. ``retry_after`` in seconds, for the header of that name.
    ``headers``: others of this reply alone. ``wire``: what happens to the connection. ``later``: this is
    not the reply yet."""

    status: int
    body: bytes
    retry_after: int | None = None
    media: str = JSON
    headers: Mapping[str, str] = {}
    wire: Wire | None = None
    later: Later | None = None


class Later(msgspec.Struct, frozen=True):
    """The reply comes after so many seconds; only then is it asked for."""

    seconds: float
    reply: Callable[[], Reply]


def error_body(type: str, message: str) -> bytes:
    return msgspec.json.encode({"error": {"type": type, "message": message}})
