"""System routes about the caller and the connection."""

from __future__ import annotations

from .errors import Refused
from .route import Route, Table
from .view import Answer, Call, View

WHOAMI_KEYS = frozenset({"fields"})
GREET_KEYS = frozenset({"client", "version"})


def whoami(_view: View, call: Call) -> Answer:
    """The only way from a token to a user."""
    if call.caller.user is None:
        raise Refused("InvalidAuthentication", "You need to be logged in to use this method")
    return Answer({"id": call.caller.user})


def greet(_view: View, _call: Call) -> Answer:
    return Answer({"messages": []})


def headers(_view: View, call: Call) -> Answer:
    """Echoes the request's headers."""
    return Answer(dict(call.headers))


ROUTES: Table = {
    ("system", "whoami"): Route(whoami, WHOAMI_KEYS, open=True, scoped=True),
    ("system", "greet"): Route(greet, GREET_KEYS, open=True, scoped=True),
    ("system", "headers"): Route(headers, None, open=True, scoped=True),
}
