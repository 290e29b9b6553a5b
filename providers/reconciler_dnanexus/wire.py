"""The platform's answers as records, decoded straight from bytes, and what a missing key means.

A key that did not come is UNSET. Whether that says "there is none" or "you may not see it" depends on
who asked, and that is decided here and nowhere else:

  describe of an org    no ``level``                 the caller is no member: known
  describe of a payer   no ``permittedRegions``      unreadable
                        no ``defaultRegion``         there is none, if ``permittedRegions`` came
  a listed project      no ``properties``, no        unreadable; at level NONE also where they came
                        ``pendingTransfer``          without saying anything
                        no ``permissions``           not asked for, or not shown
                        ``pendingTransfer`` null     not offered to anybody
                        ``properties`` without ours  no mark
                        ``pendingTransfer`` is who   all of it is shown to that user, whatever the level
                        asked
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from reconciler.model.actual import Level, Membership, Project
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

T = TypeVar("T")

MARK = "reconciler"
"""The project property that says whose a project is."""

NO_ACCESS = Unreadable("needs access to the project (level NONE)")
NO_ADMINISTER = Unreadable("needs the level ADMINISTER on the project")
NOT_REPORTED = Unreadable("the platform did not report it")


class Properties(Struct, gc=False):
    """Of all properties of a project only our own is kept."""

    reconciler: str | UnsetType = UNSET


class Creator(Struct, gc=False):
    user: str | None = None


class Description(Struct, gc=False, rename="camel"):
    id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    bill_to: str | UnsetType = UNSET
    created: int = 0
    level: Level = "NONE"
    pending_transfer: str | UnsetType | None = UNSET
    properties: Properties | UnsetType = UNSET
    permissions: dict[str, Level] | UnsetType = UNSET
    modified: int | None = None
    created_by: Creator | None = None


class Listed(Struct, gc=False):
    id: str
    level: Level
    describe: Description | UnsetType = UNSET


class Page(Struct, Generic[T]):
    """``next`` is opaque: it is sent back as it came; ``null`` on the last page."""

    results: list[T]
    next: Raw


class Member(Struct, frozen=True, rename="camel"):
    """``project_access``: the most that sharing with the org gives a member who is no ADMIN."""

    id: str
    level: Literal["ADMIN", "MEMBER"]
    allow_billable_activities: bool = False
    project_access: Level = "NONE"


class Identified(Struct):
    id: str


class Policies(Struct, rename="camel"):
    restrict_project_transfer: str | UnsetType = UNSET


class Offers(Struct, rename="camel"):
    """Ids of the projects that are offered to the user who asked."""

    pending_transfers: list[str] | UnsetType = UNSET


class ProfileDescription(Struct, rename="camel"):
    """Describe of a user or an org."""

    level: str | UnsetType = UNSET
    allow_billable_activities: bool = False
    policies: Policies | UnsetType = UNSET
    permitted_regions: list[str] | UnsetType = UNSET
    default_region: str | UnsetType | None = UNSET
    pricing_models_by_region: dict[str, msgspec.Raw] | UnsetType = UNSET


PAGE = msgspec.json.Decoder(Page[Listed])
MEMBERS = msgspec.json.Decoder(Page[Member])
DESCRIPTION = msgspec.json.Decoder(Description)
IDENTIFIED = msgspec.json.Decoder(Identified)
OFFERS = msgspec.json.Decoder(Offers)
PROFILE = msgspec.json.Decoder(ProfileDescription)

_NOTHING = Description()


def projects(listed: Iterable[Listed], read_by: str, payer: str | None) -> list[Project]:
    """Records of listed projects. ``payer`` is who all of them are billed to, where the list says so
    by itself. One pass, no work beyond the records: estates have 100 000 projects."""
    return [
        project(one.id, one.level, _NOTHING if one.describe is UNSET else one.describe, read_by, payer)
        for one in listed
    ]


def project(
    project_id: str, level: Level, told: Description, read_by: str, payer: str | None = None
) -> Project:
    """One project as ``read_by`` sees it at ``level``."""
    properties, pending = told.properties, told.pending_transfer
    blind = level == "NONE" and pending != read_by
    mark: Maybe[str]
    if properties is UNSET:
        mark = NO_ACCESS if blind else NOT_REPORTED
    elif properties.reconciler is UNSET:
        mark = NO_ACCESS if blind else ABSENT
    else:
        mark = properties.reconciler
    transfer: Maybe[str]
    if pending is None:
        transfer = NO_ACCESS if blind else ABSENT
    elif pending is UNSET:
        transfer = NO_ACCESS if blind else NO_ADMINISTER
    else:
        transfer = pending
    bill_to = told.bill_to
    return Project(
        project_id,
        NO_ACCESS if told.name is UNSET else told.name,
        NO_ACCESS if told.region is UNSET else told.region,
        (payer or NO_ACCESS) if bill_to is UNSET else bill_to,
        level,
        mark,
        transfer,
        told.created,
        read_by,
        None if told.permissions is UNSET else told.permissions,
        told.modified,
        None if told.created_by is None else told.created_by.user,
    )


def regions(told: ProfileDescription, who: str) -> tuple[Maybe[str], frozenset[str] | Unreadable]:
    """Default and permitted regions; ``who`` is the reason if they cannot be read."""
    permitted, default = told.permitted_regions, told.default_region
    if permitted is UNSET:
        unreadable = Unreadable(who)
        return (default if isinstance(default, str) else unreadable), unreadable
    return (default if isinstance(default, str) else ABSENT), frozenset(permitted)


def priced(told: ProfileDescription, who: str) -> frozenset[str] | Unreadable:
    """Regions with a price list; ``who`` is the reason if that cannot be read."""
    prices = told.pricing_models_by_region
    return Unreadable(who) if prices is UNSET else frozenset(prices)


def membership(told: ProfileDescription) -> Maybe[Membership]:
    """The caller's membership of the org that was described."""
    match told.level:
        case "ADMIN":
            return Membership("ADMIN", billable=True)
        case "MEMBER":
            return Membership("MEMBER", told.allow_billable_activities)
        case "NONE":
            return ABSENT
        case str(other):
            return Unreadable(f"the platform reported the unknown level {other!r}")
        case _:
            return ABSENT
