"""Routes that make an organisation and say who belongs to it: new, invite, setMemberAccess, removeMember.

The platform's documentation: anybody may make an organisation and is its first ADMIN; it cannot pay until
the platform's sales have attached a billing account. Only ADMINs change who belongs to it. An ADMIN's
flags are fixed; a MEMBER's are remembered while the member is an ADMIN (inferred).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import structs

from . import classes, inputs, orgs, rights, sharing
from .effects import Effect, Put
from .errors import Refused, invalid, not_found
from .records import LEVELS, Member, Org, Series
from .route import Route, Table
from .view import Answer, Call, View

NEW_KEYS = frozenset({"handle", "name", "policies", "nonce"})
FLAG_KEYS = ("allowBillableActivities", "appAccess", "projectAccess")
INVITE_KEYS = frozenset({"invitee", "level", *FLAG_KEYS, "suppressEmailNotification"})
REMOVE_KEYS = frozenset({"user", "revokeProjectPermissions", "revokeAppPermissions"})

_LEVELS = ("ADMIN", "MEMBER")
_HANDLE = re.compile(r"[A-Za-z0-9_.-]+")
_POLICIES = {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "MEMBER"}
"""Of the route; the official client sends ADMIN for both unless it is told otherwise."""


def new(view: View, call: Call) -> Answer:
    given = call.input
    handle = inputs.need_text(given, "handle")
    name = inputs.need_text(given, "name")
    policies = orgs.policies_input(given) or {}
    if not _HANDLE.fullmatch(handle):
        raise invalid(f'"{handle}" is no handle: letters, digits, "_", "." and "-" make one')
    id = f"org-{handle}"
    if id in view.orgs:
        raise invalid(f'the handle "{handle}" is taken')
    permitted, default = _first_regions(view, call)
    org = Org(
        id=id,
        name=name,
        members={call.user: Member("ADMIN")},
        policies=_POLICIES | policies,
        permitted_regions=permitted,
        default_region=default,
        billable=False,
    )
    return Answer({"id": id}, (Put(org),))


def _first_regions(view: View, call: Call) -> tuple[tuple[str, ...] | None, str | None]:
    """Permitted and default, before the platform's sales have granted any."""
    match view.switches.new_org_regions:
        case "empty":
            return (), None
        case "creator":
            creator = view.users[call.user]
            return creator.permitted_regions, creator.default_region
        case region:
            return (region,), region


def invite(view: View, call: Call) -> Answer:
    """Everybody invited is taken to accept at once. What is said of an ADMIN's flags is not looked at:
    the official client always sends them."""
    given, org = call.input, view.orgs[call.entity]
    invitee = inputs.need_text(given, "invitee")
    level = inputs.one_of(given, "level", _LEVELS) or "MEMBER"
    flags = _flags(given)
    inputs.flag(given, "suppressEmailNotification")
    classes.need(invitee, "invitee", ("user",))
    rights.need_admin(org, call.user)
    user = sharing.user_id(view, invitee)
    if user in org.members:
        raise Refused("InvalidState", f"{user} is a member of {org.id} already")
    member = Member("ADMIN") if level == "ADMIN" else structs.replace(Member(), **flags)
    return Answer({"id": org.id, "state": "accepted"}, (_with(org, {**org.members, user: member}),))


def set_access(view: View, call: Call) -> Answer:
    """By user: a level, and those of a MEMBER's flags that are to change. All or none."""
    org = view.orgs[call.entity]
    wanted = {user: _access(user, given) for user, given in call.input.items()}
    rights.need_admin(org, call.user)
    members = dict(org.members)
    for user, (level, flags) in wanted.items():
        if user not in members:
            raise not_found(user)
        members[user] = structs.replace(members[user], level=level, **flags)
    _keeps_an_admin(org, members)
    return Answer({"id": org.id}, () if members == org.members else (_with(org, members),))


