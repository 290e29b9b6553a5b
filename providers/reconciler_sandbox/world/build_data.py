"""From the tables of a world file to containers, data objects and their bytes. The tables are whole and
consistent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import structs

from reconciler_sandbox.laws import links
from reconciler_sandbox.laws.records import Container, Copy, DataObject, Holder, Part, Project

from .build import Fresh, folders, milliseconds
from .schema_data import SHARED, ContainerTable, ObjectTable
from .tables import class_of


def moment(written: datetime | None, default: int) -> int:
    return default if written is None else milliseconds(written)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def container(
    table: ContainerTable, lie: Iterable[str], projects: Mapping[str, Project], now: int, fresh: Fresh
) -> Container:
    project = projects.get(table.project or "")
    id = table.id or fresh.id("container")
    created = moment(table.created, now)
    return Container(
        id=id,
        name=id if table.name is None else table.name,
        region=table.region or (project.region if project else ""),
        bill_to=table.bill_to or (project.bill_to if project else ""),
        kind=table.kind,
        created=created,
        modified=moment(table.modified, created),
        project=table.project,
        app=table.app,
        folders=folders(table.folders, lie),
    )


def objects(
    places: Iterable[tuple[Holder, ObjectTable]], contents: Mapping[str, bytes], fresh: Fresh
) -> Iterator[DataObject | Copy]:
    """Each object, then its copies. What is the same in all of them may be said at any of its places."""
    found: dict[str, list[tuple[Holder, ObjectTable]]] = {}
    for holder, table in places:
        id = table.id or fresh.id(class_of(None, table.klass, "file"))
        found.setdefault(id, []).append((holder, table))
    names = {id: held[0][1].name or id for id, held in found.items()}
    for id, held in found.items():
        yield _object(id, held[0][0], _said([table for _, table in held]), contents, names)
        for holder, table in held:
            yield Copy(
                object=id,
                holder=holder.id,
                name=id if table.name is None else table.name,
                folder=table.folder,
                properties=table.properties,
                tags=table.tags,
            )


def _said(tables: list[ObjectTable]) -> ObjectTable:
    """One table with all that any of them says of the object itself."""
    first, *others = tables
    for other in others:
        more = {name: getattr(other, name) for name in SHARED if getattr(first, name) is None}
        first = structs.replace(first, **more)
    return first


def _object(
    id: str, holder: Holder, table: ObjectTable, contents: Mapping[str, bytes], names: Mapping[str, str]
) -> DataObject:
    created = moment(table.created, holder.created)
    creator = holder.created_by if isinstance(holder, Project) else holder.bill_to
    content = table.sha256 if table.content is None else sha256(table.content)
    size = table.size
    if size is None:
        size = 0 if content is None else len(contents[content])
    parts = {index: Part(part.size, part.md5, part.sha256) for index, part in (table.parts or {}).items()}
    return DataObject(
        id=id,
        created_by=creator if table.created_by is None else table.created_by,
        created=created,
        modified=moment(table.modified, created),
        state="closed" if table.state is None else table.state,
        hidden=bool(table.hidden),
        types=table.types or (),
        details={} if table.details is None else table.details.value,
        links=table.links or (),
        media=table.media or "",
        size=size,
        content=content,
        parts=parts,
        spec=_spec(table, names),
    )


def _spec(table: ObjectTable, names: Mapping[str, str]) -> dict[str, object]:
    """``bundled`` is short for the ``bundledDepends`` of a specification."""
    spec = {} if table.spec is None else table.spec.table
    if not table.bundled:
        return spec
    given = spec.get("runSpec")
    run_spec = given if isinstance(given, dict) else {}
    bundled = [{"name": names.get(id, id), "id": {links.KEY: id}} for id in table.bundled]
    return spec | {"runSpec": run_spec | {"bundledDepends": bundled}}
