"""A case that breaks a property → a small one that breaks it still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from model.cases import Case
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Org, Project, User

from reconciler.model.desired import Profile, Workspace

Fails = Callable[[Case], bool]


def shrunk(case: Case, fails: Fails, most: int = 2_000) -> Case:
    """Takes away one thing after the other as long as it still fails."""
    tried = 0
    again = True
    while again:
        again = False
        for smaller in _smaller(case):
            tried += 1
            if tried > most:
                return case
            if _fails(smaller, fails):
                case, again = smaller, True
                break
    return case


def _fails(case: Case, fails: Fails) -> bool:
    try:
        return fails(case)
    except (LookupError, AssertionError):
        return False  # what was taken away belonged to what is left


def _smaller(case: Case) -> Iterator[Case]:
    for workspace in _less_wanted(case.workspace):
        yield replace(case, workspace=workspace)
    for index in range(len(case.projects)):
        yield replace(case, projects=_but(case.projects, index))
    if len(case.identities) > 1:
        for index in range(len(case.identities)):
            yield replace(case, identities=_but(case.identities, index))
    for index, user in enumerate(case.users):
        if not _named(case, user.id):
            yield replace(case, users=_but(case.users, index))
    for index, org in enumerate(case.orgs):
        if not _named(case, org.id):
            yield replace(case, orgs=_but(case.orgs, index))
    for index, project in enumerate(case.projects):
        for less in _less_project(project):
            yield replace(case, projects=_with(case.projects, index, less))
    for index, payer in enumerate((*case.orgs, *case.users)):
        for less in _less_payer(payer):
            if isinstance(less, Org):
                yield replace(case, orgs=_with(case.orgs, index, less))
            else:
                yield replace(case, users=_with(case.users, index - len(case.orgs), less))


def _but(values: tuple, index: int) -> tuple:  # type: ignore[type-arg]
    return values[:index] + values[index + 1 :]


def _with(values: tuple, index: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*values[:index], value, *values[index + 1 :])


def _named(case: Case, name: str) -> bool:
    """Does anything else speak of this user or org? Then a world without it would not be one."""
    return (
        name in case.identities
        or any(name in org.members for org in case.orgs)
        or any(
            name in (project.bill_to, project.created_by, project.pending_transfer) or name in project.members
            for project in case.projects
        )
    )


def _less_wanted(workspace: Workspace) -> Iterator[Workspace]:
    for key in workspace.projects:
        yield replace(workspace, projects={k: v for k, v in workspace.projects.items() if k != key})
    for key in workspace.orgs:
        yield replace(workspace, orgs={k: v for k, v in workspace.orgs.items() if k != key})
    for key in workspace.users:
        yield replace(workspace, users={k: v for k, v in workspace.users.items() if k != key})
    if workspace.moved:
        yield replace(workspace, moved={})
    for key, table in workspace.projects.items():
        for attribute in ("region", "name", "same_name", "take_over", "recreate"):
            if getattr(table, attribute) is not None:
                less = replace(table, **{attribute: None})
                yield replace(workspace, projects={**workspace.projects, key: less})
        if table.adopt and table.take_over is None:
            yield replace(workspace, projects={**workspace.projects, key: replace(table, adopt=False)})
        if table.id is not None and table.bill_to is not None:
            yield replace(workspace, projects={**workspace.projects, key: replace(table, bill_to=None)})
    for name, profile in workspace.orgs.items():
        for less_profile in _less_profile(profile):
            yield replace(workspace, orgs={**workspace.orgs, name: less_profile})
    for name, profile in workspace.users.items():
        for less_profile in _less_profile(profile):
            yield replace(workspace, users={**workspace.users, name: less_profile})


def _less_profile(profile: Profile) -> Iterator[Profile]:
    if profile.default_region is not None:
        yield replace(profile, default_region=None)
    if profile.permitted_regions is not None:
        yield replace(profile, permitted_regions=None)


def _less_project(project: Project) -> Iterator[Project]:
    if project.pending_transfer is not None:
        yield replace(project, pending_transfer=None)
    if project.properties:
        yield replace(project, properties={})
    for entity in project.members:
        yield replace(project, members={k: v for k, v in project.members.items() if k != entity})


def _less_payer(payer: Org | User) -> Iterator[Org | User]:
    for region in payer.permitted_regions or ():
        rest = tuple(one for one in payer.permitted_regions or () if one != region)
        yield replace(payer, permitted_regions=rest)
    if payer.default_region is not None:
        yield replace(payer, default_region=None)
    if isinstance(payer, Org):
        for user in payer.members:
            yield replace(payer, members={k: v for k, v in payer.members.items() if k != user})
