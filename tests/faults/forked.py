"""The lives of a command as real processes: each is forked, and ended with signal 9 where a trouble says so.

The platform, the troubles and their counters stay here. The command asks for each request and each line of
its journal over a socket, and is killed while it waits for the answer: so it dies exactly at that point,
whatever its other threads do. One call at a time is answered, in one thread: a fork copies no other.
"""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from multiprocessing.connection import Client, Connection, Listener, wait
from pathlib import Path
from traceback import print_exc
from typing import Any
from unittest import mock

import msgspec
from faults.dying import Killed, Process, cut, journalling
from reconciler_dnanexus import session
from reconciler_sandbox.reply import Reply
from support.command import Ran
from support.desk import Desk
from urllib3.exceptions import ProtocolError

from reconciler.apply.logbook import Logbook

_LOOK_SECONDS = 5.0


def run(desk: Desk, process: Process, *words: str) -> Ran:
    """One life. Raises Killed, once the process is dead of signal 9."""
    with tempfile.TemporaryDirectory() as folder, Listener(str(Path(folder, "socket"))) as listener:
        told = Path(folder, "told")
        child = os.fork()
        if child == 0:
            _be(desk, str(listener.address), process.now, told, words)
        process.be_born()
        return _attended(process, listener, child, told)


def _attended(process: Process, listener: Any, child: int, told: Path) -> Ran:
    gone = os.pidfd_open(child)
    doors: list[Any] = [gone, listener._listener._socket]
    pending: dict[Connection, Any] = {}
    try:
        while gone not in (ready := wait(doors, _LOOK_SECONDS)):
            for door in ready:
                if isinstance(door, Connection):
                    if not _served(process, door, pending):
                        doors.remove(door)
                        door.close()
                else:
                    doors.append(listener.accept())
    except Killed:
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status == -signal.SIGKILL, f"it was not killed: {status}"
        raise
    finally:
        os.close(gone)
        for door in doors:
            if isinstance(door, Connection):
                door.close()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"it ended by itself: {status}"
    return Ran(*msgspec.json.decode(told.read_bytes()))


def _served(process: Process, door: Connection, pending: dict[Connection, Any]) -> bool:
    """One question is answered; False: there is none any more. Raises Killed."""
    try:
        kind, given = door.recv()
    except EOFError:
        return False
    answer: object = None
    if kind == "request":
        try:
            answer = process.answer(*given)
        except ProtocolError:
            answer = None
    elif kind == "before a line":
        pending[door] = process.before_line(given)
    else:
        process.after_line(given, pending.pop(door))
    door.send(answer)
    return True


class _Wire:
    """The child's side: each of its threads has a connection of its own."""

    def __init__(self, address: str, now: int) -> None:
        self.now = now
        self._address = address
        self._threads = threading.local()

    def ask(self, kind: str, given: object) -> Any:
        if not hasattr(self._threads, "door"):
            self._threads.door = Client(self._address)
        self._threads.door.send((kind, given))
        return self._threads.door.recv()

    def answer(
        self,
        path: str,
        body: bytes,
        content_type: str | None,
        authorization: str | None,
        headers: Mapping[str, str],
    ) -> Reply:
        reply: Reply | None = self.ask("request", (path, body, content_type, authorization, dict(headers)))
        if reply is None:
            raise cut()
        return reply

    def journal(self, line: str, write: Callable[[], object]) -> object:
        self.ask("before a line", line)
        written = write()
        self.ask("after a line", line)
        return written


def _be(desk: Desk, address: str, now: int, told: Path, words: tuple[str, ...]) -> None:
    """In the child, which ends here."""
    code = 1
    try:
        wire = _Wire(address, now)
        desk.wire = wire
        with ExitStack() as patched:
            for name, line in (("intent", "intent"), ("ended", "outcome")):
                patched.enter_context(mock.patch.object(Logbook, name, journalling(wire.journal, name, line)))
            patched.enter_context(mock.patch.object(session, "_pause", return_value=0.0))
            told.write_bytes(msgspec.json.encode(desk.run(*words)))
        code = 0
    except BaseException:
        print_exc()
    finally:
        os._exit(code)
