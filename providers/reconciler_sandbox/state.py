"""The world in memory: indexed, read by the laws through their view, changed by effects only.

Must not know of files, databases or HTTP. One thread uses it.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .laws.effects import Drop, Effect, Put
from .laws.records import (
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Job,
    Nonce,
    Org,
    Project,
    Record,
    Region,
    Series,
    User,
)
from .laws.switches import Switches
from .laws.view import Position

_ORDER: Mapping[str, Callable[[int, str], int]] = {
    "created_desc": lambda created, _id: -created,
    "created_asc": lambda created, _id: created,
    "random": lambda _created, id: zlib.crc32(id.encode()),
}
"""``random``: an order that has nothing to do with time, but is stable, as paging needs it."""

Key = tuple[str, ...]
"""Of the index of positions: see ``_keys``."""


class State:
    """Implements the laws' View."""

    def __init__(
        self, switches: Switches, regions: Mapping[str, Region], records: Iterable[Record] = ()
    ) -> None:
        """``records``: an object before its copies."""
        self.switches = switches
        self.regions = regions
        self._order = _ORDER[switches.find_order]
        self.users: dict[str, User] = {}
        self.orgs: dict[str, Org] = {}
        self.projects: dict[str, Project] = {}
        self.containers: dict[str, Container] = {}
        self.objects: dict[str, DataObject] = {}
        self.copies: dict[str, Copy] = {}
        self.contents: dict[str, Content] = {}
        self.apps: dict[str, App] = {}
        self.series: dict[str, Series] = {}
        self.jobs: dict[str, Job] = {}
        self.nonces: dict[str, Nonce] = {}
        self._tables: dict[type[object], dict[str, Any]] = {
            User: self.users,
            Org: self.orgs,
            Project: self.projects,
            Container: self.containers,
            DataObject: self.objects,
            Copy: self.copies,
            Content: self.contents,
            App: self.apps,
            Series: self.series,
            Job: self.jobs,
            Nonce: self.nonces,
        }
        self._index: dict[Key, list[Position]] = {}
        self._named: dict[Key, set[str]] = {}
        self._fill(records)

    def position(self, record: Project | Copy | App | Job) -> Position:
        dated = self.objects[record.object] if isinstance(record, Copy) else record
        return self._order(dated.created, record.id), record.id

    def billed_to(self, payer: str) -> Sequence[Position]:
        return self._index.get(("payer", payer), ())

    def lying(self, payer: str, region: str) -> Sequence[Position]:
        """The projects of a payer in a region."""
        return self._index.get(("lies", payer, region), ())

    def shared_with(self, entity: str) -> Sequence[Position]:
        return self._index.get(("member", entity), ())

    def with_property(self, key: str, value: str) -> Sequence[Position]:
        return self._index.get(("property", key, value), ())

    def held_by(self, holder: str) -> Sequence[Position]:
        return self._index.get(("holder", holder), ())

    def versions_of(self, series: str) -> Sequence[Position]:
        return self._index.get(("series", series), ())

    def jobs_in(self, project: str) -> Sequence[Position]:
        return self._index.get(("jobs", project), ())

    def holders_of(self, object: str) -> Collection[str]:
        return self._named.get(("holders", object), ())

    def files_with(self, content: str) -> Collection[str]:
        return self._named.get(("content", content), ())

    def containers_of(self, project: str) -> Collection[str]:
        return self._named.get(("containers", project), ())

    def orgs_of(self, user: str) -> Collection[str]:
        return self._named.get(("orgs", user), ())

    def offered_to(self, user: str) -> Collection[str]:
        return self._named.get(("offered", user), ())

    def user_by_email(self, email: str) -> str | None:
        return next(iter(self._named.get(("email", email), ())), None)

    def records(self) -> Iterable[Record]:
        """All of them, an object before its copies."""
        for table in self._tables.values():
            yield from table.values()

    def apply(self, effects: Iterable[Effect]) -> None:
        """In their order: an object is put before its copies, and dropped after them."""
        for effect in effects:
            record = effect.record
            before = self._tables[type(record)].get(record.id)
            self._move(before, record if isinstance(effect, Put) else None)

    def inverse(self, effects: Iterable[Effect]) -> tuple[Effect, ...]:
        """What puts everything back as it is now, once the effects have been applied."""
        before = [(effect, self._tables[type(effect.record)].get(effect.record.id)) for effect in effects]
        return tuple(Drop(effect.record) if old is None else Put(old) for effect, old in reversed(before))

    @contextmanager
    def without(self, undo: tuple[Effect, ...]) -> Generator[None]:
        """As it was before, for a moment."""
        redo = self.inverse(undo)
        self.apply(undo)
        try:
            yield
        finally:
            self.apply(redo)

    def _fill(self, records: Iterable[Record]) -> None:
        """Many new records at once: each list is sorted once, at the end."""
        for record in records:
            self._tables[type(record)][record.id] = record
            if isinstance(record, Project | Copy | App | Job):
                position = self.position(record)
                for key in _keys(record):
                    self._index.setdefault(key, []).append(position)
            for key, name in _names(record):
                self._named.setdefault(key, set()).add(name)
        for positions in self._index.values():
            positions.sort()

    def _move(self, before: Record | None, after: Record | None) -> None:
        """What decides a record's position never changes."""
        record = before if after is None else after
        if record is None:
            return
        if isinstance(record, Project | Copy | App | Job):
            old, new = set(_keys(before)), set(_keys(after))
            position = self.position(record)
            for key in old - new:
                self._take_out(key, position)
            for key in new - old:
                insort(self._index.setdefault(key, []), position)
        had, has = set(_names(before)), set(_names(after))
        for key, name in had - has:
            self._forget(key, name)
        for key, name in has - had:
            self._named.setdefault(key, set()).add(name)
        if after is None:
            del self._tables[type(record)][record.id]
        else:
            self._tables[type(record)][record.id] = after

    def _take_out(self, key: Key, position: Position) -> None:
        positions = self._index[key]
        del positions[bisect_left(positions, position)]
        if not positions:
            del self._index[key]

    def _forget(self, key: Key, name: str) -> None:
        names = self._named[key]
        names.discard(name)
        if not names:
            del self._named[key]


def _keys(record: Record | None) -> Iterable[Key]:
    """The lists of positions that a record is in."""
    match record:
        case Project():
            yield ("payer", record.bill_to)
            yield ("lies", record.bill_to, record.region)
            for entity in record.members:
                yield ("member", entity)
            for key, value in record.properties.items():
                yield ("property", key, value)
        case Copy():
            yield ("holder", record.holder)
        case App():
            yield ("series", record.series)
        case Job():
            yield ("jobs", record.project)


def _names(record: Record | None) -> Iterable[tuple[Key, str]]:
    """What a record can be found by, where order does not matter."""
    match record:
        case User(email=email) if email:
            yield ("email", email), record.id
        case Org():
            for user in record.members:
                yield ("orgs", user), record.id
        case Project(pending_transfer=user) if user is not None:
            yield ("offered", user), record.id
        case Copy():
            yield ("holders", record.object), record.holder
        case DataObject():
            for content in record.contents:
                yield ("content", content), record.id
        case Container(project=project) if project is not None:
            yield ("containers", project), record.id
