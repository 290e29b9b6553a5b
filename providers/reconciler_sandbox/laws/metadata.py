"""Routes that write a project's properties and tags. CONTRIBUTE is enough for them."""

from __future__ import annotations

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
    wanted = inputs.properties(call.input, view.switches, deletable=True)
    if wanted is None:
        raise invalid("properties is required")
    rights.need_level(view, call, project, "CONTRIBUTE")
    merged = project.properties | {key: value for key, value in wanted.items() if value is not None}
    for key, value in wanted.items():
        if value is None:
            merged.pop(key, None)
    return _done(call, structs.replace(project, properties=merged, modified=call.now))


def add_tags(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    wanted = _wanted(view, call)
    rights.need_level(view, call, project, "CONTRIBUTE")
    tags = tuple(dict.fromkeys((*project.tags, *wanted)))
    return _done(call, structs.replace(project, tags=tags, modified=call.now))


def remove_tags(view: View, call: Call) -> Answer:
    project = view.projects[call.entity]
    wanted = _wanted(view, call)
    rights.need_level(view, call, project, "CONTRIBUTE")
    tags = tuple(tag for tag in project.tags if tag not in wanted)
    return _done(call, structs.replace(project, tags=tags, modified=call.now))


def _wanted(view: View, call: Call) -> list[str]:
    wanted = inputs.tags(call.input, view.switches)
    if wanted is None:
        raise invalid("tags is required")
    return wanted


def _done(call: Call, project: Project) -> Answer:
    return Answer({"id": call.entity}, (Put(project),))


ROUTES: Table = {
    ("project-", "setProperties"): Route(set_properties, PROPERTIES_KEYS, scoped=True),
    ("project-", "addTags"): Route(add_tags, TAGS_KEYS, scoped=True),
    ("project-", "removeTags"): Route(remove_tags, TAGS_KEYS, scoped=True),
}
