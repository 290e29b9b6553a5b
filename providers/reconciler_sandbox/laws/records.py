"""What the platform holds: regions, users, organisations, projects, as frozen records.

Must not know where they are kept or how they travel. A dictionary or list inside a record is never
changed in place: a change is a new record.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

Level = Literal["NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"]

LEVELS: tuple[Level, ...] = ("NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")
RANK: dict[str, int] = {level: rank for rank, level in enumerate(LEVELS)}

PUBLIC = "PUBLIC"

FLAGS = (
    "protected",
    "restricted",
    "downloadRestricted",
    "externalUploadRestricted",
    "previewViewerRestricted",
    "containsPHI",
    "databaseUIViewOnly",
)
"""Names of the boolean settings of a project, as the platform's API spells them."""

Spending = Literal["ok", "exceeded"]


class Region(Struct, frozen=True):
    """A region of the platform's catalogue; ``retired``: nothing new is created there."""

    name: str = ""
    retired: bool = False


class User(Struct, frozen=True):
    """A user. ``permitted_regions`` and ``default_region`` None: the key is missing in a describe."""

    id: str
    bill_to: str
    first: str = ""
    middle: str = ""
    last: str = ""
    email: str = ""
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: dict[str, object] | None = None
    billable: bool = True
    spending: Spending = "ok"

    phi: ClassVar[bool] = False
    """Users have no PHI features of their own: only an organisation's contract brings them."""
    expired: ClassVar[bool] = False


class Member(Struct, frozen=True, rename="camel"):
    """Membership in an organisation. ``project_access`` caps what sharing with the org gives."""

    level: Literal["ADMIN", "MEMBER"] = "MEMBER"
    allow_billable_activities: bool = False
    project_access: Level = "CONTRIBUTE"
    app_access: bool = True

    @property
    def may_bill(self) -> bool:
        return self.level == "ADMIN" or self.allow_billable_activities

    @property
    def cap(self) -> Level:
        return "ADMINISTER" if self.level == "ADMIN" else self.project_access


class Org(Struct, frozen=True):
    """An organisation with its members by user id; None for a region field as for a user."""

    id: str
    name: str
    members: dict[str, Member]
    policies: dict[str, object]
    permitted_regions: tuple[str, ...] | None = None
    default_region: str | None = None
    pricing: dict[str, object] | None = None
    billable: bool = True
    expired: bool = False
    spending: Spending = "ok"
    phi: bool = False


Payer = User | Org


class Project(Struct, frozen=True, gc=False):
    """A project. ``members``: level by user, org or PUBLIC. Times in ms since the Unix epoch.

    ``flags`` holds the names of the boolean settings that are on; ``extras`` the other settings
    that were ever set, by the platform's names.
    """

    id: str
    name: str
    region: str
    bill_to: str
    created_by: str
    created: int
    modified: int
    members: dict[str, str]
    properties: dict[str, str]
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    summary: str = ""
    description: str = ""
    version: int = 1
    pending_transfer: str | None = None
    extras: dict[str, object] | None = None
