"""The lock of a workspace: a lease in a row of the ledger, taken, renewed, given back, broken.

The holder renews it in every transaction that it writes; each taking has a number higher than all
before (``fence``), and a transaction of an older one changes nothing. So two can never both write,
whatever their clocks say; the clocks only decide how soon a lease is taken over. When is it over?

- Its owner is known to be dead (``process.dead``): at once.
- The database has a clock of its own (PostgreSQL): when that says so.
- A local file, and its owner counted the same ticks as we do (one boot of one machine): when these
  say so. Nobody can set them, so a wall clock that is set back or forth does no harm.
- A local file of another boot or machine: its wall clock is all there is. While that is plausible
  (the end lies ahead, by one lease at most), the lease is held. Else, as after a clock was set back
  by a day, the row is watched by our own ticks: whoever lives renews it thrice in a lease, and who
  has not done so for a whole one is gone. This alone makes ``take`` wait.

The owner in turn counts from before it asked for the renewal, so it stops before anybody takes over.
"""

from __future__ import annotations

import time
from typing import Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.ledger import clock, failures, process, reading
from reconciler.ledger.database import Database, selecting
from reconciler.ledger.reading import LeaseRow
from reconciler.ledger.records import Locked, LockOwner
from reconciler.ledger.tables import lease
from reconciler.model.diagnostics import error
from reconciler.model.moment import rfc3339

_LOOKS = 20
"""How often a doubtful lease is looked at while it is watched."""

Standing = Literal["free", "held", "doubtful"]


class Seen(msgspec.Struct, frozen=True):
    """A lease at a moment. ``now`` is the database's clock then; ``row`` is None before the first taking."""

    row: LeaseRow | None
    now: float

    def is_as(self, other: Seen) -> bool:
        """Nobody has renewed or taken it between the two."""
        mine, theirs = self.row, other.row
        if mine is None or theirs is None:
            return mine is theirs
        return (mine.fence, mine.lock_id, mine.renewals) == (theirs.fence, theirs.lock_id, theirs.renewals)


class Lease(msgspec.Struct, frozen=True):
    """One taking of the lock. ``taken_at`` in ticks, from before it was asked for; ``seconds`` is how
    long it holds after each renewal."""

    workspace: str
    owner: LockOwner
    seconds: float
    taken_at: float


def look(database: Database, workspace: str) -> Seen:
    """The lease as it stands."""
    return database.read(
        lambda found: Seen(reading.lease(found, workspace), database.now(found)), Seen(None, 0.0)
    )


def take(database: Database, workspace: str, owner: LockOwner, seconds: float) -> Lease:
    """Takes the lock. Raises Locked where somebody has it, DiagnosticsError."""
    watched = _want_free(database, workspace)
    try:
        database.prepare()
        taken_at = clock.ticks()
        with database.writing() as connection:
            seen = _look_again(connection, database, workspace)
            if standing(seen, database.shared_clock) != "free" and not seen.is_as(watched):
                raise _locked(seen, database.location)
            fence = 1 if seen.row is None else seen.row.fence + 1
            held = _expiring(replace(owner, fence=fence), seen.now + seconds)
            values = {
                "fence": fence,
                "lock_id": owner.id,
                "owner": msgspec.json.encode(held).decode(),
                "seconds": seconds,
                **_moments(seen.now, seconds),
            }
            connection.execute(lease.update().where(lease.c.workspace == workspace).values(**values))
    except failures.Unreachable as failure:
        seen = look(database, workspace)
        if seen.row is not None and seen.row.lock_id is not None:
            raise _locked(seen, database.location) from failure
        raise
    return Lease(workspace, held, seconds, taken_at)


def renew(connection: Connection, database: Database, mine: Lease) -> None:
    """Makes it last for its whole length again, and keeps every other from taking it until the end of the
    transaction. Raises DiagnosticsError (``lock-lost``) where it is no longer ours."""
    found = selecting(connection)
    changed = connection.execute(
        lease.update()
        .where(*_is(mine))
        .values(renewals=lease.c.renewals + 1, **_moments(database.now(found), mine.seconds))
    )
    if changed.rowcount != 1:
        raise failures.lost(database.location, _why(reading.lease(found, mine.workspace)))


def give_back(connection: Connection, mine: Lease) -> None:
    """Nobody has it then; the number of the taking stays."""
    connection.execute(lease.update().where(*_is(mine)).values(lock_id=None, owner=None))


