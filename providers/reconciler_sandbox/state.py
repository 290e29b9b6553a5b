"""The world in memory: indexed, read by the laws through their view, changed by effects only.

Must not know of files, databases or HTTP. One thread uses it.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import assert_never

from .laws.effects import DropProject, Effect, PutOrg, PutProject, PutUser
from .laws.records import Org, Project, Region, User
from .laws.switches import Switches
from .laws.view import Position

_ORDER: Mapping[str, Callable[[Project], Position]] = {
    "created_desc": lambda project: (-project.created, project.id),
    "created_asc": lambda project: (project.created, project.id),
    "random": lambda project: (zlib.crc32(project.id.encode()), project.id),
}
"""``random``: an order that has nothing to do with time, but is stable, as paging needs it."""

Key = tuple[str, ...]
"""Of the index: ("payer", id), ("member", entity) or ("property", key, value)."""


class State:
    """Implements the laws' View."""

    def __init__(
        self,
        switches: Switches,
        regions: Mapping[str, Region],
        users: Mapping[str, User],
        orgs: Mapping[str, Org],
        projects: Iterable[Project],
    ) -> None:
        self.switches = switches
        self.regions = regions
        self.position = _ORDER[switches.find_order]
        self.users: dict[str, User] = {}
        self.orgs: dict[str, Org] = {}
        self.projects: dict[str, Project] = {}
        self._index: dict[Key, list[Position]] = {}
        self._orgs_of: dict[str, set[str]] = {}
        self._offered: dict[str, set[str]] = {}
        self._emails: dict[str, str] = {}
        for user in users.values():
            self._put_user(user)
        for org in orgs.values():
            self._put_org(org)
        self._fill(projects)

    def billed_to(self, payer: str) -> Sequence[Position]:
        return self._index.get(("payer", payer), ())

    def shared_with(self, entity: str) -> Sequence[Position]:
        return self._index.get(("member", entity), ())

    def with_property(self, key: str, value: str) -> Sequence[Position]:
        return self._index.get(("property", key, value), ())

    def orgs_of(self, user: str) -> Collection[str]:
        return self._orgs_of.get(user, ())

    def offered_to(self, user: str) -> Collection[str]:
        return self._offered.get(user, ())

    def user_by_email(self, email: str) -> str | None:
        return self._emails.get(email)

    def apply(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case PutProject(project):
                    self._put_project(project)
                case DropProject(id):
                    self._drop_project(id)
                case PutUser(user):
                    self._put_user(user)
                case PutOrg(org):
                    self._put_org(org)
                case _:
                    assert_never(effect)

    def _fill(self, projects: Iterable[Project]) -> None:
        """Many new projects at once: each list is sorted once, at the end."""
        for project in projects:
            self.projects[project.id] = project
            position = self.position(project)
            for key in _keys(project):
                self._index.setdefault(key, []).append(position)
            if project.pending_transfer is not None:
                self._offered.setdefault(project.pending_transfer, set()).add(project.id)
        for positions in self._index.values():
            positions.sort()

    def _put_project(self, project: Project) -> None:
        before = self.projects.get(project.id)
        old = set() if before is None else set(_keys(before))
        new = set(_keys(project))
        position = self.position(project)
        for key in old - new:
            self._take_out(key, position)
        for key in new - old:
            insort(self._index.setdefault(key, []), position)
        self._offer(project.id, None if before is None else before.pending_transfer, project.pending_transfer)
        self.projects[project.id] = project

    def _drop_project(self, id: str) -> None:
        project = self.projects.pop(id)
        for key in _keys(project):
            self._take_out(key, self.position(project))
        self._offer(id, project.pending_transfer, None)

    def _take_out(self, key: Key, position: Position) -> None:
        positions = self._index[key]
        del positions[bisect_left(positions, position)]
        if not positions:
            del self._index[key]

    def _offer(self, project: str, before: str | None, after: str | None) -> None:
        if before is not None:
            self._offered[before].discard(project)
        if after is not None:
            self._offered.setdefault(after, set()).add(project)

    def _put_user(self, user: User) -> None:
        self.users[user.id] = user
        if user.email:
            self._emails[user.email] = user.id

    def _put_org(self, org: Org) -> None:
        before = self.orgs.get(org.id)
        for user in before.members if before is not None else ():
            self._orgs_of[user].discard(org.id)
        for user in org.members:
            self._orgs_of.setdefault(user, set()).add(org.id)
        self.orgs[org.id] = org


def _keys(project: Project) -> Iterable[Key]:
    """The lists that a project is in. What decides its position never changes."""
    yield ("payer", project.bill_to)
    for entity in project.members:
        yield ("member", entity)
    for key, value in project.properties.items():
        yield ("property", key, value)
