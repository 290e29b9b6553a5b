"""Desired state: what the TOML of a workspace says, as frozen records.

The struct definitions double as the schema of the TOML: the reader decodes into them, the walk
that reports every error at once reads them, and ``reconciler schema config`` exports them.
``None`` means "not written", which means "not managed". Must not know files or TOML syntax.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Literal, Protocol

from msgspec import UNSET, Meta, Struct, UnsetType

from reconciler.model.diagnostics import Diagnostic, SourceRange

Address = str
"""The TOML path of a resource: ``orgs.org-genomics``, ``users.user-alice``, ``projects.rnaseq``."""

RegionCode = str
ProfileId = Annotated[str, Meta(pattern=r"^(user|org)-[A-Za-z0-9_.]+(?!\n)$")]
ProjectId = Annotated[str, Meta(pattern=r"^project-[0-9A-Za-z]{24}(?!\n)$")]


class ProviderTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``[provider]``. ``world`` and ``user`` are for the sandbox only."""

    type: str
    endpoint: str | None = None
    ledger: str | None = None
    world: str | None = None
    user: str | None = None


class IdentityTable(Struct, frozen=True, forbid_unknown_fields=True):
    """``[identities.NAME]``: an environment variable with a token, and whose it must be; on the sandbox
    ``user`` alone is a user of the world."""

    token_env: str | None = None
    user: str | None = None


class Region(Struct, frozen=True, forbid_unknown_fields=True):
    """A region of the catalogue or of ``[regions]``; the code is the key of the table.

    ``jurisdiction`` is whose law holds there, in plain words, ``city`` where it is, or the state or country
    where no city is published; both "" where that is not known. The position is in degrees, north and east.
    """

    name: str = ""
    retired: bool = False
    jurisdiction: str = ""
    city: str = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None


class Profile(Struct, frozen=True, forbid_unknown_fields=True):
    """``[orgs.…]`` and ``[users.…]``: the region settings of a payer."""

    default_region: RegionCode | None = None
    permitted_regions: tuple[RegionCode, ...] | None = None
    unreadable: Literal["accept"] | None = None


class Project(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """``[projects.KEY]``, with ``[defaults.projects]`` already filled in."""

    name: Annotated[str, Meta(min_length=1)] | None = None
    region: RegionCode | None = None
    bill_to: ProfileId | None = None
    id: ProjectId | None = None
    adopt: bool = False
    same_name: Literal["create"] | None = None
    recreate: ProjectId | None = None
    take_over: str | None = None


class ProjectDefaults(Struct, frozen=True, forbid_unknown_fields=True):
    """``[defaults.projects]``: filled into each project that lacks the key."""

    region: RegionCode | None = None
    bill_to: ProfileId | None = None


class Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    projects: ProjectDefaults = ProjectDefaults()


class Moved(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """``[[moved]]``: a renamed address keeps its project."""

    from_: str
    to: str


class Match(Struct, frozen=True, forbid_unknown_fields=True):
    """What a policy or waiver speaks of; the keys that are written are ANDed."""

    id: ProjectId | None = None
    name: str | None = None
    bill_to: ProfileId | None = None
    region: RegionCode | None = None


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    regions: tuple[str, ...]
    match: Match = Match()
    reason: str | None = None


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    policy: str
    match: Match
    reason: str
    ticket: str
    approved_by: str
    expires: datetime.date


class Guards(Struct, frozen=True, forbid_unknown_fields=True):
    max_changes: Annotated[int, Meta(ge=0)] | None = None
    max_change_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    allow_empty: bool = True


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """One TOML file, or several merged: the top-level tables of a workspace."""

    workspace: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}(?!\n)$")] | UnsetType = UNSET
    provider: ProviderTable | UnsetType = UNSET
    identities: dict[str, IdentityTable] = {}
    regions: dict[str, Region] = {}
    region_groups: dict[str, tuple[str, ...]] = {}
    orgs: dict[str, Profile] = {}
    users: dict[str, Profile] = {}
    defaults: Defaults = Defaults()
    projects: dict[str, Project] = {}
    moved: tuple[Moved, ...] = ()
    policies: tuple[Policy, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    guards: Guards | UnsetType = UNSET


class SourceFile(Struct, frozen=True):
    """A file of the workspace: its path relative to the workspace directory and its digest."""

    path: str
    sha256: str


class Sources(Protocol):
    """Finds where something is written. Positions are computed only when they are asked for."""

    def locate(self, address: Address, attribute: str | None = None) -> SourceRange | None:
        """The place of ``attribute``'s value in the table of ``address``.

        Falls back to ``[defaults.projects]`` when the attribute comes from there, to the header of
        the table when it is written nowhere, and to None when the address is in no file.
        """
        ...

    def lines(self, address: Address) -> tuple[SourceRange, ...]:
        """Each line that the table of ``address`` is written on, in order."""
        ...


class Workspace(Struct, frozen=True):
    """The desired state of one workspace, checked offline and merged from its files.

    ``regions`` is the shipped catalogue with ``[regions]`` laid over it. ``projects`` is keyed by
    the TOML key (``rnaseq``), ``orgs`` and ``users`` by id. ``moved`` maps each old project
    address to its final new one, chains resolved. ``digest`` is over the files' names and bytes.
    ``directory`` is absolute; ``shown`` is the path as the person gave it.
    """

    name: str
    directory: str
    shown: str
    provider: ProviderTable
    identities: dict[str, IdentityTable]
    regions: dict[str, Region]
    region_groups: dict[str, tuple[str, ...]]
    orgs: dict[str, Profile]
    users: dict[str, Profile]
    projects: Mapping[str, Project]
    moved: dict[Address, Address]
    policies: tuple[Policy, ...]
    waivers: tuple[Waiver, ...]
    guards: Guards | None
    files: tuple[SourceFile, ...]
    digest: str
    sources: Sources
    warnings: tuple[Diagnostic, ...] = ()

    def profile(self, profile_id: str) -> Profile | None:
        """What the TOML says of a payer, or None where it says nothing."""
        return self.orgs.get(profile_id) or self.users.get(profile_id)
