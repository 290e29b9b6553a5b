"""The tables of a world file, as records that a table is converted to. Unknown keys are errors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from reconciler_sandbox.laws.records import Level, Spending

from .json_values import JsonTable

Access = Literal["VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"]
Flag = Literal[
    "protected",
    "restricted",
    "downloadRestricted",
    "externalUploadRestricted",
    "previewViewerRestricted",
    "containsPHI",
    "databaseUIViewOnly",
]
Name = Annotated[str, Meta(min_length=1)]
Natural = Annotated[int, Meta(ge=0)]
Folder = Annotated[str, Meta(pattern=r"^(/[^/]+)+\Z")]
"""A full path; the root need not be written."""


class RegionTable(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""
    retired: bool = False


class UserTable(Struct, frozen=True, forbid_unknown_fields=True):
    first: str = ""
    middle: str = ""
    last: str = ""
    email: str = ""
    bill_to: str | None = None
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: JsonTable | None = None
    billable: bool = True
    spending: Spending = "ok"
    installed: tuple[str, ...] = ()


class ScopeTable(Struct, frozen=True, forbid_unknown_fields=True):
    projects: dict[str, Access]


class TokenTable(Struct, frozen=True, forbid_unknown_fields=True):
    token: Name
    user: str
    scope: Literal["full"] | ScopeTable = "full"
    expires: datetime | None = None
    revoked: bool = False


class MemberTable(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    level: Literal["ADMIN", "MEMBER"] = "MEMBER"
    allow_billable_activities: bool = False
    project_access: Level = "CONTRIBUTE"
    app_access: bool = True


class PoliciesTable(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """The defaults are those of the platform's route that makes an organisation."""

    member_list_visibility: Literal["ADMIN", "MEMBER", "PUBLIC"] = "ADMIN"
    restrict_project_transfer: Literal["ADMIN", "MEMBER"] = "MEMBER"


class OrgTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Without its members, which are converted one by one so that an error has a place.

    ``other_policies``: those that mean nothing here, but are kept as they were set.
    """

    name: str | None = None
    billable: bool = True
    expired: bool = False
    spending: Spending = "ok"
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: JsonTable | None = None
    policies: PoliciesTable = PoliciesTable()
    other_policies: JsonTable | None = None
    phi: bool = False


class ProjectTable(Struct, frozen=True, forbid_unknown_fields=True):
    """Without its objects, which are converted one by one. ``extras``: settings besides the flags, by
    the platform's names. ``folders``: those that objects lie in need not be written."""

    name: Name
    region: str
    bill_to: str
    id: Annotated[str, Meta(pattern=r"^project-[0-9A-Za-z]{24}$")] | None = None
    summary: str = ""
    description: str = ""
    created_by: str | None = None
    created: datetime | None = None
    members: dict[str, Access] = {}
    properties: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    flags: dict[Flag, bool] = {}
    pending_transfer: str | None = None
    modified: datetime | None = None
    version: int = 1
    extras: JsonTable | None = None
    folders: tuple[Folder, ...] = ()


class BulkTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``{n}`` or ``{n:04}`` in the name and in values of properties is the number, from 1 on."""

    count: Annotated[int, Meta(ge=0, le=1_000_000)]
    name: Name
    region: str
    bill_to: str
    created_by: str | None = None
    created: datetime | None = None
    members: dict[str, Access] = {}
    properties: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    flags: dict[Flag, bool] = {}


class HeadTable(Struct, frozen=True):
    """What stands above the tables, but for ``now``: a time or a word, which one type cannot say.

    ``issued``: how many ids of the seed have been used already. ``gone``: ids of what was destroyed,
    but is still named somewhere. ``ahead_ms``: with ``now = "real"``, of the wall clock.
    """

    format: Literal[1]
    seed: int = 0
    issued: Natural = 0
    gone: tuple[str, ...] = ()
    ahead_ms: int = 0
