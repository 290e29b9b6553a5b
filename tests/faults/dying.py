"""The command as a process that can be killed, without a process: what goes wrong at a request or at a line
of the journal, and a death that no handler outlives.

Once a life is over, each request and each write of the ledger ends it again in whatever thread it is made;
the lock is not given back, and the connections to a PostgreSQL server are cut, whatever goes over them.
The next life takes the lock over as from a process that is known to be dead.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.client import RemoteDisconnected
from typing import Any, Literal, NoReturn
from unittest import mock

import psycopg
from faults.mixed import is_write
from msgspec import Struct
from msgspec.structs import replace
from reconciler_dnanexus import session
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.reply import Reply, error_body
from sqlalchemy import Connection, event
from sqlalchemy.pool import Pool
from urllib3.exceptions import ProtocolError

from reconciler import ledger
from reconciler.apply.logbook import Logbook
from reconciler.ledger.held import Held

Where = Literal["read", "write", "journal"]
WHERE: tuple[Where, ...] = ("read", "write", "journal")

REQUEST_KINDS = (
    "drop before the commit",
    "drop after the commit",
    "500 after the commit",
    "503",
    "429",
    "garbage after the commit",
    "kill before",
    "kill after",
)
JOURNAL_KINDS = ("kill before", "kill after")

_JOIN_SECONDS = 30.0


class Killed(BaseException):
    """The end of a life; ``str()`` of it is the point at which it came."""


class Trouble(Struct, frozen=True):
    """What goes wrong at the ``nth`` request that reads or writes, or the ``nth`` line of the journal, from
    the beginning of a story on, however many lives it takes."""

    kind: str
    where: Where
    nth: int

    @property
    def name(self) -> str:
        return f"{self.kind} a {self.where}" if self.kind.startswith("kill") else f"{self.kind}, {self.where}"


class Process:
    """The lives of one command, one after the other, and the connection that they have to the platform."""

    def __init__(self, platform: Platform, troubles: Sequence[Trouble]) -> None:
        self._platform = platform
        self._troubles = {(one.where, one.nth): one for one in troubles}
        self._lock = threading.RLock()
        self._point: str | None = None
        self.counts: Counter[str] = Counter()
        self.struck: list[Trouble] = []
        self.left: list[Held] = []
        self._connections: list[psycopg.Connection[Any]] = []

    @property
    def now(self) -> int:
        return self._platform.now

    @property
    def point(self) -> str | None:
        """Where the present life was ended; None while it lasts."""
        return self._point

    def be_born(self) -> None:
        """A new life begins; the threads of the one before have ended."""
        self._point = None

    def bury(self) -> None:
        """What the kernel does with the connections of a process that is dead, or has ended."""
        while self._connections:
            self._connections.pop().close()

    def opened(self, connection: object, _record: object) -> None:
        """The ledger has connected. Raises Killed."""
        with self._lock:
            self.want_alive()
            if isinstance(connection, psycopg.Connection):
                self._connections.append(connection)

    def want_alive(self) -> None:
        """Raises Killed where this life is over."""
        if self._point is not None:
            raise Killed(self._point)

    def answer(
        self,
        path: str,
        body: bytes,
        content_type: str | None,
        authorization: str | None,
        headers: Mapping[str, str],
    ) -> Reply:
        """A request of the client. Raises Killed, and what urllib3 raises for a connection that is cut."""
        with self._lock:
            where: Where = "write" if is_write(path) else "read"
            trouble = self._due(where)
            kind = trouble.kind if trouble else None
            if trouble and kind == "kill before":
                self._die(trouble, f"before a {where} is carried out")
            if trouble and kind != "kill after":
                self.struck.append(trouble)
            if kind == "drop before the commit":
                raise cut()
            if kind in ("503", "429"):
                return Reply(int(kind), error_body("Unavailable", "not now"), 0)
            reply = self._platform.answer(path, body, content_type, authorization, headers)
            if trouble and kind == "kill after":
                self._die(trouble, f"after a {where} is carried out")
            if kind == "drop after the commit":
                raise cut()
            if kind == "500 after the commit":
                return Reply(500, error_body("InternalError", "no answer to be had"))
            return Reply(200, b"\xff\xfe{") if kind == "garbage after the commit" else reply

    def journal(self, line: str, write: Callable[[], object]) -> object:
        """A line is written to the journal: ``line`` is "intent" or "outcome". Raises Killed."""
        trouble = self.before_line(line)
        written = write()
        self.after_line(line, trouble)
        return written

    def before_line(self, line: str) -> Trouble | None:
        """What is to go wrong once the line is written. Raises Killed."""
        with self._lock:
            trouble = self._due("journal")
            if trouble and trouble.kind == "kill before":
                self._die(trouble, f"before the {line} is journalled")
            return trouble

    def after_line(self, line: str, trouble: Trouble | None) -> None:
        """Raises Killed."""
        if trouble:
            with self._lock:
                self.want_alive()  # another thread may have met its own end meanwhile
                self._die(trouble, f"after the {line} is journalled")

    def _due(self, where: Where) -> Trouble | None:
        self.want_alive()
        self.counts[where] += 1
        return self._troubles.get((where, self.counts[where]))

    def _die(self, trouble: Trouble, point: str) -> NoReturn:
        self.struck.append(trouble)
        self._point = point
        for opened in self._connections:
            _cut_off(opened)
        raise Killed(point)


def cut() -> ProtocolError:
    return ProtocolError("Connection aborted.", RemoteDisconnected("closed without an answer"))


def _cut_off(opened: psycopg.Connection[Any]) -> None:
    """As its own end and the server see it, even if another thread just waits for an answer."""
    with (
        suppress(psycopg.OperationalError, OSError),  # closed already
        socket.socket(fileno=os.dup(opened.fileno())) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def living(process: Process) -> Iterator[None]:
    """What runs meanwhile is this process: its journal, its lock and its pauses."""
    real_transact, real_release = Held._transact, Held.release

    def transact(held: Held, works: Sequence[Callable[[Connection], None]]) -> None:
        process.want_alive()
        real_transact(held, works)

    def release(held: Held) -> None:
        if process.point is None:
            real_release(held)
            return
        process.left.append(held)

    with ExitStack() as patched:
        for name, line in (("intent", "intent"), ("ended", "outcome")):
            patched.enter_context(mock.patch.object(Logbook, name, journalling(process.journal, name, line)))
        patched.enter_context(mock.patch.object(Held, "_transact", transact))
        patched.enter_context(mock.patch.object(Held, "release", release))
        patched.enter_context(mortal())
        patched.enter_context(mock.patch.object(session, "_pause", return_value=0.0))
        yield


@contextmanager
def mortal() -> Iterator[None]:
    """Whoever takes a lock meanwhile is, as /proc has it, no more: this process was started at another time.
    So a lock that could not be given back is free at once, as after the end of a real process."""
    real = ledger.owner_here

    def owner_here(command: str) -> ledger.LockOwner:
        return replace(real(command), started="1")

    with mock.patch.object(ledger, "owner_here", owner_here):
        yield


Journal = Callable[[str, Callable[[], object]], object]


def journalling(journal: Journal, name: str, line: str) -> Callable[..., object]:
    """The method of that name of Logbook, whose lines go through ``journal``."""
    original: Callable[..., Any] = getattr(Logbook, name)

    def wrapped(logbook: Logbook, *given: object) -> object:
        return journal(line, lambda: original(logbook, *given))

    return wrapped


@contextmanager
def life(process: Process) -> Iterator[None]:
    """One life: all threads that are started within it have ended when it is left, however it is."""
    before = set(threading.enumerate())
    process.be_born()
    event.listen(Pool, "connect", process.opened)
    try:
        yield
    finally:
        others = set(threading.enumerate()) - before
        keepers = {held._writer._thread for held in process.left}
        for held in process.left:
            held._over.set()
        # Whoever is still in a call finds its life over at the next one: a writer has to be there for that.
        for thread in others - keepers:
            thread.join(_JOIN_SECONDS)
        while process.left:
            process.left.pop()._writer.stop(_JOIN_SECONDS)
        event.remove(Pool, "connect", process.opened)
        process.bury()
        assert not any(thread.is_alive() for thread in others), "a thread goes on"
