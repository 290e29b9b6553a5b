"""Baseline × desired × actual → a verdict per attribute; and what nobody manages.

  baseline   desired   actual   →
  any        x         x        in_sync, or converged where the baseline is another value
  none       x         y        pending
  x          x         y        drifted: changed at the platform
  y          x         y        pending: changed in the TOML
  z          x         y        conflict: changed in both places
  any        x         ?        unreadable, whatever the baseline says

Must not know policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.diff.changes import Adopt, Change, Contested, Remark, Unknown
from reconciler.diff.managed import Compared, profiles, same, written
from reconciler.diff.ownership import payers
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.actual import Project, Snapshot
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.knowledge import Absent, Maybe, Unreadable
from reconciler.model.report import DriftItem, DriftVerdict
from reconciler.rules.ownership import conflict_in_words


def of_profiles(workspace: Workspace, snapshot: Snapshot, baseline: Baseline) -> Iterator[DriftItem]:
    """The region settings that the TOML manages of each payer."""
    for address, profile_id, table in profiles(workspace):
        actual = snapshot.profiles[profile_id]
        recorded = baseline.resources.get(address)
        if actual.exists is False:
            verdict: DriftVerdict = "destroyed" if recorded else "pending"
            message = f"there is no {profile_id} at the platform"
            yield DriftItem(address, profile_id, None, None, verdict, None, None, None, message)
            continue
        for attribute, desired in written(table).items():
            value = _profile_value(actual, attribute)
            yield _item(address, profile_id, attribute, recorded, desired=desired, actual=value)


def _profile_value(actual: ActualProfile, attribute: str) -> Maybe[AttributeValue]:
    if attribute == "default_region":
        return actual.default_region
    regions = actual.permitted_regions
    return regions if isinstance(regions, Unreadable) else tuple(sorted(regions))


def of_project(one: Compared, resources: Mapping[Address, ResourceBaseline]) -> Iterator[DriftItem]:
    """What the TOML manages of one project; ``resources``: the baseline, under the present addresses."""
    recorded = resources.get(one.address)
    if one.actual is None:
        yield _without_project(one, recorded)
        return
    yield from _mark(one.address, one.actual, one.changes, recorded)
    for attribute, desired in written(one.desired).items():
        value = getattr(one.actual, attribute)
        yield _item(one.address, one.actual.id, attribute, recorded, desired=desired, actual=value)


def _without_project(one: Compared, recorded: ResourceBaseline | None) -> DriftItem:
    """A project that is not there, or of which it cannot be said which it is."""
    change = one.changes[0]
    known = recorded.id if recorded else None
    if isinstance(change, Unknown):
        message = change.reason
        return DriftItem(one.address, known, None, change.attribute, "unreadable", None, None, None, message)
    if isinstance(change, Contested):
        verdict: DriftVerdict = "drifted" if recorded else "pending"
        if change.conflict == "destroyed":
            verdict = "destroyed"
        ids = change.ids[0] if len(change.ids) == 1 else known
        message = conflict_in_words(change)
        return DriftItem(one.address, ids, None, None, verdict, None, None, None, message)
    return DriftItem(one.address, known, None, None, "pending", None, None, None, "not created yet")


def _mark(
    address: Address, project: Project, changes: tuple[Change, ...], recorded: ResourceBaseline | None
) -> Iterator[DriftItem]:
    """Our mark is drifted where it is gone from a project of ours, pending before an adoption and after
    a rename of the address."""
    for change in changes:
        if isinstance(change, Adopt):
            message = "to be adopted, not applied yet"
            yield DriftItem(address, project.id, None, "mark", "pending", None, change.mark, None, message)
        elif isinstance(change, Unknown) and change.attribute == "mark":
            yield DriftItem(address, project.id, None, "mark", "unreadable", None, None, None, change.reason)
        elif isinstance(change, Remark):
            actual = project.mark if isinstance(project.mark, str) else None
            verdict: DriftVerdict = "drifted" if recorded and actual is None else "pending"
            before = change.mark if verdict == "drifted" else actual
            message = "the mark is gone" if actual is None else "the address was renamed, not applied yet"
            yield DriftItem(address, project.id, None, "mark", verdict, before, change.mark, actual, message)


def _item(
    address: Address,
    subject: str,
    attribute: str,
    recorded: ResourceBaseline | None,
    *,
    desired: AttributeValue,
    actual: Maybe[AttributeValue],
) -> DriftItem:
    before = recorded.attributes.get(attribute) if recorded else None
    if isinstance(actual, Unreadable):
        return DriftItem(
            address, subject, None, attribute, "unreadable", before, desired, None, actual.reason
        )
    value = None if isinstance(actual, Absent) else actual
    verdict, message = _verdict(before, desired, value)
    return DriftItem(address, subject, None, attribute, verdict, before, desired, value, message)


def _verdict(
    before: AttributeValue | None, desired: AttributeValue, actual: AttributeValue | None
) -> tuple[DriftVerdict, str | None]:
    if actual is not None and _equal(desired, actual):
        if before is None or _equal(before, desired):
            return "in_sync", None
        return "converged", "changed in the TOML and at the platform, to the same value"
    if before is None:
        return "pending", "never applied"
    if _equal(before, desired):
        return "drifted", "changed at the platform"
    if actual is not None and _equal(before, actual):
        return "pending", "changed in the TOML, not applied yet"
    return "conflict", "changed in the TOML and at the platform, to different values"


def _equal(one: AttributeValue, other: AttributeValue) -> bool:
    return same(one, frozenset(other)) if isinstance(other, tuple) else one == other


def unmanaged(workspace: Workspace, snapshot: Snapshot, compared: Iterable[Compared]) -> Iterator[DriftItem]:
    """Projects billed to this workspace's payers that no address of the TOML is, or may be."""
    spoken_of = {one.actual.id for one in compared if one.actual is not None}
    for one in compared:
        spoken_of.update(i for change in one.changes if isinstance(change, Contested) for i in change.ids)
    ours = payers(workspace)
    for project in snapshot.projects.values():
        if project.id not in spoken_of and project.bill_to in ours:
            message = _in_words(project, workspace)
            yield DriftItem(None, project.id, None, None, "unmanaged", None, None, None, message)


def _in_words(project: Project, workspace: Workspace) -> str:
    name = project.name if isinstance(project.name, str) else "a name that could not be read"
    what = f"{name}, {project.region}, billed to {project.bill_to}"
    if not isinstance(project.mark, str):
        return what
    owner, _, address = project.mark.partition("/")
    return f"{what}; was {address}" if owner == workspace.name else f"{what}; marked {project.mark}"
