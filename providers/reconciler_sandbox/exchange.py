"""The bytes of files on their way in (PUT) and out (GET), at addresses that the platform gave out.

A request's parts in, a reply out. Must not know of sockets, nor what a file is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from reconciler_sandbox.calls import Entry
from reconciler_sandbox.laws import file_bytes, tickets
from reconciler_sandbox.laws.view import Call, Caller
from reconciler_sandbox.platform import Platform, moment, refusal
from reconciler_sandbox.reply import Reply, error_body

PREFIX = tickets.PREFIX
_RANGE = re.compile(r"bytes=(?:(?P<first>\d{1,18})-(?P<last>\d{0,18})|-(?P<suffix>\d{1,18}))")
_UNKNOWN_MEDIA = "application/octet-stream"
_MEDIA = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w.+-]+=[\w.+-]+)*", re.ASCII)


def answer(platform: Platform, method: str, path: str, body: bytes, wanted: str | None) -> Reply:
    """What becomes of ``method path``. ``wanted``: the header Range."""
    call = Call(Caller(None), "", {}, platform.now, new_id=str, sign=platform.sign)
    told: Mapping[str, object] = {}
    file, user, refused = "", None, None
    try:
        ticket = tickets.ticket(call, path)
        file = ticket.file
        if isinstance(ticket, tickets.Upload):
            told = {"part": ticket.index, "size": len(body)}
        else:
            told, user = {"range": wanted}, ticket.user
        if method == "PUT":
            platform.change(file_bytes.received(platform.state, call, ticket, body).effects)
            reply = Reply(200, b"{}")
        else:
            reply = _part(file_bytes.fetched(platform.state, call, ticket), wanted)
    except Exception as error:  # whatever it is, the server goes on: see refusal
        refused = refusal(error)
        reply = Reply(refused.status, error_body(refused.type, refused.message))
    platform.log.add(
        Entry(
            time=moment(platform.now),
            user=user,
            route=f"{PREFIX}{file}",  # not the address: for a while it opens the file to whoever has it
            input=told,
            status=reply.status,
            error=None if refused is None else refused.type,
            message=None if refused is None else refused.message,
        )
    )
    return reply


def _part(fetched: file_bytes.Fetched, wanted: str | None) -> Reply:
    """All bytes, or the range that is wanted; a Range of another form counts for nothing (RFC 9110)."""
    data, size = fetched.data, len(fetched.data)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(fetched.name, safe='')}",
    }
    media = fetched.media if _MEDIA.fullmatch(fetched.media) else _UNKNOWN_MEDIA
    match = _RANGE.fullmatch(wanted or "")
    if match is None:
        return Reply(200, data, media=media, headers=headers)
    first, end = _bounds(match, size)
    if first >= end:
        headers["Content-Range"] = f"bytes */{size}"
        message = f"the file has {size} bytes; {wanted} is none of them"
        return Reply(416, error_body("InvalidInput", message), headers=headers)
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    return Reply(206, data[first:end], media=media, headers=headers)


def _bounds(match: re.Match[str], size: int) -> tuple[int, int]:
    """First byte, and the one after the last."""
    if match["suffix"] is not None:
        return max(0, size - int(match["suffix"])), size
    last = match["last"]
    return int(match["first"]), min(size, int(last) + 1) if last else size
