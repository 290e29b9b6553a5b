"""Containers, data objects and bytes: ids given twice, naming nothing, or lying in two regions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from .known import Known
from .problems import Problem
from .schema_data import SHARED, ObjectTable
from .tables import Path, Tables, class_of


def broken(tables: Tables, known: Known) -> Iterator[Problem]:
    yield from _containers(tables, known)
    yield from _objects(tables, known)
    yield from _several_places(tables)
    for index, content in enumerate(tables.contents):
        if (content.text is None) == (content.sha256 is None):
            yield Problem(("contents", index), "needs either text or sha256")


def twice(ids: Iterator[tuple[Path, str | None]]) -> Iterator[Problem]:
    """Every place of an id that has several."""
    found = list(ids)
    times = Counter(id for _, id in found)
    for path, id in found:
        if id is not None and times[id] > 1:
            yield Problem((*path, "id"), f"{id} is given twice")


def wrong_class(path: Path, id: str | None, klass: str | None) -> Iterator[Problem]:
    if id is not None and klass is not None and class_of(id, None, "") != klass:
        yield Problem((*path, "class"), f"{id} is not of class {klass}")


def _containers(tables: Tables, known: Known) -> Iterator[Problem]:
    yield from twice((("containers", index), table.id) for index, table in enumerate(tables.containers))
    for index, table in enumerate(tables.containers):
        path: Path = ("containers", index)
        yield from known.entity(table.project, (*path, "project"), known.projects)
        yield from known.entity(table.app, (*path, "app"), known.apps)
        yield from known.region(table.region, (*path, "region"))
        yield from known.payer(table.bill_to, (*path, "bill_to"))
        if table.project is None or table.project in known.gone:
            for key, value in (("region", table.region), ("bill_to", table.bill_to)):
                if value is None:
                    yield Problem(path, f"needs {key}, or a project to take it from")


def _objects(tables: Tables, known: Known) -> Iterator[Problem]:
    for path, table in tables.objects():
        yield from known.maker(table.created_by, (*path, "created_by"))
        yield from wrong_class(path, table.id, table.klass)
        if table.id is None and table.klass is None:
            yield Problem(path, "needs an id or a class")
        for key, ids in (("links", table.links), ("bundled", table.bundled)):
            for index, id in enumerate(ids or ()):
                yield from known.entity(id, (*path, key, index), known.objects)
        yield from _unfitting(path, table)


def _unfitting(path: Path, table: ObjectTable) -> Iterator[Problem]:
    klass = class_of(table.id, table.klass, "file")
    if table.content is not None and table.sha256 is not None:
        yield Problem((*path, "sha256"), "content says the bytes already")
    for key in ("content", "sha256", "parts"):
        if getattr(table, key) is not None and klass != "file":
            yield Problem((*path, key), f"a {klass} has no bytes")
    if table.bundled is not None and klass != "applet":
        yield Problem((*path, "bundled"), f"a {klass} bundles nothing: only applets do")


def _several_places(tables: Tables) -> Iterator[Problem]:
    """An object is the same wherever it lies, and lies in one region."""
    found: dict[str, list[tuple[Path, ObjectTable]]] = {}
    for path, table in tables.objects():
        if table.id is not None:
            found.setdefault(table.id, []).append((path, table))
    regions = _regions(tables)
    for id, places in found.items():
        if len(places) == 1:
            continue
        yield from _sayings(places)
        held = Counter(path[:2] for path, _ in places)
        lies = {regions[holder] for holder in held}
        for path, _ in places:
            if held[path[:2]] > 1:
                yield Problem((*path, "id"), f"{id} is given twice in one place")
            here = regions[path[:2]]
            if len(lies) > 1:
                there = ", ".join(sorted(lies - {here}))
                yield Problem((*path, "id"), f"{id} lies in {here} here, but in {there} elsewhere")


def _regions(tables: Tables) -> Mapping[Path, str]:
    """Where the things that hold objects lie."""
    projects = {table.id: table.region for table in tables.projects}
    found: dict[Path, str] = {}
    for path in tables.held:
        if path[0] == "projects":
            found[path] = tables.projects[int(path[1])].region
        else:
            container = tables.containers[int(path[1])]
            found[path] = container.region or projects.get(container.project, "")
    return found


def _sayings(places: list[tuple[Path, ObjectTable]]) -> Iterator[Problem]:
    first: dict[str, object] = {}
    for path, table in places:
        for key in SHARED:
            value = getattr(table, key)
            if value is not None and first.setdefault(key, value) != value:
                yield Problem((*path, key), "another place of the same object says otherwise")
