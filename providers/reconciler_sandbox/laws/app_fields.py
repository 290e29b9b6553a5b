"""Routes that show a version of an app or global workflow: describe, and get with its code.

The platform's documentation and what the official client needs. What runs is that of the applets or
workflows behind it, region by region. Of an app that serves several regions, the fields that can show
one only show that of the payer's default region.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import applets, apps, fields, payers, regions, rights
from .applets import BY_REGION
from .records import App, Enabled
from .route import Route, Table, for_each
from .view import Answer, Call, View

KEYS = frozenset({"fields", "defaultFields"})
TEXTS = ("summary", "description", "developerNotes")


def describe(view: View, call: Call) -> Answer:
    return Answer(described(view, call, view.apps[call.entity], call.input))


def get(view: View, call: Call) -> Answer:
    """All that makes the app, its code too."""
    return Answer(_full(view, call, view.apps[call.entity], code=True))


def described(view: View, call: Call, app: App, given: Mapping[str, object]) -> dict[str, object]:
    """With ``fields`` exactly those, without ``id`` (the official client's own tests)."""
    full = _full(view, call, app)
    names = fields.chosen(given, tuple(full), tuple(full), (), view.switches)
    asked = given.get("fields")
    bare = isinstance(asked, dict) and not asked.get("id") and not given.get("defaultFields")
    return {name: full[name] for name in names if not (bare and name == "id")}


def _full(view: View, call: Call, app: App, *, code: bool = False) -> dict[str, object]:
    """No key ``published`` before it is published, no authorized users for those who are no developers:
    the official client takes missing for none."""
    series = view.series[app.series]
    developer = rights.is_developer(view, call.user, app)
    tags = [tag for tag, id in series.aliases.items() if id == app.id]
    full: dict[str, object] = {
        "id": app.id,
        "class": app.id.partition("-")[0],
        "name": app.name,
        "version": app.version,
        "aliases": [app.version, *tags],
        "createdBy": app.created_by,
        "created": app.created,
        "modified": app.modified,
    }
    if app.published is not None:
        full["published"] = app.published
    full |= {
        "billTo": app.bill_to,
        "title": app.name,
        **dict.fromkeys(TEXTS, ""),
        "categories": list(series.categories),
        "tags": list(app.tags),
        "dxapi": "1.0.0",
        "details": {},
        "deleted": False,
        "isDeveloperFor": developer,
    }
    if developer:
        full["authorizedUsers"] = list(series.authorized)
    full |= _regional(view, app)
    if app.id.startswith("app-"):
        full |= {"access": {}, "openSource": False, "ignoreReuse": False}
        full["installed"] = app.name in view.users[call.user].installed
        full |= _of_applets(view, app, code)
    return full | app.spec


def _regional(view: View, app: App) -> dict[str, object]:
    key = "applet" if app.id.startswith("app-") else "workflow"
    options = {
        region: {key: enabled.executable, "resources": enabled.resources, **enabled.options}
        for region, enabled in _enabled(view, app).items()
    }
    return {"regionalOptions": options}


def _enabled(view: View, app: App) -> dict[str, Enabled]:
    """L21: where the version is enabled still, in the order of its creation."""
    still = regions.still_enabled(view, payers.payer(view, app.bill_to), app.regions)
    return {region: enabled for region, enabled in app.regions.items() if region in still}


def _of_applets(view: View, app: App, code: bool) -> dict[str, object]:
    """What the applets behind an app say; the parts of ``runSpec`` by region are those of all of them."""
    enabled = _enabled(view, app)
    default = payers.payer(view, app.bill_to).default_region
    region = default if default in enabled else next(iter(enabled), None)
    if region is None:
        return {"region": None, "applet": None, "resources": None}
    shown: dict[str, object] = {
        "region": region,
        "applet": enabled[region].executable,
        "resources": enabled[region].resources,
    }
    applet = view.objects.get(enabled[region].executable)
    if applet is None:
        return shown
    shown |= {key: applet.spec[key] for key in (*applets.SPECS, "access", "dxapi") if key in applet.spec}
    specs = {
        place: applets.run_spec(view.objects[one.executable], place)
        for place, one in enabled.items()
        if one.executable in view.objects
    }
    run_spec = dict(specs[region])
    if not code:
        run_spec.pop("code", None)
    for key, by_region in BY_REGION.items():
        run_spec[by_region] = {place: spec[key] for place, spec in specs.items()}
    return shown | {"runSpec": run_spec}


ROUTES: Table = {
    **for_each(apps.FAMILIES, "describe", Route(describe, KEYS)),
    ("app-", "get"): Route(get, KEYS),
}
