"""Bytes on their way in and out, for those who have a ticket; and which bytes are kept at all.

Must not know of sockets. What is refused stores nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from msgspec import Struct, structs

from . import files, objects, tickets
from .effects import Drop, Effect, Put
from .errors import Refused, denied, invalid, not_found
from .records import Content, DataObject, Part
from .view import Answer, Call, Caller, View


class Fetched(Struct, frozen=True):
    """``media`` "" if the file does not say. ``name``: what the file is to be called."""

    data: bytes
    media: str
    name: str


def received(view: View, call: Call, ticket: tickets.Ticket, data: bytes) -> Answer:
    """A part of a file has come. It must be what was announced, to the byte. Raises Refused."""
    if not isinstance(ticket, tickets.Upload):
        raise denied("this address is for fetching a file, not for sending one")
    found = _file(view, ticket.file)
    objects.need_open(found)
    if len(data) != ticket.size:
        raise invalid(f"part {ticket.index} has {len(data)} bytes, not the {ticket.size} announced")
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if md5 != ticket.md5:
        raise invalid(f"the MD5 of part {ticket.index} is {md5}, not the announced {ticket.md5}")
    files.need_room(found, ticket)
    _empties_nothing(found, ticket)
    content = files.content_of(data)
    part = Part(ticket.size, md5, content.id)
    filled = structs.replace(found, modified=call.now, parts={**found.parts, str(ticket.index): part})
    return Answer({}, kept(view, (Put(content), Put(filled))))


def _empties_nothing(found: DataObject, ticket: tickets.Upload) -> None:
    """The official client sends an empty first part before it closes a file that it did not fill itself, and
    goes on after InvalidState. It must hear of it here: refused the address, it asks again and again."""
    later = any(part.size and int(index) >= ticket.index for index, part in found.parts.items())
    if ticket.size == 0 and later:
        raise Refused("InvalidState", f"only the last part may be empty: {found.id} has more parts")


def fetched(view: View, call: Call, ticket: tickets.Ticket) -> Fetched:
    """All bytes of a file. Raises Refused."""
    if not isinstance(ticket, tickets.Download):
        raise denied("this address is for sending a part of a file, not for fetching it")
    if ticket.expires is not None and ticket.expires <= call.now:
        raise denied("this address has expired")
    found = _file(view, ticket.file)
    if not ticket.open_to_all:
        caller = structs.replace(call, caller=Caller(ticket.user, ticket.scope))
        objects.seen_copy(view, caller, found.id, ticket.project)
    files.need_closed(found)
    content = None if found.content is None else view.contents.get(found.content)
    if content is None and found.size:
        raise Refused("InvalidState", f"{found.id} has no bytes here: the world file gave none")
    return Fetched(b"" if content is None else content.data, found.media, ticket.name)


def _file(view: View, id: str) -> DataObject:
    found = view.objects.get(id)
    if found is None:
        raise not_found(id)
    return found


def kept(view: View, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The same effects, and with them goes every content that no file has any more."""
    after = {
        effect.record.id: effect.record if isinstance(effect, Put) else None
        for effect in effects
        if isinstance(effect.record, DataObject)
    }
    if not after:
        return effects
    before = (view.objects.get(id) for id in after)
    had = {content for found in before if found is not None for content in found.contents}
    has = {content for found in after.values() if found is not None for content in found.contents}
    gone = [content for content in sorted(had - has) if after.keys() >= set(view.files_with(content))]
    return (*effects, *_drops(view, gone))


def _drops(view: View, contents: Iterable[str]) -> Iterable[Effect]:
    for id in contents:
        content: Content | None = view.contents.get(id)
        if content is not None:
            yield Drop(content)
