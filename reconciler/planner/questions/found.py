"""Judgements → yes, no or cannot tell.

Here a no is what no identity at hand can do now: also what waits for the platform's sales or for one named
person. It is certain as soon as one rule is; what else could not be read does not matter then.
"""

from __future__ import annotations

from msgspec import Struct

from reconciler.diff.changes import Change, Clone, Run
from reconciler.model.actual import FactKey
from reconciler.model.answer import Verdict
from reconciler.planner.conflicts import refusals
from reconciler.planner.judge import Judgement
from reconciler.planner.questions.asked import Asked
from reconciler.planner.questions.inquiry import Inquiry
from reconciler.rules.access import who_may
from reconciler.rules.actor import Able, Acceptance, Actor, Handover
from reconciler.rules.finding import Finding

_ORDER: tuple[Verdict, ...] = ("yes", "cannot_tell", "no")
_PLAIN = ("holders", "projects_named", "exists")
"""Attributes of facts that a yes rests on and nobody wants to be told."""


class Found(Struct, frozen=True):
    """``change``: the one that the answer speaks of; None where it needs none, or none was judged.
    ``able``: who can do it; ``asked``: the facts that a yes rests on."""

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    change: Change | None = None
    able: Able | None = None
    asked: tuple[FactKey, ...] = ()


def found(asked: Asked, inquiry: Inquiry) -> Found:
    """The answer: of several changes that would do, that of the likeliest one."""
    before = asked.beforehand()
    if before is not None:
        return Found("no", (before,))
    each = [_of(change, inquiry) for change in asked.changes()]
    return min(each, key=_weight) if each else Found("yes")


def _weight(one: Found) -> tuple[int, int]:
    return _ORDER.index(one.verdict), len(one.findings)


def _of(change: Change, inquiry: Inquiry) -> Found:
    judgement = inquiry.judged(change)
    if judgement.verdict == "steps":
        plain = (key for key in judgement.asked if key.attribute.partition(":")[0] not in _PLAIN)
        return Found("yes", (), change, _able(change, judgement, inquiry), tuple(plain))
    unsure = tuple(one for one in judgement.findings if one.verdict == "cannot_tell")
    certain = [one for one in judgement.findings if one.verdict in ("blocked", "manual")]
    refused = [one for one in judgement.findings if one.verdict == "refused"]
    if refused and not isinstance(change, Clone | Run):
        refused = list(refusals(inquiry.judge, judgement))
    if refused or certain:
        return Found("no", tuple(dict.fromkeys((*refused, *certain))), change)
    return Found("cannot_tell", unsure, change)


def _able(change: Change, judgement: Judgement, inquiry: Inquiry) -> Able | None:
    if not isinstance(change, Clone | Run):
        return judgement.acts[0].able if judgement.acts else None
    who = who_may(change, inquiry.judge.world({}))
    return who if isinstance(who, Actor) else None


def people(able: Able | None) -> tuple[str, ...]:
    """Who does it, in their order."""
    match able:
        case Actor(user=user):
            return (user,)
        case Acceptance(recipient=recipient):
            return (recipient,)
        case Handover(offerer=offerer, recipient=recipient):
            return offerer, recipient
        case None:
            return ()
