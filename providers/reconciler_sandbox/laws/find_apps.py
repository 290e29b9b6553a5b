"""Find routes over apps and global workflows.

The platform's documentation: without ``allVersions`` one version of each name is listed. Which one, where
the default version does not pass the filters, is inferred: the newest that does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from . import app_fields, apps, fields, filters, inputs, paging, rights
from .records import App
from .route import Route, Table
from .view import Answer, Call, View

ORG_KEYS = frozenset(
    {
        "name",
        "category",
        "published",
        "createdBy",
        "developer",
        "authorizedUser",
        "created",
        "modified",
        "allVersions",
        "describe",
        "limit",
        "starting",
    }
)
KEYS = ORG_KEYS | {"billTo"}

Test = Callable[[App], bool]


def find(kind: str, view: View, call: Call) -> Answer:
    """Those that the caller may use or develop; with a token that describes no app, none.

    The official client asks this of every name, and stops at an error.
    """
    payer = inputs.text(call.input, "billTo")

    def listed(app: App) -> bool:
        fits = payer is None or app.bill_to == payer
        return fits and call.caller.scope is None and rights.may_use_app(view, call, app)

    return _page(view, call, kind, listed)


def find_of_org(view: View, call: Call) -> Answer:
    """Apps billed to the org, whether or not the ADMIN who asks may use them."""
    org = view.orgs[call.entity]
    rights.need_admin(org, call.user)
    return _page(view, call, "app", lambda app: app.bill_to == org.id)


def _page(view: View, call: Call, kind: str, listed: Test) -> Answer:
    given = call.input
    tests = [*_filters(view, call), listed]
    every = inputs.flag(given, "allVersions")
    describe = fields.embedded(given)
    most, start = paging.limit(given, view.switches), paging.start(given)
    found = [
        app for app in view.apps.values() if app.id.startswith(f"{kind}-") and all(t(app) for t in tests)
    ]
    if not every:
        found = _one_each(view, found)
    positions = sorted(view.position(app) for app in found)
    if start is not None:
        positions = [position for position in positions if position >= start]
    results = [_entry(view, call, view.apps[id], describe) for _, id in positions[:most]]
    return Answer({"results": results, "next": paging.cursor(*positions[most]) if positions[most:] else None})


def _entry(view: View, call: Call, app: App, describe: Mapping[str, object] | None) -> dict[str, object]:
    entry: dict[str, object] = {"id": app.id}
    if describe is not None:
        entry["describe"] = app_fields.described(view, call, app, describe)
    return entry


def _one_each(view: View, found: list[App]) -> list[App]:
    """Of each name the default version if it is among them, else the newest."""
    chosen: dict[str, App] = {}
    for app in sorted(found, key=apps.age):
        default = view.series[app.series].aliases.get(apps.DEFAULT)
        if app.series not in chosen or chosen[app.series].id != default:
            chosen[app.series] = app
    return list(chosen.values())


def _filters(view: View, call: Call) -> list[Test]:
    """Raises Refused for a wrong shape."""
    given, now = call.input, call.now
    found: list[Test] = []
    published = inputs.flag(given, "published")
    if published is not None:
        found.append(lambda app: (app.published is not None) is published)
    creator = inputs.text(given, "createdBy")
    if creator is not None:
        found.append(lambda app: app.created_by == creator)
    name = filters.name_test(given)
    if name is not None:
        found.append(lambda app: name(app.name))
    created, modified = (
        filters.moment_test(given, "created", now),
        filters.moment_test(given, "modified", now),
    )
    if created is not None:
        found.append(lambda app: created(app.created))
    if modified is not None:
        found.append(lambda app: modified(app.modified))
    category = inputs.text(given, "category")
    if category is not None:
        found.append(lambda app: category in view.series[app.series].categories)
    developer = inputs.text(given, "developer")
    if developer is not None:
        found.append(lambda app: developer in view.series[app.series].developers)
    user = inputs.text(given, "authorizedUser")
    if user is not None:
        found.append(lambda app: user in view.series[app.series].authorized)
    return found


ROUTES: Table = {
    ("system", "findApps"): Route(partial(find, "app"), KEYS, open=True, scoped=True, finds=True),
    ("system", "findGlobalWorkflows"): Route(
        partial(find, "globalworkflow"), KEYS, open=True, scoped=True, finds=True
    ),
    ("org-", "findApps"): Route(find_of_org, ORG_KEYS, finds=True),
}
