"""A world file as its tables: each of the right shape, nothing yet looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from reconciler_sandbox.laws.records import Region

from . import catalogue, schema, schema_data, schema_runs
from .positions import Step

Path = tuple[Step, ...]


class OrgParts(Struct, frozen=True):
    table: schema.OrgTable
    members: dict[str, schema.MemberTable]


class Tables(Struct, frozen=True):
    """``regions`` None: the known ones. ``held``: the objects of projects and containers, by the path
    of what holds them, ``("projects", 0)``. ``gone``: see ``schema.HeadTable``."""

    regions: dict[str, schema.RegionTable] | None
    users: dict[str, schema.UserTable]
    tokens: list[schema.TokenTable]
    orgs: dict[str, OrgParts]
    projects: list[schema.ProjectTable]
    bulks: list[schema.BulkTable]
    held: Mapping[Path, list[schema_data.ObjectTable]] = {}
    containers: list[schema_data.ContainerTable] = []
    contents: list[schema_data.ContentTable] = []
    apps: list[schema_runs.AppTable] = []
    series: dict[str, schema_runs.SeriesTable] = {}
    jobs: list[schema_runs.JobTable] = []
    nonces: list[schema_runs.NonceTable] = []
    gone: tuple[str, ...] = ()

    def known_regions(self) -> dict[str, Region]:
        if self.regions is None:
            return dict(catalogue.REGIONS)
        return {code: Region(table.name, table.retired) for code, table in self.regions.items()}

    def objects(self) -> Iterator[tuple[Path, schema_data.ObjectTable]]:
        """Each with its path, in the order of the file."""
        for path, held in self.held.items():
            for index, table in enumerate(held):
                yield (*path, "objects", index), table


def class_of(id: str | None, klass: str | None, default: str) -> str:
    """What a table with this ``id`` and ``class`` is."""
    return klass or (id.partition("-")[0] if id is not None else default)
