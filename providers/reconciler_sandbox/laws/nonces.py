"""Nonces: the same creation sent twice happens once.

The platform's documentation: a string of at most 128 bytes; for one hour the same nonce with the same
input gets the same answer again and nothing is made; with another input it is InvalidInput.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal, cast

import msgspec
from msgspec import structs

from . import inputs
from .effects import Put
from .errors import invalid
from .records import Nonce
from .route import Route
from .view import Answer, Call, View

LONGEST = 128
KEPT_MS = 3_600_000

Scope = Literal["user+route", "user", "global"]


def once(view: View, call: Call, path: str, route: Route) -> Answer:
    """The route's answer, or the one that its nonce got before."""
    if "nonce" not in call.input or not _honoured(view, path, route):
        return route.law(view, call)
    nonce = inputs.need_text(call.input, "nonce")
    if len(nonce.encode()) > LONGEST:
        raise invalid(f"nonce must have at most {LONGEST} bytes")
    unique_for = key(view.switches.nonce_scope, call.user, path, nonce)
    digest, kept = _digest(call.input), view.nonces.get(unique_for)
    if kept is not None and kept.expires > call.now:
        if kept.input_sha256 != digest:
            raise invalid("the nonce was used before, with another input")
        return Answer(kept.answer)
    answer = route.law(view, call)
    fresh = Nonce(
        id=unique_for,
        user=call.user,
        route=path,
        nonce=nonce,
        input_sha256=digest,
        answer=dict(answer.body),
        expires=call.now + KEPT_MS,
    )
    return structs.replace(answer, effects=(*answer.effects, Put(fresh)))


def _honoured(view: View, path: str, route: Route) -> bool:
    return route.nonce or (path == "/project/new" and view.switches.project_new_nonce == "honour")


def key(scope: Scope, user: str, path: str, nonce: str) -> str:
    """What a nonce is unique for."""
    match scope:
        case "user+route":
            return f"{user} {path} {nonce}"
        case "user":
            return f"{user} {nonce}"
        case "global":
            return nonce


def _digest(given: Mapping[str, object]) -> str:
    """Of the input, whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(cast(object, given), order="deterministic")).hexdigest()
