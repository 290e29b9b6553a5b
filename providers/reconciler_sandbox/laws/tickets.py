"""Addresses to which bytes are sent and from which they are fetched: a ticket that says what for, and a
mark without which it is worth nothing.

The platform's documentation: these addresses need no login of their own. Where they are is this
platform's own choice: on the same server, under a prefix of their own.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from urllib.parse import quote

import msgspec
from msgspec import Struct

from .errors import denied
from .view import Call

PREFIX = "/bytes/"


class Upload(Struct, frozen=True, tag=True, array_like=True):
    """To send one part of a file. ``md5`` in hex, ``size`` in bytes."""

    file: str
    index: int
    size: int
    md5: str


class Download(Struct, frozen=True, tag=True, array_like=True):
    """To fetch a file. ``user`` and ``scope``: whose sight of ``project`` counts (no project: of any),
    unless it is ``open_to_all``. ``expires`` in ms; None: never. ``name``: for the file it becomes."""

    file: str
    project: str | None
    user: str | None
    scope: dict[str, str] | None
    open_to_all: bool
    expires: int | None
    name: str


Ticket = Upload | Download

_decoder: msgspec.json.Decoder[Ticket] = msgspec.json.Decoder(Ticket)


def address(call: Call, ticket: Ticket) -> str:
    """The whole address, on the host that the caller has called."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(ticket)).decode().rstrip("=")
    host = call.headers.get("Host", "localhost")
    name = f"/{quote(ticket.name, safe='')}" if isinstance(ticket, Download) else ""
    return f"http://{host}{PREFIX}{text}.{call.sign(text)}{name}"


def ticket(call: Call, path: str) -> Ticket:
    """What the path of an address is for. Raises Refused: PermissionDenied for one not made here."""
    marked, _, _name = path.removeprefix(PREFIX).partition("/")
    text, _, mark = marked.partition(".")
    if hmac.compare_digest(mark.encode(), call.sign(text).encode()):
        try:
            return _decoder.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (binascii.Error, msgspec.MsgspecError):
            pass
    raise denied("this address was not given out by this platform")
