"""Files: made empty, filled part by part while they are open, closed, read back.

The platform's documentation: a part may be sent again, the last one that arrived counts; what is
downloaded is closed. A file is closed at once here: the official client waits for it by asking again
and again, and the clock may stand still.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from msgspec import structs

from . import holders, inputs, objects, tickets
from .effects import Put
from .errors import Refused, denied, invalid
from .records import Content, Copy, DataObject, Holder, Part, Project
from .route import Route, Table
from .view import Answer, Call, View

NEW_KEYS = objects.NEW_KEYS | {"media"}
UPLOAD_KEYS = frozenset({"index", "size", "md5"})
DOWNLOAD_KEYS = frozenset({"project", "duration", "filename", "preauthenticated", "stickyIP"})

LARGEST = 16 * 1024 * 1024
"""Bytes of a file. The platform takes far more; here they are kept in memory."""
MOST_PARTS = 10_000
DAY_SECONDS = 86_400
LONGEST_SECONDS = 3650 * DAY_SECONDS

UPLOAD_PARAMETERS: Mapping[str, object] = {
    "minimumPartSize": 5 * 1024 * 1024,
    "maximumPartSize": LARGEST,
    "maximumFileSize": LARGEST,
    "maximumNumParts": MOST_PARTS,
    "emptyLastPartAllowed": True,
}
"""Of a project: by these the official client cuts files into parts. The smallest size is told, but not
insisted on: what is sent here is small."""

_MD5 = re.compile(r"[0-9a-f]{32}")


def new(view: View, call: Call) -> Answer:
    media = inputs.text(call.input, "media") or ""
    return objects.created(view, call, "file", media=media).answer


def upload(view: View, call: Call) -> Answer:
    """Where to send one part: it counts once it has arrived. Until then a part that was announced keeps the
    file open; an empty one does not, since the official client offers one to files that are full."""
    index = inputs.whole(call.input, "index", 1, MOST_PARTS)
    size = inputs.whole(call.input, "size", 0, LARGEST)
    md5 = inputs.need_text(call.input, "md5")
    if size is None:
        raise invalid("size is required")
    if not _MD5.fullmatch(md5):
        raise invalid("md5 must be 32 hexadecimal digits in lower case")
    found = view.objects[call.entity]
    objects.need_upload(view, call, found)
    objects.need_open(found)
    ticket = tickets.Upload(found.id, 1 if index is None else index, size, md5)
    need_room(found, ticket)
    body = {"url": tickets.address(call, ticket), "headers": {}}
    key = str(ticket.index)
    if key in found.parts or size == 0:
        return Answer(body)
    expected = structs.replace(found, parts={**found.parts, key: Part(size, md5)})
    return Answer(body, (Put(expected),))


def need_room(found: DataObject, ticket: tickets.Upload) -> None:
    """Does the part fit into the file, as it is now?"""
    others = sum(part.size for index, part in found.parts.items() if index != str(ticket.index))
    if others + ticket.size > LARGEST:
        raise invalid(f"{found.id} would have more than {LARGEST} bytes")


def close(view: View, call: Call) -> Answer:
    """The bytes of the parts, put together, become those of the file. The same again changes nothing."""
    found = view.objects[call.entity]
    objects.need_upload(view, call, found)
    if found.state == "closed":
        return Answer({"id": found.id})
    parts = _in_order(found)
    if not parts:
        raise Refused("InvalidState", f"no part of {found.id} has been uploaded")
    missing = [index for index, part in parts if part.content is None]
    if missing:
        raise Refused("InvalidState", f"part {missing[0]} of {found.id} has not been uploaded")
    data = b"".join(view.contents[part.content].data for _, part in parts if part.content is not None)
    content = content_of(data)
    closed = structs.replace(
        found,
        state="closed",
        modified=call.now,
        content=content.id,
        size=len(data),
        parts={str(index): structs.replace(part, content=None) for index, part in parts},
    )
    return Answer({"id": found.id}, (Put(content), Put(closed)))


def content_of(data: bytes) -> Content:
    return Content(hashlib.sha256(data).hexdigest(), data)


def _in_order(found: DataObject) -> list[tuple[int, Part]]:
    return sorted((int(index), part) for index, part in found.parts.items())


def download(view: View, call: Call) -> Answer:
    """Where to fetch the bytes: for the caller, as long as the caller sees the file there; or, if it is
    ``preauthenticated``, for whoever has the address, as long as it lasts (``duration`` seconds)."""
    given = call.input
    place = inputs.text(given, "project")
    open_to_all = inputs.flag(given, "preauthenticated") or False
    duration = inputs.whole(given, "duration", 1, LONGEST_SECONDS)
    name = inputs.text(given, "filename", empty=False)
    copies = _candidates(view, call, place)
    allowed = [copy for copy in copies if not _kept_in(holders.holder(view, copy.holder))]
    if not allowed:
        raise denied(f"the project of {call.entity} does not allow downloads")
    need_closed(view.objects[call.entity])
    expires = None
    if open_to_all or duration is not None:
        expires = call.now + 1000 * (DAY_SECONDS if duration is None else duration)
    ticket = tickets.Download(
        file=call.entity,
        project=place,
        user=call.caller.user,
        scope=None if call.caller.scope is None else dict(call.caller.scope),
        open_to_all=open_to_all,
        expires=expires,
        name=name or allowed[0].name,
    )
    body: dict[str, object] = {"url": tickets.address(call, ticket), "headers": {}}
    return Answer(body if expires is None else {**body, "expires": expires})


def _candidates(view: View, call: Call, place: str | None) -> Iterable[Copy]:
    if place is None:
        return holders.visible_copies(view, call, call.entity)
    return [objects.seen_copy(view, call, call.entity, place)]


def _kept_in(holder: Holder) -> bool:
    return isinstance(holder, Project) and "downloadRestricted" in holder.flags


def need_closed(found: DataObject) -> None:
    if found.state != "closed":
        raise Refused("InvalidState", f"{found.id} is {found.state}; only a closed file can be downloaded")


def own_fields(_view: View, found: DataObject, _holder: Holder) -> Mapping[str, object]:
    """While the file is open, its size is that of the parts that have arrived."""
    parts = {
        str(index): {
            "state": "complete" if found.state == "closed" or part.content else "pending",
            "size": part.size,
            "md5": part.md5,
        }
        for index, part in _in_order(found)
    }
    arrived = sum(part.size for part in found.parts.values() if part.content)
    return {
        "size": found.size if found.state == "closed" else arrived,
        "media": found.media,
        "archivalState": "live",
        "parts": parts,
    }


ROUTES: Table = {
    ("file", "new"): Route(new, NEW_KEYS, scoped=True, nonce=True),
    ("file-", "upload"): Route(upload, UPLOAD_KEYS, scoped=True),
    ("file-", "close"): Route(close, frozenset(), scoped=True),
    ("file-", "download"): Route(download, DOWNLOAD_KEYS, open=True, scoped=True),
}
