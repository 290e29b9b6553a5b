"""Apps, jobs and nonces: ids given twice, or naming nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler_sandbox.laws.records import PUBLIC

from .known import Known
from .problems import Problem
from .references_data import twice, wrong_class
from .schema_runs import OF_SERIES, AppTable, SeriesTable
from .tables import Path, Tables, class_of


def broken(tables: Tables, known: Known) -> Iterator[Problem]:
    yield from _apps(tables, known)
    yield from _series(tables, known)
    yield from _jobs(tables, known)
    for index, nonce in enumerate(tables.nonces):
        yield from known.user(nonce.user, ("nonces", index, "user"))


def _series_of(table: AppTable) -> str:
    return f"{class_of(table.id, table.klass, 'app')}-{table.name}"


def _apps(tables: Tables, known: Known) -> Iterator[Problem]:
    yield from twice((("apps", index), table.id) for index, table in enumerate(tables.apps))
    versions = Counter((_series_of(table), table.version) for table in tables.apps)
    for index, table in enumerate(tables.apps):
        path: Path = ("apps", index)
        yield from wrong_class(path, table.id, table.klass)
        yield from known.payer(table.bill_to, (*path, "bill_to"))
        yield from known.maker(table.created_by, (*path, "created_by"))
        if versions[_series_of(table), table.version] > 1:
            yield Problem((*path, "version"), f"{_series_of(table)}/{table.version} is given twice")
        for code, given in table.regions.items():
            here = (*path, "regions", code)
            yield from known.region(code, here)
            if isinstance(given, str):
                yield from known.entity(given, here, known.objects)
            else:
                yield from known.entity(given.executable, (*here, "executable"), known.objects)
                yield from known.entity(given.resources, (*here, "resources"), known.containers)


def _series(tables: Tables, known: Known) -> Iterator[Problem]:
    """What all versions of a name share stands in one place, or is the same in all of them."""
    numbers: dict[str, set[str]] = {}
    for table in tables.apps:
        numbers.setdefault(_series_of(table), set()).add(table.version)
    for id, written in tables.series.items():
        path: Path = ("series", id)
        if not id.startswith(("app-", "globalworkflow-")):
            yield Problem(path, "an id must have the form app-<name> or globalworkflow-<name>")
        yield from known.maker(written.created_by, (*path, "created_by"))
        yield from _shared(written, path, numbers.get(id, set()), known)
    said: dict[tuple[str, str], object] = {}
    for index, table in enumerate(tables.apps):
        id, path = _series_of(table), ("apps", index)
        for key in OF_SERIES:
            value = getattr(table, key)
            if value is not None and id in tables.series:
                yield Problem((*path, key), f"[series.{id}] says it already")
            elif value is not None and said.setdefault((id, key), value) != value:
                yield Problem((*path, key), "another version says otherwise")
        yield from _shared(table, path, numbers[id], known)


def _shared(table: AppTable | SeriesTable, path: Path, numbers: set[str], known: Known) -> Iterator[Problem]:
    for index, developer in enumerate(table.developers or ()):
        yield from known.payer(developer, (*path, "developers", index))
    for index, entity in enumerate(table.authorized or ()):
        if entity != PUBLIC:
            yield from known.payer(entity, (*path, "authorized", index))
    for tag, meant in (table.aliases or {}).items():
        if meant not in numbers:
            yield from known.entity(meant, (*path, "aliases", tag), known.apps)


def _jobs(tables: Tables, known: Known) -> Iterator[Problem]:
    yield from twice((("jobs", index), table.id) for index, table in enumerate(tables.jobs))
    for index, table in enumerate(tables.jobs):
        path: Path = ("jobs", index)
        yield from wrong_class(path, table.id, table.klass)
        yield from known.entity(table.project, (*path, "project"), known.projects)
        yield from known.entity(table.executable, (*path, "executable"), known.objects, known.apps)
        yield from known.entity(table.applet, (*path, "applet"), known.objects)
        yield from known.entity(table.workspace, (*path, "workspace"), known.containers)
        yield from known.region(table.region, (*path, "region"))
        yield from known.payer(table.bill_to, (*path, "bill_to"))
        yield from known.maker(table.launched_by, (*path, "launched_by"))
        if table.project in known.gone:
            for key in ("region", "bill_to", "launched_by"):
                if getattr(table, key) is None:
                    yield Problem(path, f"needs {key}: its project is gone")
