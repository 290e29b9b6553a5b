"""A change: desired ≠ actual for one resource, as a closed set of kinds.

Each kind is one thing that a rule can judge. Most become one provider operation; ``Relocate``,
``Contested``, ``NoSuchPayer`` and ``Unknown`` never do. ``Clone`` and ``Run`` are asked about, and
never planned.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from reconciler.model.actual import FactKey, Project
from reconciler.model.desired import Address
from reconciler.model.knowledge import Maybe


class SetDefault(Struct, frozen=True):
    """A payer's default region becomes ``after``."""

    address: Address
    profile: str
    before: Maybe[str]
    after: str


class Grant(Struct, frozen=True):
    """A payer's permitted regions differ: ``asked`` are lacking, ``given_up`` are no longer wanted."""

    address: Address
    profile: str
    asked: tuple[str, ...]
    given_up: tuple[str, ...]


class NoSuchPayer(Struct, frozen=True):
    """The TOML configures a payer that the platform does not know."""

    address: Address
    profile: str


class Create(Struct, frozen=True):
    """A project is made. ``region`` is what the TOML wants or, left out there, the payer's default."""

    address: Address
    name: str
    region: Maybe[str]
    bill_to: str
    mark: str


class Adopt(Struct, frozen=True):
    """Our mark is written on a project that bears none."""

    address: Address
    project: Project
    mark: str


class Remark(Struct, frozen=True):
    """Our mark on a project of ours is rewritten: the address was renamed, or the mark is gone."""

    address: Address
    project: Project
    mark: str


class Release(Struct, frozen=True):
    """Our mark is taken off a project: no plan does that, only who asks for it by name."""

    address: Address
    project: Project


class Rename(Struct, frozen=True):
    address: Address
    project: Project
    name: str


class Rebill(Struct, frozen=True):
    """The project gets another payer."""

    address: Address
    project: Project
    bill_to: str


class Relocate(Struct, frozen=True):
    """The TOML wants an existing project in another region."""

    address: Address
    project: Project
    region: str


Conflict = Literal[
    "holders",
    "claimed",
    "foreign",
    "gone_address",
    "same_name",
    "nothing_to_adopt",
    "shared",
    "destroyed",
    "no_such_project",
]
"""Why it cannot be said whose project an address is.

holders: several projects bear its mark. claimed: only a project outside this workspace's payers
does. foreign: the project bears another workspace's mark. gone_address: a project of that name
bears the mark of an address of ours that left the TOML. same_name: unowned projects of that name
and payer. nothing_to_adopt: ``adopt`` is written and there is none. shared: another address is the
same project. destroyed: it was ours, and the platform no longer knows it. no_such_project: the TOML
names an id that the platform does not know and that was never ours.
"""


class Contested(Struct, frozen=True):
    """``ids`` are the projects in question, ``other`` the other mark or address, where there is one."""

    address: Address
    conflict: Conflict
    ids: tuple[str, ...]
    other: str = ""


class Unknown(Struct, frozen=True):
    """Whether something must change hangs on a value that could not be read."""

    address: Address
    attribute: str
    key: FactKey
    reason: str


class Clone(Struct, frozen=True):
    """Data is copied into another project: ``data``, an object, or (None) all that ``source`` holds."""

    address: Address
    source: str
    data: str | None
    to: str


class DataLink(Struct, frozen=True):
    """A data object as an input names it: ``project`` is what has to hold it, if one is named."""

    id: str
    project: str | None = None


class Run(Struct, frozen=True):
    """An applet, workflow, app or global workflow runs in a project, on these data objects."""

    address: Address
    executable: str
    project: str
    inputs: tuple[DataLink, ...]


ProjectUpdate: TypeAlias = Adopt | Remark | Rename | Rebill
Change: TypeAlias = (
    SetDefault
    | Grant
    | NoSuchPayer
    | Create
    | Adopt
    | Remark
    | Release
    | Rename
    | Rebill
    | Relocate
    | Contested
    | Unknown
    | Clone
    | Run
)
