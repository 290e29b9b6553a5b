"""What has to be read before a workspace can be compared with the platform."""

from __future__ import annotations

from reconciler.diff.ownership import mark_of, payers, project_address
from reconciler.model.actual import Scope
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace


def scope_of(workspace: Workspace, baseline: Baseline) -> Scope:
    """The estates of all payers of the workspace, its projects by id (written or in the baseline) and
    by mark, under the present and the former addresses."""
    ids = {p.id for p in workspace.projects.values() if p.id}
    ids.update(r.id for a, r in baseline.resources.items() if a.startswith("projects."))
    addresses = {project_address(key) for key, p in workspace.projects.items() if not p.id}
    addresses.update(old for old, new in workspace.moved.items() if new in addresses)
    return Scope(
        estates=tuple(sorted(payers(workspace))),
        projects=tuple(sorted(ids)),
        marks=tuple(sorted(mark_of(workspace.name, address) for address in addresses)),
    )


def both(one: Scope, other: Scope | None) -> Scope:
    """One scope that holds what either asks for."""
    if other is None:
        return one
    estates = {*one.estates, *other.estates}
    return Scope(
        estates=tuple(sorted(estates)),
        profiles=tuple(sorted({*one.profiles, *other.profiles} - estates)),
        projects=tuple(sorted({*one.projects, *other.projects})),
        marks=tuple(sorted({*one.marks, *other.marks})),
        names=tuple(sorted({*one.names, *other.names})),
        levels=tuple(sorted({*one.levels, *other.levels})),
        data=tuple(sorted({*one.data, *other.data})),
        contents=tuple(sorted({*one.contents, *other.contents})),
        rights_of=tuple(sorted({*one.rights_of, *other.rights_of})),
        history=one.history or other.history,
    )
