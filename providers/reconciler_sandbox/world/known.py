"""What a world file has, by name: whatever it refers to must be among it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from .problems import Problem
from .tables import Path, Tables


class Known(Struct, frozen=True):
    """Of projects, containers, objects, apps and jobs the ids that are written in the file."""

    regions: Collection[str]
    users: Collection[str]
    orgs: Collection[str]
    projects: Collection[str]
    containers: Collection[str]
    objects: Collection[str]
    apps: Collection[str]
    gone: Collection[str]

    @classmethod
    def of(cls, tables: Tables) -> Known:
        return cls(
            regions=tables.known_regions(),
            users=tables.users,
            orgs=tables.orgs,
            projects={table.id for table in tables.projects if table.id},
            containers={table.id for table in tables.containers if table.id},
            objects={table.id for _, table in tables.objects() if table.id},
            apps={table.id for table in tables.apps if table.id},
            gone=frozenset(tables.gone),
        )

    def region(self, code: str | None, path: Path) -> Iterator[Problem]:
        if code is not None and code not in self.regions:
            yield Problem(path, f'no region "{code}" in this world')

    def user(self, id: str | None, path: Path) -> Iterator[Problem]:
        if id is not None and id not in self.users:
            yield Problem(path, f'no user "{id}" in this world')

    def maker(self, id: str | None, path: Path) -> Iterator[Problem]:
        """A user; where the file did not say who, the org that pays has been taken for it."""
        if id not in self.orgs:
            yield from self.user(id, path)

    def payer(self, id: str | None, path: Path) -> Iterator[Problem]:
        if id is not None and id not in self.users and id not in self.orgs:
            yield Problem(path, f'no user or organisation "{id}" in this file')

    def entity(self, id: str | None, path: Path, *kinds: Collection[str]) -> Iterator[Problem]:
        """Of one of these kinds, or listed as gone."""
        if id is not None and id not in self.gone and not any(id in kind for kind in kinds):
            yield Problem(path, f'no "{id}" in this file; ids of what was destroyed belong into gone')
