"""What a user may do whose login is not at hand, by what others see of that user.

  in an org      the org's list of members, for whoever at hand may list them (`memberListVisibility`): one
                 paged call an org
  on a project   its `permissions`, which came with the lists: the user's own share, the public's, and those
                 of orgs, as far as the user's membership there lets them through

That adds up to a level only where every part of it could be read. An ADMIN of the org that pays may have
more than what is shared with anybody: there it is left open. Must not know what a right is needed for.
"""

from __future__ import annotations

from typing import TypeAlias

from reconciler.model.actual import LEVELS, Level, Membership, Profile, Project
from reconciler.model.knowledge import ABSENT, Absent, Maybe, Unreadable
from reconciler.provider import ProviderError
from reconciler_dnanexus import lists, routes, wire
from reconciler_dnanexus.callers import Callers
from reconciler_dnanexus.failures import PERMISSION_DENIED, RESOURCE_NOT_FOUND, PlatformError
from reconciler_dnanexus.session import Session

PUBLIC = "PUBLIC"
_ALL: Level = "ADMINISTER"

_Seen: TypeAlias = "wire.Member | Absent | Unreadable"


class Rights:
    """The rights of one user. Members of an org are listed once, when the org first matters."""

    def __init__(self, callers: Callers, user: str) -> None:
        self._callers = callers
        self._user = user
        self._seen: dict[str, _Seen] = {}

    def in_org(self, profile: Profile) -> Maybe[Membership]:
        """The membership of an org. Raises ProviderError."""
        if profile.exists is False:
            return ABSENT
        member = self._member(profile.id)
        if not isinstance(member, wire.Member):
            return member
        return Membership(member.level, member.level == "ADMIN" or member.allow_billable_activities)

    def on(self, project: Project) -> Level | Unreadable:
        """The level on a project. Raises ProviderError."""
        if project.shares is None:
            return Unreadable("with whom the project is shared was not shown")
        shares = project.shares
        least = _rank(shares.get(self._user, "NONE"), shares.get(PUBLIC, "NONE"))
        for org, level in shares.items():
            if not org.startswith("org-") or LEVELS.index(level) <= least:
                continue
            member = self._member(org)
            if isinstance(member, Unreadable):
                return member
            if isinstance(member, wire.Member):
                cap = _ALL if member.level == "ADMIN" else member.project_access
                least = max(least, min(LEVELS.index(level), _rank(cap)))
        return self._by_paying(project, LEVELS[least])

    def _by_paying(self, project: Project, shared: Level) -> Level | Unreadable:
        """``shared``, unless who administers the payer may have more."""
        payer = project.bill_to
        if shared == _ALL or (isinstance(payer, str) and not payer.startswith("org-")):
            return shared
        member = payer if isinstance(payer, Unreadable) else self._member(payer)
        if isinstance(member, Unreadable):
            return member
        if isinstance(member, wire.Member) and member.level == "ADMIN":
            return Unreadable(f"an ADMIN of {payer} may have more on it than is shared with {self._user}")
        return shared

    def _member(self, org: str) -> _Seen:
        known = self._seen.get(org)
        if known is None:
            known = self._seen[org] = self._listed(org)
        return known

    def _listed(self, org: str) -> _Seen:
        for _, session in self._callers:
            try:
                return next((m for m in _members(session, org, self._user) if m.id == self._user), ABSENT)
            except PlatformError as error:
                if error.type not in (PERMISSION_DENIED, RESOURCE_NOT_FOUND):
                    raise
        return Unreadable(f"{org} does not show its members to anybody at hand")


def want_known(callers: Callers, user: str) -> None:
    """Raises ProviderError where the platform knows no such user: of a name that is mistyped nothing could
    be read, and everything would be left to be confirmed."""
    try:
        callers.best_for(user)[1].read(routes.describe(user), {}, wire.PROFILE)
    except PlatformError as error:
        if error.type == RESOURCE_NOT_FOUND:
            raise ProviderError(f"the platform knows no {user}", "Name the user who is to apply.") from None
        if error.type != PERMISSION_DENIED:
            raise


def _rank(*levels: Level) -> int:
    return max(map(LEVELS.index, levels))


def _members(session: Session, org: str, user: str) -> list[wire.Member]:
    """The members of that id, and whom else the list brings."""
    pages = lists.pages(session, routes.org_members(org), {"id": [user]}, wire.MEMBERS)
    return [member for page in pages for member in page]
