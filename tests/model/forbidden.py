"""What the user's own residency policies forbid, said once more: none of the tool's code is used."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from reconciler_sandbox.laws.records import Project
from reconciler_sandbox.state import State

from reconciler.model.desired import Policy, Workspace


def newly_forbidden(workspace: Workspace, before: State, after: State) -> Iterator[str]:
    """Ids of projects that break a policy which they did not break before. Without waivers."""
    for project in after.projects.values():
        was = before.projects.get(project.id)
        for policy in workspace.policies:
            if forbids(policy, project) and (was is None or not forbids(policy, was)):
                yield project.id


def forbids(policy: Policy, project: Project) -> bool:
    match = policy.match
    spoken_of = (
        match.id in (None, project.id)
        and match.bill_to in (None, project.bill_to)
        and match.region in (None, project.region)
        and (match.name is None or fnmatchcase(project.name, match.name))
    )
    return spoken_of and project.region not in policy.regions
