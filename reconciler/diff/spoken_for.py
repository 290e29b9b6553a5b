"""Which projects a workspace speaks of already, so that nobody writes a second table for one."""

from __future__ import annotations

from reconciler.diff.changes import Contested, Unknown
from reconciler.diff.ownership import Owners, payers
from reconciler.model.actual import Facts, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace


def spoken_for(
    workspace: Workspace, snapshot: Snapshot, baseline: Baseline, also: frozenset[str]
) -> frozenset[str]:
    """Ids of the projects that its addresses are, or may be. ``also``: payers that it is going to have."""
    facts = Facts(snapshot)
    owners = Owners(workspace, facts, baseline, payers(workspace) | also)
    found: set[str] = set()
    for key, desired in workspace.projects.items():
        match = owners.resolve(key, desired)
        if match.project is not None:
            found.add(match.project.id)
        if isinstance(match.first, Contested):
            found.update(match.first.ids)
        if isinstance(match.first, Unknown):
            payer, name = desired.bill_to or "", desired.name or key
            maybe = (*facts.named(payer, name), *facts.veiled(payer))
            found.update((match.first.key.subject, *(project.id for project in maybe)))
    return frozenset(found)
