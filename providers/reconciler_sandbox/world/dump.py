"""A whole world as a world file: reading it gives the world again, and its dump is the same text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from msgspec import Struct, structs

from reconciler_sandbox.laws.records import (
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Holder,
    Job,
    Nonce,
    Record,
    Series,
)
from reconciler_sandbox.laws.switches import Switches

from . import dumped_tables, faults
from .dumped_tables import Table
from .model import World
from .writer import Moment, header, lines

R = TypeVar("R", bound=Record)

_SHORT = 4096
"""Bytes up to which a text stands in the world file itself."""

_TITLE = "# A world of the embedded platform. Start from it with: reconciler sandbox seed --world FILE"

Block = list[str]
"""The lines of a table and of what lies in it; between blocks stands an empty line."""


class Dumped(Struct, frozen=True):
    """``text`` is the world file, ``contents`` the bytes that belong into the folder beside it, by their
    names there (``contents.folder_of``)."""

    text: str
    contents: dict[str, bytes]


def dump(world: World) -> Dumped:
    """The same text for the same world, whatever the order in which it came about."""
    dumping = _Dumping(world.in_order())
    text = "\n\n".join("\n".join(block) for block in dumping.blocks())
    return Dumped(f"{text}\n", dumping.beside())


class _Dumping:
    def __init__(self, world: World) -> None:
        self._world = world
        kinds: dict[type[object], list[Record]] = defaultdict(list)
        for record in world.records:
            kinds[type(record)].append(record)
        self._kinds = kinds
        self._objects = {one.id: one for one in self._all(DataObject)}
        self._held: dict[str, list[Copy]] = defaultdict(list)
        for copy in sorted(self._all(Copy), key=lambda one: (one.folder, one.name, one.id)):
            self._held[copy.holder].append(copy)
        self._texts = {one.id: text for one in self._all(Content) if (text := _short_text(one)) is not None}
        self._told: set[str] = set()
        """Ids of the objects that have been written whole."""

    def blocks(self) -> Iterator[Block]:
        world = self._world
        yield [_TITLE, *lines(self._head())]
        yield from _table("switches", lines(_differing(world.switches)))
        regions = {code: structs.asdict(region) for code, region in world.regions.items()}
        yield [header("regions"), *lines({code: _set(table) for code, table in regions.items()})]
        for user in world.users.values():
            yield [header("users", user.id), *lines(dumped_tables.user(user))]
        for token in world.tokens:
            yield [header("tokens", repeated=True), *lines(dumped_tables.token(token))]
        for org in world.orgs.values():
            members = {user: dumped_tables.member(member) for user, member in org.members.items()}
            yield [
                header("orgs", org.id),
                *lines(dumped_tables.org(org)),
                *_indented(header("orgs", org.id, "members"), lines(members)),
            ]
        for project in world.projects:
            yield self._holder("projects", project, dumped_tables.project(project))
        yield from self._records()
        for fault in world.faults:
            yield [header("faults", repeated=True), *lines(faults.table(fault))]

    def beside(self) -> dict[str, bytes]:
        """What does not stand in the text."""
        return {one.id: one.data for one in self._all(Content) if one.id not in self._texts}

    def _all(self, kind: type[R]) -> list[R]:
        return [record for record in self._kinds[kind] if isinstance(record, kind)]

    def _head(self) -> Table:
        world = self._world
        real = world.clock.real
        return {
            "format": 1,
            "seed": world.seed,
            "issued": world.issued,
            "now": "real" if real else Moment(world.clock.ms),
            "ahead_ms": world.clock.ms if real and world.clock.ms else None,
            "gone": self._gone() or None,
        }

    def _records(self) -> Iterator[Block]:
        for container in self._all(Container):
            yield self._holder("containers", container, dumped_tables.container(container))
        for content in self._unheld():
            text = self._texts.get(content.id)
            said = {"sha256": content.id} if text is None else {"text": text}
            yield [header("contents", repeated=True), *lines(said)]
        for app in self._all(App):
            yield [header("apps", repeated=True), *lines(dumped_tables.app(app))]
        for series in self._all(Series):
            yield [header("series", series.id), *lines(dumped_tables.series(series))]
        for job in self._all(Job):
            yield [header("jobs", repeated=True), *lines(dumped_tables.job(job))]
        for nonce in self._all(Nonce):
            table = dumped_tables.nonce(nonce, self._world.switches)
            yield [header("nonces", repeated=True), *lines(table)]

    def _holder(self, kind: str, holder: Holder, table: Table) -> Block:
        block = [header(kind, repeated=True), *lines(table)]
        for copy in self._held.get(holder.id, ()):
            said = dumped_tables.copy(copy)
            if copy.object not in self._told:
                self._told.add(copy.object)
                found = self._objects[copy.object]
                said |= dumped_tables.data_object(found, self._texts.get(found.content or ""))
            block += _indented(header(kind, "objects", repeated=True), lines(said))
        return block

    def _unheld(self) -> Iterator[Content]:
        """Bytes that are written nowhere else: of parts, or of files that are gone."""
        held = {one.content for one in self._objects.values()}
        return (content for content in self._all(Content) if content.id not in held)

    def _gone(self) -> list[str]:
        """What is named, but not there any more."""
        there = {record.id for record in self._world.records} | {one.id for one in self._world.projects}
        named = (id for record in self._world.records for id in _named(record))
        return sorted({id for id in named if id is not None and id not in there})


def _named(record: Record) -> Iterable[str | None]:
    """The ids in a record that reading looks up, but for those of users, orgs and regions."""
    match record:
        case Container():
            return (record.project, record.app)
        case DataObject():
            return record.links
        case App():
            behind = ((one.executable, one.resources) for one in record.regions.values())
            return (id for pair in behind for id in pair)
        case Series():
            return record.aliases.values()
        case Job():
            return (record.project, record.executable, record.applet, record.workspace)
        case _:
            return ()


def _short_text(content: Content) -> str | None:
    """Its text, if people can read it in the file; else None."""
    if len(content.data) > _SHORT:
        return None
    try:
        text = content.data.decode()
    except UnicodeDecodeError:
        return None
    return text if text.replace("\n", "").replace("\t", "").isprintable() else None


def _differing(switches: Switches) -> Table:
    usual = structs.asdict(Switches())
    return {name: value for name, value in structs.asdict(switches).items() if value != usual[name]}


def _set(table: Table) -> Table:
    return {name: value for name, value in table.items() if value or name == "name"}


def _table(name: str, said: Iterable[str]) -> Iterator[Block]:
    """Unless there is nothing to say."""
    found = list(said)
    if found:
        yield [header(name), *found]


def _indented(head: str, said: Iterable[str]) -> Block:
    return ["", f"  {head}", *(f"  {line}" for line in said)]
