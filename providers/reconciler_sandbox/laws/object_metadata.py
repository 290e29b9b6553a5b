"""Routes that write what is known of a data object: name, tags and properties in one container; types,
details and visibility everywhere.

The platform's documentation: types, details and visibility are fixed once the object is closed. That
UPLOAD is enough for an open object and a closed one needs CONTRIBUTE, as a project's properties do, is
inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import structs

from . import holders, inputs, links, metadata, objects
from .effects import Put
from .errors import invalid
from .records import Copy, DataObject, Level
from .route import Route, Table, for_each
from .view import Answer, Call, View

RENAME_KEYS = frozenset({"project", "name"})
PROPERTIES_KEYS = frozenset({"project", "properties"})
TAGS_KEYS = frozenset({"project", "tags"})
TYPES_KEYS = frozenset({"types"})
VISIBILITY_KEYS = frozenset({"hidden"})


def rename(view: View, call: Call) -> Answer:
    name = inputs.need_text(call.input, "name")
    return _written(view, call, structs.replace(_copy(view, call), name=name))


def set_properties(view: View, call: Call) -> Answer:
    """Merges; null deletes a key."""
    wanted = metadata.wanted_properties(view, call)
    copy = _copy(view, call)
    return _written(view, call, structs.replace(copy, properties=metadata.merged(copy.properties, wanted)))


def add_tags(view: View, call: Call) -> Answer:
    wanted = metadata.wanted_tags(view, call)
    copy = _copy(view, call)
    return _written(view, call, structs.replace(copy, tags=metadata.added(copy.tags, wanted)))


def remove_tags(view: View, call: Call) -> Answer:
    wanted = metadata.wanted_tags(view, call)
    copy = _copy(view, call)
    return _written(view, call, structs.replace(copy, tags=metadata.removed(copy.tags, wanted)))


def add_types(view: View, call: Call) -> Answer:
    wanted = _types(call)
    found = _open(view, call)
    return _changed(call, structs.replace(found, types=metadata.added(found.types, wanted)))


def remove_types(view: View, call: Call) -> Answer:
    wanted = _types(call)
    found = _open(view, call)
    return _changed(call, structs.replace(found, types=metadata.removed(found.types, wanted)))


def set_details(view: View, call: Call) -> Answer:
    """The whole input, which may be any JSON, becomes the details."""
    linked = links.ids(call.given)
    return _changed(call, structs.replace(_open(view, call), details=call.given, links=linked))


def get_details(view: View, call: Call) -> Answer:
    """The details as they are: the official client hands on what is no hash, too."""
    return Answer(cast(Mapping[str, object], view.objects[call.entity].details))


def set_visibility(view: View, call: Call) -> Answer:
    hidden = inputs.flag(call.input, "hidden")
    if hidden is None:
        raise invalid("hidden is required")
    return _changed(call, structs.replace(_open(view, call), hidden=hidden))


def close(view: View, call: Call) -> Answer:
    """The same again changes nothing: a client whose answer was lost asks once more."""
    found = view.objects[call.entity]
    objects.need_upload(view, call, found)
    if found.state == "closed":
        return Answer({"id": found.id})
    return _changed(call, structs.replace(found, state="closed"))


def _types(call: Call) -> list[str]:
    wanted = inputs.texts(call.input, "types")
    if wanted is None:
        raise invalid("types is required")
    return wanted


def _copy(view: View, call: Call) -> Copy:
    """The copy in the input's ``project``, if the caller may write it."""
    copy = objects.seen_copy(view, call, call.entity, inputs.need_text(call.input, "project"))
    level: Level = "UPLOAD" if view.objects[copy.object].state == "open" else "CONTRIBUTE"
    holders.need_level(view, call, holders.holder(view, copy.holder), level)
    return copy


def _open(view: View, call: Call) -> DataObject:
    """The object in the path, if the caller may write it and it is open."""
    found = view.objects[call.entity]
    objects.need_upload(view, call, found)
    objects.need_open(found)
    return found


def _written(view: View, call: Call, copy: Copy) -> Answer:
    touched = structs.replace(view.objects[copy.object], modified=call.now)
    return Answer({"id": copy.object}, (Put(touched), Put(copy)))


def _changed(call: Call, found: DataObject) -> Answer:
    return Answer({"id": found.id}, (Put(structs.replace(found, modified=call.now)),))


def _all(method: str, route: Route) -> Table:
    return for_each(objects.FAMILIES, method, route)


ROUTES: Table = {
    **_all("rename", Route(rename, RENAME_KEYS, scoped=True)),
    **_all("setProperties", Route(set_properties, PROPERTIES_KEYS, scoped=True)),
    **_all("addTags", Route(add_tags, TAGS_KEYS, scoped=True)),
    **_all("removeTags", Route(remove_tags, TAGS_KEYS, scoped=True)),
    **_all("addTypes", Route(add_types, TYPES_KEYS, scoped=True)),
    **_all("removeTypes", Route(remove_types, TYPES_KEYS, scoped=True)),
    **_all("setDetails", Route(set_details, None, scoped=True, any_body=True)),
    **_all("getDetails", Route(get_details, frozenset(), open=True, scoped=True)),
    **_all("setVisibility", Route(set_visibility, VISIBILITY_KEYS, scoped=True)),
    **for_each(("record-", "applet-", "workflow-"), "close", Route(close, frozenset(), scoped=True)),
}
