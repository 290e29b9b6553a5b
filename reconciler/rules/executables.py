"""Rules on runs: everything that a run needs is in one region, and apps are enabled region by region."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.diff.changes import Change, Run
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Unreadable
from reconciler.rules.finding import Finding, cannot_tell
from reconciler.rules.needs import Hidden, Need, needs
from reconciler.rules.rule import REGIONS, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World

_APPLET = """
[[projects]]
id = "project-J0000000000000000000003A"
name = "Tools"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }

  [[projects.objects]]
  id = "applet-J0000000000000000000004A"
  name = "align"
"""
_APP = """
[[apps]]
name = "align"
version = "1.0.0"
bill_to = "org-lab"
published = true
authorized = ["PUBLIC"]
regions = { "aws:us-east-1" = "applet-J0000000000000000000004A" }
"""


class RunInOneRegion(Rule):
    """What a run needs must be in the region of the project that it runs in.

    That is the applet or workflow, the executables of a workflow's stages, what these bundle
    (`bundledDepends`) and are bound to, and the data that the run is given. An instance type that a
    stage asks for must be one of the region's cloud.

    **Why.** Jobs run where their project is, and the platform moves no data there: it answers
    InvalidInput.

    **How to mend it.** Run in a project of the region where executable and data are. An applet is made
    anew in another region from its source; an app is enabled there by its developers (REG109). Data
    stays where it is.
    """

    id = "REG108"
    title = "a run has everything in one region"
    source = REGIONS
    breaks = Example(
        """\
# applet-J0000000000000000000004A lies in aws:us-east-1, where project-J0000000000000000000001A is;
# project-J0000000000000000000002A is in aws:eu-central-1.
""",
        world=_APPLET,
        command="can-i run applet-J0000000000000000000004A --project project-J0000000000000000000002A",
    )
    keeps = breaks.changed(
        "--project project-J0000000000000000000002A", "--project project-J0000000000000000000001A"
    )

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Run):
            return
        place = FactKey(change.project, "region")
        region = world.region(change.project)
        if isinstance(region, Unreadable):
            yield cannot_tell(self.id, change.address, place, region.reason)
            return
        for need in dict.fromkeys(needs(change, region, world)):
            if isinstance(need, Hidden):
                yield cannot_tell(self.id, change.address, need.key, need.reason)
            elif not need.is_app:
                yield from self._here(change, need, region, world)
                yield from self._of_its_cloud(change, need, region, world)

    def _here(self, change: Run, need: Need, region: str, world: World) -> Iterable[Finding]:
        key = FactKey(need.id, "regions")
        regions = world.value(key)
        if isinstance(regions, Unreadable):
            yield cannot_tell(self.id, change.address, key, regions.reason)
        elif isinstance(regions, tuple) and region not in regions:
            where = f"in {listed(regions)}" if regions else "nowhere any more"
            message = f"{need.id}, {need.role}, is {where}, and {change.project} in {region}"
            facts = (key, FactKey(change.project, "region"))
            yield Finding(self.id, change.address, "refused", message, facts=facts)

    def _of_its_cloud(self, change: Run, need: Need, region: str, world: World) -> Iterable[Finding]:
        if not need.id.startswith("workflow-"):
            return
        key = FactKey(need.id, "instance_types")
        asked = world.value(key)
        foreign = (
            [one for one in asked if _cloud(one) != region.partition(":")[0]]
            if isinstance(asked, tuple)
            else []
        )
        if foreign:
            message = f"{need.id} asks for {listed(foreign)}, which {region} does not have"
            facts = (key, FactKey(change.project, "region"))
            yield Finding(self.id, change.address, "refused", message, facts=facts)


def _cloud(instance_type: str) -> str:
    """``azure:mem1_ssd1_x4`` names its cloud; without one it is of aws."""
    return instance_type.partition(":")[0] if ":" in instance_type else "aws"


class EnabledInTheRegion(Rule):
    """An app runs only in the regions where it is enabled, each permitted for the app's payer.

    A version of an app or global workflow is enabled region by region when it is made; whoever runs it
    needs no permission for the region, but its payer did.

    **Why.** Behind each enabled region stands an applet (a workflow) of that region, with its bundled
    files. Elsewhere there is nothing to run: the platform answers InvalidInput.

    **How to mend it.** Run it in a project of a region where it is enabled; or let its developers publish
    a version that is enabled in yours, with an applet there. That needs the region among the permitted
    regions of the app's payer.
    """

    id = "REG109"
    title = "an app is enabled per region, each permitted for the app's payer"
    source = REGIONS
    breaks = Example(
        """\
# app-align is enabled in aws:us-east-1, where project-J0000000000000000000001A is;
# project-J0000000000000000000002A is in aws:eu-central-1.
""",
        world=_APPLET + _APP,
        command="can-i run app-align --project project-J0000000000000000000002A",
    )
    keeps = breaks.changed(
        "--project project-J0000000000000000000002A", "--project project-J0000000000000000000001A"
    )

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not isinstance(change, Run):
            return
        region = world.region(change.project)
        if isinstance(region, Unreadable):
            return  # REG108 says so
        for need in dict.fromkeys(needs(change, region, world)):
            if isinstance(need, Need) and need.is_app:
                yield from self._enabled(change, need, region, world)

    def _enabled(self, change: Run, need: Need, region: str, world: World) -> Iterable[Finding]:
        key = FactKey(need.id, "regions")
        enabled = world.value(key)
        if isinstance(enabled, Unreadable):
            yield cannot_tell(self.id, change.address, key, enabled.reason)
        elif isinstance(enabled, tuple) and region not in enabled:
            message = (
                f"{need.id}, {need.role}, is not enabled in {region}, the region of {change.project}, but in "
                f"{listed(enabled)}{_could_it_be(need.id, region, world)}"
            )
            facts = (key, FactKey(change.project, "region"))
            yield Finding(self.id, change.address, "refused", message, facts=facts)


def _could_it_be(app: str, region: str, world: World) -> str:
    """Could a new version be enabled there, as far as the app's payer goes?"""
    payer = world.value(FactKey(app, "bill_to"))
    if not isinstance(payer, str):
        return ""
    permitted = world.permitted(payer)
    if isinstance(permitted, Unreadable):
        return f"; whether {region} is permitted for its payer, {payer}, cannot be told"
    if region in permitted:
        return (
            f"; {region} is permitted for its payer, {payer}: its developers can enable a new version there"
        )
    return f"; {region} is not permitted for its payer, {payer}, either"
