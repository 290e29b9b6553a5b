"""From the tables of a world file to apps, jobs and nonces. The tables are whole and consistent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler_sandbox.laws import nonces
from reconciler_sandbox.laws.apps import DEFAULT
from reconciler_sandbox.laws.records import App, Enabled, Job, Nonce, Org, Project, Series
from reconciler_sandbox.laws.switches import Switches

from .build import Fresh, milliseconds
from .build_data import moment
from .json_values import JsonTable
from .schema_runs import OF_SERIES, AppTable, EnabledTable, JobTable, NonceTable, SeriesTable
from .tables import class_of


def app(table: AppTable, orgs: Mapping[str, Org], now: int, fresh: Fresh) -> App:
    created = moment(table.created, now)
    modified = moment(table.modified, created)
    return App(
        id=table.id or fresh.id(class_of(None, table.klass, "app")),
        name=table.name,
        version=table.version,
        bill_to=table.bill_to,
        created_by=table.created_by or _person(table.bill_to, orgs),
        created=created,
        modified=modified,
        regions={region: _enabled(given) for region, given in table.regions.items()},
        published=_published(table, created),
        tags=table.tags,
        spec=_opaque(table.spec),
    )


def _person(payer: str, orgs: Mapping[str, Org]) -> str:
    """Who is taken for the maker of an app where the file does not say: the payer, or an ADMIN of it."""
    members = orgs[payer].members if payer in orgs else {}
    return next((user for user, member in members.items() if member.level == "ADMIN"), payer)


def _enabled(given: str | EnabledTable) -> Enabled:
    if isinstance(given, str):
        return Enabled(given)
    return Enabled(given.executable, given.resources, _opaque(given.options))


def _published(table: AppTable, created: int) -> int | None:
    if isinstance(table.published, bool):
        return created if table.published else None
    return milliseconds(table.published)


def _opaque(given: JsonTable | None) -> dict[str, object]:
    return {} if given is None else given.table


def series(versions: Iterable[tuple[App, AppTable]], written: Mapping[str, SeriesTable]) -> Iterator[Series]:
    """What the versions of each name share: as ``[series]`` says, else as one of the versions does."""
    found: dict[str, list[tuple[App, AppTable]]] = {id: [] for id in written}
    for version, table in versions:
        found.setdefault(version.series, []).append((version, table))
    for id, ours in found.items():
        numbers = {version.version: version.id for version, _ in ours}
        said = written.get(id) or _implied(ours)
        yield Series(
            id=id,
            created_by=said.created_by,
            developers=said.developers,
            authorized=said.authorized,
            categories=said.categories,
            aliases={tag: numbers.get(meant, meant) for tag, meant in said.aliases.items()},
        )


def _implied(ours: list[tuple[App, AppTable]]) -> SeriesTable:
    """Its developer is who made the first version, the bare name means the last published one."""
    first = ours[0][0]
    published = [version.id for version, _ in ours if version.published is not None]
    said = {
        key: value for _, table in ours for key in OF_SERIES if (value := getattr(table, key)) is not None
    }
    default = {"developers": (first.created_by,), "aliases": {DEFAULT: [first.id, *published][-1]}}
    return SeriesTable(created_by=first.created_by, **(default | said))


def job(table: JobTable, names: Mapping[str, str], project: Project | None, now: int, fresh: Fresh) -> Job:
    """``names``: of what was run, by id. Without a project of now, the table says all that it needs."""
    created = moment(table.created, now)
    return Job(
        id=table.id or fresh.id(class_of(None, table.klass, "job")),
        name=names.get(table.executable, table.executable) if table.name is None else table.name,
        executable=table.executable,
        project=table.project,
        region=table.region or (project.region if project else ""),
        bill_to=table.bill_to or (project.bill_to if project else ""),
        state=table.state,
        launched_by=table.launched_by or (project.created_by if project else ""),
        created=created,
        modified=moment(table.modified, created),
        applet=table.applet,
        workspace=table.workspace,
        folder=table.folder,
        input=_opaque(table.input),
        output=None if table.output is None else table.output.table,
        tags=table.tags,
        properties=table.properties,
        extras=_opaque(table.extras),
    )


def nonce(table: NonceTable, switches: Switches) -> Nonce:
    unique_for = nonces.key(switches.nonce_scope, table.user, table.route, table.nonce)
    return Nonce(
        id=unique_for if table.id is None else table.id,
        user=table.user,
        route=table.route,
        nonce=table.nonce,
        input_sha256=table.input_sha256,
        answer=table.answer.table,
        expires=milliseconds(table.expires),
    )
