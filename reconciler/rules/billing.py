"""Rules on changing a project's payer: its region must suit the new one, and offers in between."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Rebill, Relocate
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.rules.actor import Acceptance, Actor, acceptance, right
from reconciler.rules.finding import Finding, cannot_tell
from reconciler.rules.placement import not_permitted
from reconciler.rules.rule import PERMISSIONS, REGIONS, Example, Rule
from reconciler.rules.world import World

_OFFERED = """
[[projects]]
id = "project-J0000000000000000000003A"
name = "Offered"
region = "aws:eu-central-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
pending_transfer = "user-carol"
"""


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
    breaks = Example("""\
# org-clinic may use aws:eu-central-1 and aws:eu-west-2.
[projects.trial]
id      = "project-J0000000000000000000001A"   # is in aws:us-east-1
bill_to = "org-clinic"
""")
    keeps = breaks.changed('1A"   # is in aws:us-east-1', '2A"   # is in aws:eu-central-1')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Rebill) or _left_to_a_person(change, world):
            return
        place = FactKey(change.project.id, "region")
        region = _region(change, place, world)
        if isinstance(region, Unreadable):
            yield cannot_tell(self.id, change.address, place, region.reason, "bill_to")
        elif region is not None:
            message = f"{change.project.id}, in {region}, cannot be billed to {change.bill_to}"
            yield from not_permitted(
                self.id, change.address, message, "bill_to", payer=change.bill_to, region=region, world=world
            )


def _region(change: Rebill, place: FactKey, world: World) -> str | Unreadable | None:
    """Where the TOML wants the project; else where it is. None: it may be anywhere, and the new payer has
    a region for it."""
    wanted = next((one.region for one in world.together if isinstance(one, Relocate)), None)
    if wanted is not None:
        return wanted
    region = world.region(change.project.id)
    return None if world.is_free(place) and world.permitted(change.bill_to) else region


def _left_to_a_person(change: Rebill, world: World) -> bool:
    """Is the new payer a user who takes the project over alone, with regions that only that user sees?
    An identity at hand is asked to do it only where they are known."""
    if change.bill_to.startswith("org-"):
        return False
    hidden = isinstance(world.permitted(change.bill_to), Unreadable)
    return not world.at_hand(change.bill_to) or (hidden and not isinstance(right(change, world), Actor))


class OfferInBetween(Rule):
    """An offer of the project to somebody else must end before its payer can change.

    **Why.** As far as is known, the platform refuses a new payer while a transfer is pending, and a second
    offer silently replaces the first. This tool never takes an offer back that somebody has made.

    **How to mend it.** Let the recipient accept or let the offer be withdrawn, then plan again; or leave
    `bill_to` as it is. If the offer was made to the wanted payer, only the acceptance is left.
    """

    id = "REG203"
    title = "a pending transfer to somebody else must end first"
    source = PERMISSIONS
    breaks = Example(
        """\
[projects.offered]
id      = "project-J0000000000000000000003A"   # is offered to user-carol
bill_to = "org-clinic"
""",
        world=_OFFERED,
    )
    keeps = breaks.changed('"org-clinic"', '"org-lab"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Rebill):
            return
        project = change.project.id
        key = FactKey(project, "pending_transfer")
        pending = world.offered_to(project)
        if pending is ABSENT:
            return
        accepting = acceptance(change, world)
        if isinstance(accepting, Acceptance):
            return
        if isinstance(pending, Unreadable):
            yield cannot_tell(self.id, change.address, key, pending.reason, "bill_to")
        elif accepting is None:
            message = f"{project} is offered to {pending}: it cannot be billed to {change.bill_to} meanwhile"
            yield Finding(self.id, change.address, "refused", message, "bill_to", (key,))
