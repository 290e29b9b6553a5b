"""From a path to the law that answers it.

The checks that all routes share, in the platform's order: route, entity exists, caller may see it,
input is an object, nonce; then the route's own law. Must not know of HTTP, tokens or time-outs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, structs

from . import (
    app_fields,
    app_people,
    app_versions,
    applets,
    apps,
    arranging,
    bulk,
    classes,
    clone,
    containers,
    executions,
    file_bytes,
    files,
    find,
    find_apps,
    find_objects,
    holders,
    jobs,
    listing,
    members,
    metadata,
    named_objects,
    nonces,
    object_fields,
    object_metadata,
    objects,
    orgs,
    projects,
    removing,
    runs,
    sharing,
    system,
    transfer,
    users,
    workflows,
)
from .errors import Refused, denied, invalid, not_found
from .route import Name, Route
from .view import Answer, Call, Caller, View

_TABLES = (
    system.ROUTES,
    users.ROUTES,
    orgs.ROUTES,
    members.ROUTES,
    projects.ROUTES,
    metadata.ROUTES,
    sharing.ROUTES,
    transfer.ROUTES,
    find.ROUTES,
    bulk.ROUTES,
    listing.ROUTES,
    arranging.ROUTES,
    removing.ROUTES,
    clone.ROUTES,
    containers.ROUTES,
    objects.ROUTES,
    object_fields.ROUTES,
    object_metadata.ROUTES,
    files.ROUTES,
    applets.ROUTES,
    workflows.ROUTES,
    runs.ROUTES,
    jobs.ROUTES,
    executions.ROUTES,
    app_versions.ROUTES,
    app_fields.ROUTES,
    app_people.ROUTES,
    find_apps.ROUTES,
    find_objects.ROUTES,
    named_objects.ROUTES,
)

ROUTES: Mapping[Name, Route] = {name: route for table in _TABLES for name, route in table.items()}

_CLASSES = "|".join(("system", *classes.CLASSES))
_PATH = re.compile(
    rf"/(?:(?P<klass>{_CLASSES})|(?P<entity>(?P<family>(?:{_CLASSES})-)[^/]+(?:/[^/]+)?))/(?P<method>[A-Za-z]+)"
)
"""The id of an app may be its name, followed by a version or an alias: ``app-bwa/1.0.0``."""


class Place(Struct, frozen=True):
    """Where a path leads: the route, and the id in it as it was written ("" for class routes)."""

    path: str
    route: Route
    family: str
    entity: str


def place(path: str, caller: Caller) -> Place:
    """The route of a path. Raises Refused: ResourceNotFound, or PermissionDenied for the caller's kind."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise _no_route(path)
    family = match["klass"] or match["family"]
    route = ROUTES.get((family, match["method"]))
    if route is None or ("/" in (match["entity"] or "") and family not in ("app-", "globalworkflow-")):
        raise _no_route(path)
    if caller.user is None and not route.open:
        raise denied("the anonymous user may look at public projects only")
    if caller.scope is not None and not route.scoped:
        raise denied("the scope of the token does not allow this")
    return Place(path, route, family, match["entity"] or "")


def _no_route(path: str) -> Refused:
    return Refused("ResourceNotFound", f"The route {path} could not be found")


def answer(view: View, place: Place, call: Call) -> Answer | Refused:
    """What the platform answers, and what changes. A refusal is a value, without effects."""
    try:
        if place.route.there is not None and not place.route.there(view.switches):
            raise _no_route(place.path)
        call = structs.replace(call, entity=_looked_up(view, call, place))
        if not place.route.any_body:
            if not isinstance(call.given, dict):
                raise invalid("the input must be a hash")
            _known_keys(view, place.route, call.given)
        made = nonces.once(view, call, place.path, place.route)
        return structs.replace(made, effects=file_bytes.kept(view, made.effects))
    except Refused as refused:
        return refused


def _looked_up(view: View, call: Call, place: Place) -> str:
    """The id of the entity in the path, which must be there and visible to the caller."""
    route = place.route
    match place.family:
        case "user-" if place.entity not in view.users:
            raise not_found(place.entity)
        case "org-" if place.entity not in view.orgs:
            raise not_found(place.entity)
        case "project-" | "container-":
            return holders.see(view, call, place.entity, recipient=route.recipient, payer=route.payer).id
        case "record-" | "file-" | "applet-" | "workflow-":
            return holders.see_object(view, call, place.entity).id
        case "app-" | "globalworkflow-":
            return apps.resolved(view, call, place.entity).id
        case "job-" | "analysis-":
            return jobs.seen(view, call, place.entity).id
        case _:
            return place.entity


def _known_keys(view: View, route: Route, given: Mapping[str, object]) -> None:
    """The platform ignores keys that it does not know: a misspelt write succeeds without effect."""
    if view.switches.unknown_keys == "InvalidInput" and route.keys is not None:
        for key in given:
            if key not in route.keys:
                raise invalid(f"unknown key {key}")
