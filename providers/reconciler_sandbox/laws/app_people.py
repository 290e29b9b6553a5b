"""Routes about who and what surrounds an app or global workflow: tags, categories, developers, users.

The platform's documentation: all but the tags belong to the name, whatever the version; a tag names one
version. Changes are for developers. The official client's own tests: what is there already, or not there
to be removed, is no error; an unknown user or organisation is one where it is added.
"""

from __future__ import annotations

from functools import partial

from msgspec import structs

from . import apps, inputs
from .app_versions import VERSION, need_developer
from .effects import Put
from .errors import Refused, invalid, not_found
from .records import PUBLIC, App, Series
from .route import Route, Table, for_each
from .view import Answer, Call, View

FIELDS = {"categories": "categories", "developers": "developers", "authorizedUsers": "authorized"}
"""Lists that all versions share: the key of the input and the answer, and the field of the series."""


def add_tags(view: View, call: Call) -> Answer:
    """A tag that another version has moves here."""
    tags = _listed(call, "tags")
    app = _of_developer(view, call)
    for tag in tags:
        if not tag or "/" in tag or VERSION.fullmatch(tag):
            raise invalid(f'"{tag}" is no tag: it must not be empty, hold a slash or look like a version')
    series = view.series[app.series]
    return _done(call, structs.replace(series, aliases=series.aliases | dict.fromkeys(tags, app.id)))


def remove_tags(view: View, call: Call) -> Answer:
    tags = _listed(call, "tags")
    app = _of_developer(view, call)
    series = view.series[app.series]
    left = {tag: id for tag, id in series.aliases.items() if id != app.id or tag not in tags}
    return _done(call, structs.replace(series, aliases=left))


def list_of(key: str, view: View, call: Call) -> Answer:
    app = view.apps[call.entity]
    if key == "authorizedUsers":
        need_developer(view, call, app)
    return Answer({"id": app.id, key: list(getattr(view.series[app.series], FIELDS[key]))})


def add(key: str, view: View, call: Call) -> Answer:
    names = _listed(call, key)
    app = _of_developer(view, call)
    if key != "categories":
        for name in names:
            if not (name in view.users or name in view.orgs or (name == PUBLIC and key != "developers")):
                raise not_found(name)
    series = view.series[app.series]
    both = tuple(dict.fromkeys((*getattr(series, FIELDS[key]), *names)))
    return _done(call, structs.replace(series, **{FIELDS[key]: both}))


def remove(key: str, view: View, call: Call) -> Answer:
    names = _listed(call, key)
    app = _of_developer(view, call)
    series = view.series[app.series]
    left = tuple(name for name in getattr(series, FIELDS[key]) if name not in names)
    if key == "developers" and not left:
        raise Refused("InvalidState", f"{series.id} must keep a developer")
    return _done(call, structs.replace(series, **{FIELDS[key]: left}))


def install(view: View, call: Call) -> Answer:
    """For the caller alone; whoever sees the app may."""
    user, name = view.users[call.user], view.apps[call.entity].name
    installed = tuple(dict.fromkeys((*user.installed, name)))
    return Answer({"id": call.entity}, (Put(structs.replace(user, installed=installed)),))


def uninstall(view: View, call: Call) -> Answer:
    user, name = view.users[call.user], view.apps[call.entity].name
    installed = tuple(other for other in user.installed if other != name)
    return Answer({"id": call.entity}, (Put(structs.replace(user, installed=installed)),))


def _of_developer(view: View, call: Call) -> App:
    app = view.apps[call.entity]
    need_developer(view, call, app)
    return app


def _listed(call: Call, key: str) -> list[str]:
    names = inputs.texts(call.input, key)
    if names is None:
        raise invalid(f"{key} is required")
    return names


def _done(call: Call, series: Series) -> Answer:
    return Answer({"id": call.entity}, (Put(series),))


def _lists() -> Table:
    found: dict[tuple[str, str], Route] = {}
    for key in FIELDS:
        name = key[0].upper() + key[1:]
        keys = frozenset({key})
        found |= for_each(apps.FAMILIES, f"list{name}", Route(partial(list_of, key), frozenset()))
        found |= for_each(apps.FAMILIES, f"add{name}", Route(partial(add, key), keys))
        found |= for_each(apps.FAMILIES, f"remove{name}", Route(partial(remove, key), keys))
    return found


ROUTES: Table = {
    **for_each(apps.FAMILIES, "addTags", Route(add_tags, frozenset({"tags"}))),
    **for_each(apps.FAMILIES, "removeTags", Route(remove_tags, frozenset({"tags"}))),
    **_lists(),
    ("app-", "install"): Route(install, frozenset()),
    ("app-", "uninstall"): Route(uninstall, frozenset()),
}
