"""Changes → findings: one verdict a resource, and for what is legal who will do it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from reconciler.diff.changes import (
    Adopt,
    Change,
    Create,
    Rebill,
    Release,
    Remark,
    Rename,
    SetDefault,
    Unknown,
)
from reconciler.diff.compare import profile_changes, project_changes
from reconciler.diff.ownership import Owners, project_address
from reconciler.model.actual import FactKey, Facts, Needed, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Profile, Project, Workspace
from reconciler.planner.effects import Effects, effects
from reconciler.rules import catalogue
from reconciler.rules.actor import Able, Acceptance, Actionable, Handover, can_be_sent, right
from reconciler.rules.finding import VERDICTS, Finding, Verdict
from reconciler.rules.policies import Policies
from reconciler.rules.world import Overlay, World

Outcome: TypeAlias = Verdict | Literal["steps"]


class Act(Struct, frozen=True):
    """A legal change, by whom, and the facts that its judgement asked for. ``awaits``: facts that another
    act on the same resource has to bring about first. ``to_confirm``: rights that it takes for given."""

    change: Actionable
    able: Able
    asked: tuple[FactKey, ...]
    awaits: frozenset[FactKey] = frozenset()
    to_confirm: tuple[tuple[FactKey, Needed], ...] = ()


class Judgement(Struct, frozen=True):
    """What the rules say of one resource. ``asked``: every fact that any of its changes rests on.

    ``acts`` is empty where nothing of the resource may be sent: it is refused or cannot be told, or
    an adoption hangs on a part that has to wait.
    """

    address: Address
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()
    acts: tuple[Act, ...] = ()
    asked: tuple[FactKey, ...] = ()

    @property
    def verdict(self) -> Outcome:
        """The heaviest finding; "steps" where there is none."""
        found = {finding.verdict for finding in self.findings}
        return next((verdict for verdict in VERDICTS if verdict in found), "steps")


class Judge:
    """Judges resources of one workspace on one snapshot. ``acting``: who will carry out what is legal,
    where that is nobody at hand."""

    def __init__(
        self, workspace: Workspace, snapshot: Snapshot, baseline: Baseline, acting: tuple[str, ...] = ()
    ) -> None:
        self.workspace = workspace
        self.acting = acting
        self.snapshot = snapshot
        self.baseline = baseline
        self.facts = Facts(snapshot)
        self.owners = Owners(workspace, self.facts, baseline)
        self.policies = Policies(workspace, snapshot.provider_time)
        self._levels: set[tuple[str, str]] = set()
        self._profiles: set[str] = set()

    @property
    def wanted(self) -> Scope | None:
        """What was not read and would have mattered: levels of further identities, payers from whom a
        project of ours has to be taken back."""
        if not self._levels and not self._profiles:
            return None
        return Scope(profiles=tuple(sorted(self._profiles)), levels=tuple(sorted(self._levels)))

    def laid_over(self, workspace: Workspace) -> Judge:
        """A judge of other tables on the same facts, where they leave it as it is which project is whose."""
        other = copy(self)
        other.workspace = workspace
        return other

    def among(self, payers: frozenset[str]) -> Judge:
        """A judge of the same tables, were these the payers on whose projects our marks count."""
        other = copy(self)
        other.owners = Owners(self.workspace, self.facts, self.baseline, payers)
        return other

    def project(self, key: str, desired: Project, moved_from: tuple[Address, ...] = ()) -> Judgement:
        """The judgement on ``projects.KEY`` if the TOML said ``desired`` there."""
        match = self.owners.resolve(key, desired, moved_from)
        changes = project_changes(key, desired, match, self.workspace, self.snapshot)
        return self.judge(project_address(key), changes)

    def profile(self, address: Address, profile_id: str, desired: Profile) -> Judgement:
        return self.judge(address, profile_changes(address, desired, self.snapshot.profiles[profile_id]))

    def judge(
        self, address: Address, changes: tuple[Change, ...], overlay: Overlay | None = None
    ) -> Judgement:
        """The judgement on these changes of one resource, on what was read with ``overlay`` over it."""
        judged = [self._change(change, overlay or {}, changes) for change in changes]
        handover = next((one for one in judged if isinstance(one.change, Rebill)), None)
        if handover is not None and any(one.act is None for one in judged):
            judged = self._with_its_rights(handover, judged, overlay or {})
        asked = {key for one in judged for key in one.asked}
        acts = tuple(one.act for one in judged if one.act is not None)
        legal = Judgement(address, changes, (), acts, tuple(sorted(asked)))
        return with_findings(legal, tuple(finding for one in judged for finding in one.findings))

    def world(
        self, overlay: Overlay, together: tuple[Change, ...] = (), free: Collection[FactKey] = ()
    ) -> World:
        """What the rules see of a change that is made ``together`` with others of its resource."""
        return World(
            self.workspace,
            self.facts,
            self.policies,
            overlay,
            free=free,
            together=together,
            acting=self.acting,
        )

    def note(self, world: World) -> None:
        """Remembers what would have mattered to the questions that this world was asked, and was not read."""
        self._levels |= world.wanted_levels
        self._profiles |= world.wanted_profiles

    def _change(self, change: Change, overlay: Overlay, together: tuple[Change, ...]) -> _Judged:
        world = self.world(overlay, together)
        found = self._found(change, world)
        act = None
        if isinstance(change, Actionable) and not _weighs(found):
            act = self._act(change, world)
        self.note(world)
        return _Judged(change, found, act, frozenset(world.asked))

    def _found(self, change: Change, world: World) -> tuple[Finding, ...]:
        unknown = _unknown(change)
        return tuple(unknown or (f for rule in catalogue() for f in rule.check(change, world)))

    def _with_its_rights(self, handover: _Judged, judged: list[_Judged], overlay: Overlay) -> list[_Judged]:
        """Whoever accepts a project administers it: judged again is what only lacks that level. It comes
        after the acceptance; while that has to wait, it waits with it."""
        together = tuple(one.change for one in judged)
        if any(finding.verdict in ("refused", "cannot_tell") for finding in handover.findings):
            return [
                one if one is handover else self._but_for_levels(one, overlay, together) for one in judged
            ]
        given = self._rights_given(handover, overlay, together)
        if not given:
            return judged
        found: list[_Judged] = []
        for before in judged:
            lacking = before.act is None and before is not handover
            after = self._change(before.change, {**overlay, **given}, together) if lacking else before
            if after.act is None or not lacking:
                found.append(before)
            elif handover.act is None:
                found.append(replace(after, act=None))
            else:
                awaits = after.asked & frozenset(given)
                found.append(replace(after, act=replace(after.act, awaits=awaits)))
        return found

    def _but_for_levels(self, before: _Judged, overlay: Overlay, together: tuple[Change, ...]) -> _Judged:
        """Whoever could change the payer could do this as well, by the level that it takes or gives: while
        that is refused or cannot be told, what lacks nothing but a level is no reason of its own."""
        if before.act is not None:
            return before
        levels = {key for key in before.asked if key.attribute == "level"}
        findings = self._found(before.change, self.world(overlay, together, levels))
        return before if _weighs(findings) else replace(before, findings=findings)

    def _rights_given(self, handover: _Judged, overlay: Overlay, together: tuple[Change, ...]) -> Effects:
        """The level that comes with an acceptance, even if that has still to wait or is left to people."""
        change = handover.change
        if not isinstance(change, Rebill):
            return {}
        able = handover.act.able if handover.act else right(change, self.world(overlay, together))
        left = effects(change, able) if isinstance(able, Acceptance | Handover) else {}
        return {key: value for key, value in left.items() if key.attribute == "level"}

    def _act(self, change: Actionable, world: World) -> Act:
        able = right(change, world)
        if not can_be_sent(able):  # REG201 finds something in every other case
            raise AssertionError(f"{change.address}: legal, but nobody may do it")
        world.asked |= rests_on(change, self.workspace)
        to_confirm = tuple(sorted(world.to_confirm))
        return Act(change, able, tuple(sorted(world.asked)), to_confirm=to_confirm)


class _Judged(Struct, frozen=True):
    """One change: what the rules found, and what can be sent."""

    change: Change
    findings: tuple[Finding, ...]
    act: Act | None
    asked: frozenset[FactKey]


def _weighs(found: Iterable[Finding]) -> bool:
    """Is there more than a warning?"""
    return any(finding.verdict != "warning" for finding in found)


def with_findings(judgement: Judgement, findings: tuple[Finding, ...]) -> Judgement:
    """The judgement with further findings; its acts are dropped where they may no longer be sent."""
    if not findings:
        return judgement
    found = replace(judgement, findings=(*judgement.findings, *findings))
    held_back = found.verdict in ("refused", "cannot_tell")
    adoption_waits = found.verdict != "steps" and any(isinstance(change, Adopt) for change in found.changes)
    return replace(found, acts=()) if held_back or adoption_waits else found


def rests_on(change: Actionable, workspace: Workspace) -> set[FactKey]:
    """The facts that made it a change in the first place: what was compared, and whose it is."""
    match change:
        case SetDefault(profile=profile):
            return {FactKey(profile, "default_region")}
        case Create():
            keys = {
                FactKey(change.mark, "holders"),
                FactKey(change.bill_to, f"projects_named:{change.name}"),
            }
            written = workspace.projects.get(change.address.partition(".")[2])
            payer = workspace.profile(change.bill_to)
            if written is not None and written.region is None and not (payer and payer.default_region):
                keys.add(FactKey(change.bill_to, "default_region"))
            return keys
        case Adopt(project=project) | Remark(project=project) | Release(project=project):
            return {FactKey(project.id, "mark")}
        case Rename(project=project):
            return {FactKey(project.id, "name")}
        case Rebill(project=project):
            return {FactKey(project.id, "bill_to")}


def _unknown(change: Change) -> list[Finding]:
    """No rule can judge what could not be compared."""
    if not isinstance(change, Unknown):
        return []
    message = f"{change.attribute} could not be read: {change.reason}"
    finding = Finding(
        "", change.address, "cannot_tell", message, change.attribute, (change.key,), reason=change.reason
    )
    return [finding]
