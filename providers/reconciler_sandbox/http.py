"""The platform over HTTP: one door for every route, with the headers that clients look at.

Must not know any law. Answers are compressed only for who asks for it, and only if a switch says so: the
official client, which never asks, compares their length with the decoded body.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import Callable
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler_sandbox import exchange
from reconciler_sandbox.control import PREFIX, Control
from reconciler_sandbox.faults.sockets import Broken
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.reply import Reply, error_body

LONGEST_BODY = 16 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "apiserver"}
_API_VERSION = "1.0.0"


class Activity:
    """When the last request ended, and how many there are: for ending an idle server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open = 0
        self._ended = clock()

    def begin(self) -> None:
        self._open += 1

    def end(self) -> None:
        self._open -= 1
        self._ended = self._clock()

    def idle_seconds(self) -> float:
        return 0.0 if self._open else self._clock() - self._ended


def application(platform: Platform, control: Control | None, activity: Activity) -> Starlette:
    door = _Door(platform, control)

    async def everything(request: Request) -> Response:
        activity.begin()
        try:
            return await door.answer(request)
        except ClientDisconnect:
            return Response()  # nobody is there to see it
        finally:
            activity.end()

    return Starlette(routes=[Route("/{path:path}", everything, methods=["POST", "GET", "PUT", "DELETE"])])


class _Door:
    def __init__(self, platform: Platform, control: Control | None) -> None:
        self._platform = platform
        self._control = control
        self._count = 0

    async def answer(self, request: Request) -> Response:
        headers = request.headers
        if _host(headers) not in _LOOPBACK:
            return self._response(request, _refusal(400, "InvalidInput", "Host must be a loopback name"))
        path = request.scope["path"]
        if path.startswith(exchange.PREFIX) and request.method in ("PUT", "GET", "HEAD"):
            return self._response(request, await self._exchange(request, path))
        if path == "/" and request.method in ("GET", "HEAD"):
            return self._page(request)
        if request.method != "POST":
            return self._response(request, _refusal(404, "ResourceNotFound", "Every route takes POST"))
        controls = self._control is not None and path.startswith(PREFIX)
        unread = None if controls else self._platform.unread(path, headers.get("authorization"))
        if unread is not None:
            return self._response(request, unread)
        body = await _body(request)
        if body is None:
            return self._response(request, _too_long())
        reply = self._reply(path, body, headers)
        while reply.later is not None:
            await asyncio.sleep(reply.later.seconds)
            reply = reply.later.reply()
        return self._response(request, reply)

    async def _exchange(self, request: Request, path: str) -> Reply:
        body = await _body(request)
        if body is None:
            return _too_long()
        return exchange.answer(self._platform, request.method, path, body, request.headers.get("range"))

    def _page(self, request: Request) -> Response:
        from reconciler_sandbox.page import render

        return Response(render.page(self._platform, request.query_params), headers=render.headers())

    def _reply(self, path: str, body: bytes, headers: Headers) -> Reply:
        content_type = headers.get("content-type")
        if self._control is not None and path.startswith(PREFIX):
            return self._control.answer(path, body, content_type, headers.get("x-emulator-key"))
        echo = {_title(name): value for name, value in headers.items()}
        return self._platform.answer(path, body, content_type, headers.get("authorization"), echo)

    def _response(self, request: Request, reply: Reply) -> Response:
        now = self._platform.now
        self._count += 1
        headers = {
            "Content-Type": reply.media,
            "Date": formatdate(now // 1000, usegmt=True),
            "DNAnexus-API": request.headers.get("dnanexus-api", _API_VERSION),
            "X-Content-Type-Options": "nosniff",
            "X-Request-ID": f"{max(now, 0):013d}-{self._count % 1_000_000}",
            **reply.headers,
        }
        if reply.retry_after is not None:
            headers["Retry-After"] = str(reply.retry_after)
        body = reply.body
        if (
            self._platform.state.switches.gzip_responses == "on"
            and not reply.headers
            and _takes_gzip(request.headers)
        ):
            body = gzip.compress(body, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        response = Response(body, reply.status, headers)
        return response if reply.wire is None else Broken(response, reply.wire)


def _too_long() -> Reply:
    return _refusal(413, "InvalidInput", f"The body has more than {LONGEST_BODY} bytes")


def _refusal(status: int, type: str, message: str) -> Reply:
    return Reply(status, error_body(type, message))


def _host(headers: Headers) -> str:
    """Guards against a web page that points a name of its own at this machine."""
    host = headers.get("host", "")
    name, separator, port = host.rpartition(":")
    return (name if separator and port.isdigit() else host).lower()


def _takes_gzip(headers: Headers) -> bool:
    for choice in headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = (part.strip() for part in choice.partition(";"))
        if coding == "gzip":
            return not re.fullmatch(r"q\s*=\s*0(\.0*)?", quality)
    return False


async def _body(request: Request) -> bytes | None:
    """None if it is too long."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LONGEST_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _title(name: str) -> str:
    """Header names as clients write them; on the way here they were lowered."""
    return "DNAnexus-API" if name == "dnanexus-api" else "-".join(map(str.capitalize, name.split("-")))
