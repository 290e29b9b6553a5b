"""Changes → findings: one verdict a resource, and for what is legal who will do it."""

from __future__ import annotations

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
from reconciler.rules import catalogue
from reconciler.rules.actor import Actionable, Actor, right
from reconciler.rules.finding import VERDICTS, Finding, Verdict
from reconciler.rules.world import Overlay, World

Outcome: TypeAlias = Verdict | Literal["steps"]


class Act(Struct, frozen=True):
    """A legal change, by whom, and the facts that its judgement asked for."""

    change: Actionable
    user: str
    asked: tuple[FactKey, ...]


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
        self._levels: set[tuple[str, str]] = set()
        self._profiles: set[str] = set()

    @property
    def wanted(self) -> Scope | None:
        """What was not read and would have mattered: levels of further identities, payers from whom a
        project of ours has to be taken back."""
        if not self._levels and not self._profiles:
            return None
        return Scope(profiles=tuple(sorted(self._profiles)), levels=tuple(sorted(self._levels)))

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
        findings: list[Finding] = []
        acts: list[Act] = []
        asked: set[FactKey] = set()
        for change in changes:
            world = World(self.workspace, self.facts, overlay or {})
            found = _unknown(change) or [f for rule in catalogue() for f in rule.check(change, world)]
            findings.extend(found)
            if not found and isinstance(change, SetDefault | Create | Adopt | Remark | Rename | Rebill):
                acts.append(self._act(change, world))
            asked |= world.asked
            self._levels |= world.wanted_levels
            self._profiles |= world.wanted_profiles
        legal = Judgement(address, changes, (), tuple(acts), tuple(sorted(asked)))
        return with_findings(legal, tuple(findings))

    def _act(self, change: Actionable, world: World) -> Act:
        actor = right(change, world)
        if not isinstance(actor, Actor):  # REG201 finds something in every other case
            raise AssertionError(f"{change.address}: legal, but nobody may do it")
        world.asked |= rests_on(change, self.workspace)
        return Act(change, actor.user, tuple(sorted(world.asked)))


def with_findings(judgement: Judgement, findings: tuple[Finding, ...]) -> Judgement:
    """The judgement with further findings; its acts are dropped where they may no longer be sent."""
    if not findings:
        return judgement
    found = replace(judgement, findings=(*judgement.findings, *findings))
    held_back = found.verdict in ("refused", "cannot_tell")
    adoption_waits = any(isinstance(change, Adopt) for change in found.changes)
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
