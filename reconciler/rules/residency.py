"""The rule of the workspace's own policies: where a change may put a project, or whose it may make it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from msgspec.structs import replace

from reconciler.diff.changes import Change, Create, Rebill, Rename
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Maybe, Unreadable
from reconciler.rules.finding import Finding, cannot_tell
from reconciler.rules.policies import Hidden, Place, Residency, Violated
from reconciler.rules.rule import POLICIES, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World


class ResidencyAllowed(Rule):
    """A residency policy allows only these regions for the projects that it speaks of.

    A policy of this workspace (`[[policies]]`) is judged over every project that is billed to one of its
    payers, managed or not. A violation that stands already is reported and refuses nothing: it is there,
    whatever is planned. A step that causes one is refused: a project that would be created outside the
    allowed regions, or one that a new name or a new payer would bring under the policy, or take away from
    a waiver.

    **Why.** A project's region never changes and its data is never moved: what starts in the wrong
    jurisdiction stays there.

    **How to mend it.** Take an allowed region, or leave name and payer as they are. If the exception is
    wanted and has been approved, write it down, with its end:

        [[waivers]]
        policy      = "gdpr"
        match       = { name = "Old cohort" }
        reason      = "moved out by 2027"
        ticket      = "COMP-17"
        approved_by = "dpo@example.org"
        expires     = 2027-01-31
    """

    id = "REG301"
    title = "a residency policy allows only these regions"
    source = POLICIES
    breaks = Example("""\
[[policies]]
id      = "gdpr"
match   = { bill_to = "org-lab", name = "EU *" }
regions = ["aws:eu-central-1"]
reason  = "GDPR art. 44"

[projects.cohort]
name    = "EU cohort"
region  = "aws:us-east-1"
bill_to = "org-lab"
""")
    keeps = breaks.changed('"aws:us-east-1"', '"aws:eu-central-1"')

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if not world.policies.each:
            return
        match change:
            case Create(region=str()):
                yield from self._created(change, world)
            case Rename() | Rebill():
                yield from self._moved(change, world)
            case _:
                return

    def _created(self, change: Create, world: World) -> Iterable[Finding]:
        place = created(change)
        for policy in world.policies.each:
            found = policy.verdict(place)
            if isinstance(found, Violated) and found.waiver is None:
                message = (
                    f"{_allows(policy)}: a project named {change.name} and billed to {change.bill_to} "
                    f"cannot be in {change.region}{_once(found)}"
                )
                yield Finding(self.id, change.address, "refused", message, "region")

    def _moved(self, change: Rename | Rebill, world: World) -> Iterable[Finding]:
        """Judged on what all changes of the project leave; told once, of the one that brings it about."""
        together = [one for one in world.together if isinstance(one, Rename | Rebill)] or [change]
        concerned = [p for p in world.policies.each if _attribute(change) in p.watches]
        if not concerned:
            return
        before = _read(change.project.id, world)
        after = left_by(together, before)
        region = FactKey(change.project.id, "region")
        for policy in concerned:
            if not _caused(policy, before, after) or _culprit(policy, before, together) != change:
                continue
            found = policy.verdict(after)
            unsure = next((f for f in (found, policy.verdict(before)) if isinstance(f, Hidden)), None)
            if world.is_free(region):
                continue
            if unsure is not None:
                key = FactKey(change.project.id, unsure.attribute)
                yield cannot_tell(self.id, change.address, key, unsure.reason, _attribute(change))
            elif isinstance(found, Violated):
                message = (
                    f"{_allows(policy)}, and {change.project.id} is in {after.region}: "
                    f"it cannot be {_becomes(change)}{_once(found)}"
                )
                yield Finding(self.id, change.address, "refused", message, _attribute(change), (region,))


def _attribute(change: Rename | Rebill) -> str:
    return "name" if isinstance(change, Rename) else "bill_to"


def _read(project_id: str, world: World) -> Place:
    """The project as it is before the change."""
    name, payer, region = (
        cast("str | Unreadable", world.value(FactKey(project_id, attribute)))
        for attribute in ("name", "bill_to", "region")
    )
    return Place(project_id, name, payer, region)


def created(change: Create) -> Place:
    """What a creation leaves. A region that cannot be told is REG102's to speak of."""
    region: Maybe[str] = change.region
    return Place(None, change.name, change.bill_to, region if isinstance(region, str) else Unreadable(""))


def left_by(changes: Iterable[Change], before: Place) -> Place:
    """The project once all of these changes are carried out."""
    after = before
    for change in changes:
        if isinstance(change, Rename):
            after = replace(after, name=change.name)
        elif isinstance(change, Rebill):
            after = replace(after, bill_to=change.bill_to)
    return after


def _counts(policy: Residency, place: Place) -> bool | Hidden:
    found = policy.verdict(place)
    return found if isinstance(found, Hidden) else found is not None and found.waiver is None


def _caused(policy: Residency, before: Place, after: Place) -> bool:
    """Does, or may, the project violate the policy afterwards without having done so before? What is
    hidden is the same before and after: it matters only where a match says something else of them."""
    was, now = _counts(policy, before), _counts(policy, after)
    if isinstance(was, Hidden) or isinstance(now, Hidden):
        return was is not True and now is not False and policy.covers(before) != policy.covers(after)
    return now and not was


def _culprit(policy: Residency, before: Place, together: Sequence[Rename | Rebill]) -> Rename | Rebill:
    """The change without which it would be well; the first where each alone is enough."""
    for change in together:
        rest = left_by((one for one in together if one is not change), before)
        if not _caused(policy, before, rest):
            return change
    return together[0]


def _allows(policy: Residency) -> str:
    reason = f" ({policy.policy.reason})" if policy.policy.reason else ""
    return f"policy {policy.id}{reason} allows only {listed(policy.allowed)}"


def _once(found: Violated) -> str:
    return "".join(f"; waiver {w.ticket} expired on {w.expires}" for w in found.expired)


def _becomes(change: Rename | Rebill) -> str:
    return f"renamed to {change.name}" if isinstance(change, Rename) else f"billed to {change.bill_to}"
