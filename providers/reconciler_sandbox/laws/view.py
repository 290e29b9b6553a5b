"""The world as the laws see it: read-only, indexed, never copied.

Must not know how it is kept. Whoever implements it promises that a list of positions is sorted and
does not change during a call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from .effects import Effect
from .records import (
    App,
    Container,
    Content,
    Copy,
    DataObject,
    Job,
    Nonce,
    Org,
    Project,
    Region,
    Series,
    User,
)
from .switches import Switches

Position = tuple[int, str]
"""Where a record stands in the order of find routes; the second part is its id."""


class View(Protocol):
    @property
    def switches(self) -> Switches: ...

    @property
    def regions(self) -> Mapping[str, Region]: ...

    @property
    def users(self) -> Mapping[str, User]: ...

    @property
    def orgs(self) -> Mapping[str, Org]: ...

    @property
    def projects(self) -> Mapping[str, Project]: ...

    @property
    def containers(self) -> Mapping[str, Container]: ...

    @property
    def objects(self) -> Mapping[str, DataObject]: ...

    @property
    def copies(self) -> Mapping[str, Copy]:
        """By ``records.copy_id``."""
        ...

    @property
    def contents(self) -> Mapping[str, Content]: ...

    @property
    def apps(self) -> Mapping[str, App]: ...

    @property
    def series(self) -> Mapping[str, Series]: ...

    @property
    def jobs(self) -> Mapping[str, Job]: ...

    @property
    def nonces(self) -> Mapping[str, Nonce]: ...

    def position(self, record: Project | Copy | App | Job) -> Position: ...

    def billed_to(self, payer: str) -> Sequence[Position]:
        """In the order of find routes, as all that give positions."""
        ...

    def shared_with(self, entity: str) -> Sequence[Position]: ...

    def with_property(self, key: str, value: str) -> Sequence[Position]: ...

    def held_by(self, holder: str) -> Sequence[Position]:
        """The copies in a project or container."""
        ...

    def versions_of(self, series: str) -> Sequence[Position]: ...

    def jobs_in(self, project: str) -> Sequence[Position]: ...

    def holders_of(self, object: str) -> Collection[str]:
        """Ids of the projects and containers that hold the object."""
        ...

    def files_with(self, content: str) -> Collection[str]:
        """Ids of the files that need these bytes, as a whole or for a part."""
        ...

    def containers_of(self, project: str) -> Collection[str]:
        """Ids of the containers that belong to the project."""
        ...

    def orgs_of(self, user: str) -> Collection[str]:
        """Ids of the organisations that the user is a member of."""
        ...

    def offered_to(self, user: str) -> Collection[str]:
        """Ids of the projects whose pending transfer names the user."""
        ...

    def user_by_email(self, email: str) -> str | None: ...


class Caller(Struct, frozen=True):
    """Who calls. ``user`` None: the anonymous user. ``scope`` None: a full-scope token; else a
    level by project id, or ``*`` for all others."""

    user: str | None
    scope: Mapping[str, str] | None = None


class Call(Struct, frozen=True):
    """One call. ``entity`` is the id in the path ("" for class routes), ``now`` the world's clock
    in ms; ``new_id`` gives a fresh id of a class (the one source of newness); ``sign`` gives a mark
    that only this platform can make, for the addresses that bytes are sent to and fetched from.
    ``given`` is the input as it came, ``input`` the same if it is an object."""

    caller: Caller
    entity: str
    input: Mapping[str, object]
    now: int
    new_id: Callable[[str], str]
    headers: Mapping[str, str] = {}
    sign: Callable[[str], str] = str
    given: object = None

    @property
    def user(self) -> str:
        """The caller's id; "" for the anonymous user, who is equal to nobody."""
        return self.caller.user or ""


class Answer(Struct, frozen=True):
    body: Mapping[str, object]
    effects: tuple[Effect, ...] = ()
