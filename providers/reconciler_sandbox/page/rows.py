"""What the page shows of the estate, as values. Every list has an end and says what it leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from reconciler_sandbox.laws.records import App, Project, Region

T = TypeVar("T")


class Listed(Struct, Generic[T], frozen=True):
    """The first of a list, and how many more there are."""

    shown: Sequence[T]
    more: int = 0


class PayerRow(Struct, frozen=True):
    """``default_stands`` False: the default region is not among the permitted ones."""

    id: str
    kind: Literal["user", "organisation"]
    name: str
    permitted: tuple[str, ...]
    default: str | None
    default_stands: bool
    members: Listed[tuple[str, str]]
    notes: tuple[str, ...]


class Cell(Struct, frozen=True):
    region: str
    projects: int
    permitted: bool


class MatrixRow(Struct, frozen=True):
    payer: str
    cells: tuple[Cell, ...]
    total: int


class ProjectRow(Struct, frozen=True):
    """``stranded``: its region is not permitted for its payer (any more)."""

    project: Project
    stranded: bool
    members: Listed[tuple[str, str]]


class RegionGroup(Struct, frozen=True):
    region: str
    projects: Listed[ProjectRow]
    total: int


class Stranded(Struct, frozen=True):
    """Projects of one payer in one region that is not permitted for it."""

    payer: str
    region: str
    projects: Listed[Project]
    total: int


class Offer(Struct, frozen=True):
    """``payers``: those of the recipient for whom the project's region is permitted."""

    project: Project
    recipient: str
    payers: tuple[str, ...]


class AppRow(Struct, frozen=True):
    """``regions``: by region, whether it is permitted for the payer of the app."""

    app: App
    kind: Literal["app", "global workflow"]
    regions: Mapping[str, bool]

    @property
    def stands(self) -> bool:
        return all(self.regions.values())


class Estate(Struct, frozen=True):
    """``columns``: the regions that somebody may use or that hold a project; ``unused``: the others.
    ``lost``: how many projects are stranded in all."""

    regions: Mapping[str, Region]
    columns: tuple[str, ...]
    unused: tuple[str, ...]
    payers: Listed[PayerRow]
    matrix: Listed[MatrixRow]
    groups: tuple[RegionGroup, ...]
    stranded: Listed[Stranded]
    lost: int
    defaults: Listed[PayerRow]
    offers: Listed[Offer]
    apps: Listed[AppRow]
    lost_apps: Listed[AppRow]
    total: int
    payer_count: int
