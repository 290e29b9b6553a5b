"""Applets: what their creation is given and what a describe shows of it.

An applet lives in the region of its project, and so does all that it bundles. Nothing is ever executed
here: of a specification only the shape, the bundled objects and the instance types are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import executables, inputs, objects, regions
from .records import DataObject, Holder
from .route import Route, Table
from .view import Answer, Call, View

TEXTS = ("title", "summary", "description", "developerNotes", "dxapi")
SPECS = ("inputSpec", "outputSpec")
HASHES = ("access", "runSpec", "httpsApp")
FLAGS = ("ignoreReuse",)
SPEC_KEYS = frozenset({*TEXTS, *SPECS, *HASHES, *FLAGS})

BY_REGION = {
    "bundledDepends": "bundledDependsByRegion",
    "systemRequirements": "systemRequirementsByRegion",
}
"""Keys of a ``runSpec`` by which the platform adds one for each region."""


NEW_KEYS = objects.NEW_KEYS | SPEC_KEYS | {"regionalOptions", "version", "categories", "openSource"}
"""The last four are for apps: the official client sends them along, and they change nothing here."""


def new(view: View, call: Call) -> Answer:
    """A closed applet in the region of its project. Raises Refused."""
    spec = _spec(call.input)
    made = objects.created(view, call, "applet", spec, state="closed")
    _lies_together(view, call, objects.destination(view, call).region, spec)
    return made.answer


def _spec(given: Mapping[str, object]) -> dict[str, object]:
    """What makes an applet, checked for its shape."""
    found: dict[str, object] = {}
    for key in TEXTS:
        if given.get(key) is not None:
            found[key] = inputs.text(given, key)
    for key in SPECS:
        specs = executables.hashes(given, key)
        if specs is not None:
            found[key] = specs
    for key in HASHES:
        hash = inputs.mapping(given, key)
        if hash is not None:
            found[key] = dict(hash)
    for key in FLAGS:
        if key in given:
            found[key] = inputs.flag(given, key)
    run_spec = inputs.mapping(found, "runSpec") or {}
    for key in ("interpreter", "code"):
        inputs.text(run_spec, key)
    inputs.mapping(run_spec, "systemRequirements")
    executables.bundled_by(found)
    return found


def _lies_together(view: View, call: Call, region: str, spec: Mapping[str, object]) -> None:
    """L19 and L20."""
    executables.instance_types(region, executables.requirements(spec))
    for link in executables.bundled_by(spec):
        lies = executables.seen_in(view, call, link).values()
        regions.bundled_lie_there(view, link.id, set(lies), region)


def own_fields(_view: View, applet: DataObject, holder: Holder) -> dict[str, object]:
    """The fields of a describe that only applets have. No key ``inputSpec`` where none was given: the
    official client takes null for a specification. The code is shown by the route ``get`` alone."""
    fields: dict[str, object] = dict.fromkeys(TEXTS, "") | {"access": {}, "ignoreReuse": False}
    fields["dxapi"] = "1.0.0"
    fields |= applet.spec
    fields["runSpec"] = {
        key: value for key, value in run_spec(applet, holder.region).items() if key != "code"
    }
    return fields


def run_spec(applet: DataObject, region: str) -> dict[str, object]:
    """The official client needs an interpreter, and the two keys by region even where they are empty."""
    given = applet.spec.get("runSpec")
    if not isinstance(given, dict):
        given = {}
    found: dict[str, object] = {"interpreter": "bash", "bundledDepends": [], "systemRequirements": {}}
    found |= given
    for key, by_region in BY_REGION.items():
        found[by_region] = {region: found[key]}
    return found


ROUTES: Table = {
    ("applet", "new"): Route(new, NEW_KEYS, scoped=True, nonce=True),
}
