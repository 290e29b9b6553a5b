"""Who may do what: levels on projects, membership in organisations.

The platform's documentation: a user's level on a project is the greater of the explicit one and of
those that shares with the user's organisations give, each capped by the member's projectAccess (an
ADMIN's is not capped). A public project gives everybody VIEW.
"""

from __future__ import annotations

from .errors import denied, not_found
from .records import LEVELS, PUBLIC, RANK, App, Level, Org, Project, Series
from .view import Call, Caller, View

VIEW = RANK["VIEW"]


class Eyes:
    """The projects as one caller sees them; made once a call, then cheap for each project."""

    def __init__(self, view: View, caller: Caller, *, public: bool = True) -> None:
        """``public`` False: that a project is public counts for nothing."""
        self._caller = caller
        self.entities: dict[str, int] = {PUBLIC: VIEW} if public else {}
        """The most that sharing with this entity can give the caller."""
        self._payers: dict[str, int] = {}
        """What billing to this org alone gives the caller."""
        user = caller.user
        if user is None:
            return
        self.entities[user] = RANK["ADMINISTER"]
        implicit = RANK[view.switches.org_admin_implicit_level]
        for org_id in view.orgs_of(user):
            member = view.orgs[org_id].members[user]
            self.entities[org_id] = RANK[member.cap]
            if member.level == "ADMIN" and implicit:
                self._payers[org_id] = implicit

    @property
    def payers(self) -> tuple[str, ...]:
        return tuple(self._payers)

    def rank(self, project: Project) -> int:
        """Index into LEVELS of the caller's effective level."""
        best = 0
        entities = self.entities
        for entity, level in project.members.items():
            most = entities.get(entity)
            if most is not None:
                best = max(best, min(RANK[level], most))
        if self._payers:
            best = max(best, self._payers.get(project.bill_to, 0))
        if self._caller.scope is not None:
            best = min(best, within_scope(self._caller, project.id))
        return best

    def sources(self, project: Project, rank: int) -> list[str]:
        """The entities that the level ``rank`` comes from, sorted."""
        found = {
            entity
            for entity, level in project.members.items()
            if min(RANK[level], self.entities.get(entity, 0)) >= rank
        }
        if self._payers.get(project.bill_to, 0) >= rank:
            found.add(project.bill_to)
        return sorted(found)

    def shared_explicitly(self, project: Project) -> bool:
        """Is the project shared with the caller or an org of the caller (not just public)?"""
        return any(entity in self.entities and entity != PUBLIC for entity in project.members)


def level_of(view: View, caller: Caller, project: Project) -> Level:
    return LEVELS[Eyes(view, caller).rank(project)]


def need_level(view: View, call: Call, project: Project, level: Level) -> None:
    if RANK[level_of(view, call.caller, project)] < RANK[level]:
        raise denied(f"{level} permission is required on {project.id}")


def see(view: View, call: Call, project_id: str, *, recipient: bool, payer: bool = False) -> Project:
    """The project, if the caller may know of it. ``recipient``: a pending transfer is enough;
    ``payer``: so is paying for it, as the user billed or as an ADMIN of the org billed."""
    project = view.projects.get(project_id)
    if project is None:
        raise not_found(project_id)
    if (
        (recipient and offered(call.caller, project))
        or (payer and pays(view, call.user, project))
        or level_of(view, call.caller, project) != "NONE"
    ):
        return project
    if view.switches.hide_invisible_projects == "ResourceNotFound":
        raise not_found(project_id)
    raise denied(f"VIEW permission is required on {project_id}")


def offered(caller: Caller, project: Project) -> bool:
    """Is the caller the recipient of the project's pending transfer, as far as the token's scope goes?"""
    recipient = caller.user is not None and project.pending_transfer == caller.user
    return recipient and within_scope(caller, project.id) >= VIEW


def within_scope(caller: Caller, id: str) -> int:
    """Index into LEVELS of the most that the caller's token allows on a project or container."""
    if caller.scope is None:
        return RANK["ADMINISTER"]
    return RANK[caller.scope.get(id, caller.scope.get("*", "NONE"))]


def pays(view: View, user: str, project: Project) -> bool:
    """Is the user billed for the project, or an ADMIN of the org that is?"""
    org = view.orgs.get(project.bill_to)
    return project.bill_to == user if org is None else is_admin(org, user)


def is_admin(org: Org, user: str) -> bool:
    member = org.members.get(user)
    return member is not None and member.level == "ADMIN"


def need_admin(org: Org, user: str) -> None:
    if not is_admin(org, user):
        raise denied(f"ADMIN membership of {org.id} is required")


def may_take_billing_away(view: View, call: Call, project: Project) -> None:
    """The present payer's say in giving a project away, by re-billing or by offering it.

    The platform's documentation of an organisation's policy restrictProjectTransfer: ADMIN lets only
    its ADMINs give its projects away, MEMBER any member who administers the project.
    """
    payer, user = project.bill_to, call.user
    lenient = view.switches.foreign_payer_rights == "allow"
    org = view.orgs.get(payer)
    if org is None:
        if payer != user and not lenient:
            raise denied(f"{project.id} is billed to {payer}, who alone may give it away")
    elif org.policies.get("restrictProjectTransfer") == "ADMIN":
        if not is_admin(org, user):
            raise denied(f"only ADMINs of {payer} may take projects away from it")
    elif user not in org.members and not lenient:
        raise denied(f"only members of {payer} may take projects away from it")


def is_developer(view: View, user: str, app: App) -> bool:
    return develops(view, user, view.series[app.series])


def develops(view: View, user: str, series: Series) -> bool:
    return any(_counts(view, user, who) for who in series.developers)


def may_use_app(view: View, call: Call, app: App) -> bool:
    """Developers always; once it is published, those whom it is open to: users, members of orgs, all."""
    if is_developer(view, call.user, app):
        return True
    if app.published is None or call.user == "":
        return False
    authorized = view.series[app.series].authorized
    return any(who == PUBLIC or _counts(view, call.user, who) for who in authorized)


def _counts(view: View, user: str, who: str) -> bool:
    """Is ``who`` the user, or an org through which the user has access to apps? An ADMIN always has it."""
    if who not in view.orgs_of(user):
        return who == user
    member = view.orgs[who].members[user]
    return member.level == "ADMIN" or member.app_access
