"""What the TOML manages of each resource, what that is at the platform, and how much of it already agrees."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reconciler.diff.changes import Adopt, Change, Create
from reconciler.diff.compare import project_changes
from reconciler.diff.ownership import Owners, mark_of, project_address
from reconciler.model.actual import Profile as ActualProfile
from reconciler.model.actual import Project as ActualProject
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import AttributeValue, ResourceBaseline
from reconciler.model.desired import Address, Profile, Project, Workspace
from reconciler.model.knowledge import ABSENT, Unreadable

_OF_A_PAYER = ("id", "default_region", "permitted_regions")
ATTRIBUTES = {
    "orgs": _OF_A_PAYER,
    "users": _OF_A_PAYER,
    "projects": ("id", "name", "region", "bill_to", "mark"),
}
"""What there is to tell of a resource, by the first part of its address."""


class Compared(Struct, frozen=True, gc=False):
    """A project of the TOML: what is wanted, what it is at the platform, what differs."""

    address: Address
    desired: Project
    actual: ActualProject | None
    changes: tuple[Change, ...]


class Resource(Struct, frozen=True, gc=False):
    """What is under management, attribute by attribute. ``actual`` is what it is, None where the platform has
    no such thing or cannot tell us which one it is: an attribute that could not be read is left out, one that
    is not set is None. ``wanted`` is what the TOML manages, of a creation all that it would set."""

    address: Address
    actual: dict[str, AttributeValue | None] | None
    wanted: dict[str, AttributeValue]

    @property
    def room(self) -> str:
        """The first part of the address: orgs, users or projects."""
        return self.address.partition(".")[0]


def compare_projects(workspace: Workspace, snapshot: Snapshot, owners: Owners) -> list[Compared]:
    """Every project of the TOML, in its order."""
    found: list[Compared] = []
    for key, desired in workspace.projects.items():
        match = owners.resolve(key, desired)
        changes = project_changes(key, desired, match, workspace, snapshot)
        found.append(Compared(project_address(key), desired, match.project, changes))
    return found


def profiles(workspace: Workspace) -> Iterator[tuple[Address, str, Profile]]:
    """Every payer that the TOML configures: address, id, table."""
    for tables in (workspace.orgs, workspace.users):
        for profile_id, profile in sorted(tables.items()):
            yield profile_address(profile_id), profile_id, profile


def profile_address(profile_id: str) -> Address:
    """Where the TOML configures a payer: its reader refuses an org in ``[users]``, a user in ``[orgs]``."""
    return ("orgs." if profile_id.startswith("org-") else "users.") + profile_id


def written(table: Project | Profile) -> dict[str, AttributeValue]:
    """Attribute → wanted value, of what is managed. Sets are sorted."""
    if isinstance(table, Project):
        named = (("name", table.name), ("region", table.region), ("bill_to", table.bill_to))
        return {name: value for name, value in named if value is not None}
    found: dict[str, AttributeValue] = {}
    if table.default_region is not None:
        found["default_region"] = table.default_region
    if table.permitted_regions is not None:
        found["permitted_regions"] = tuple(sorted(set(table.permitted_regions)))
    return found


def resources(workspace: Workspace, snapshot: Snapshot, compared: list[Compared]) -> Iterator[Resource]:
    """Every resource of the TOML, payers first, made one at a time."""
    for address, profile_id, profile in profiles(workspace):
        there = snapshot.profiles[profile_id]
        yield Resource(address, None if there.exists is False else _seen(address, there), written(profile))
    for one in sorted(compared, key=lambda one: one.address):
        seen = None if one.actual is None else _seen(one.address, one.actual)
        yield Resource(one.address, seen, _wanted(workspace, one))


def _seen(address: Address, there: ActualProfile | ActualProject) -> dict[str, AttributeValue | None]:
    found: dict[str, AttributeValue | None] = {}
    for name in ATTRIBUTES[address.partition(".")[0]]:
        value = getattr(there, name)
        if not isinstance(value, Unreadable):
            found[name] = (
                None if value is ABSENT else tuple(sorted(value)) if isinstance(value, frozenset) else value
            )
    return found


def _wanted(workspace: Workspace, one: Compared) -> dict[str, AttributeValue]:
    wanted = written(one.desired) | marked(workspace, one)
    for change in one.changes:
        if isinstance(change, Create):
            region = {"region": change.region} if isinstance(change.region, str) else {}
            wanted |= {"name": change.name, **region}
    return wanted


def settled(
    workspace: Workspace, snapshot: Snapshot, compared: list[Compared]
) -> dict[Address, ResourceBaseline]:
    """Each resource that is ours, with those of its managed attributes that are as written. A project
    that is still to be adopted is not ours: what remembered it would take it over unasked."""
    found: dict[Address, ResourceBaseline] = {}
    for one in compared:
        if one.actual is not None and not any(isinstance(change, Adopt) for change in one.changes):
            wanted = written(one.desired) | marked(workspace, one)
            agreeing = {n: v for n, v in wanted.items() if getattr(one.actual, n) == v}
            found[one.address] = ResourceBaseline(one.actual.id, agreeing)
    for address, profile_id, profile in profiles(workspace):
        actual = snapshot.profiles[profile_id]
        if actual.exists is True:
            wanted = written(profile)
            agreeing = {n: v for n, v in wanted.items() if same(v, getattr(actual, n))}
            found[address] = ResourceBaseline(profile_id, agreeing)
    return found


def marked(workspace: Workspace, one: Compared) -> dict[str, AttributeValue]:
    """The mark, of what bears ours or is to bear it: it tells later that the project was ours by it."""
    unmarked = one.desired.id is not None and not one.desired.adopt
    return {} if unmarked else {"mark": mark_of(workspace.name, one.address)}


def same(wanted: AttributeValue, actual: object) -> bool:
    """Is the value at the platform the wanted one? Regions are sets: order makes no difference."""
    return frozenset(wanted) == actual if isinstance(wanted, tuple) else wanted == actual
