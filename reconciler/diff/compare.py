"""What differs between the TOML and the platform. An attribute that is not written is never compared."""

from __future__ import annotations

from reconciler.diff.changes import (
    Change,
    Create,
    Grant,
    NoSuchPayer,
    Rebill,
    Relocate,
    Rename,
    SetDefault,
    Unknown,
)
from reconciler.diff.ownership import Match, mark_of, project_address
from reconciler.model.actual import FactKey, Project, Snapshot
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.desired import Address, Profile, Workspace
from reconciler.model.desired import Project as Desired
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

NO_CHANGE: tuple[Change, ...] = ()


def profile_changes(address: Address, desired: Profile, actual: ActualProfile) -> tuple[Change, ...]:
    """The changes of a payer: its default region, its permitted regions."""
    if actual.exists is False:
        return (NoSuchPayer(address, actual.id),)
    changes: list[Change] = []
    wanted = desired.default_region
    if wanted is not None and wanted != actual.default_region:
        changes.append(_default_change(address, actual, wanted))
    if desired.permitted_regions is not None:
        changes.extend(_permitted_changes(address, actual, frozenset(desired.permitted_regions)))
    return tuple(changes)


def _default_change(address: Address, actual: ActualProfile, wanted: str) -> Change:
    before = actual.default_region
    if isinstance(before, Unreadable):
        return Unknown(address, "default_region", FactKey(actual.id, "default_region"), before.reason)
    return SetDefault(address, actual.id, before, wanted)


def _permitted_changes(address: Address, actual: ActualProfile, wanted: frozenset[str]) -> tuple[Change, ...]:
    permitted = actual.permitted_regions
    if isinstance(permitted, Unreadable):
        key = FactKey(actual.id, "permitted_regions")
        return (Unknown(address, "permitted_regions", key, permitted.reason),)
    if permitted == wanted:
        return ()
    return (Grant(address, actual.id, tuple(sorted(wanted - permitted)), tuple(sorted(permitted - wanted))),)


def default_region_for(payer: str, workspace: Workspace, snapshot: Snapshot) -> Maybe[str]:
    """The region of a new project whose TOML names none: the payer's default in the TOML, else at
    the platform. It is then sent explicitly, so whose default the platform would take is no matter."""
    written = workspace.profile(payer)
    if written is not None and written.default_region is not None:
        return written.default_region
    actual = snapshot.profiles.get(payer)
    return Unreadable("not read") if actual is None else actual.default_region


def project_changes(
    key: str, desired: Desired, match: Match, workspace: Workspace, snapshot: Snapshot
) -> tuple[Change, ...]:
    """The changes of a project, ownership first."""
    address = project_address(key)
    if match.project is not None:
        return _differences(address, desired, match.project, match)
    if match.first is not None:
        return (match.first,)
    payer = desired.bill_to or ""
    region: Maybe[str] = desired.region or default_region_for(payer, workspace, snapshot)
    return (Create(address, desired.name or key, region, payer, mark_of(workspace.name, address)),)


def _differences(address: Address, desired: Desired, project: Project, match: Match) -> tuple[Change, ...]:
    """Written so that a project in sync costs three comparisons and no object."""
    same_region = desired.region is None or desired.region == project.region
    same_name = desired.name is None or desired.name == project.name
    same_payer = desired.bill_to is None or desired.bill_to == project.bill_to
    if match.first is None and same_region and same_name and same_payer:
        return NO_CHANGE
    changes: list[Change] = [] if match.first is None else [match.first]
    if not same_region:
        changes.append(
            _compared(address, project, "region", Relocate(address, project, desired.region or ""))
        )
    if not same_name:
        changes.append(_compared(address, project, "name", Rename(address, project, desired.name or "")))
    if not same_payer:
        changes.append(
            _compared(address, project, "bill_to", Rebill(address, project, desired.bill_to or ""))
        )
    return tuple(changes)


def _compared(address: Address, project: Project, attribute: str, change: Change) -> Change:
    value = getattr(project, attribute)
    if isinstance(value, Unreadable):
        return Unknown(address, attribute, FactKey(project.id, attribute), value.reason)
    return change


def offered_to(project: Project) -> str | None:
    """The user to whom the project is offered, when that is known and there is one."""
    pending = project.pending_transfer
    return None if pending is ABSENT or isinstance(pending, Unreadable) else pending
