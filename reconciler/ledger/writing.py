"""What is written to a ledger, each as a piece of work inside somebody's transaction.

Every piece may be done twice: the outcome of a commit can be lost with the connection.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.ledger import reading, tables
from reconciler.ledger.database import selecting
from reconciler.ledger.records import Applied, Ended, Finished, Intent, Started
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.report import Seen

Work: TypeAlias = Callable[[Connection], None]

_ROWS = 1000
"""So many rows go into one statement."""


def begun(workspace: str, started: Started) -> Work:
    """An apply begins."""
    row = {"workspace": workspace, "run": started.run, "started": _json(started)}
    return lambda connection: _put(connection, tables.run, [row])


def intended(workspace: str, intent: Intent) -> Work:
    """A call is about to be sent."""
    row = _line(workspace, intent, is_open=True)
    return lambda connection: _put(connection, tables.journal, [row])


def ended(workspace: str, entry: Ended, resource: ResourceBaseline | None) -> Work:
    """What became of a step, and what is known of its resource since."""
    uncertain = entry.result == "uncertain" and entry.call is not None
    row = _line(workspace, entry, is_open=uncertain)

    def work(connection: Connection) -> None:
        _put(connection, tables.journal, [row])
        if entry.call is not None and not uncertain:
            _close(connection, workspace, entry.call)
        if resource is not None:
            _set(connection, workspace, {entry.address: resource})
            _remove(connection, tables.forgotten, workspace, [entry.address])
        if entry.action == "release" and entry.result == "done" and entry.id:
            found = reading.baseline(selecting(connection), workspace)
            recorded(workspace, found.without(entry.id))(connection)

    return work


def recorded(workspace: str, baseline: Baseline) -> Work:
    """The whole baseline; only what differs is written."""

    def work(connection: Connection) -> None:
        found = reading.baseline(selecting(connection), workspace)
        new = {a: one for a, one in baseline.resources.items() if found.resources.get(a) != one}
        _set(connection, workspace, new)
        gone = [address for address in found.resources if address not in baseline.resources]
        _remove(connection, tables.resource, workspace, gone)
        if found.forgotten != baseline.forgotten:
            _remove(connection, tables.forgotten, workspace, list(found.forgotten))
            rows = [
                {"workspace": workspace, "address": address, "id": id_}
                for address, id_ in baseline.forgotten.items()
            ]
            _put(connection, tables.forgotten, rows)
        if found.policies != baseline.policies:
            row = {"workspace": workspace, "record": _json(baseline.policies)}
            _put(connection, tables.policies, [row], replacing=("record",))

    return work


def finished(workspace: str, end: Finished, applied: Applied | None) -> Work:
    """An apply has come to its end."""
    mine = (tables.run.c.workspace == workspace, tables.run.c.run == end.run)

    def work(connection: Connection) -> None:
        connection.execute(tables.run.update().where(*mine).values(finished=_json(end)))
        if applied is not None:
            row = {"workspace": workspace, "plan_id": applied.plan_id, "record": _json(applied)}
            _put(connection, tables.applied, [row])

    return work


def remembered(workspace: str, seen: Seen) -> Work:
    """What a drift run found, in the place of what an earlier one did."""
    row = {"workspace": workspace, "record": _json(seen)}
    return lambda connection: _put(connection, tables.seen, [row], replacing=("record",))


def _line(workspace: str, entry: Intent | Ended, is_open: bool) -> dict[str, Any]:
    return {
        "key": secrets.token_hex(8),
        "workspace": workspace,
        "run": entry.run,
        "call": entry.call,
        "is_open": is_open,
        "record": _json(entry),
    }


def _close(connection: Connection, workspace: str, call: str) -> None:
    columns = tables.journal.c
    mine = (columns.workspace == workspace, columns.call == call, columns.is_open)
    connection.execute(tables.journal.update().where(*mine).values(is_open=False))


def _set(connection: Connection, workspace: str, resources: Mapping[str, ResourceBaseline]) -> None:
    rows = [
        {"workspace": workspace, "address": address, "record": _json(resource)}
        for address, resource in resources.items()
    ]
    _put(connection, tables.resource, rows, replacing=("record",))


def _put(
    connection: Connection, table: Table, rows: list[dict[str, Any]], replacing: tuple[str, ...] = ()
) -> None:
    """Adds rows. One that is there already stays, but for the columns in ``replacing``."""
    if not rows:
        return
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(table)
    if replacing:
        keys = list(table.primary_key.columns)
        new = {name: insert.excluded[name] for name in replacing}
        insert = insert.on_conflict_do_update(index_elements=keys, set_=new)
    else:
        insert = insert.on_conflict_do_nothing()
    for some in _pieces(rows):
        connection.execute(insert, some)


def _remove(connection: Connection, table: Table, workspace: str, addresses: list[str]) -> None:
    for some in _pieces(addresses):
        mine = (table.c.workspace == workspace, table.c.address.in_(some))
        connection.execute(table.delete().where(*mine))


def _pieces(rows: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def _json(record: Any) -> str:
    return msgspec.json.encode(record).decode()
