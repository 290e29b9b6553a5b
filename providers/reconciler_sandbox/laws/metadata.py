"""Routes that write a project's properties and tags. CONTRIBUTE is enough for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec import structs

from . import inputs, rights
from .effects import Put
from .errors import invalid
from .records import Project
from .route import Route, Table
from .view import Answer, Call, View

PROPERTIES_KEYS = frozenset({"properties"})
TAGS_KEYS = frozenset({"tags"})


def set_properties(view: View, call: Call) -> Answer:
    """Merges; null deletes a key. The same again changes nothing."""
    project = view.projects[call.entity]
    wanted = wanted_properties(view, call)
    rights.need_level(view, call, project, "CONTRIBUTE")
    properties = merged(project.properties, wanted)
    return _done(call, structs.replace(project, properties=properties, modified=call.now))


def add_tags(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    wanted = wanted_tags(view, call)
    rights.need_level(view, call, project, "CONTRIBUTE")
    return _done(call, structs.replace(project, tags=added(project.tags, wanted), modified=call.now))


def remove_tags(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    wanted = wanted_tags(view, call)
    rights.need_level(view, call, project, "CONTRIBUTE")
    return _done(call, structs.replace(project, tags=removed(project.tags, wanted), modified=call.now))


def wanted_properties(view: View, call: Call) -> dict[str, str | None]:
    """The input's ``properties``, which must be there; None deletes a key."""
    wanted = inputs.properties(call.input, view.switches, deletable=True)
    if wanted is None:
        raise invalid("properties is required")
    return wanted


def wanted_tags(view: View, call: Call) -> list[str]:
    """The input's ``tags``, which must be there."""
    wanted = inputs.tags(call.input, view.switches)
    if wanted is None:
        raise invalid("tags is required")
    return wanted


def merged(properties: dict[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
    both = {**properties, **wanted}
    return {key: value for key, value in both.items() if value is not None}


def added(values: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order in which they came."""
    return tuple(dict.fromkeys((*values, *more)))


def removed(values: tuple[str, ...], less: Collection[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value not in less)


def _done(call: Call, project: Project) -> Answer:
    return Answer({"id": call.entity}, (Put(project),))


ROUTES: Table = {
    ("project-", "setProperties"): Route(set_properties, PROPERTIES_KEYS, scoped=True),
    ("project-", "addTags"): Route(add_tags, TAGS_KEYS, scoped=True),
    ("project-", "removeTags"): Route(remove_tags, TAGS_KEYS, scoped=True),
}
