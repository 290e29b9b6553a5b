"""The platform's error types, each with the HTTP status that it travels with.

A law that refuses raises Refused; the router turns it into a value. The first one wins: the
platform reports exactly one error a call.
"""

from __future__ import annotations

from collections.abc import Mapping

STATUS: Mapping[str, int] = {
    "MalformedJSON": 400,
    "InvalidAuthentication": 401,
    "PermissionDenied": 401,
    "SpendingLimitExceeded": 403,
    "OrgExpired": 403,
    "ResourceNotFound": 404,
    "InvalidInput": 422,
    "InvalidState": 422,
    "InvalidType": 422,
    "RateLimitConditional": 429,
    "InternalError": 500,
    "ServiceUnavailable": 503,
}
"""The platform's documentation: PermissionDenied travels as 401 like a bad token, 403 is about money."""


class Refused(Exception):
    """``type`` is a key of STATUS; ``law`` the region law (``L1`` …) that refused, if one did."""

    def __init__(self, type: str, message: str, law: str | None = None) -> None:
        super().__init__(message)
        self.type = type
        self.message = message
        self.law = law

    @property
    def status(self) -> int:
        return STATUS[self.type]


def invalid(message: str, law: str | None = None) -> Refused:
    return Refused("InvalidInput", message, law)


def denied(message: str, law: str | None = None) -> Refused:
    return Refused("PermissionDenied", message, law)


def not_found(entity: str) -> Refused:
    return Refused("ResourceNotFound", f"The entity {entity} could not be found")
