"""Rules on changing a project's payer: its region must suit the new one, and offers in between."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Rebill
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.rules.actor import may_bill
from reconciler.rules.finding import Finding, Request, cannot_tell
from reconciler.rules.placement import not_permitted, pays_by_identity_at_hand
from reconciler.rules.rule import PERMISSIONS, REGIONS, Rule
from reconciler.rules.words import api_call
from reconciler.rules.world import World


class RegionOfATakeover(Rule):
    """A payer may take over a project only if the project's region is permitted for it.

    **Why.** The platform checks it when the payer is changed and when a transfer is accepted, not when
    one is offered: an offer can fail weeks later, in a session that is not ours.

    **How to mend it.** Leave the present payer, take a payer that permits the region, or ask for the
    region by writing it into the new payer's `permitted_regions`.
    """

    id = "REG103"
    title = "a payer takes over a project only in its permitted regions"
    source = REGIONS

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Rebill) or not pays_by_identity_at_hand(change.bill_to, world):
            return
        region = world.region(change.project.id)
        if isinstance(region, Unreadable):
            key = FactKey(change.project.id, "region")
            yield cannot_tell(self.id, change.address, key, region.reason, "bill_to")
            return
        message = f"{change.project.id} is in {region} and cannot be billed to {change.bill_to}"
        for finding in not_permitted(
            self.id, change.address, message, "bill_to", payer=change.bill_to, region=region, world=world
        ):
            yield _with_region(finding, change)


def _with_region(finding: Finding, change: Rebill) -> Finding:
    """A takeover hangs on two facts: permit the region, or let the project be elsewhere."""
    if finding.verdict != "refused":
        return finding
    facts = (*finding.facts, FactKey(change.project.id, "region"))
    return Finding(finding.rule, finding.address, finding.verdict, finding.message, finding.attribute, facts)


class OfferInBetween(Rule):
    """An offer of the project to somebody else must end before its payer can change.

    **Why.** While a transfer is pending the platform refuses a new payer, and a second offer would
    silently replace the first. This tool never takes an offer back that somebody has made.

    **How to mend it.** Let the recipient accept or let the offer be withdrawn, then plan again; or leave
    `bill_to` as it is. If the offer was made to the wanted payer, only the acceptance is left.
    """

    id = "REG203"
    title = "a pending transfer to somebody else must end first"
    source = PERMISSIONS

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Rebill):
            return
        project = change.project.id
        key = FactKey(project, "pending_transfer")
        pending = world.offered_to(project)
        if pending is ABSENT:
            return
        if isinstance(pending, Unreadable):
            yield cannot_tell(self.id, change.address, key, pending.reason, "bill_to")
            return
        recipient = acceptance(change, world)
        if recipient is None:
            message = f"{project} is offered to {pending}: it cannot be billed to {change.bill_to} meanwhile"
            yield Finding(self.id, change.address, "refused", message, "bill_to", (key,))
            return
        command = api_call(project, "acceptTransfer", {"billTo": change.bill_to})
        text = f"{project} is already offered to {recipient}. As {recipient}, run:\n{command}"
        message = f"the offer to {recipient} has to be accepted"
        yield Finding(self.id, change.address, "manual", message, "bill_to", request=Request(recipient, text))


def acceptance(change: Rebill, world: World) -> str | None:
    """Who only has to accept, when the project is already offered to one who can bill it as wanted."""
    pending = world.offered_to(change.project.id)
    if not isinstance(pending, str):
        return None
    if pending == change.bill_to:
        return pending
    if world.at_hand(pending) and may_bill(pending, change.bill_to, world) is None:
        return pending
    return None
