"""From a path to the law that answers it.

The checks that all routes share, in the platform's order: route, entity exists, caller may see it,
input is an object; then the route's own law. Must not know of HTTP, tokens or time-outs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from . import find, metadata, orgs, project_fields, projects, rights, sharing, system, transfer, users
from .errors import Refused, denied, invalid, not_found
from .view import Answer, Call, Caller, View

Law = Callable[[View, Call], Answer]


class Route(Struct, frozen=True):
    """``keys``: the known input keys (None: the keys are data). ``open``: for the anonymous user
    too. ``scoped``: for tokens of less than full scope too. ``finds``: shows writes late if the
    world says so. ``recipient``: a pending transfer is enough to see the project."""

    law: Law
    keys: frozenset[str] | None
    open: bool = False
    scoped: bool = False
    finds: bool = False
    recipient: bool = False


_ANY_FIND = frozenset({"name", "describe", "limit", "starting"})

ROUTES: Mapping[tuple[str, str], Route] = {
    ("system", "whoami"): Route(system.whoami, system.WHOAMI_KEYS, open=True, scoped=True),
    ("system", "greet"): Route(system.greet, system.GREET_KEYS, open=True, scoped=True),
    ("system", "headers"): Route(system.headers, None, open=True, scoped=True),
    ("system", "findProjects"): Route(
        find.find_projects, find.PROJECTS_KEYS, open=True, scoped=True, finds=True
    ),
    ("system", "findOrgs"): Route(find.find_orgs, find.ORGS_KEYS, finds=True),
    ("system", "findApps"): Route(system.nothing, None, open=True, scoped=True, finds=True),
    ("system", "findGlobalWorkflows"): Route(system.nothing, None, open=True, scoped=True, finds=True),
    ("system", "findDataObjects"): Route(system.nothing, None, open=True, scoped=True, finds=True),
    ("user", "describe"): Route(users.describe, users.DESCRIBE_KEYS, scoped=True),
    ("user", "update"): Route(users.update, users.UPDATE_KEYS),
    ("org", "describe"): Route(orgs.describe, orgs.DESCRIBE_KEYS),
    ("org", "update"): Route(orgs.update, orgs.UPDATE_KEYS),
    ("org", "findMembers"): Route(orgs.find_members, orgs.MEMBERS_KEYS, finds=True),
    ("org", "findProjects"): Route(find.find_org_projects, find.ORG_PROJECTS_KEYS, finds=True),
    ("project", "new"): Route(projects.new, projects.NEW_KEYS),
    ("project-", "describe"): Route(
        projects.describe, project_fields.DESCRIBE_KEYS, open=True, scoped=True, recipient=True
    ),
    ("project-", "update"): Route(projects.update, projects.UPDATE_KEYS, scoped=True),
    ("project-", "setProperties"): Route(metadata.set_properties, metadata.PROPERTIES_KEYS, scoped=True),
    ("project-", "addTags"): Route(metadata.add_tags, metadata.TAGS_KEYS, scoped=True),
    ("project-", "removeTags"): Route(metadata.remove_tags, metadata.TAGS_KEYS, scoped=True),
    ("project-", "invite"): Route(sharing.invite, sharing.INVITE_KEYS, scoped=True),
    ("project-", "decreasePermissions"): Route(sharing.decrease, None, scoped=True),
    ("project-", "leave"): Route(sharing.leave, frozenset(), scoped=True),
    ("project-", "transfer"): Route(transfer.transfer, transfer.TRANSFER_KEYS, scoped=True),
    ("project-", "cancelTransfer"): Route(transfer.cancel, frozenset(), scoped=True),
    ("project-", "acceptTransfer"): Route(transfer.accept, transfer.ACCEPT_KEYS, recipient=True),
    ("project-", "listFolder"): Route(projects.list_folder, projects.LIST_KEYS, open=True, scoped=True),
    ("project-", "destroy"): Route(projects.destroy, projects.DESTROY_KEYS, scoped=True),
}

_PATH = re.compile(
    r"/(?:(?P<klass>system|project)|(?P<entity>(?:user|org|project)-[^/]+))/(?P<method>[A-Za-z]+)"
)


class Place(Struct, frozen=True):
    """Where a path leads: the route, and the id in it ("" for class routes)."""

    route: Route
    family: str
    entity: str


def place(path: str, caller: Caller) -> Place:
    """The route of a path. Raises Refused: ResourceNotFound, or PermissionDenied for the caller's kind."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Refused("ResourceNotFound", f"The route {path} could not be found")
    entity = match["entity"] or ""
    family = match["klass"] or entity.partition("-")[0]
    if entity.startswith("project-"):
        family = "project-"
    route = ROUTES.get((family, match["method"]))
    if route is None:
        raise Refused("ResourceNotFound", f"The route {path} could not be found")
    if caller.user is None and not route.open:
        raise denied("the anonymous user may look at public projects only")
    if caller.scope is not None and not route.scoped:
        raise denied("the scope of the token does not allow this")
    return Place(route, family, entity)


def answer(view: View, route: Place, call: Call, given: object) -> Answer | Refused:
    """What the platform answers, and what changes. A refusal is a value, without effects.

    ``given`` is the input as parsed from JSON; ``call.input`` holds it if it is an object.
    """
    try:
        _look_up(view, call, route)
        if not isinstance(given, dict):
            raise invalid("the input must be a hash")
        _known_keys(view, route.route, given)
        return route.route.law(view, call)
    except Refused as refused:
        return refused


def _look_up(view: View, call: Call, path: Place) -> None:
    if path.family == "project-":
        rights.see(view, call, path.entity, recipient=path.route.recipient)
    elif (path.family == "user" and path.entity not in view.users) or (
        path.family == "org" and path.entity not in view.orgs
    ):
        raise not_found(path.entity)


def _known_keys(view: View, route: Route, given: Mapping[str, object]) -> None:
    """The platform ignores keys that it does not know: a misspelt write succeeds without effect."""
    if view.switches.unknown_keys == "InvalidInput" and route.keys is not None:
        for key in given:
            if key not in route.keys:
                raise invalid(f"unknown key {key}")
