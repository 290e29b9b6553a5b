"""One bulk read: which list is asked as whom, and what is looked up because no list showed it.

  payers     described; an org whose ADMIN we are is listed by the org, any other payer as far as
             our identities see it (then its estate is partial)
  unseen     projects that a list showed without access: one list a thousand, by every other identity
  ids        those that no estate showed: one list, then a describe each, by every identity in turn
  marks      those that no estate showed: one list a hundred, by every identity
  names      of payers that are not listed as a whole
  offers     where it cannot be seen whether a project is offered, or a mark was found nowhere: those to our
             identities, which each of them knows and no list shows; the recipient is shown the project
  levels     of other identities: a single project is described, several are one list a thousand
  rights     of users whose login is not at hand: from the members of orgs, and from with whom each project is
             shared, which then comes with all the lists above
Must not know plans or why something is asked for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from reconciler.model.actual import LEVELS, Destroyed, Level, Profile, Project, Scope
from reconciler.model.knowledge import Unreadable
from reconciler_dnanexus import lists
from reconciler_dnanexus.callers import Callers
from reconciler_dnanexus.failures import PERMISSION_DENIED, RESOURCE_NOT_FOUND, PlatformError
from reconciler_dnanexus.profiles import admin_of, read_profile
from reconciler_dnanexus.rights import Rights, want_known
from reconciler_dnanexus.session import Session

Progress = Callable[[str], None]


class Reading:
    """Collects what one read brings. Every method may raise ProviderError."""

    def __init__(self, callers: Callers, progress: Progress | None) -> None:
        self._callers = callers
        self._progress = progress
        self.profiles: dict[str, Profile] = {}
        self.projects: dict[str, Project] = {}
        self.missing: dict[str, Destroyed | Unreadable] = {}
        self.levels: dict[tuple[str, str], Level | Unreadable] = {}
        self.partial: set[str] = set()
        self.offers: dict[str, frozenset[str] | Unreadable] = {}
        self._fields = lists.PLAIN

    def run(self, scope: Scope) -> None:
        strangers = [user for user in scope.rights_of if self._callers.session(user) is None]
        for user in strangers:
            want_known(self._callers, user)
        shares = lists.SHARES if strangers else ()
        self._fields = lists.asking(*shares, *(lists.HISTORY if scope.history else ()))
        for payer in sorted({*scope.estates, *scope.profiles}):
            self.profiles[payer] = read_profile(self._callers, payer)
        for payer in scope.estates:
            self._estate(payer)
        self._unseen()
        listed = set(self.projects)
        self._ids(scope.projects)
        self._marks(scope.marks, listed)
        for payer, name in scope.names:
            if payer not in scope.estates:
                self._collect(payer, {"name": name})
        self._offers(scope)
        self._levels(scope.levels)
        for user in strangers:
            self._rights(user)

    def _estate(self, payer: str) -> None:
        if self.profiles[payer].exists is False:
            return
        if not self._collect(payer, {}):
            self.partial.add(payer)

    def _collect(self, payer: str, query: lists.Query) -> bool:
        """Lists projects of a payer; is that list known to be whole?"""
        admin = admin_of(self._callers, self.profiles.get(payer))
        if admin is not None:
            user, session = admin
            if self._try(payer, lists.billed_to_org(session, user, payer, query, self._fields)):
                return True
        # Nobody's list is known to hold another's: a user may pay for what is not shared with them.
        for user, session in self._callers:
            self._try(payer, lists.billed_to(session, user, payer, query, self._fields))
        return False

    def _try(self, payer: str, pages: Iterator[list[Project]]) -> bool:
        """Takes in all pages; False if the caller turns out not to be allowed to list them."""
        count = 0
        try:
            for page in pages:
                self._add(page)
                count += len(page)
                self._tell(f"{payer}: {count} projects")
        except PlatformError as error:
            if error.type == PERMISSION_DENIED:
                return False
            raise
        return True

    def _add(self, projects: Iterable[Project]) -> None:
        """Takes projects in; of two readings of one the one wins that shows more of it, and of the other
        the level is kept."""
        known = self.projects
        for project in projects:
            before = known.setdefault(project.id, project)
            if before is project:
                continue
            less = project
            if _shown(before) < _shown(project):
                known[project.id], less = project, before
            if before.read_by != project.read_by:
                self.levels[less.read_by, project.id] = less.level

    def _unseen(self) -> None:
        """An ADMIN's list shows projects that are not shared with that ADMIN, without their
        properties: another identity may see more of them."""
        for user, session in self._callers:
            blind = [p.id for p in self.projects.values() if p.level == "NONE" and p.read_by != user]
            self._add(_visible(lists.by_id(session, user, blind, self._fields)))

    def _ids(self, ids: Iterable[str]) -> None:
        left = [one for one in ids if one not in self.projects]
        if len(left) > 1:
            # A single one is described at once: that is as cheap, and never behind a write.
            for user, session in self._callers:
                self._add(_visible(lists.by_id(session, user, left, self._fields)))
                left = [one for one in left if one not in self.projects]
                if not left:
                    return
        for one in left:
            self._describe(one)

    def _describe(self, project_id: str) -> None:
        """A project that no list showed: destroyed only if nobody is told that it exists."""
        denied = False
        for user, session in self._callers:
            try:
                self._add([lists.described(session, user, project_id, self._fields)])
            except PlatformError as error:
                if error.type not in (PERMISSION_DENIED, RESOURCE_NOT_FOUND):
                    raise
                denied = denied or error.type == PERMISSION_DENIED
                continue
            return
        reason = "none of the identities at hand has access to the project"
        self.missing[project_id] = Unreadable(reason) if denied else Destroyed()

    def _marks(self, marks: Iterable[str], listed: set[str]) -> None:
        held = {self.projects[one].mark for one in listed} if marks else set()
        left = [mark for mark in marks if mark not in held]
        # By every identity, whatever the ones before have found: what one sees may be no more than
        # somebody's claim, while the project itself shows to another only.
        for user, session in self._callers:
            self._add(_visible(lists.by_mark(session, user, left, self._fields)))

    def _offers(self, scope: Scope) -> None:
        """A project offered to somebody shows to that user, whatever the level, but in no list."""
        hidden = {p.id for p in self.projects.values() if isinstance(p.pending_transfer, Unreadable)}
        unmet = set(scope.marks if scope.estates else ()).difference(p.mark for p in self.projects.values())
        for user, session in self._callers if hidden or unmet else ():
            offers = self.offers[user] = lists.offered_to(session, user)
            if isinstance(offers, Unreadable):
                continue
            wanted = {one for one in offers if one in hidden or (unmet and one not in self.projects)}
            shown = _described(session, user, sorted(wanted), self._fields).values()
            self._add(one for one in shown if one.id in hidden or one.mark in unmet)

    def _levels(self, wanted: Iterable[tuple[str, str]]) -> None:
        asked: defaultdict[str, list[str]] = defaultdict(list)
        for user, project_id in wanted:
            if (user, project_id) in self.levels:
                continue
            known = self.projects.get(project_id)
            if known is not None and known.read_by == user:
                self.levels[user, project_id] = known.level
            else:
                asked[user].append(project_id)
        for user, ids in asked.items():
            session = self._callers.session(user)
            told = _seen_by(user, session, ids, self._fields)
            if isinstance(told, Unreadable):
                self.levels.update(((user, one), told) for one in ids)
                continue
            self._add(told.values())
            self.levels.update(((user, one), told[one].level if one in told else "NONE") for one in ids)

    def _rights(self, user: str) -> None:
        """As others see them, on all that was read."""
        rights = Rights(self._callers, user)
        for payer, profile in self.profiles.items():
            if payer.startswith("org-"):
                members = {**profile.memberships, user: rights.in_org(profile)}
                self.profiles[payer] = replace(profile, memberships=members)
        self.levels.update(((user, project.id), rights.on(project)) for project in self.projects.values())

    def _tell(self, line: str) -> None:
        if self._progress is not None:
            self._progress(line)


def _shown(project: Project) -> tuple[bool, bool, int]:
    """How much of a project a reading shows, to be compared: an offer is what fewest may see."""
    offer, mark = project.pending_transfer, project.mark
    return not isinstance(offer, Unreadable), not isinstance(mark, Unreadable), LEVELS.index(project.level)


def _seen_by(
    user: str, session: Session | None, ids: list[str], fields: lists.Fields
) -> dict[str, Project] | Unreadable:
    """Those of ``ids`` that the user can see, as that user sees them."""
    if session is None:
        return Unreadable(f"only {user} can read it, whose token is not at hand")
    try:
        # One is described: that is never behind a write, and shows what is offered.
        found = _described(session, user, ids, fields) if len(ids) == 1 else {}
        if not found:
            found = {one.id: one for one in lists.by_id(session, user, ids, fields)}
    except PlatformError as error:
        if error.type != PERMISSION_DENIED:
            raise
        return Unreadable(f"{user}'s token may not list projects")
    return found


def _described(session: Session, user: str, ids: Iterable[str], fields: lists.Fields) -> dict[str, Project]:
    found: dict[str, Project] = {}
    for one in ids:
        try:
            found[one] = lists.described(session, user, one, fields)
        except PlatformError as error:
            if error.type not in (PERMISSION_DENIED, RESOURCE_NOT_FOUND):
                raise
    return found


def _visible(found: Iterator[Project]) -> Iterator[Project]:
    """What a caller can see; nothing for a token that may not list at all."""
    try:
        yield from found
    except PlatformError as error:
        if error.type != PERMISSION_DENIED:
            raise
