"""A finding is a rule's verdict on a change: what, why, where, and on which facts it rests."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from reconciler.model.actual import FactKey
from reconciler.model.desired import Address

Verdict = Literal["refused", "cannot_tell", "blocked", "manual", "warning"]
"""In order of weight. refused: no legal step with the rights at hand; cannot_tell: hangs on an
unreadable fact; blocked: possible once a manual step is done; manual: for the platform's sales or
one named person; warning: holds nothing back."""

VERDICTS: tuple[Verdict, ...] = ("refused", "cannot_tell", "blocked", "manual")


class Request(Struct, frozen=True):
    """What somebody else has to do: ``text`` is complete and can be sent as it is."""

    who: str
    text: str


class Finding(Struct, frozen=True):
    """``facts`` are those that block: take one away and the change becomes possible.

    attribute:  the key of the TOML table that asks for it (None: the table itself).
    waits_for:  of a blocked one: the payer whose permitted regions must grow first.
    request:    of a manual one: who has to do what.
    reason:     of a cannot_tell one: why the first of ``facts`` cannot be read; of a warning: why it may
                not be the whole of it.
    """

    rule: str
    address: Address
    verdict: Verdict
    message: str
    attribute: str | None = None
    facts: tuple[FactKey, ...] = ()
    waits_for: str | None = None
    request: Request | None = None
    reason: str | None = None


def cannot_tell(
    rule: str, address: Address, key: FactKey, reason: str, attribute: str | None = None
) -> Finding:
    """A finding that hangs on a fact nobody at hand could read."""
    message = f"{key.subject}.{key.attribute} could not be read: {reason}"
    return Finding(rule, address, "cannot_tell", message, attribute, (key,), reason=reason)