def unlock(database: Database, workspace: str, lock_id: str) -> LockOwner:
    """Breaks the lock of that id; returns whose it was. Raises DiagnosticsError where there is none such."""
    _want_id(look(database, workspace), database.location, lock_id)
    database.prepare()
    with database.writing() as connection:
        row = _want_id(_look_again(connection, database, workspace), database.location, lock_id)
        there = lease.c.workspace == workspace
        connection.execute(lease.update().where(there).values(lock_id=None, owner=None))
    return row.owner or LockOwner(lock_id, "somebody", "an unknown host", 0, "", "")


def standing(seen: Seen, shared_clock: bool) -> Standing:
    """May the lease be taken? See the head of this module."""
    row = seen.row
    if row is None or row.lock_id is None or (row.owner is not None and process.dead(row.owner)):
        return "free"
    if not shared_clock and row.clock and row.clock == process.clock_id():
        return "free" if clock.ticks() >= row.deadline else "held"
    left = row.expires - seen.now
    if left > row.seconds:
        return "doubtful"
    if left > 0:
        return "held"
    return "free" if shared_clock else "doubtful"


def _want_free(database: Database, workspace: str) -> Seen:
    """Looks, and watches a doubtful lease. Raises Locked where it is held."""
    first = seen = look(database, workspace)
    since = clock.ticks()
    while (stands := standing(seen, database.shared_clock)) == "doubtful" and seen.row is not None:
        if not seen.is_as(first):
            raise _locked(seen, database.location)
        if clock.ticks() - since > seen.row.seconds:
            return first
        time.sleep(min(1.0, seen.row.seconds / _LOOKS))
        seen = look(database, workspace)
    if stands == "held":
        raise _locked(seen, database.location)
    return seen


def _look_again(connection: Connection, database: Database, workspace: str) -> Seen:
    """The lease, which nobody else can change until the end of the transaction."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    never = {"fence": 0, "renewals": 0, "seconds": 0, "expires": 0, "deadline": 0, "clock": ""}
    connection.execute(insert(lease).values(workspace=workspace, **never).on_conflict_do_nothing())
    connection.execute(select(lease.c.fence).where(lease.c.workspace == workspace).with_for_update())
    found = selecting(connection)
    return Seen(reading.lease(found, workspace), database.now(found))


def _moments(now: float, seconds: float) -> dict[str, object]:
    return {
        "expires": now + seconds,
        "deadline": clock.ticks() + seconds,
        "clock": process.clock_id(),
    }


def _is(mine: Lease) -> tuple[ColumnElement[bool], ...]:
    return (
        lease.c.workspace == mine.workspace,
        lease.c.fence == mine.owner.fence,
        lease.c.lock_id == mine.owner.id,
    )


def _want_id(seen: Seen, location: str, lock_id: str) -> LeaseRow:
    row = seen.row
    if row is not None and row.lock_id == lock_id:
        return row
    holder = None if row is None or row.lock_id is None else _owner(row)
    summary = f'there is no lock "{lock_id}" on {location}'
    if row is None or row.lock_id is None:
        raise error("no-such-lock", summary, "Nobody holds the lock.")
    who = "somebody" if holder is None else f"{holder.user} on {holder.host}, running: {holder.command}"
    raise error("no-such-lock", summary, f"The lock {row.lock_id} is held by {who}.")


def _owner(row: LeaseRow) -> LockOwner | None:
    """The owner, with the end of the lease as it is now."""
    return None if row.owner is None else _expiring(row.owner, row.expires)


def _expiring(owner: LockOwner, expires: float) -> LockOwner:
    return replace(owner, expires=rfc3339(int(expires * 1000)))


def _locked(seen: Seen, location: str) -> Locked:
    row = seen.row
    if row is None or row.lock_id is None:
        return Locked(None, location)
    same = row.clock and row.clock == process.clock_id()
    left = row.deadline - clock.ticks() if same else row.expires - seen.now
    return Locked(_owner(row), location, row.seconds - left)


def _why(row: LeaseRow | None) -> str:
    if row is None:
        return "its row is gone"
    if row.lock_id is None:
        return "somebody broke it with reconciler unlock"
    if row.owner is None:
        return "somebody else has it"
    return f"{row.owner.user} on {row.owner.host} has it since {row.owner.since} (lock {row.lock_id})"
