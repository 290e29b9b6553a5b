"""Actual state: what a provider reports, as frozen records, and single facts read off them.

A snapshot is the bulk form (one record a project); a fact is one attribute of it with where and
by whom it was read, made only for what a plan rests on. Must not know how anything is read.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Literal, TypeAlias

from msgspec import Struct

from reconciler.model.data import ATTRIBUTES, NOT_ASKED, Datum, value_of
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

Level = Literal["NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"]
LEVELS: tuple[Level, ...] = ("NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER")


Access = Literal["VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"]
Needed = Literal["VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER", "MEMBER", "BILLABLE", "ADMIN"]
NEEDED: tuple[Needed, ...] = ("VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER", "MEMBER", "BILLABLE", "ADMIN")
"""What a change can need of somebody: at least a level on a project, or in an org at least to be a MEMBER,
to be able to bill to it, to be an ADMIN. Of one kind the later includes the earlier."""


class Membership(Struct, frozen=True):
    """What an identity may do in an org. ``billable``: may create projects billed to it."""

    level: Literal["ADMIN", "MEMBER"]
    billable: bool


class Profile(Struct, frozen=True):
    """A payer (user or org) as reported.

    ``exists`` is False when the platform says that there is no such user or org. ``memberships``
    holds, for an org, an entry for each identity at hand and for each user of ``Scope.rights_of``:
    ABSENT is "known, no member".
    ``restrict_transfer`` is who may move the org's projects to another payer; it is Unreadable
    for non-members and ABSENT for users. ``priced_regions`` are those with a price list; no rule
    rests on them.
    """

    id: str
    exists: bool | Unreadable
    default_region: Maybe[str]
    permitted_regions: frozenset[str] | Unreadable
    restrict_transfer: Maybe[Literal["ADMIN", "MEMBER"]]
    memberships: dict[str, Maybe[Membership]]
    read_by: str
    priced_regions: frozenset[str] | Unreadable = Unreadable("not read")


class Project(Struct, frozen=True, gc=False):
    """A project as reported. ``level`` is that of ``read_by``; ``created`` is ms since the epoch.

    ``mark`` is the project property ``reconciler``; ``pending_transfer`` the user to whom the
    project is offered. Both are Unreadable where the caller's level does not show them. ``shares``:
    user, org or PUBLIC → level; ``modified`` (ms since the epoch) and ``created_by``: when anything of it was
    last changed, and which user made it. Each is None where nobody asked for it, or it is not shown.
    """

    id: str
    name: str | Unreadable
    region: str | Unreadable
    bill_to: str | Unreadable
    level: Level
    mark: Maybe[str]
    pending_transfer: Maybe[str]
    created: int
    read_by: str
    shares: dict[str, Level] | None = None
    modified: int | None = None
    created_by: str | None = None


class Destroyed(Struct, frozen=True):
    """The platform says that there is no such project (404)."""


class Scope(Struct, frozen=True):
    """What a provider is asked to read. All sequences are sorted and without repetition.

    estates:  payers whose every project is listed (they are described too).
    profiles: payers that are only described.
    projects: ids that must be told about even if no estate shows them.
    marks:    exact marks; those that no listed project holds are looked up over everything visible.
    names:    (payer, exact name): looked up for payers that are not among the estates.
    levels:   (user of an identity, project id): that identity's level on that project.
    data:     ids of projects, containers, data objects, apps: told as what holds data, or is run.
    contents: projects and containers of which it matters whether all in them can be cloned.
    rights_of: users whose levels and memberships are told too, by what others see of them where their own
              login is not at hand.
    history:  also who made each project, and when it was last modified.
    """

    estates: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    levels: tuple[tuple[str, str], ...] = ()
    data: tuple[str, ...] = ()
    contents: tuple[str, ...] = ()
    rights_of: tuple[str, ...] = ()
    history: bool = False


class Snapshot(Struct, frozen=True):
    """Everything that one read brought.

    identity:   the default identity's user id; ``identities`` are all at hand, the default first.
    missing:    project ids of the scope that are not in ``projects``, and why.
    levels:     (user, project id) → level, for what ``Scope.levels`` asked; of users of ``Scope.rights_of``
                who are not at hand on every project.
    offers:     identity → all projects that are offered to it; what each identity knows of itself, read
                where a project's own ``pending_transfer`` is not shown.
    partial:    payers whose list may be incomplete (we are not ADMIN of that org, or it is a user).
    read_at:    wall clock, ms since the epoch; ``provider_time`` is the provider's own (Date
                header), by which waivers are judged.
    calls, seconds: what reading cost.
    data:       an entry for each id of ``Scope.data`` and ``Scope.contents``, and for what holds them.
    """

    identity: str
    identities: tuple[str, ...]
    profiles: dict[str, Profile]
    projects: dict[str, Project]
    missing: dict[str, Destroyed | Unreadable]
    levels: dict[tuple[str, str], Level | Unreadable]
    partial: frozenset[str]
    read_at: int
    provider_time: int
    calls: int
    seconds: float
    data: dict[str, Datum] = {}
    offers: dict[str, frozenset[str] | Unreadable] = {}


FactValue: TypeAlias = str | bool | tuple[str, ...] | dict[str, str | bool]


class FactKey(Struct, frozen=True, order=True):
    """Names one attribute of actual state.

    subject is a profile id, a project id, or a mark; identity is set where the value depends on
    who asks. Attributes: of profiles ``exists``, ``default_region``, ``permitted_regions``,
    ``restrict_project_transfer``, ``membership`` (by identity), ``projects_named:NAME`` (ids of
    its projects of that name that bear no mark), ``estate`` (True where all its projects could be
    listed); of projects ``exists``, ``name``, ``region``,
    ``bill_to``, ``mark``, ``pending_transfer``, ``level`` (by identity), ``offered`` (by identity: is
    it the one to whom the project is offered?); of marks ``holders``; of
    data those of ``model.data``, of an app's regions as ``ATTRIBUTE:REGION``.
    """

    subject: str
    attribute: str
    identity: str = ""

    def __str__(self) -> str:
        return f"{self.subject}.{self.attribute}" + (f"@{self.identity}" if self.identity else "")


class Fact(Struct, frozen=True):
    """One attribute with its value and where it comes from. ``read_at`` is ms since the epoch."""

    key: FactKey
    value: Maybe[FactValue]
    read_at: int
    read_by: str


def at_least(level: Level, wanted: Level) -> bool:
    """Is ``level`` the same as or above ``wanted``?"""
    return LEVELS.index(level) >= LEVELS.index(wanted)


BY_IDENTITY = ("level", "membership", "offered", "held_by", "usable")
"""Attributes whose value depends on who asks."""

NOT_READ = NOT_ASKED
"""What nobody asked for: one more read may tell."""

_PARTIAL = Unreadable("only an ADMIN of an org sees all its projects, and nobody all those of another user")

_Reading: TypeAlias = tuple[Maybe[FactValue], str]


class Facts:
    """Reads single facts off a snapshot, each in constant time: what marks and names need is
    indexed once, when the first such fact is asked for. What was not read is Unreadable."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    def get(self, key: FactKey) -> Fact:
        value, read_by = self._reading(key)
        return Fact(key, value, self.snapshot.read_at, read_by)

    def value(self, key: FactKey) -> Maybe[FactValue]:
        return self._reading(key)[0]

    def _reading(self, key: FactKey) -> _Reading:
        attribute, _, argument = key.attribute.partition(":")
        datum = self.snapshot.data.get(key.subject)
        told = None if datum is None else value_of(datum, key)
        if datum is not None and told is not None:
            return told, key.identity or datum.read_by
        if attribute in ATTRIBUTES:
            return NOT_READ, key.identity or self.snapshot.identity
        match attribute:
            case "exists":
                return self._exists(key.subject)
            case "default_region" | "permitted_regions" | "restrict_project_transfer":
                return self._of_profile(key)
            case "membership":
                return self._membership(key), self._teller(key)
            case "offered":
                return self._offered(key), self._teller(key)
            case "level":
                return self._level(key), self._teller(key)
            case "holders":
                return tuple(self._by_mark.get(key.subject, ())), self.snapshot.identity
            case "projects_named":
                return self._projects_named(key.subject, argument)
            case "estate":
                whole = key.subject not in self.snapshot.partial
                return (True if whole else _PARTIAL), self.snapshot.identity
            case _:
                return self._of_project(key)

    def named(self, payer: str, name: str) -> list[Project]:
        """The projects of that name that are billed to the payer, as far as both could be read."""
        return self._by_name.get((payer, name), [])

    def veiled(self, payer: str) -> list[Project]:
        """Its projects whose name and mark could not be read: each may be any."""
        return self._veiled.get(payer, [])

    def _teller(self, key: FactKey) -> str:
        """Who tells what depends on who asks: whose login is not at hand has told nothing."""
        return key.identity if key.identity in self.snapshot.identities else self.snapshot.identity

    def _exists(self, subject: str) -> _Reading:
        if subject.startswith("project-"):
            project = self.snapshot.projects.get(subject)
            if project is not None:
                return True, project.read_by
            why = self.snapshot.missing.get(subject, NOT_READ)
            return (False if isinstance(why, Destroyed) else why), self.snapshot.identity
        profile = self.snapshot.profiles.get(subject)
        return (NOT_READ, self.snapshot.identity) if profile is None else (profile.exists, profile.read_by)

    def _of_profile(self, key: FactKey) -> _Reading:
        profile = self.snapshot.profiles.get(key.subject)
        if profile is None:
            return NOT_READ, self.snapshot.identity
        match key.attribute:
            case "default_region":
                return profile.default_region, profile.read_by
            case "permitted_regions":
                regions = profile.permitted_regions
                known = regions if isinstance(regions, Unreadable) else tuple(sorted(regions))
                return known, profile.read_by
            case _:
                return profile.restrict_transfer, profile.read_by

    def _membership(self, key: FactKey) -> Maybe[FactValue]:
        profile = self.snapshot.profiles.get(key.subject)
        member = profile.memberships.get(key.identity, NOT_READ) if profile else NOT_READ
        if isinstance(member, Membership):
            return {"level": member.level, "allow_billable_activities": member.billable}
        return member

    def _of_project(self, key: FactKey) -> _Reading:
        project = self.snapshot.projects.get(key.subject)
        if project is None:
            why = self.snapshot.missing.get(key.subject, NOT_READ)
            return (ABSENT if isinstance(why, Destroyed) else why), self.snapshot.identity
        value: Maybe[FactValue] = getattr(project, key.attribute)
        return value, project.read_by

    def _level(self, key: FactKey) -> Maybe[FactValue]:
        known = self.snapshot.levels.get((key.identity, key.subject))
        if known is not None:
            return known
        project = self.snapshot.projects.get(key.subject)
        return project.level if project is not None and project.read_by == key.identity else NOT_READ

    def _offered(self, key: FactKey) -> Maybe[FactValue]:
        project = self.snapshot.projects.get(key.subject)
        pending = NOT_READ if project is None else project.pending_transfer
        if not isinstance(pending, Unreadable):
            return pending == key.identity
        offers = self.snapshot.offers.get(key.identity, NOT_READ)
        return offers if isinstance(offers, Unreadable) else key.subject in offers

    def _projects_named(self, payer: str, name: str) -> _Reading:
        alike = [*self.named(payer, name), *self.veiled(payer)]
        for project in alike:
            if isinstance(project.mark, Unreadable):
                return project.mark, project.read_by
        return tuple(sorted(p.id for p in alike if p.mark is ABSENT)), self.snapshot.identity

    @cached_property
    def _by_mark(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for project in self.snapshot.projects.values():
            if isinstance(project.mark, str):
                found[project.mark].append(project.id)
        return {mark: sorted(ids) for mark, ids in found.items()}

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Project]]:
        found: defaultdict[tuple[str, str], list[Project]] = defaultdict(list)
        for project in self.snapshot.projects.values():
            if isinstance(project.bill_to, str) and isinstance(project.name, str):
                found[(project.bill_to, project.name)].append(project)
        return dict(found)

    @cached_property
    def _veiled(self) -> dict[str, list[Project]]:
        found: defaultdict[str, list[Project]] = defaultdict(list)
        for project in self.snapshot.projects.values():
            hidden = isinstance(project.name, Unreadable) and isinstance(project.mark, Unreadable)
            if hidden and isinstance(project.bill_to, str):
                found[project.bill_to].append(project)
        return dict(found)
