"""Rules on where a project is: fixed for life, and permitted for its payer when it is made."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Create, Relocate
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.rules.finding import Finding, cannot_tell
from reconciler.rules.rule import REGIONS, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World


class RegionIsForLife(Rule):
    """A project's region is chosen when the project is created and never changes.

    **Why.** No route of the platform takes a new region for a project, and data is cloned only inside
    one region. A plan that "moved" a project could only destroy it and make an empty one; this tool
    never does that.

    **How to mend it.** Write the region in which the project is. If work has to go on in another
    region, make a new project there, under an address of its own; the data stays where it is.
    """

    id = "REG101"
    title = "a project's region never changes"
    source = REGIONS
    breaks = Example("""\
[projects.trial]
id     = "project-J0000000000000000000001A"   # is in aws:us-east-1
region = "aws:eu-central-1"
""")
    keeps = breaks.changed('"aws:eu-central-1"', '"aws:us-east-1"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Relocate):
            return
        key = FactKey(change.project.id, "region")
        if not world.is_free(key):
            actual = world.region(change.project.id)
            yield Finding(
                self.id,
                change.address,
                "refused",
                f"{change.project.id} is in {actual} and stays there: "
                f"a project's region never changes, so it cannot become {change.region}",
                "region",
                (key,),
            )


class RegionOfANewProject(Rule):
    """A new project's region must be among the permitted regions of its payer.

    **Why.** The payer's set counts, not the set of who creates the project; the platform answers
    PermissionDenied. Without a `region` in the TOML, the payer's default region is written into the
    plan and sent, and judged like one that is written.

    **How to mend it.** Take a permitted region, or another payer; or ask for the region by writing it
    into the payer's `permitted_regions`: the plan then holds the request to the platform's sales, and
    the project waits for it.
    """

    id = "REG102"
    title = "a new project's region must be permitted for its payer"
    source = REGIONS
    breaks = Example("""\
# org-lab may use aws:us-east-1 and aws:eu-central-1.
[projects.cohort]
region  = "aws:eu-west-2"
bill_to = "org-lab"
""")
    keeps = breaks.changed('"aws:eu-west-2"', '"aws:eu-central-1"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Create) or world.exists(change.bill_to) is False:
            return
        default = FactKey(change.bill_to, "default_region")
        if isinstance(change.region, Unreadable):
            yield cannot_tell(self.id, change.address, default, change.region.reason, "region")
        elif not pays_by_identity_at_hand(change.bill_to, world):
            return
        elif change.region is ABSENT:
            yield from self._without_any(change, default, world)
        else:
            yield from self._permitted(change, change.region, world)

    def _without_any(self, change: Create, default: FactKey, world: World) -> Iterable[Finding]:
        """Nothing says where: neither the TOML nor the payer's default, which would have to be permitted."""
        if not world.is_free(default):
            message = f"no region is written, and {change.bill_to} has no default region"
            yield Finding(self.id, change.address, "refused", message, "bill_to", (default,))
        if not world.permitted(change.bill_to):
            message = f"{change.bill_to} is permitted no region at all"
            key = FactKey(change.bill_to, "permitted_regions")
            yield Finding(self.id, change.address, "refused", message, "bill_to", (key,))

    def _permitted(self, change: Create, region: str, world: World) -> Iterable[Finding]:
        message = f"a new project billed to {change.bill_to} cannot be in {region}"
        yield from not_permitted(
            self.id, change.address, message, "region", payer=change.bill_to, region=region, world=world
        )


def pays_by_identity_at_hand(payer: str, world: World) -> bool:
    """Is the payer an org, or a user that this run can act as? Another user's regions are his own
    secret: what is billed to him is for him to do, and not for us to judge."""
    return payer.startswith("org-") or world.at_hand(payer)


def not_permitted(
    rule: str, address: str, message: str, attribute: str, *, payer: str, region: str, world: World
) -> Iterable[Finding]:
    """The finding, if there is one, on a region that must be permitted for a payer: refused, or
    blocked when this TOML asks for the region, or cannot tell."""
    if world.exists(payer) is False:
        return  # REG202 says so
    key = FactKey(payer, "permitted_regions")
    permitted = world.permitted(payer)
    if isinstance(permitted, Unreadable):
        yield cannot_tell(rule, address, key, permitted.reason, attribute)
    elif region not in permitted:
        has = f"the permitted regions of {payer} are {listed(permitted)}"
        if region in (world.requested(payer) or ()):
            why = f"{message} yet: {has}; this configuration asks for {region}"
            yield Finding(rule, address, "blocked", why, attribute, (key,), waits_for=payer)
        else:
            yield Finding(rule, address, "refused", f"{message}: {has}", attribute, (key,))
