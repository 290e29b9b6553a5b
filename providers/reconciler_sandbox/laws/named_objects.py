"""Many data objects in one call: describing those that are named by id, and finding ids by names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from . import bulk, fields, folders, holders, inputs, object_fields, objects
from .errors import Refused, invalid
from .records import Copy
from .route import Route, Table
from .view import Answer, Call, View

DESCRIBE_KEYS = frozenset({"objects", "classDescribeOptions"})
RESOLVE_KEYS = frozenset({"objects", "project", "folder", "describe"})

Place = tuple[str, str]
"""A name and a folder within one container."""


def describe_data_objects(view: View, call: Call) -> Answer:
    """Results in the order of the input; what cannot be described gives its error in its place.

    The platform's documentation: an entry's own ``describe`` wins over the options for its class, these
    over those for ``*``.
    """
    options = inputs.mapping(call.input, "classDescribeOptions") or {}
    results: list[dict[str, object]] = []
    for entry in bulk.entries(call.input, "objects"):
        id, project = inputs.need_text(entry, "id"), _text(entry, "project")
        given = _options(entry, options, id)
        try:
            copy = objects.preferred_copy(view, call, id, project)
        except Refused as refused:
            results.append(bulk.in_place(refused))
        else:
            results.append({"describe": object_fields.described(view, copy, given)})
    return Answer({"results": results})


def _options(entry: Mapping[str, object], options: Mapping[str, object], id: str) -> Mapping[str, object]:
    of_class = ({"describe": options.get(key)} for key in (id.partition("-")[0], "*"))
    for given in (entry, *of_class):
        found = fields.embedded(given)
        if found is not None:
            return found
    return {}


def resolve_data_objects(view: View, call: Call) -> Answer:
    """For each name an array of the objects that have it, the newest first, in one folder of one project.

    ``project`` and ``folder`` of an entry win over those beside the array; that the folder is the root
    where neither names one is inferred.
    """
    given = call.input
    named = given.get("objects")
    if not isinstance(named, list) or len(named) > bulk.MOST:
        raise invalid(f"objects must be an array of at most {bulk.MOST} hashes with name")
    describe = fields.embedded(given)
    indexes: dict[str, Mapping[Place, list[Copy]]] = {}
    results: list[list[dict[str, object]]] = []
    for entry in named:
        if not isinstance(entry, dict):
            raise invalid("each of objects must be a hash with name")
        name = inputs.need_text(entry, "name")
        project = _text(entry, "project") or _text(given, "project")
        folder = folders.normal(_text(entry, "folder") or _text(given, "folder") or folders.ROOT)
        if project is None:
            raise invalid(f'no project was given to look for "{name}" in')
        if project not in indexes:
            indexes[project] = _index(view, holders.see(view, call, project).id)
        found = indexes[project].get((name, folder), ())
        results.append([_result(view, copy, describe) for copy in found])
    return Answer({"results": results})


def _text(given: Mapping[str, object], key: str) -> str | None:
    """The official client sends null for what it does not know."""
    return None if given.get(key) is None else inputs.text(given, key)


def _index(view: View, holder: str) -> Mapping[Place, list[Copy]]:
    """What a container holds, by name and folder: looked through once a call, not once a name."""
    found: dict[Place, list[Copy]] = defaultdict(list)
    for copy in sorted(
        holders.copies_in(view, holder), key=lambda copy: (-view.objects[copy.object].created, copy.object)
    ):
        found[copy.name, copy.folder].append(copy)
    return found


def _result(view: View, copy: Copy, describe: Mapping[str, object] | None) -> dict[str, object]:
    result: dict[str, object] = {"project": copy.holder, "id": copy.object}
    if describe is not None:
        result["describe"] = object_fields.described(view, copy, describe)
    return result


ROUTES: Table = {
    ("system", "describeDataObjects"): Route(describe_data_objects, DESCRIBE_KEYS, open=True, scoped=True),
    ("system", "resolveDataObjects"): Route(
        resolve_data_objects, RESOLVE_KEYS, open=True, scoped=True, finds=True
    ),
}
