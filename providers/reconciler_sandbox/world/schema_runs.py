"""The tables of a world file about apps, jobs and nonces. Unknown keys are errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from .json_values import JsonTable
from .schema import Name
from .schema_data import Sha256


class EnabledTable(Struct, frozen=True, forbid_unknown_fields=True):
    executable: str
    resources: str | None = None
    options: JsonTable | None = None


class AppTable(Struct, frozen=True, forbid_unknown_fields=True, rename={"klass": "class"}):
    """One version. A region is enabled with the id of what runs there, or with a table. What all
    versions share (``developers`` and what follows it) may stand here, once, or in ``[series]``."""

    name: Name
    version: Name
    bill_to: str
    id: Annotated[str, Meta(pattern=r"^(app|globalworkflow)-[0-9A-Za-z]{24}\Z")] | None = None
    klass: Literal["app", "globalworkflow"] | None = None
    created_by: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    published: bool | datetime = False
    regions: dict[str, str | EnabledTable] = {}
    tags: tuple[str, ...] = ()
    spec: JsonTable | None = None
    developers: tuple[str, ...] | None = None
    authorized: tuple[str, ...] | None = None
    categories: tuple[str, ...] | None = None
    aliases: dict[str, str] | None = None


OF_SERIES = ("developers", "authorized", "categories", "aliases")
"""The keys that all versions share."""


class SeriesTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``aliases``: by tag, the id or the number of a version."""

    created_by: str
    developers: tuple[str, ...] = ()
    authorized: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    aliases: dict[str, str] = {}


class JobTable(Struct, frozen=True, forbid_unknown_fields=True, rename={"klass": "class"}):
    """``region``, ``bill_to`` and ``launched_by`` default to those of the project (who made it)."""

    executable: str
    project: str
    id: Annotated[str, Meta(pattern=r"^(job|analysis)-[0-9A-Za-z]{24}\Z")] | None = None
    klass: Literal["job", "analysis"] | None = None
    name: str | None = None
    region: str | None = None
    bill_to: str | None = None
    state: str = "done"
    launched_by: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    applet: str | None = None
    workspace: str | None = None
    folder: str = "/"
    input: JsonTable | None = None
    output: JsonTable | None = None
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    extras: JsonTable | None = None


class NonceTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``id``: what the nonce is unique for, where the switch ``nonce_scope`` does not say it."""

    user: str
    route: str
    nonce: Name
    input_sha256: Sha256
    answer: JsonTable
    expires: datetime
    id: str | None = None
