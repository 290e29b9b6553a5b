"""Baseline × desired × actual → a verdict per attribute; and what nobody manages.

  baseline   desired   actual   →
  any        x         x        in_sync, or converged where the baseline is another value
  none       x         y        pending
  x          x         y        drifted: changed at the platform
  y          x         y        pending: changed in the TOML
  z          x         y        conflict: changed in both places
  any        x         ?        unreadable, whatever the baseline says

What the baseline says of another project or payer than the one that the address is now, is not said of it.
Must not know policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from reconciler.diff.changes import Adopt, Change, Contested, Remark, Unknown
from reconciler.diff.managed import Compared, profiles, same, written
from reconciler.diff.ownership import payers
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.actual import Project, Snapshot
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.knowledge import Absent, Maybe, Unreadable
from reconciler.model.moment import rfc3339
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
        before = recorded.attributes if recorded else {}
        for attribute, desired in written(table).items():
            value = _profile_value(actual, attribute)
            known = before.get(attribute)
            yield _item(address, profile_id, attribute, before=known, desired=desired, actual=value)


def _profile_value(actual: ActualProfile, attribute: str) -> Maybe[AttributeValue]:
    if attribute == "default_region":
        return actual.default_region
    regions = actual.permitted_regions
    return regions if isinstance(regions, Unreadable) else tuple(sorted(regions))


def of_project(
    one: Compared, resources: Mapping[Address, ResourceBaseline], workspace: Workspace
) -> Iterator[DriftItem]:
    """What the TOML manages of one project; ``resources``: the baseline, under the present addresses."""
    recorded = resources.get(one.address)
    project = one.actual
    if project is None:
        yield _without_project(one, recorded, workspace)
        return
    before = recorded.attributes if recorded is not None and recorded.id == project.id else {}
    yield from _mark(one.address, project, one.changes, before.get("mark"))
    for attribute, desired in written(one.desired).items():
        value = getattr(project, attribute)
        known = before.get(attribute)
        item = _item(one.address, project.id, attribute, before=known, desired=desired, actual=value)
        yield _dated(item, project)


def _without_project(one: Compared, recorded: ResourceBaseline | None, workspace: Workspace) -> DriftItem:
    """A project that is not there, or of which it cannot be said which it is."""
    change = one.changes[0]
    known = recorded.id if recorded else None
    if isinstance(change, Unknown):
        message = change.reason
        return DriftItem(one.address, known, None, change.attribute, "unreadable", None, None, None, message)
    if isinstance(change, Contested):
        ids = change.ids[0] if len(change.ids) == 1 else known
        verdict = _contested(change, known, workspace)
        return DriftItem(one.address, ids, None, None, verdict, None, None, None, conflict_in_words(change))
    return DriftItem(one.address, known, None, None, "pending", None, None, None, "not created yet")


def _contested(change: Contested, known: str | None, workspace: Workspace) -> DriftVerdict:
    """Whose doing it is that nobody can say whose project the address is: the platform's, if the project
    was ours, unless another address of the TOML has taken its id."""
    if change.conflict == "destroyed":
        return "destroyed"
    other = change.other.partition(".")[2] if change.conflict == "shared" else ""
    taken = workspace.projects.get(other)
    if known not in change.ids or (taken is not None and taken.id == known):
        return "pending"
    return "drifted"


def _mark(
    address: Address, project: Project, changes: tuple[Change, ...], before: AttributeValue | None
) -> Iterator[DriftItem]:
    """Our mark is told of where it is not as it should be: gone or changed there, or not written yet."""
    for change in changes:
        if isinstance(change, Unknown) and change.attribute == "mark":
            yield DriftItem(
                address, project.id, None, "mark", "unreadable", before, None, None, change.reason
            )
        elif isinstance(change, Adopt | Remark):
            actual = project.mark if isinstance(project.mark, str) else None
            verdict, message = _verdict(before, change.mark, actual)
            if actual is None and before is not None:
                message = "the mark is gone"
            elif verdict == "pending":
                message = f"{_MARKING[type(change)]}, not applied yet"
            yield DriftItem(address, project.id, None, "mark", verdict, before, change.mark, actual, message)


_MARKING: dict[type[Change], str] = {Adopt: "to be adopted", Remark: "the address was renamed"}


def _item(
    address: Address,
    subject: str,
    attribute: str,
    *,
    before: AttributeValue | None,
    desired: AttributeValue,
    actual: Maybe[AttributeValue],
) -> DriftItem:
    if isinstance(actual, Unreadable):
        return DriftItem(
            address, subject, None, attribute, "unreadable", before, desired, None, actual.reason
        )
    value = None if isinstance(actual, Absent) else actual
    verdict, message = _verdict(before, desired, value)
    return DriftItem(address, subject, None, attribute, verdict, before, desired, value, message)


def _dated(item: DriftItem, project: Project) -> DriftItem:
    """With the time of the project's last change, where somebody changed it there. Who that was the platform
    tells nobody."""
    if item.verdict not in ("drifted", "conflict") or project.modified is None:
        return item
    return replace(item, message=f"{item.message}; last modified there {rfc3339(project.modified)}")


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
    spoken_of: set[str] = set()
    for one in compared:
        if one.actual is not None:
            spoken_of.add(one.actual.id)
            continue
        for change in one.changes:
            if isinstance(change, Contested):
                spoken_of.update(change.ids)
            elif isinstance(change, Unknown):
                spoken_of.add(change.key.subject)
    ours = payers(workspace)
    for project in snapshot.projects.values():
        if project.id not in spoken_of and project.bill_to in ours:
            message = _in_words(project, workspace)
            yield DriftItem(None, project.id, None, None, "unmanaged", None, None, None, message)


def _in_words(project: Project, workspace: Workspace) -> str:
    name = project.name if isinstance(project.name, str) else "a name that could not be read"
    region = project.region if isinstance(project.region, str) else "a region that could not be read"
    parts = [f"{name}, {region}, billed to {project.bill_to}"]
    if isinstance(project.mark, str):
        owner, _, address = project.mark.partition("/")
        parts.append(f"was {address}" if owner == workspace.name else f"marked {project.mark}")
    elif isinstance(project.mark, Unreadable):
        parts.append("whether it is marked could not be read")
    if project.created_by is not None:
        parts.append(f"made by {project.created_by} {rfc3339(project.created)}")
    return "; ".join(parts)
