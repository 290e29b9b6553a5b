"""What a describe shows of a data object in one container: the fields of all classes, and those of its own.

Must not know how objects are made or changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import applets, fields, files, holders, inputs, objects, workflows
from .records import Copy, DataObject, Holder
from .route import Route, Table, for_each
from .view import Answer, Call, View

ON_REQUEST = ("properties", "details")
"""Left out of a describe unless they are asked for."""
ON_REQUEST_OF: Mapping[str, tuple[str, ...]] = {"file": ("parts",)}
"""The same, of one class alone."""

OwnFields = Callable[[View, DataObject, Holder], Mapping[str, object]]
OWN_FIELDS: Mapping[str, OwnFields] = {
    "file": files.own_fields,
    "applet": applets.own_fields,
    "workflow": workflows.own_fields,
}
"""The fields that only one class has; a record has none."""

DESCRIBE_KEYS = frozenset({"project", "fields", "defaultFields", *ON_REQUEST})
GET_KEYS = frozenset({"project"})


def described(view: View, copy: Copy, given: Mapping[str, object]) -> dict[str, object]:
    """What a describe with the input ``given`` shows of an object in one container.

    The defaults are those that the official client and its tests need. Raises Refused for a field
    selection of the wrong shape.
    """
    found = view.objects[copy.object]
    holder = holders.holder(view, copy.holder)
    shown: dict[str, object] = {
        "id": found.id,
        "project": copy.holder,
        "class": found.data_class,
        "sponsored": False,
        "name": copy.name,
        "types": found.types,
        "state": found.state,
        "hidden": found.hidden,
        "links": found.links,
        "folder": copy.folder,
        "tags": copy.tags,
        "created": found.created,
        "modified": found.modified,
        "createdBy": {"user": found.created_by},
        "properties": copy.properties,
        "details": found.details,
    }
    later = (*ON_REQUEST, *ON_REQUEST_OF.get(found.data_class, ()))
    own = OWN_FIELDS.get(found.data_class)
    if own is not None:
        shown |= own(view, found, holder)
    defaults = shown.keys() - later
    names = fields.chosen(given, tuple(shown), defaults, later, view.switches)
    return {name: shown[name] for name in names}


def describe(view: View, call: Call) -> Answer:
    copy = objects.preferred_copy(view, call, call.entity, inputs.text(call.input, "project"))
    return Answer(described(view, copy, call.input))


def get_applet(view: View, call: Call) -> Answer:
    """All of an applet, its code too."""
    copy = objects.preferred_copy(view, call, call.entity, inputs.text(call.input, "project"))
    shown = described(view, copy, {"properties": True, "details": True})
    shown["runSpec"] = applets.run_spec(view.objects[copy.object], holders.holder(view, copy.holder).region)
    return Answer(shown)


ROUTES: Table = {
    **for_each(objects.FAMILIES, "describe", Route(describe, DESCRIBE_KEYS, open=True, scoped=True)),
    ("applet-", "get"): Route(get_applet, GET_KEYS, open=True, scoped=True),
}
