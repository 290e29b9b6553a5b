"""Applets: what their creation is given and what a describe shows of it.

An applet lives in the region of its project, and so does all that it bundles. Nothing is ever executed
here: of a specification only the shape, the bundled objects and the instance types are looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import executables, inputs, regions
from .records import DataObject, Holder
from .view import Call, View

TEXTS = ("title", "summary", "description", "developerNotes", "dxapi")
SPECS = ("inputSpec", "outputSpec")
HASHES = ("access", "runSpec")
FLAGS = ("ignoreReuse",)
SPEC_KEYS = frozenset({*TEXTS, *SPECS, *HASHES, *FLAGS})

BY_REGION = {
    "bundledDepends": "bundledDependsByRegion",
    "systemRequirements": "systemRequirementsByRegion",
}
"""Keys of a ``runSpec`` by which the platform adds one for each region."""


def spec(view: View, call: Call, holder: Holder) -> dict[str, object]:
    """What makes an applet of ``holder``, checked: L19 and L20. Raises Refused."""
    given = call.input
    found: dict[str, object] = {}
    for key in TEXTS:
        value = inputs.text(given, key)
        if value is not None:
            found[key] = value
    for key in SPECS:
        specs = executables.hashes(given, key)
        if specs is not None:
            found[key] = specs
    for key in HASHES:
        hash = inputs.mapping(given, key)
        if hash is not None:
            found[key] = dict(hash)
    for key in FLAGS:
        flag = inputs.flag(given, key)
        if flag is not None:
            found[key] = flag
    _run_spec(view, call, holder, inputs.mapping(given, "runSpec") or {})
    return found


def _run_spec(view: View, call: Call, holder: Holder, run_spec: Mapping[str, object]) -> None:
    for key in ("interpreter", "code"):
        inputs.text(run_spec, key)
    executables.instance_types(holder.region, inputs.mapping(run_spec, "systemRequirements"))
    for link in executables.bundled_links(run_spec.get("bundledDepends", [])):
        lies = executables.seen_in(view, call, link).values()
        regions.bundled_lie_there(view, link.id, set(lies), holder.region)


def shown(_view: View, applet: DataObject, holder: Holder) -> dict[str, object]:
    """The fields of a describe that only applets have. No key ``inputSpec`` where none was given: the
    official client takes null for a specification. The code is shown by ``get`` alone."""
    fields: dict[str, object] = dict.fromkeys(TEXTS, "") | {"access": {}, "ignoreReuse": False}
    fields["dxapi"] = "1.0.0"
    fields |= applet.spec
    fields["runSpec"] = {key: value for key, value in run_spec(applet, holder).items() if key != "code"}
    return fields


def run_spec(applet: DataObject, holder: Holder) -> dict[str, object]:
    """The official client needs an interpreter, and the two keys by region even where they are empty."""
    given = applet.spec.get("runSpec")
    if not isinstance(given, dict):
        given = {}
    found: dict[str, object] = {"interpreter": "bash", "bundledDepends": [], "systemRequirements": {}}
    found |= given
    for key, by_region in BY_REGION.items():
        found[by_region] = {holder.region: found[key]}
    return found
