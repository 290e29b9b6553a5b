"""Three-way comparison: baseline × desired × actual → what somebody changed, and what is not applied yet.

  baseline   desired   actual   →
  any        x         x        in_sync, or converged where the baseline is another value
  none       x         y        pending
  x          x         y        drifted: changed at the platform
  y          x         y        pending: changed in the TOML
  z          x         y        conflict: changed in both places
  any        x         ?        unreadable, whatever the baseline says

Judges by no rule but the residency policies, orders nothing, and has nothing to write with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Protocol, get_args

from reconciler.diff.changes import Adopt, Change, Contested, Remark, Unknown
from reconciler.diff.managed import Compared, compare_projects, profiles, same, written
from reconciler.diff.ownership import Owners, payers
from reconciler.diff.scope import scope_of
from reconciler.model.actual import Facts, Project, Scope, Snapshot
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Address, Waiver, Workspace
from reconciler.model.head import Options, head
from reconciler.model.knowledge import Absent, Maybe, Unreadable
from reconciler.model.plan import FORMAT_VERSION
from reconciler.model.report import DriftItem, DriftReport, DriftVerdict
from reconciler.rules.estate import Estate, known
from reconciler.rules.ownership import conflict_in_words
from reconciler.rules.policies import SOON, Hidden, Policies, Violated


class Source(Protocol):
    """Where actual state comes from; it has no method to write with."""

    @property
    def endpoint(self) -> str: ...

    def read(self, scope: Scope) -> Snapshot: ...


def drift(workspace: Workspace, reader: Source, baseline: Baseline, options: Options) -> DriftReport:
    """What differs, and whose doing it is. Raises what ``reader`` raises."""
    snapshot = reader.read(scope_of(workspace, baseline))
    owners = Owners(workspace, Facts(snapshot), baseline)
    compared = compare_projects(workspace, snapshot, owners)
    recorded = dict(baseline.resources)
    for old, new in workspace.moved.items():
        if old in recorded:
            recorded.setdefault(new, recorded[old])
    items = [
        *_of_profiles(workspace, snapshot, baseline),
        *(item for one in compared for item in _of_project(one, recorded)),
        *_unmanaged(workspace, snapshot, compared),
        *_of_policies(workspace, snapshot, compared, baseline),
    ]
    items.sort(
        key=lambda item: (
            item.address is None,
            item.address or "",
            item.id or "",
            item.attribute or "",
            item.policy or "",
        )
    )
    counts = Counter(item.verdict for item in items)
    top = head(workspace, snapshot, reader.endpoint, options)
    return DriftReport(
        format_version=FORMAT_VERSION,
        kind="drift",
        created_at=top.created_at,
        tool=top.tool,
        workspace=workspace.name,
        provider=top.provider,
        identity=snapshot.identity,
        config=top.config,
        summary={verdict: counts[verdict] for verdict in get_args(DriftVerdict)},
        items=tuple(items),
        read=top.read,
    )


def _of_profiles(workspace: Workspace, snapshot: Snapshot, baseline: Baseline) -> Iterator[DriftItem]:
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


def _of_project(one: Compared, resources: Mapping[Address, ResourceBaseline]) -> Iterator[DriftItem]:
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


def _unmanaged(workspace: Workspace, snapshot: Snapshot, compared: list[Compared]) -> Iterator[DriftItem]:
    """Projects billed to this workspace's payers that no address of the TOML is, or may be."""
    spoken_of = {one.actual.id for one in compared if one.actual is not None}
    for one in compared:
        spoken_of.update(i for change in one.changes if isinstance(change, Contested) for i in change.ids)
    ours = payers(workspace)
    for project in snapshot.projects.values():
        if project.id not in spoken_of and project.bill_to in ours:
            message = _in_words(project, workspace)
            yield DriftItem(None, project.id, None, None, "unmanaged", None, None, None, message)


def _of_policies(
    workspace: Workspace, snapshot: Snapshot, compared: list[Compared], baseline: Baseline
) -> Iterator[DriftItem]:
    """What violates a policy, what will once its waiver ends, and what cannot be told of either."""
    policies = Policies(workspace, snapshot.provider_time)
    if not policies.each:
        return
    estate = Estate(workspace, snapshot, known(baseline, compared))
    addresses = {one.actual.id: one.address for one in compared if one.actual is not None}
    allowed = {policy.id: ", ".join(policy.regions) for policy in workspace.policies}
    for one in estate.standing(policies):
        address, found = addresses.get(one.project.id), one.found
        if isinstance(found, Hidden):
            yield _untold(one.policy, f"{one.project.id}.{found.attribute}", found.reason)
            continue
        told = _violation(found, policies)
        if told is not None:
            verdict, why = told
            region = str(one.project.region)
            message = f"{one.policy}: {region} is not in {allowed[one.policy]} ({why})"
            yield DriftItem(
                address, one.project.id, one.policy, "region", verdict, None, None, region, message
            )
    for unlisted in estate.unlisted(policies):
        yield _untold(unlisted.policy, f"{unlisted.payer}.estate", unlisted.reason)


def _untold(policy: str, attribute: str, reason: str) -> DriftItem:
    address = f"policies.{policy}"
    return DriftItem(address, None, policy, attribute, "unreadable", None, None, None, reason)


def _violation(found: Violated, policies: Policies) -> tuple[DriftVerdict, str] | None:
    """The verdict and why; None for what a waiver excuses for a good while yet."""
    waiver = found.waiver
    if waiver is not None:
        if policies.days_left(waiver) > SOON:
            return None
        return "waiver_expiring", f"{_named(waiver)}, excuses it until {waiver.expires}"
    if found.expired:
        ended = (f"{_named(waiver)}, expired on {waiver.expires}" for waiver in found.expired)
        return "waiver_expired", "; ".join(ended)
    return "violation", "no waiver"


def _named(waiver: Waiver) -> str:
    return f"waiver {waiver.ticket}, approved by {waiver.approved_by}"


def _in_words(project: Project, workspace: Workspace) -> str:
    name = project.name if isinstance(project.name, str) else "a name that could not be read"
    what = f"{name}, {project.region}, billed to {project.bill_to}"
    if not isinstance(project.mark, str):
        return what
    owner, _, address = project.mark.partition("/")
    return f"{what}; was {address}" if owner == workspace.name else f"{what}; marked {project.mark}"
