"""Routes that make, change, publish and remove versions of apps and global workflows.

The platform's documentation: a version is enabled region by region, each with an applet (a global
workflow's with a workflow) of that region, and its payer must be permitted to use each of them. Until it
is published its developers may change it, afterwards nobody. Apps and global workflows share their names
(the official client).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Literal, cast

from msgspec import structs

from . import app_contents, apps, classes, executables, inputs, links, payers, regions, rights
from .app_contents import Wish
from .effects import Drop, Effect, Put
from .errors import Refused, denied, invalid
from .records import App, Enabled, Payer, Series
from .route import Route, Table, for_each
from .view import Answer, Call, View

Kind = Literal["app", "globalworkflow"]
BEHIND: Mapping[str, str] = {"app": "applet", "globalworkflow": "workflow"}
"""The class of what runs in a region, which is also the key that names it."""

TEXTS = ("title", "summary", "description", "developerNotes", "dxapi")
FLAGS = ("openSource", "ignoreReuse", "httpsAppEnabled", "allProjectsEnabled")
ANY = ("details", "httpsApp", "treeTurnaroundTimeThreshold")
SPEC_KEYS = frozenset({*TEXTS, *FLAGS, *ANY, "access"})
ELSEWHERE = frozenset(
    {"inputSpec", "outputSpec", "runSpec", "categories", "developers", "authorizedUsers", "properties"}
)
"""Keys that the official client sends along, but that the applets or routes of their own decide."""

KEYS = SPEC_KEYS | ELSEWHERE | {"name", "version", "regionalOptions", "resources", "billTo", "tags", "nonce"}
PUBLISH_KEYS = frozenset({"makeDefault"})

_NAME = re.compile(r"[0-9A-Za-z._-]+")
VERSION = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


def new(kind: Kind, view: View, call: Call) -> Answer:
    """A version, and with the first one the series. Raises Refused."""
    given = call.input
    name, version = _name(given), _version(given)
    wishes = _wishes(view, call, kind)
    if wishes is None:
        raise invalid(f"regionalOptions or {BEHIND[kind]} is required")
    spec, tags = _spec(given), inputs.tags(given, view.switches)
    bill_to = payers.payer_input(given) or view.users[call.user].bill_to
    series = view.series.get(f"{kind}-{name}") or Series(f"{kind}-{name}", call.user, developers=(call.user,))
    known = series.id in view.series

    def may() -> None:
        if known and not rights.develops(view, call.user, series):
            raise denied(f"only developers of {series.id} may add a version")

    def state() -> None:
        if f"{_other(kind)}-{name}" in view.series:
            raise invalid(f"the name {name} is taken by {_other(kind)}-{name}")
        if any(app.version == version for app in apps.versions(view, series.id)):
            raise invalid("Specified name and version conflict with an existing alias")

    def pays() -> None:
        payer = payers.billable_by_caller(view, call, bill_to, creating=True)
        _permitted_for(view, payer, wishes)
        payers.within_limits(payer)

    payers.in_order(view.switches, rights=may, state=state, payer=pays)
    app = App(
        id=call.new_id(kind),
        name=name,
        version=version,
        bill_to=bill_to,
        created_by=call.user,
        created=call.now,
        modified=call.now,
        regions={},
        tags=tuple(tags or ()),
        spec=spec,
    )
    enabled, effects, _ = _enabled(view, call, app, wishes)
    if not known:
        series = structs.replace(series, aliases={apps.DEFAULT: app.id})
    return Answer({"id": app.id}, (*effects, Put(structs.replace(app, regions=enabled)), Put(series)))


def update(view: View, call: Call) -> Answer:
    """What is given replaces what is there; the name and the version stay."""
    given, app = call.input, view.apps[call.entity]
    kind = _kind(app)
    wishes = _wishes(view, call, kind)
    spec, tags = _spec(given), inputs.tags(given, view.switches)
    bill_to = payers.payer_input(given) or app.bill_to

    def state() -> None:
        if app.published is not None:
            raise Refused("InvalidState", f"{app.id} has already been published")

    def pays() -> None:
        if bill_to == app.bill_to:
            payer = payers.payer(view, bill_to)
        else:
            payer = payers.billable_by_caller(view, call, bill_to, creating=False)
        if bill_to != app.bill_to or wishes is not None:
            _permitted_for(view, payer, app.regions if wishes is None else wishes)
            payers.within_limits(payer)

    payers.in_order(view.switches, rights=partial(need_developer, view, call, app), state=state, payer=pays)
    changed = structs.replace(
        app,
        bill_to=bill_to,
        spec=app.spec | spec,
        tags=app.tags if tags is None else tuple(tags),
        modified=call.now,
    )
    if wishes is None:
        return Answer({"id": app.id}, (*_rebilled(view, app, bill_to), Put(changed)))
    enabled, effects, held = _enabled(view, call, changed, wishes)
    cleared = app_contents.cleared(view, _containers(app), held)
    return Answer({"id": app.id}, (*effects, *cleared, Put(structs.replace(changed, regions=enabled))))


def publish(view: View, call: Call) -> Answer:
    """``makeDefault``: the bare name means this version from now on."""
    app = view.apps[call.entity]
    default = inputs.flag(call.input, "makeDefault")
    need_developer(view, call, app)
    if app.published is not None:
        raise Refused("InvalidState", f"{app.id} is already published")
    effects: list[Effect] = [Put(structs.replace(app, published=call.now, modified=call.now))]
    if default:
        series = view.series[app.series]
        effects.append(Put(structs.replace(series, aliases=series.aliases | {apps.DEFAULT: app.id})))
    return Answer({"id": app.id}, tuple(effects))


def delete(view: View, call: Call) -> Answer:
    """Of a version that is not published; the last one takes the name with it."""
    app = view.apps[call.entity]
    need_developer(view, call, app)
    if app.published is not None:
        raise Refused("InvalidState", f"{app.id} is published")
    series = view.series[app.series]
    aliases = {tag: id for tag, id in series.aliases.items() if id != app.id}
    left = len(view.versions_of(series.id)) > 1
    rest = Put(structs.replace(series, aliases=aliases)) if left else Drop(series)
    cleared = app_contents.cleared(view, _containers(app))
    return Answer({"id": app.id}, (*cleared, Drop(app), rest))


def need_developer(view: View, call: Call, app: App) -> None:
    if not rights.is_developer(view, call.user, app):
        raise denied(f"only developers of {app.series} may do this")


def _kind(app: App) -> Kind:
    return "app" if app.id.startswith("app-") else "globalworkflow"


def _other(kind: Kind) -> Kind:
    return "globalworkflow" if kind == "app" else "app"


def _name(given: inputs.Input) -> str:
    name = inputs.need_text(given, "name")
    if not _NAME.fullmatch(name):
        raise invalid(f'"{name}" is no name: letters, digits, ".", "_" and "-" are allowed')
    return name


def _version(given: inputs.Input) -> str:
    version = inputs.need_text(given, "version")
    if not VERSION.fullmatch(version):
        raise invalid(f'"{version}" is not a version of the form 1.0.0')
    return version


def _spec(given: inputs.Input) -> dict[str, object]:
    """The settings of a version, checked for their shape."""
    for key in TEXTS:
        inputs.text(given, key)
    for key in FLAGS:
        inputs.flag(given, key)
    inputs.mapping(given, "access")
    return {key: value for key, value in given.items() if key in SPEC_KEYS}


def _wishes(view: View, call: Call, kind: Kind) -> dict[str, Wish] | None:
    """What the input asks for by region; None where it says nothing of regions. The single applet of
    former times serves the region that it lies in."""
    given, key = call.input, BEHIND[kind]
    options = inputs.mapping(given, "regionalOptions")
    if options is None:
        if key not in given:
            return None
        wish = _wish(given, key)
        places = executables.seen_in(view, call, links.Link(wish.executable))
        return {min(places.values()): structs.replace(wish, options={})}
    if not options:
        raise invalid("regionalOptions must not be empty")
    found: dict[str, Wish] = {}
    same: set[str] | None = None
    for region, option in options.items():
        if not isinstance(option, dict):
            raise invalid(f"regionalOptions of {region} must be a hash")
        if same is not None and same != option.keys():
            raise invalid(f"regionalOptions of {region} must have the same keys as those of other regions")
        same = set(option)
        found[regions.region_form(region, view.switches)] = _wish(option, key)
    return found


def _wish(option: inputs.Input, key: str) -> Wish:
    executable = inputs.need_text(option, key)
    classes.need(executable, key, (key,))
    resources = option.get("resources", [])
    ids = [resources] if isinstance(resources, str) else resources
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise invalid("resources must be the id of a project or container, or an array of such")
    for id in ids:
        classes.need(id, "resources", ("project", "container"))
    rest = {name: value for name, value in option.items() if name not in (key, "resources")}
    return Wish(executable, tuple(cast("list[str]", ids)), rest)


def _permitted_for(view: View, payer: Payer, wanted: Mapping[str, Wish | Enabled]) -> None:
    for region in wanted:
        regions.enabled_where_permitted(view, payer, region)


def _enabled(
    view: View, call: Call, app: App, wishes: Mapping[str, Wish]
) -> tuple[dict[str, Enabled], list[Effect], set[str]]:
    """The app's regions, the effects that make their containers, and the objects held in these."""
    made = {region: app_contents.made(view, call, app, region, wish) for region, wish in wishes.items()}
    return (
        {region: one.enabled for region, one in made.items()},
        [effect for one in made.values() for effect in one.effects],
        {object for one in made.values() for object in one.held},
    )


def _containers(app: App) -> list[str]:
    return [enabled.resources for enabled in app.regions.values() if enabled.resources is not None]


def _rebilled(view: View, app: App, payer: str) -> list[Effect]:
    """The containers of a version are billed with it."""
    if payer == app.bill_to:
        return []
    return [Put(structs.replace(view.containers[id], bill_to=payer)) for id in _containers(app)]


ROUTES: Table = {
    ("app", "new"): Route(partial(new, "app"), KEYS | {"applet"}, nonce=True),
    ("globalworkflow", "new"): Route(partial(new, "globalworkflow"), KEYS | {"workflow"}, nonce=True),
    **for_each(apps.FAMILIES, "update", Route(update, KEYS | {"applet", "workflow"})),
    **for_each(apps.FAMILIES, "publish", Route(publish, PUBLISH_KEYS)),
    **for_each(apps.FAMILIES, "delete", Route(delete, frozenset())),
}
