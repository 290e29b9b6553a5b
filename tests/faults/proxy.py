"""A small HTTP proxy on loopback that stands before a platform and plays what goes wrong on the way.

It remembers what reached it and what it passed on: a write is known to have happened only if it
was passed on.
"""

from __future__ import annotations

import copy
import http.client
import socket
import struct
import threading
import time
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

Effect = Literal["close", "reset", "status", "html", "truncate", "cut", "hang"]


class Fault(Struct):
    """What happens to the next ``times`` requests to ``route`` (a glob).

    before: the platform does not see the request; after: it has carried it out. status: answers
    ``status`` with the platform's error (with html: a page of a proxy); truncate: half the JSON, framed
    as if it were whole; cut: half the bytes that were announced, then the end; reset: close, but hard.
    """

    effect: Effect
    route: str = "*"
    when: Literal["before", "after"] = "before"
    times: int = 1
    status: int = 200
    retry_after: str | None = None


class Proxy:
    """``target``: the URL of the platform. ``seen`` and ``passed`` are routes, in order."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "", parts.port or 80)
        self.seen: list[str] = []
        self.passed: list[str] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handlers())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def play(self, *faults: Fault) -> None:
        """From now on; what was remembered is forgotten."""
        with self._lock:
            self._faults = [copy.copy(fault) for fault in faults]
            self.seen.clear()
            self.passed.clear()

    def close(self) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()

    def _next(self, route: str) -> Fault | None:
        with self._lock:
            self.seen.append(route)
            for fault in self._faults:
                if fault.times and fnmatchcase(route, fault.route):
                    fault.times -= 1
                    return fault
        return None

    def _pass_on(self, route: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection(*self._target, timeout=10)
        try:
            connection.request("POST", route, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            with self._lock:
                self.passed.append(route)
            return answer.status, content, dict(answer.getheaders())
        finally:
            connection.close()

    def _handlers(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handlers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fault = proxy._next(self.path)
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in ("connection", "content-length")
                }
                answer = None
                if fault is None or fault.when == "after":
                    answer = proxy._pass_on(self.path, body, headers)
                if fault is None:
                    assert answer is not None
                    self._send(*answer)
                else:
                    self._fail(fault, answer[1] if answer else b'{"results": [], "next": null}')

            def _fail(self, fault: Fault, content: bytes) -> None:
                extra = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
                match fault.effect:
                    case "close" | "reset":
                        self._end(hard=fault.effect == "reset")
                    case "hang":
                        proxy._ending.wait(20)
                        self._end(hard=False)
                    case "status":
                        error = b'{"error": {"type": "InternalError", "message": "played"}}'
                        self._send(fault.status, error, {"Content-Type": "application/json", **extra})
                    case "html":
                        page = b"<!doctype html><title>Sign in</title>"
                        self._send(fault.status, page, {"Content-Type": "text/html", **extra})
                    case "truncate":
                        self._send(200, content[: len(content) // 2], {"Content-Type": "application/json"})
                    case "cut":
                        self._send(200, content[: len(content) // 2], {}, announced=len(content))
                        self._end(hard=False)

            def _send(
                self, status: int, content: bytes, headers: dict[str, str], announced: int | None = None
            ) -> None:
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() != "content-length":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content) if announced is None else announced))
                self.end_headers()
                self.wfile.write(content)

            def _end(self, *, hard: bool) -> None:
                self.wfile.flush()
                if hard:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    # Shutting down first would end it softly: the handler closes the socket next.
                    self.rfile.close()
                    self.wfile.close()
                    self.connection.close()
                else:
                    self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True

            def finish(self) -> None:
                if not self.wfile.closed:
                    super().finish()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handlers


def within(seconds: float, started: float) -> bool:
    """Did what began at ``started`` (monotonic) end in time?"""
    return time.monotonic() - started < seconds
