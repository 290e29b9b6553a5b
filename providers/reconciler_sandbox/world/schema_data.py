"""The tables of a world file about data: containers, data objects, bytes. Unknown keys are errors.

What is the same for an object wherever it lies may be written once, at any of its places: hence None.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from reconciler_sandbox.laws.records import DataClass

from .json_values import Json, JsonTable
from .schema import Folder, Natural

_HASH = Meta(pattern=r"^[0-9a-f]{64}\Z")
Sha256 = Annotated[str, _HASH]


class PartTable(Struct, frozen=True, forbid_unknown_fields=True):
    size: Natural
    md5: str
    sha256: Sha256 | None = None


class ObjectTable(Struct, frozen=True, forbid_unknown_fields=True, rename={"klass": "class"}):
    """One object in one project or container. ``content`` is the text of a file, ``sha256`` the name of
    its bytes in the folder beside the world file; ``bundled``: what an applet bundles, for short."""

    id: Annotated[str, Meta(pattern=r"^(record|file|applet|workflow)-[0-9A-Za-z]{24}\Z")] | None = None
    klass: DataClass | None = None
    name: str | None = None
    folder: Annotated[str, Meta(pattern=r"^(/|(/[^/]+)+)\Z")] = "/"
    properties: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    created_by: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    state: Literal["open", "closing", "closed"] | None = None
    hidden: bool | None = None
    types: tuple[str, ...] | None = None
    details: Json | None = None
    links: tuple[str, ...] | None = None
    media: str | None = None
    size: Natural | None = None
    content: str | None = None
    sha256: Sha256 | None = None
    parts: dict[str, PartTable] | None = None
    spec: JsonTable | None = None
    bundled: tuple[str, ...] | None = None


SHARED = (
    "created_by",
    "created",
    "modified",
    "state",
    "hidden",
    "types",
    "details",
    "links",
    "media",
    "size",
    "content",
    "sha256",
    "parts",
    "spec",
    "bundled",
)
"""The keys of an object that are the same wherever it lies."""


class ContainerTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``region`` and ``bill_to`` default to those of the project; an app's has no region by itself."""

    kind: Literal["resources", "workspace"]
    id: Annotated[str, Meta(pattern=r"^container-[0-9A-Za-z]{24}\Z")] | None = None
    name: str | None = None
    region: str | None = None
    bill_to: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    project: str | None = None
    app: str | None = None
    folders: tuple[Folder, ...] = ()


class ContentTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes by themselves: as text, or in the folder beside the world file."""

    text: str | None = None
    sha256: Sha256 | None = None
