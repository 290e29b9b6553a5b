"""Three-way comparison: baseline × desired × actual → what somebody changed, and what is not applied yet.

Judges by no rule but the residency policies, orders nothing, and has nothing to write with.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from reconciler.diff.managed import compare_projects
from reconciler.diff.ownership import Owners
from reconciler.diff.scope import scope_of
from reconciler.drift.comparing import of_profiles, of_project, unmanaged
from reconciler.drift.rows import rows
from reconciler.drift.standing import of_policies
from reconciler.model.actual import Facts, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Address, Workspace
from reconciler.model.diagnostics import Diagnostic, entry_of
from reconciler.model.head import Options, head
from reconciler.model.plan import FORMAT_VERSION
from reconciler.model.report import DriftItem, DriftReport, EstateRow, counted
from reconciler.rules.estate import Estate, Standing, known
from reconciler.rules.policies import Policies

_NO_BASELINE = Diagnostic(
    "warning",
    "no-baseline",
    "nothing is known to have been applied yet, so what is wanted is compared with what is there",
    "What differs is called pending: who changed it cannot be told until an apply has recorded a baseline.",
)


class Source(Protocol):
    """Where actual state comes from; it has no method to write with."""

    @property
    def endpoint(self) -> str: ...

    def read(self, scope: Scope) -> Snapshot: ...


class Drift(Struct, frozen=True):
    """The report, and what it was made from: the projects of the estate. ``today`` is the day by which
    waivers are judged, that of the provider's clock."""

    report: DriftReport
    today: datetime.date
    _estate: Estate
    _standing: tuple[Standing, ...]
    _addresses: dict[str, Address]

    def estate(self) -> Iterator[EstateRow]:
        """A row for each project that is billed to a payer of the workspace, or is ours whoever pays; made
        while they are asked for."""
        return rows(self._estate.projects(), self._addresses, self.report.items, self._standing)


def drift(workspace: Workspace, reader: Source, baseline: Baseline, options: Options) -> Drift:
    """What differs, and whose doing it is. Raises what ``reader`` raises."""
    snapshot = reader.read(replace(scope_of(workspace, baseline), history=True))
    compared = compare_projects(workspace, snapshot, Owners(workspace, Facts(snapshot), baseline))
    estate = Estate(workspace, snapshot, known(baseline, compared))
    policies = Policies(workspace, snapshot.provider_time)
    standing = tuple(estate.standing(policies))
    addresses = {one.actual.id: one.address for one in compared if one.actual is not None}
    recorded = dict(baseline.resources)
    for old, new in workspace.moved.items():
        if old in recorded:
            recorded.setdefault(new, recorded[old])
    items = [
        *of_profiles(workspace, snapshot, baseline),
        *(item for one in compared for item in of_project(one, recorded, workspace)),
        *unmanaged(workspace, snapshot, compared),
        *of_policies(workspace, estate, policies, standing, addresses),
    ]
    items.sort(key=_place)
    top = head(workspace, snapshot, reader.endpoint, options)
    warnings = workspace.warnings if baseline != Baseline() else (*workspace.warnings, _NO_BASELINE)
    report = DriftReport(
        format_version=FORMAT_VERSION,
        kind="drift",
        created_at=top.created_at,
        tool=top.tool,
        workspace=workspace.name,
        provider=top.provider,
        identity=snapshot.identity,
        config=top.config,
        summary=counted(items),
        items=tuple(items),
        read=top.read,
        warnings=tuple(map(entry_of, warnings)),
    )
    return Drift(report, policies.today, estate, standing, addresses)


def _place(item: DriftItem) -> tuple[bool, str, str, str, str]:
    """By address; what is not managed comes last, by its id."""
    return (
        item.address is None,
        item.address or "",
        item.id or "",
        item.attribute or "",
        item.policy or "",
    )
