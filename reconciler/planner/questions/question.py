"""The questions that can be asked, as they were typed: ids, or addresses of the workspace."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from reconciler.diff.changes import DataLink


class CanCreate(Struct, frozen=True):
    """May a new project be made in the region, billed to the payer?"""

    region: str
    bill_to: str
    name: str | None = None


class CanBill(Struct, frozen=True):
    """May the project be billed to another payer?"""

    project: str
    to: str


class CanClone(Struct, frozen=True):
    """May data be copied into the project? ``source`` None: from wherever it can be had; ``data`` None:
    all that the source holds."""

    source: str | None
    data: str | None
    to: str


class CanRun(Struct, frozen=True):
    """May the executable run in the project, on these data objects?"""

    executable: str
    project: str
    inputs: tuple[DataLink, ...] = ()


class CanDefault(Struct, frozen=True):
    """May the region become the default of the payer?"""

    profile: str
    region: str


Question: TypeAlias = CanCreate | CanBill | CanClone | CanRun | CanDefault
