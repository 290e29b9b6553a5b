"""What can go wrong with a call, in words that a person can act on. Never holds a token."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from reconciler.provider import ProviderError

PERMISSION_DENIED = "PermissionDenied"
INVALID_AUTHENTICATION = "InvalidAuthentication"
INVALID_INPUT = "InvalidInput"
RESOURCE_NOT_FOUND = "ResourceNotFound"

WHOSE_ANSWER = "Is this the address of the platform's API server, and is there a proxy in between?"
"""What to ask oneself about an answer that the platform would not give."""

_SHOWN = 80


class PlatformError(ProviderError):
    """The platform answered with an error of its own: ``type`` (the platform's word; status 401 alone
    tells nothing, it stands for two of them), HTTP ``status`` and the message in ``said``."""

    def __init__(
        self, message: str, *, type: str, status: int, said: str, advice: str | None, request_id: str | None
    ) -> None:
        super().__init__(message, advice, request_id)
        self.type = type
        self.status = status
        self.said = said


class ErrorBody(Struct, frozen=True):
    type: str
    message: str = ""


class _Envelope(Struct, frozen=True):
    error: ErrorBody


_DECODER = msgspec.json.Decoder(_Envelope)


def error_body(body: bytes) -> ErrorBody | None:
    """The platform's error in an answer, or None where it is something else (a proxy's page)."""
    try:
        return _DECODER.decode(body).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def platform_error(
    url: str, status: int, body: ErrorBody, label: str, request_id: str | None
) -> PlatformError:
    """``label`` names the identity that asked."""
    kind, said = printable(body.type), printable(body.message)
    advice = None
    if body.type == INVALID_AUTHENTICATION:
        advice = (
            f"The platform does not accept the token of {label}: it may have expired or been revoked. "
            "Get a new one (`dx login`, or a new API token in that variable)."
        )
    elif status >= 500 or status == 429:
        advice = "It is in trouble or busy: wait a little, then run the same command again."
    message = f"{url} answered {kind} ({status}): {said}"
    return PlatformError(message, type=kind, status=status, said=said, advice=advice, request_id=request_id)


def foreign_answer(
    url: str, status: int, body: bytes, request_id: str | None, why: str = ""
) -> ProviderError:
    """An answer that is not the platform's: a page of a proxy, cut short, or another program."""
    start = printable(body[: 4 * _SHOWN].decode("utf-8", "replace"))[:_SHOWN]
    shown = f': it begins with "{start}"' if start else ": it is empty"
    return ProviderError(
        f"{url} answered {status} with something that is not the platform's JSON{why}{shown}",
        WHOSE_ANSWER,
        request_id,
    )


def printable(text: str) -> str:
    """``text`` on one line, with everything that could move a cursor or hide written as an escape."""
    return "".join(c if c.isprintable() and c != "\\" else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
