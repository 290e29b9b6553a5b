"""The bytes of a plan document, its id and its digest. Must not know files.

The digest covers what the document says, not its white space: everything but the digest itself,
as JSON with sorted keys. It shows that a plan was changed by accident or carelessly; who made a
plan it cannot show.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec
from msgspec.structs import replace

from reconciler.model.plan import Plan

_ID_BYTES = 10


def seal(plan: Plan, reproducible: bool) -> Plan:
    """The plan with its ``plan_id`` and ``digest`` set.

    The id is random, or taken from the content when the same input has to give the same bytes.
    """
    blank = replace(plan, plan_id="", digest="")
    name = digest_of(blank)[: 2 * _ID_BYTES] if reproducible else secrets.token_hex(_ID_BYTES)
    named = replace(blank, plan_id="plan-" + name)
    return replace(named, digest=digest_of(named))


def digest_of(plan: Plan) -> str:
    """SHA-256 (hexadecimal) over everything but the digest."""
    return digest_of_content(msgspec.json.decode(msgspec.json.encode(plan), type=dict[str, object]))


def digest_of_content(content: dict[str, object]) -> str:
    """As ``digest_of``, for a document as decoded JSON: keys unknown to this version count too."""
    covered = {key: value for key, value in content.items() if key != "digest"}
    return hashlib.sha256(msgspec.json.encode(covered, order="sorted")).hexdigest()


def dumps(plan: Plan) -> bytes:
    """The document as indented JSON, keys in the order of the fields, with a line end."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"
