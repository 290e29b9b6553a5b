"""Somebody who is notified: a server on loopback that keeps what it gets, and answers as it is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from msgspec import Struct

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"

Answering = Callable[[socket.socket], None]


class Posted(Struct, frozen=True):
    """A request as it came: headers by their names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Hook:
    """Answers each request with the next of ``answers``, then with the last of them again and again."""

    def __init__(self, *answers: bytes | Answering, tls: ssl.SSLContext | None = None) -> None:
        self.posted: list[Posted] = []
        self._answers = list(answers or (TAKEN,))
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/hook?room=drift"
        self._connections: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def answers(self, *answers: bytes | Answering) -> None:
        """From now on."""
        self._answers = list(answers)

    def end(self) -> None:
        for one in (self._server, *self._connections):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._server.accept()[0]
                self._connections.append(connection)
                thread = threading.Thread(target=self._one, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as ends:
            ends.enter_context(connection)
            if self._tls is not None:
                connection = ends.enter_context(self._tls.wrap_socket(connection, server_side=True))
            self.posted.append(_read(connection))
            answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)


def _read(connection: socket.socket) -> Posted:
    stream = connection.makefile("rb")
    line = stream.readline().decode().strip()
    headers: dict[str, str] = {}
    while field := stream.readline().decode().strip():
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    return Posted(line, headers, stream.read(int(headers.get("content-length", "none"))))


def status(code: int, *fields: str) -> bytes:
    """A whole answer with these header fields."""
    return "\r\n".join([f"HTTP/1.1 {code} -", *fields, "Content-Length: 0", "", ""]).encode()


def hangs(connection: socket.socket) -> None:
    """Says nothing until the other side gives up."""
    connection.recv(1)


def drips(connection: socket.socket) -> None:
    """An answer whose head never comes to its end, a byte at a time, until the other side gives up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    connection.settimeout(0.01)
    while True:
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                return
        connection.sendall(b"a")


def continues(connection: socket.socket) -> None:
    """Asks to go on, for ever."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def floods(connection: socket.socket) -> None:
    """Taken, with an answer that has no end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"a" * 65_536)


def nobody() -> str:
    """A URL on this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"


Hooks = Callable[..., Hook]


@contextlib.contextmanager
def hooks() -> Iterator[Hooks]:
    """Makes hooks, which end with it."""
    made: list[Hook] = []

    def make(*answers: bytes | Answering, tls: ssl.SSLContext | None = None) -> Hook:
        made.append(Hook(*answers, tls=tls))
        return made[-1]

    try:
        yield make
    finally:
        for hook in made:
            hook.end()
