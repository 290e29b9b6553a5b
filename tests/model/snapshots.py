"""A platform's records → what the client would read of them, without any call.

The client's way of reading is written down here a second time, short and over plain records, because a
million worlds have to be read; ``test_snapshots.py`` holds it against the real client. It reads as the
client does under the default switches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from reconciler_sandbox.laws.records import RANK, Org, User
from reconciler_sandbox.laws.records import Member as There
from reconciler_sandbox.laws.records import Project as Record

from reconciler.model.actual import (
    LEVELS,
    Destroyed,
    Level,
    Membership,
    Profile,
    Project,
    Scope,
    Snapshot,
)
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

MARK = "reconciler"
NO_ACCESS = Unreadable("needs access to the project (level NONE)")
NO_ADMINISTER = Unreadable("needs the level ADMINISTER on the project")
NOT_REPORTED = Unreadable("the platform did not report it")
UNSEEN = Unreadable("none of the identities at hand has access to the project")


class Records(Struct, frozen=True):
    """What is at the platform, as far as the tool can read any of it."""

    users: Mapping[str, User]
    orgs: Mapping[str, Org]
    projects: Mapping[str, Record]


def snapshot_of(there: Records, identities: tuple[str, ...], scope: Scope) -> Snapshot:
    """What reading the scope brings to these users, the first by default."""
    profiles = {
        payer: profile_of(there, identities, payer) for payer in sorted({*scope.estates, *scope.profiles})
    }
    reading = _Reading(there, identities)
    for payer in scope.estates:
        reading.estate(payer, profiles[payer])
    reading.unseen()
    marks = {project.mark for project in reading.projects.values()}
    reading.ids(scope.projects)
    reading.marks([mark for mark in scope.marks if mark not in marks])
    reading.known_offers(scope.marks if scope.estates else ())
    reading.wanted_levels(scope.levels)
    return Snapshot(
        identity=identities[0],
        identities=identities,
        profiles=profiles,
        projects=reading.projects,
        missing=reading.missing,
        levels=reading.levels,
        partial=frozenset(reading.partial),
        read_at=0,
        provider_time=0,
        calls=0,
        seconds=0.0,
        offers=reading.offers,
    )


def profile_of(there: Records, identities: tuple[str, ...], payer: str) -> Profile:
    if payer.startswith("org-"):
        return _org(there.orgs.get(payer), identities, payer)
    return _user(there.users.get(payer), identities, payer)


def _user(user: User | None, identities: tuple[str, ...], payer: str) -> Profile:
    reader = payer if payer in identities else identities[0]
    if user is None:
        return Profile(payer, False, ABSENT, frozenset(), ABSENT, {}, reader, Unreadable("not read"))
    only = Unreadable(f"only {payer} can read it")
    if reader != payer:
        return Profile(payer, True, only, only, ABSENT, {}, reader, only)
    why = Unreadable(f"{only.reason}, with a token of full scope")
    default, permitted = _regions(user, why)
    return Profile(payer, True, default, permitted, ABSENT, {}, payer, _priced(user))


def _org(org: Org | None, identities: tuple[str, ...], payer: str) -> Profile:
    if org is None:
        nobody: dict[str, Maybe[Membership]] = dict.fromkeys(identities, ABSENT)
        unread = Unreadable("not read")
        return Profile(payer, False, ABSENT, frozenset(), ABSENT, nobody, identities[0], unread)
    only = Unreadable(f"only members of {payer} can read it")
    members = [one for one in identities if one in org.members]
    shown = members if org.permitted_regions is not None else []
    reader = (shown or identities)[0]
    default: Maybe[str] = only
    permitted: frozenset[str] | Unreadable = only
    if reader in org.members:
        default, permitted = _regions(org, only)
    restrict = org.policies.get("restrictProjectTransfer")
    known = restrict if restrict in ("ADMIN", "MEMBER") else NOT_REPORTED
    may_bill = reader in org.members and org.members[reader].may_bill
    priced = _priced(org) if may_bill else _hidden_prices(payer)
    return Profile(
        payer,
        True,
        default,
        permitted,
        known if members else only,  # type: ignore[arg-type] # one of the two values
        {one: _membership(org.members.get(one)) for one in identities},
        reader,
        priced,
    )


def _hidden_prices(payer: str) -> Unreadable:
    return Unreadable(f"only ADMINs of {payer} and members who may bill to it can read it")


def _regions(payer: User | Org, why: Unreadable) -> tuple[Maybe[str], frozenset[str] | Unreadable]:
    if payer.permitted_regions is None:
        return payer.default_region or why, why
    return payer.default_region or ABSENT, frozenset(payer.permitted_regions)


def _priced(payer: User | Org) -> frozenset[str]:
    permitted = frozenset(payer.permitted_regions or ())
    return permitted if payer.pricing is None else permitted & payer.pricing.keys()


def _membership(member: There | None) -> Maybe[Membership]:
    if member is None:
        return ABSENT
    return Membership(member.level, member.may_bill)


def level_of(there: Records, user: str, project: Record) -> Level:
    """The greatest of the user's own level and of those that shares with orgs and with all give."""
    best = RANK["NONE"]
    for entity, level in project.members.items():
        if entity == user:
            best = max(best, RANK[level])
        elif entity == "PUBLIC":
            best = max(best, RANK["VIEW"])
        elif entity in there.orgs and user in there.orgs[entity].members:
            best = max(best, min(RANK[level], RANK[there.orgs[entity].members[user].cap]))
    return LEVELS[best]


