"""From the tables of a world file to the world: every id that is left out gets one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconciler_sandbox.laws.records import Container, Content, Copy, Holder, Project, Record
from reconciler_sandbox.laws.switches import Switches

from . import build, build_data, build_runs
from .build import Fresh
from .model import Clock, World, in_order
from .schema import HeadTable
from .schema_data import ObjectTable
from .tables import Path, Tables


def world(
    tables: Tables,
    head: HeadTable,
    clock: Clock,
    now: int,
    switches: Switches,
    *,
    contents: Mapping[str, bytes],
) -> World:
    """``now``: what the clock shows, for all without a time of creation. ``contents``: bytes by hash.

    Ids are generated for projects first: they stay the same when something is added below them.
    """
    fresh = Fresh(head.seed, head.issued)
    projects = [
        build.project(table, _folders(tables, ("projects", index)), now, fresh)
        for index, table in enumerate(tables.projects)
    ]
    for bulk in tables.bulks:
        projects += build.bulk(bulk, now, fresh)
    orgs = {id: build.org(id, parts) for id, parts in tables.orgs.items()}
    known = {project.id: project for project in projects} if _needs_projects(tables) else {}
    containers = [
        build_data.container(table, _folders(tables, ("containers", index)), known, now, fresh)
        for index, table in enumerate(tables.containers)
    ]
    held = list(build_data.objects(_places(tables, projects, containers), contents, fresh))
    apps = [build_runs.app(table, orgs, now, fresh) for table in tables.apps]
    names = {copy.object: copy.name for copy in held if isinstance(copy, Copy)}
    names |= {app.id: app.name for app in apps}
    records: list[Record] = [*containers, *held, *(Content(*pair) for pair in contents.items()), *apps]
    records += build_runs.series(zip(apps, tables.apps, strict=True), tables.series)
    records += (build_runs.job(table, names, known.get(table.project), now, fresh) for table in tables.jobs)
    records += (build_runs.nonce(table, switches) for table in tables.nonces)
    return World(
        seed=head.seed,
        clock=clock,
        switches=switches,
        regions=tables.known_regions(),
        tokens=tuple(build.token(table) for table in tables.tokens),
        users={id: build.user(id, table) for id, table in tables.users.items()},
        orgs=orgs,
        projects=projects,
        records=in_order(records),
        issued=fresh.issued,
    )


def _needs_projects(tables: Tables) -> bool:
    return bool(tables.containers or tables.jobs)


def _folders(tables: Tables, path: Path) -> Iterable[str]:
    return (table.folder for table in tables.held.get(path, ()))


def _places(
    tables: Tables, projects: list[Project], containers: list[Container]
) -> Iterable[tuple[Holder, ObjectTable]]:
    holders: Mapping[str, list[Project] | list[Container]] = {"projects": projects, "containers": containers}
    for (kind, index), held in tables.held.items():
        for table in held:
            yield holders[str(kind)][int(index)], table
