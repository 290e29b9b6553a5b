"""Answers that only a connection can give: none at all, half of one, or one of a wrong length."""

from __future__ import annotations

import asyncio
import http
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .record import Wire

TRANSPORT = "transport"
"""The key in the state of a request under which its connection is found."""


class Broken(Response):
    """Goes around the web server and ends the connection. ``sound``: what a platform in good health
    would have sent."""

    def __init__(self, sound: Response, wire: Wire) -> None:
        super().__init__()
        self._sound = sound
        self._wire = wire

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        transport: asyncio.Transport = scope["state"][TRANSPORT]
        match self._wire:
            case "close":
                transport.close()
            case "reset":
                _reset(transport)
            case "truncate":
                transport.write(_head(self._sound, len(self._sound.body)) + _half(self._sound))
                transport.close()
            case "wrong_length":
                transport.write(_head(self._sound, len(_half(self._sound))) + bytes(self._sound.body))
                transport.close()
            case "hang":
                """The caller ends it."""
        # Until then the web server would send an answer of its own.
        while (await receive())["type"] != "http.disconnect":
            continue


def _reset(transport: asyncio.Transport) -> None:
    """Whatever was under way is lost, and the caller is told so."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()


def _half(response: Response) -> bytes:
    return bytes(response.body[: len(response.body) // 2])


def _head(response: Response, length: int) -> bytes:
    lines = [f"HTTP/1.1 {response.status_code} {http.HTTPStatus(response.status_code).phrase}".encode()]
    lines += [name + b": " + value for name, value in response.raw_headers if name != b"content-length"]
    return b"\r\n".join((*lines, b"content-length: %d" % length, b"", b""))
