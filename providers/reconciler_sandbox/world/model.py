"""A world as a value: what a world file says and what a store keeps. Not for working on: that is State."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, structs

from reconciler_sandbox.faults.record import Fault
from reconciler_sandbox.laws.records import OTHERS, Org, Project, Record, Region, User
from reconciler_sandbox.laws.switches import Switches

LATEST = 10**13 - 1
"""The last moment that a world's clock can show, in ms: request ids have room for 13 digits."""


class Token(Struct, frozen=True):
    """A login. ``scope`` None: full; else a level by project id or ``*``. ``expires`` in ms."""

    token: str
    user: str
    scope: dict[str, str] | None = None
    expires: int | None = None
    revoked: bool = False


class Clock(Struct, frozen=True):
    """``ms`` since the Unix epoch; with ``real`` it is what the wall clock is ahead of itself."""

    ms: int
    real: bool = False


class World(Struct, frozen=True):
    """``records``: all that is neither user, org nor project, an object before its copies.
    ``issued``: how many ids have been generated from the seed so far."""

    seed: int
    clock: Clock
    switches: Switches
    regions: dict[str, Region]
    tokens: tuple[Token, ...]
    users: dict[str, User]
    orgs: dict[str, Org]
    projects: Sequence[Project]
    records: Sequence[Record] = ()
    issued: int = 0
    faults: tuple[Fault, ...] = ()

    def everything(self) -> Iterator[Record]:
        yield from self.users.values()
        yield from self.orgs.values()
        yield from self.projects
        yield from self.records

    def in_order(self) -> World:
        """The same world, sorted: the order of records means nothing, but a dump needs one. Projects in
        that of their creation, then by name; what is the same in both, by id."""
        return structs.replace(
            self,
            users=dict(sorted(self.users.items())),
            orgs=dict(sorted(self.orgs.items())),
            projects=sorted(self.projects, key=lambda one: (one.created, one.name, one.id)),
            records=in_order(self.records),
        )


_ORDER: Mapping[type[object], int] = {kind: rank for rank, kind in enumerate(OTHERS)}


def in_order(records: Iterable[Record]) -> list[Record]:
    """By kind and id, an object before its copies."""
    return sorted(records, key=lambda record: (_ORDER[type(record)], record.id))