class _Reading:
    def __init__(self, there: Records, identities: tuple[str, ...]) -> None:
        self._there = there
        self._identities = identities
        self.projects: dict[str, Project] = {}
        self.missing: dict[str, Destroyed | Unreadable] = {}
        self.levels: dict[tuple[str, str], Level | Unreadable] = {}
        self.partial: set[str] = set()
        self.offers: dict[str, frozenset[str] | Unreadable] = {}

    def estate(self, payer: str, profile: Profile) -> None:
        if profile.exists is False:
            return
        billed = [project for project in self._there.projects.values() if project.bill_to == payer]
        for user, member in profile.memberships.items():
            if isinstance(member, Membership) and member.level == "ADMIN":
                self._add(self._billed(user, one) for one in billed)
                return
        for user in self._identities:
            self._add(self._listed(user, billed))
        self.partial.add(payer)

    def unseen(self) -> None:
        for user in self._identities:
            blind = [p.id for p in self.projects.values() if p.level == "NONE" and p.read_by != user]
            self._add(self._listed(user, [self._there.projects[one] for one in blind]))

    def ids(self, ids: Sequence[str]) -> None:
        left = [one for one in ids if one not in self.projects]
        if len(left) > 1:
            for user in self._identities:
                there = [self._there.projects[one] for one in left if one in self._there.projects]
                self._add(self._listed(user, there))
                left = [one for one in left if one not in self.projects]
        for one in left:
            self._described(one)

    def _described(self, project_id: str) -> None:
        record = self._there.projects.get(project_id)
        if record is None:
            self.missing[project_id] = Destroyed()
            return
        for user in self._identities:
            shown = self._shown(user, record)
            if shown is not None:
                self._add([shown])
                return
        self.missing[project_id] = UNSEEN

    def marks(self, marks: Sequence[str]) -> None:
        if not marks:
            return
        held = [p for p in self._there.projects.values() if p.properties.get(MARK) in marks]
        for user in self._identities:
            self._add(self._listed(user, held))

    def known_offers(self, marks: Sequence[str]) -> None:
        """Each knows what is offered to them, and it shows to them whole."""
        hidden = {one for one, p in self.projects.items() if isinstance(p.pending_transfer, Unreadable)}
        unmet = set(marks).difference(p.mark for p in self.projects.values())
        for user in self._identities if hidden or unmet else ():
            offered = [p for p in self._there.projects.values() if p.pending_transfer == user]
            self.offers[user] = frozenset(p.id for p in offered)
            for project in offered:
                shown = self._project(user, project, level_of(self._there, user, project), offered=True)
                if project.id in hidden or (project.id not in self.projects and shown.mark in unmet):
                    self._add([shown])

    def wanted_levels(self, wanted: Iterable[tuple[str, str]]) -> None:
        asked: dict[str, list[str]] = {}
        for user, project_id in wanted:
            if (user, project_id) in self.levels:
                continue
            known = self.projects.get(project_id)
            if known is not None and known.read_by == user:
                self.levels[user, project_id] = known.level
            else:
                asked.setdefault(user, []).append(project_id)
        for user, ids in asked.items():
            if user not in self._identities:
                why = Unreadable(f"only {user} can read it, whose token is not at hand")
                self.levels.update(((user, one), why) for one in ids)
                continue
            told = self._seen(user, ids)
            self._add(told.values())
            self.levels.update(((user, one), told[one].level if one in told else "NONE") for one in ids)

    def _seen(self, user: str, ids: list[str]) -> dict[str, Project]:
        """One is described; of several, those that a list shows."""
        there = [self._there.projects[one] for one in ids if one in self._there.projects]
        if len(ids) == 1:
            return {one.id: shown for one in there if (shown := self._shown(user, one)) is not None}
        return {one.id: one for one in self._listed(user, there)}

    def _listed(self, user: str, projects: Iterable[Record]) -> Iterable[Project]:
        for project in projects:
            level = level_of(self._there, user, project)
            if level != "NONE":
                yield self._project(user, project, level, offered=False)

    def _billed(self, user: str, project: Record) -> Project:
        """As an ADMIN's list of what is billed to the org shows it."""
        level = level_of(self._there, user, project)
        if level != "NONE":
            return self._project(user, project, level, offered=False)
        return Project(
            project.id,
            project.name,
            project.region,
            project.bill_to,
            "NONE",
            NO_ACCESS,
            NO_ACCESS,
            project.created,
            user,
        )

    def _shown(self, user: str, project: Record) -> Project | None:
        """As a describe shows it: its recipient sees an offer too."""
        level = level_of(self._there, user, project)
        offered = project.pending_transfer == user
        return self._project(user, project, level, offered=offered) if level != "NONE" or offered else None

    def _project(self, user: str, project: Record, level: Level, *, offered: bool) -> Project:
        pending: Maybe[str] = NO_ADMINISTER
        if level == "ADMINISTER" or offered:
            pending = project.pending_transfer or ABSENT
        return Project(
            project.id,
            project.name,
            project.region,
            project.bill_to,
            level,
            project.properties.get(MARK, ABSENT),
            pending,
            project.created,
            user,
        )

    def _add(self, projects: Iterable[Project]) -> None:
        """Of two readings of one project the one is kept that shows more of it, and the other's level."""
        for project in projects:
            before = self.projects.setdefault(project.id, project)
            if before is project:
                continue
            less = project
            if _worth(before) < _worth(project):
                self.projects[project.id], less = project, before
            if before.read_by != project.read_by:
                self.levels[less.read_by, project.id] = less.level


def _worth(project: Project) -> tuple[bool, bool, int]:
    offer, mark = project.pending_transfer, project.mark
    return not isinstance(offer, Unreadable), not isinstance(mark, Unreadable), LEVELS.index(project.level)
