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
    Remark,
    Rename,
    SetDefault,
    Unknown,
)
from reconciler.diff.compare import profile_changes, project_changes
from reconciler.diff.ownership import Owners, project_address
from reconciler.model.actual import FactKey, Facts, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Profile, Project, Workspace
from reconciler.planner.effects import Effects, effects
from reconciler.rules import catalogue
from reconciler.rules.actor import Able, Actionable, can_be_sent, right
from reconciler.rules.finding import VERDICTS, Finding, Verdict
from reconciler.rules.policies import Policies
from reconciler.rules.world import Overlay, World

Outcome: TypeAlias = Verdict | Literal["steps"]


class Act(Struct, frozen=True):
    """A legal change, by whom, and the facts that its judgement asked for. ``awaits``: facts that another
    act on the same resource has to bring about first."""

    change: Actionable
    able: Able
    asked: tuple[FactKey, ...]
    awaits: frozenset[FactKey] = frozenset()


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
    """Judges resources of one workspace on one snapshot."""

    def __init__(self, workspace: Workspace, snapshot: Snapshot, baseline: Baseline) -> None:
        self.workspace = workspace
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
        given = _rights_given(judged)
        if given:
            again = {**(overlay or {}), **given}
            judged = [self._once_given(one, again, changes) if one.act is None else one for one in judged]
        asked = {key for one in judged for key in one.asked}
        acts = tuple(one.act for one in judged if one.act is not None)
        legal = Judgement(address, changes, (), acts, tuple(sorted(asked)))
        return with_findings(legal, tuple(finding for one in judged for finding in one.findings))

    def world(
        self, overlay: Overlay, together: tuple[Change, ...] = (), free: Collection[FactKey] = ()
    ) -> World:
        """What the rules see of a change that is made ``together`` with others of its resource."""
        return World(self.workspace, self.facts, self.policies, overlay, free=free, together=together)

    def _change(self, change: Change, overlay: Overlay, together: tuple[Change, ...]) -> _Judged:
        world = self.world(overlay, together)
        found = _unknown(change) or [f for rule in catalogue() for f in rule.check(change, world)]
        act = None
        if isinstance(change, SetDefault | Create | Adopt | Remark | Rename | Rebill) and not _weighs(found):
            act = self._act(change, world)
        self._levels |= world.wanted_levels
        self._profiles |= world.wanted_profiles
        return _Judged(change, tuple(found), act, frozenset(world.asked))

    def _once_given(self, before: _Judged, given: Effects, together: tuple[Change, ...]) -> _Judged:
        """The judgement where the rights ``given`` by another change make this one legal; else as it was."""
        after = self._change(before.change, given, together)
        if after.act is None:
            return before
        return replace(after, act=replace(after.act, awaits=after.asked & frozenset(given)))

    def _act(self, change: Actionable, world: World) -> Act:
        able = right(change, world)
        if not can_be_sent(able):  # REG201 finds something in every other case
            raise AssertionError(f"{change.address}: legal, but nobody may do it")
        world.asked |= rests_on(change, self.workspace)
        return Act(change, able, tuple(sorted(world.asked)))


class _Judged(Struct, frozen=True):
    """One change: what the rules found, and what can be sent."""

    change: Change
    findings: tuple[Finding, ...]
    act: Act | None
    asked: frozenset[FactKey]


def _rights_given(judged: Iterable[_Judged]) -> Effects:
    """The level that whoever accepts a project gets on it, where something else still wants one."""
    if all(one.act is not None for one in judged):
        return {}
    acts = (one.act for one in judged if one.act is not None)
    return {
        key: value
        for act in acts
        for key, value in effects(act.change, act.able).items()
        if key.attribute == "level"
    }


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
        case Adopt(project=project) | Remark(project=project):
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
