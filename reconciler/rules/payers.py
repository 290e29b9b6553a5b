"""Rules on payers: their default region, their permitted regions, that they exist."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Create, Grant, NoSuchPayer, Rebill, SetDefault
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Unreadable
from reconciler.rules.finding import Finding, Request
from reconciler.rules.placement import not_permitted
from reconciler.rules.rule import ORGS, REGIONS, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World

SALES = "the platform's sales contact"
_SHOWN = 20
"""Project ids named in a text; the rest is counted."""


class DefaultIsPermitted(Rule):
    """A default region must be among the same profile's permitted regions.

    **Why.** The platform refuses any other value. A default that has stopped being permitted stays in
    place, and then every project that is created without a region fails.

    **How to mend it.** Take one of the permitted regions; or write the wanted one into
    `permitted_regions` as well: the plan then holds the request for it, and the default waits.
    """

    id = "REG104"
    title = "a default region must be a permitted one"
    source = REGIONS
    breaks = Example("""\
# org-lab may use aws:us-east-1 and aws:eu-central-1.
[orgs.org-lab]
default_region = "aws:eu-west-2"
""")
    keeps = breaks.changed('"aws:eu-west-2"', '"aws:eu-central-1"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if isinstance(change, SetDefault):
            yield from not_permitted(
                self.id,
                change.address,
                f"the default region of {change.profile} cannot be {change.after}",
                "default_region",
                payer=change.profile,
                region=change.after,
                world=world,
            )


class PermittedBySalesOnly(Rule):
    """Permitted regions are granted and taken back by the platform's sales only.

    **Why.** No route of the platform sets them; an update that names them succeeds without effect.

    **How to mend it.** Send the request that the plan prints. What needs the region is *blocked* until
    the platform reports it as permitted.
    """

    id = "REG105"
    title = "permitted regions are granted by the platform's sales only"
    source = REGIONS
    breaks = Example("""\
[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]
""")
    keeps = breaks.changed(', "aws:eu-west-2"', "")

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Grant):
            return
        permitted = world.permitted(change.profile)
        now = listed(permitted) if isinstance(permitted, frozenset) else "unknown"
        parts = []
        if change.asked:
            parts.append(f"please add {listed(change.asked)} to the permitted regions of {change.profile}")
        if change.given_up:
            parts.append(
                f"please remove {listed(change.given_up)} from the permitted regions of {change.profile}"
            )
            parts.extend(_stranded(change, world))
        text = "; ".join(parts)
        text = f"{text[0].upper()}{text[1:]}. They are now: {now}."
        message = f"permitted regions of {change.profile} are set by {SALES}"
        fact = FactKey(change.profile, "permitted_regions")
        yield Finding(
            self.id,
            change.address,
            "manual",
            message,
            "permitted_regions",
            (fact,),
            request=Request(SALES, text),
        )


def _stranded(change: Grant, world: World) -> Iterable[str]:
    """What stays in the regions that are given up: legal where it is, and then for ever alone there."""
    stays = _staying(change, world)
    if stays:
        shown = listed(stays[:_SHOWN]) + (f" and {len(stays) - _SHOWN} more" if len(stays) > _SHOWN else "")
        yield f"known to stay behind there: {shown}"
    default = world.default(change.profile)
    if default in change.given_up:
        written = world.workspace.profile(change.profile)
        wanted = written.default_region if written is not None else None
        moves = f"; it has to become {wanted} first" if wanted not in (None, default) else ""
        yield f"its default region is still {default}{moves}"


def _staying(change: Grant, world: World) -> list[str]:
    return sorted(
        p.id
        for p in world.facts.snapshot.projects.values()
        if p.bill_to == change.profile and p.region in change.given_up
    )


class GivingUpStrands(Rule):
    """Giving up a permitted region strands what is in it.

    **Why.** A project stays legal where it is, and nothing in it is stopped; but nothing new can be
    made beside it, no project can be billed to that payer there again, and its data can be cloned to
    no other region. A default region that is no longer permitted makes every creation without a
    region fail.

    **How to mend it.** It is a warning: nothing is held back. Keep the region in `permitted_regions` as
    long as work goes on there; change the default region before it is given up.
    """

    id = "REG106"
    title = "giving up a region strands what is in it"
    source = REGIONS
    breaks = Example("""\
# A project of org-lab is in aws:eu-central-1.
[orgs.org-lab]
permitted_regions = ["aws:us-east-1"]
""")
    keeps = breaks.changed('["aws:us-east-1"]', '["aws:us-east-1", "aws:eu-central-1"]')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Grant) or not change.given_up:
            return
        estate = FactKey(change.profile, "estate")
        whole = world.value(estate)
        reason = whole.reason if isinstance(whole, Unreadable) else None
        parts = list(_stranded(change, world))
        if parts or reason is not None:
            told = "; ".join(parts) or "which projects lie there cannot be told"
            message = f"{change.profile} gives up {listed(change.given_up)}: {told}"
            yield Finding(
                self.id,
                change.address,
                "warning",
                message,
                "permitted_regions",
                (estate,),
                reason=reason,
            )


class PayerExists(Rule):
    """The payer must exist: the platform must know the user or org.

    **Why.** Creating a project for an unknown payer, or billing one to it, fails at the platform. Other
    reasons why a payer cannot pay (no billing account, an expired org, a spending limit, PHI) are told
    by no route beforehand; the platform's own words are shown when an apply meets them.

    **How to mend it.** Correct the id; `dx find orgs --level MEMBER` lists your orgs.
    """

    id = "REG202"
    title = "the payer must exist"
    source = ORGS
    breaks = Example("""\
[projects.cohort]
region  = "aws:us-east-1"
bill_to = "org-labb"
""")
    keeps = breaks.changed('"org-labb"', '"org-lab"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        match change:
            case Create(bill_to=payer) | Rebill(bill_to=payer):
                attribute: str | None = "bill_to"
            case NoSuchPayer(profile=payer):
                attribute = None
            case _:
                return
        if world.exists(payer) is False:
            message = f"there is no {payer} at the platform"
            yield Finding(self.id, change.address, "refused", message, attribute, (FactKey(payer, "exists"),))