def _access(user: str, given: object) -> tuple[str, dict[str, object]]:
    classes.need(user, "a key of the input", ("user",))
    if not isinstance(given, dict):
        raise invalid(f"the access of {user} must be a hash")
    level = inputs.one_of(given, "level", _LEVELS)
    if level is None:
        raise invalid(f"the access of {user} must have a level")
    flags = _flags(given)
    if level == "ADMIN" and flags:
        raise invalid(f"{user} is to be an ADMIN, whose {', '.join(flags)} cannot be chosen")
    return level, flags


def _flags(given: Mapping[str, object]) -> dict[str, object]:
    """Those that the input names, as fields of a Member."""
    values = {
        "allow_billable_activities": inputs.flag(given, "allowBillableActivities"),
        "app_access": inputs.flag(given, "appAccess"),
        "project_access": inputs.one_of(given, "projectAccess", LEVELS),
    }
    return {field: value for field, value in values.items() if value is not None}


def remove(view: View, call: Call) -> Answer:
    """Takes away, unless told not to, what was shared with that member alone of what the org pays for.

    Who is no member is no error: then nothing is taken away (the official client's own tests).
    """
    given, org = call.input, view.orgs[call.entity]
    user = inputs.need_text(given, "user")
    projects = inputs.flag(given, "revokeProjectPermissions") is not False
    apps = inputs.flag(given, "revokeAppPermissions") is not False
    classes.need(user, "user", ("user",))
    rights.need_admin(org, call.user)
    if user not in org.members:
        return Answer({"id": org.id, "projects": {}, "apps": {}})
    left = {other: member for other, member in org.members.items() if other != user}
    _keeps_an_admin(org, left)
    taken, unshared = _out_of_projects(view, call, org, user) if projects else ({}, ())
    gone, closed = _out_of_apps(view, org, user) if apps else ({}, ())
    return Answer({"id": org.id, "projects": taken, "apps": gone}, (_with(org, left), *unshared, *closed))


def _out_of_projects(
    view: View, call: Call, org: Org, user: str
) -> tuple[dict[str, str], tuple[Effect, ...]]:
    """The level that the user had, by project, and the projects without that user."""
    paid = [view.projects[id] for _, id in view.billed_to(org.id)]
    shared = [project for project in paid if user in project.members]
    return {project.id: project.members[user] for project in shared}, tuple(
        sharing.with_members(call, project, {who: lvl for who, lvl in project.members.items() if who != user})
        for project in shared
    )


def _out_of_apps(view: View, org: Org, user: str) -> tuple[dict[str, bool], tuple[Effect, ...]]:
    """The apps and global workflows that were open to the user, and their series without that user.

    One who alone develops an app stays its developer: it must keep one (inferred).
    """
    changed: dict[str, Series] = {}
    for series in {app.series for app in view.apps.values() if app.bill_to == org.id}:
        before = view.series[series]
        after = structs.replace(
            before,
            developers=_without(before.developers, user) or before.developers,
            authorized=_without(before.authorized, user),
        )
        if after != before:
            changed[series] = after
    ids = sorted(app.id for app in view.apps.values() if app.bill_to == org.id and app.series in changed)
    return dict.fromkeys(ids, True), tuple(Put(changed[series]) for series in sorted(changed))


def _without(names: tuple[str, ...], user: str) -> tuple[str, ...]:
    return tuple(name for name in names if name != user)


def _keeps_an_admin(org: Org, members: Mapping[str, Member]) -> None:
    if not any(member.level == "ADMIN" for member in members.values()):
        raise Refused("InvalidState", f"{org.id} must keep an ADMIN")


def _with(org: Org, members: dict[str, Member]) -> Put:
    return Put(structs.replace(org, members=members))


ROUTES: Table = {
    ("org", "new"): Route(new, NEW_KEYS, nonce=True),
    ("org-", "invite"): Route(invite, INVITE_KEYS),
    ("org-", "setMemberAccess"): Route(set_access, None),
    ("org-", "removeMember"): Route(remove, REMOVE_KEYS),
}
