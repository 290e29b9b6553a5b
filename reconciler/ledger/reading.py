"""What is read from a ledger, as SQL that both databases understand, and what the rows mean.

The caller brings a connection in the form of a function; SQLAlchemy is not needed for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from msgspec import Struct

from reconciler.ledger.records import Applied, Ended, Finished, Intent, LockOwner, OpenCall, Run, Started
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Policy
from reconciler.model.report import Seen

VERSION = 2
"""The version of the tables that this code reads and writes."""

Select: TypeAlias = Callable[[str, dict[str, Any]], Sequence[Sequence[Any]]]
"""Runs a SELECT with ``:named`` parameters and returns all rows."""

T = TypeVar("T")


class DamagedRow(Exception):
    """A row does not hold the record that it should."""


class LeaseRow(Struct, frozen=True):
    """The row of a lease (see ``tables.lease``); ``owner`` is None where it could not be read."""

    fence: int
    lock_id: str | None
    owner: LockOwner | None
    renewals: int
    seconds: float
    expires: float
    deadline: float
    clock: str


def decoded(text: str, record: type[T]) -> T:
    """The record of a row. Raises DamagedRow."""
    try:
        return msgspec.json.decode(text, type=record)
    except (msgspec.DecodeError, UnicodeError, RecursionError, TypeError) as failure:
        raise DamagedRow(str(failure)) from failure


def version(select: Select) -> int | None:
    """The version of the tables; None where their making was never finished."""
    rows = select("SELECT version FROM reconciler_version", {})
    return rows[0][0] if rows else None


def lease(select: Select, workspace: str) -> LeaseRow | None:
    """Who holds the lock, or held it last."""
    rows = select(
        "SELECT fence, lock_id, owner, renewals, seconds, expires, deadline, clock "
        "FROM reconciler_lease WHERE workspace = :workspace",
        {"workspace": workspace},
    )
    if not rows:
        return None
    fence, lock_id, owner, *rest = rows[0]
    try:
        known = None if owner is None else decoded(owner, LockOwner)
    except DamagedRow:
        known = None
    return LeaseRow(fence, lock_id, known, *rest)


def baseline(select: Select, workspace: str) -> Baseline:
    """The whole baseline."""
    mine = {"workspace": workspace}
    resources = select(
        "SELECT address, record FROM reconciler_resource WHERE workspace = :workspace ORDER BY address", mine
    )
    forgotten = select("SELECT address, id FROM reconciler_forgotten WHERE workspace = :workspace", mine)
    policies = select("SELECT record FROM reconciler_policies WHERE workspace = :workspace", mine)
    return Baseline(
        {address: decoded(record, ResourceBaseline) for address, record in resources},
        {address: id_ for address, id_ in forgotten},  # noqa: C416 (a row is no tuple to every type checker)
        decoded(policies[0][0], tuple[Policy, ...]) if policies else (),
    )


def applied(select: Select, workspace: str, plan_id: str) -> Applied | None:
    """When the plan was carried out whole."""
    rows = select(
        "SELECT record FROM reconciler_applied WHERE workspace = :workspace AND plan_id = :plan_id",
        {"workspace": workspace, "plan_id": plan_id},
    )
    return decoded(rows[0][0], Applied) if rows else None


def open_calls(select: Select, workspace: str) -> tuple[OpenCall, ...]:
    """Calls whose end is not known, oldest first."""
    rows = select(
        "SELECT record FROM reconciler_journal WHERE workspace = :workspace AND is_open ORDER BY number",
        {"workspace": workspace},
    )
    found: dict[str, OpenCall] = {}
    for (record,) in rows:
        entry = _entry(record)
        if isinstance(entry, Intent):
            found[entry.call] = OpenCall(entry, None)
        elif entry.call in found:
            found[entry.call] = OpenCall(found[entry.call].intent, entry)
    return tuple(found.values())


def history(select: Select, workspace: str, most: int) -> tuple[Run, ...]:
    """The last applies, newest first."""
    rows = select(
        "SELECT started, finished FROM reconciler_run WHERE workspace = :workspace "
        "ORDER BY number DESC LIMIT :most",
        {"workspace": workspace, "most": most},
    )
    return tuple(
        Run(decoded(started, Started), None if finished is None else decoded(finished, Finished))
        for started, finished in rows
    )


def steps_of(select: Select, workspace: str, run: str) -> tuple[Ended | Intent, ...]:
    """The journal of one apply, in order."""
    rows = select(
        "SELECT record FROM reconciler_journal WHERE workspace = :workspace AND run = :run ORDER BY number",
        {"workspace": workspace, "run": run},
    )
    return tuple(_entry(record) for (record,) in rows)


def seen(select: Select, workspace: str) -> Seen | None:
    """What the last remembered drift run found."""
    if (version(select) or 0) < _SEEN_SINCE:
        return None
    rows = select("SELECT record FROM reconciler_seen WHERE workspace = :workspace", {"workspace": workspace})
    return decoded(rows[0][0], Seen) if rows else None


_SEEN_SINCE = 2
"""The version of the tables that had a place for it first: one that is only read is not made a new one."""


def _entry(record: str) -> Intent | Ended:
    kinds: Any = Intent | Ended  # msgspec tells them apart by their tags
    entry: Intent | Ended = decoded(record, kinds)
    return entry
