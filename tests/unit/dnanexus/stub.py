"""A hand-written server on loopback: answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter

DATE = "Thu, 15 Jan 2026 09:00:00 GMT"
DATE_MS = 1768467600000


class Asked(Struct):
    """One request as it came."""

    route: str
    body: Any
    token: str
    headers: dict[str, str]


class Answer(Struct):
    """``body``: JSON value, or bytes to send as they are."""

    body: Any
    status: int = 200
    headers: dict[str, str] = {}


def error(kind: str, status: int, message: str = "told so") -> Answer:
    return Answer({"error": {"type": kind, "message": message}}, status)


Handler = Callable[[Asked], Any]


class Stub:
    """``handler`` gives an Answer or a JSON value for each request."""

    def __init__(self) -> None:
        self.log: list[Asked] = []
        self.handler: Handler = lambda _asked: {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handlers())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def routes(self) -> list[str]:
        return [one.route for one in self.log]

    def sent(self, route: str) -> list[Any]:
        """The bodies that were sent to a route."""
        return [one.body for one in self.log if one.route == route]

    def _handlers(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handlers(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                asked = Asked(self.path, json.loads(content), token, dict(self.headers.items()))
                stub.log.append(asked)
                given = stub.handler(asked)
                self._send(given if isinstance(given, Answer) else Answer(given))

            def _send(self, answer: Answer) -> None:
                body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response_only(answer.status)
                headers = {
                    "Date": DATE,
                    "Content-Type": "application/json",
                    "X-Request-ID": f"1768467600000-{len(stub.log)}",
                    "Content-Length": str(len(body)),
                    **answer.headers,
                }
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handlers


def writer(url: str, *tokens: str, patience: str = "3") -> DNAnexusWriter:
    credentials = [Credential(f"identity {token}", Secret(token)) for token in tokens]
    return DNAnexusWriter(Place(url), credentials, {"RECONCILER_READ_RETRY_SECONDS": patience})
