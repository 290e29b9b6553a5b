"""Stages of workflows: reading them from an input, and changing the list that a workflow has.

A stage is a hash ``{"id", "executable", "name", "folder", "input", "executionPolicy",
"systemRequirements"}``; the platform makes up an id where none is given. Where the executables lie counts
when the workflow is run, not before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from . import apps, executables, holders, inputs
from .errors import Refused, invalid
from .view import Call, View

Shown = dict[str, object]

KEYS = frozenset({"id", "executable", "name", "folder", "input", "executionPolicy", "systemRequirements"})
_ID = re.compile(r"(?:[a-zA-Z_]|stage-)[0-9a-zA-Z_]*")


def read(view: View, call: Call, given: Mapping[str, object]) -> list[Shown]:
    """The array at ``stages``, each with an id. Raises Refused."""
    found: list[Shown] = []
    for entry in executables.hashes(given, "stages") or []:
        found.append(one(view, call, entry, found))
    return found


def one(view: View, call: Call, entry: Mapping[str, object], others: Sequence[Shown]) -> Shown:
    """The stage that ``entry`` asks for, beside the others. Raises Refused."""
    id = inputs.text(entry, "id", empty=False)
    if id is not None and not _ID.fullmatch(id):
        raise invalid(f'"{id}" is no id of a stage')
    if id is not None and any(stage["id"] == id for stage in others):
        raise invalid(f"the workflow has a stage {id} already")
    executable = inputs.need_text(entry, "executable")
    runnable(view, call, executable)
    return {
        "id": call.new_id("stage") if id is None else id,
        "executable": executable,
        "name": None,
        "folder": None,
        "input": {},
        "executionPolicy": {},
        "systemRequirements": {},
        **settings(entry),
    }


def runnable(view: View, call: Call, executable: str) -> None:
    """The caller may know of the executable of a stage. Raises Refused."""
    if executable.startswith(("applet-", "workflow-")):
        holders.see_object(view, call, executable)
    elif executable.startswith(("app-", "globalworkflow-")):
        apps.resolved(view, call, executable)
    else:
        raise Refused("InvalidType", f"{executable} is no applet, app or workflow")


def settings(entry: Mapping[str, object]) -> Shown:
    """What an entry sets of a stage but its id and executable; null unsets a name or a folder."""
    found: Shown = {}
    for key in ("name", "folder"):
        if key in entry:
            found[key] = None if entry[key] is None else inputs.text(entry, key)
    for key in ("input", "executionPolicy", "systemRequirements"):
        value = inputs.mapping(entry, key)
        if value is not None:
            found[key] = dict(value)
    return found


def index(stages: Sequence[Shown], id: str) -> int:
    """Where the stage is in the list. Raises Refused: ResourceNotFound."""
    for number, stage in enumerate(stages):
        if stage["id"] == id:
            return number
    raise Refused("ResourceNotFound", f"The stage {id} could not be found")


def inputs_of(view: View, stages: Sequence[Shown]) -> list[Shown] | None:
    """The inputs of all stages as one specification, each named ``STAGE.FIELD``; None where one of the
    executables has none that is known."""
    found: list[Shown] = []
    for stage in stages:
        entries = _spec(view, str(stage["executable"]))
        if entries is None:
            return None
        bound = stage.get("input")
        for entry in entries:
            named = {**entry, "name": f"{stage['id']}.{entry.get('name')}", "group": stage["id"]}
            if isinstance(bound, dict) and entry.get("name") in bound:
                named["default"] = bound[entry.get("name")]
            found.append(named)
    return found


def _spec(view: View, executable: str) -> list[Shown] | None:
    """Of an applet. An app's depends on the region, which is not known before a run."""
    applet = view.objects.get(executable)
    entries = None if applet is None else applet.spec.get("inputSpec")
    return entries if isinstance(entries, list) else None
