"""Routes that change who has access to a project: invite, decreasePermissions, leave, join."""

from __future__ import annotations

from msgspec import structs

from . import classes, inputs, rights
from .effects import Effect, Put
from .errors import Refused, denied, invalid, not_found
from .records import LEVELS, PUBLIC, RANK, Project
from .route import Route, Table
from .view import Answer, Call, View

INVITE_KEYS = frozenset({"invitee", "level", "suppressEmailNotification"})
JOIN_KEYS = frozenset({"level"})
MAY_BE_MEMBERS = ("user", "org")


def invite(view: View, call: Call) -> Answer:
    """Shares the project; a level that is not above the present one changes nothing.

    Everybody invited is taken to accept at once: addresses without a user are not found.
    """
    given, project = call.input, view.projects[call.entity]
    invitee = inputs.need_text(given, "invitee")
    level = inputs.one_of(given, "level", LEVELS[1:])
    inputs.flag(given, "suppressEmailNotification")
    classes.need(invitee, "invitee", MAY_BE_MEMBERS)
    if level is None:
        raise invalid("level is required")
    if invitee == PUBLIC and level != "VIEW":
        raise invalid("a project can be made public with VIEW only")
    rights.need_level(view, call, project, "ADMINISTER")
    entity = invitee if invitee == PUBLIC else entity_id(view, invitee)
    answer = {"id": project.id, "state": "accepted"}
    return Answer(answer, _raised(call, project, entity, level))


def _raised(call: Call, project: Project, entity: str, level: str) -> tuple[Effect, ...]:
    """Nothing, where that level is not above the present one."""
    if RANK[level] <= RANK[project.members.get(entity, "NONE")]:
        return ()
    return (with_members(call, project, project.members | {entity: level}),)


def entity_id(view: View, name: str) -> str:
    """The id of the user (by id or e-mail address) or org that an invitation names."""
    return name if name in view.orgs else user_id(view, name)


def user_id(view: View, name: str) -> str:
    """The id of the user that an invitation names by id or e-mail address."""
    found = view.user_by_email(name) if "@" in name else name
    if found is None or found not in view.users:
        raise not_found(name)
    return found


def decrease(view: View, call: Call) -> Answer:
    """Lowers levels or, with null, takes access away; it cannot raise one."""
    project = view.projects[call.entity]
    for entity, level in call.input.items():
        classes.need(entity, "a key of the input", MAY_BE_MEMBERS)
        if level is not None and level not in LEVELS[1:]:
            raise invalid(f"the new level of {entity} must be one of {', '.join(LEVELS[1:])} or null")
    rights.need_level(view, call, project, "ADMINISTER")
    members = dict(project.members)
    for name, level in call.input.items():
        entity = name if name == PUBLIC else entity_id(view, name)
        if level is None:
            members.pop(entity, None)
        elif RANK[str(level)] > RANK[members.get(entity, "NONE")]:
            raise invalid(f"{entity} has less than {level}: permissions can only be lowered")
        else:
            members[entity] = str(level)
    if members == project.members:
        return Answer({"id": project.id})
    return Answer({"id": project.id}, (with_members(call, project, members),))


def leave(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    if call.user not in project.members:
        raise denied(f"{call.user} is no member of {project.id}")
    rest = {entity: level for entity, level in project.members.items() if entity != call.user}
    last = project.members[call.user] == "ADMINISTER" and "ADMINISTER" not in rest.values()
    if last and view.switches.leave_last_admin == "InvalidState":
        raise Refused("InvalidState", f"{call.user} is the last to administer {project.id}")
    return Answer({"id": project.id}, (with_members(call, project, rest),))


def join(view: View, call: Call) -> Answer:
    """Who pays for a project gives themselves access to it; a level that is not above the present one
    changes nothing.

    Undocumented. The official client's own tests win back a project that is billed to the caller; that
    the ADMINs of an org that pays may do the same is inferred.
    """
    project = view.projects[call.entity]
    level = inputs.one_of(call.input, "level", LEVELS[1:])
    if level is None:
        raise invalid("level is required")
    only_users = view.switches.join_rights == "user_payer_only"
    if not rights.pays(view, call.user, project) or (only_users and project.bill_to != call.user):
        raise denied(f"{project.id} is billed to {project.bill_to}: {call.user} may not join it")
    return Answer({"id": project.id}, _raised(call, project, call.user, level))


def with_members(call: Call, project: Project, members: dict[str, str]) -> Put:
    return Put(structs.replace(project, members=members, modified=call.now))


ROUTES: Table = {
    ("project-", "invite"): Route(invite, INVITE_KEYS, scoped=True),
    ("project-", "decreasePermissions"): Route(decrease, None, scoped=True),
    ("project-", "leave"): Route(leave, frozenset(), scoped=True),
    ("project-", "join"): Route(
        join, JOIN_KEYS, payer=True, there=lambda switches: switches.join_rights != "off"
    ),
}
