"""The tables of a ledger, the same on SQLite and PostgreSQL, and how an older ledger becomes a new one.

Records are kept whole as JSON (``record``); what is searched by has a column of its own. Several
workspaces may share a ledger. The names have a prefix, for a PostgreSQL database may hold other things.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from reconciler.ledger.reading import VERSION

metadata = MetaData()

_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts by itself in an INTEGER only
_OPEN = text("is_open")

version = Table("reconciler_version", metadata, Column("version", Integer, nullable=False))

lease = Table(
    "reconciler_lease",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("fence", BigInteger, nullable=False),
    Column("lock_id", Text),
    Column("owner", Text),
    Column("renewals", BigInteger, nullable=False),
    Column("seconds", Float(53), nullable=False),
    Column("expires", Float(53), nullable=False),
    Column("deadline", Float(53), nullable=False),
    Column("clock", Text, nullable=False),
)
"""One row a workspace, for ever: ``fence`` counts the takings. ``lock_id`` and ``owner`` are null while
nobody holds it. ``expires`` is by the database's clock (seconds since the epoch), ``deadline`` the same
moment in ticks of the owner's ``clock``."""

run = Table(
    "reconciler_run",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("workspace", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),
    UniqueConstraint("workspace", "run"),
)

journal = Table(
    "reconciler_journal",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("workspace", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("call", Text),
    Column("is_open", Boolean, nullable=False),
    Column("record", Text, nullable=False),
    Index("reconciler_journal_of_run", "workspace", "run"),
    Index("reconciler_journal_open", "workspace", "call", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
"""``key`` names one writing of a line: written again after a commit whose outcome was lost, it is the
same line. ``is_open`` is true of the lines of a call until its end is known."""

resource = Table(
    "reconciler_resource",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("record", Text, nullable=False),
)

forgotten = Table(
    "reconciler_forgotten",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("id", Text, nullable=False),
)

policies = Table(
    "reconciler_policies",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("record", Text, nullable=False),
)

applied = Table(
    "reconciler_applied",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("plan_id", Text, primary_key=True),
    Column("record", Text, nullable=False),
)

seen = Table(
    "reconciler_seen",
    metadata,
    Column("workspace", Text, primary_key=True),
    Column("record", Text, nullable=False),
)
"""What the last remembered drift run found. Written without the lock: the last one wins."""

Migration = Callable[[Connection], None]


def _with_seen(connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TABLE IF NOT EXISTS reconciler_seen "
            "(workspace TEXT NOT NULL PRIMARY KEY, record TEXT NOT NULL)"
        )
    )


MIGRATIONS: tuple[Migration, ...] = (_with_seen,)
"""What makes a ledger of version 1 one of version 2, and so on: never changed once it was released. A
new ledger is made as ``metadata`` says, without them."""

assert len(MIGRATIONS) + 1 == VERSION


def prepare(connection: Connection, found: int | None, migrations: tuple[Migration, ...]) -> None:
    """Makes the tables of a ledger of the version ``found`` (None: there is none) those of this version.
    Inside a transaction that nobody else is in."""
    if found is None:
        metadata.create_all(connection)
        connection.execute(version.insert().values(version=len(migrations) + 1))
        return
    for migrate in migrations[found - 1 :]:
        migrate(connection)
    connection.execute(version.update().values(version=len(migrations) + 1))
