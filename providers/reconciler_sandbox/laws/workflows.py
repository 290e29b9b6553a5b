"""Workflows: what their creation is given, what a describe shows of them, and editing them.

A workflow is open until it is closed, and may be run either way. Each edit counts ``editVersion`` up; an
edit that names another version than the present one is refused (the platform's documentation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from msgspec import structs

from . import executables, holders, inputs, jobs, objects, stages
from .effects import Put
from .errors import Refused, invalid
from .records import DataObject, Holder
from .route import Route, Table
from .view import Answer, Call, View

TEXTS = ("title", "summary", "description", "outputFolder", "dxapi")
SPECS = ("inputs", "outputs")
SPEC_KEYS = frozenset({*TEXTS, *SPECS, "stages", "ignoreReuse", "temporary", "initializeFrom"})
NEW_KEYS = objects.NEW_KEYS | SPEC_KEYS
STAGE_KEYS = frozenset({"editVersion", "stage"})

_TAKEN_OVER = ("title", "summary", "description", "outputFolder", "inputs", "outputs", "stages")
"""What a workflow takes from the one that it is initialized from, unless the input says otherwise."""

_BLANK: Mapping[str, object] = {
    "title": None,
    "summary": "",
    "description": "",
    "outputFolder": None,
    "inputs": None,
    "outputs": None,
    "stages": [],
    "ignoreReuse": [],
    "editVersion": 0,
}


def new(view: View, call: Call) -> Answer:
    """An open workflow: blank, with the stages that are given, or like another one. Raises Refused."""
    given = {**_source(view, call), **call.input}
    spec = {**_settings(given), "stages": stages.read(view, call, given)}
    source = inputs.mapping(given, "initializeFrom")
    if source is not None:
        spec["initializedFrom"] = {"id": source["id"]}
    return objects.created(view, call, "workflow", spec).answer


def _settings(given: Mapping[str, object]) -> dict[str, object]:
    """Those of the input's settings that are there, checked for their shape; null unsets."""
    found: dict[str, object] = {}
    for key in TEXTS:
        if key in given:
            found[key] = None if given[key] is None else inputs.text(given, key)
    for key in SPECS:
        if key in given:
            found[key] = executables.hashes(given, key)
    ignored = inputs.texts(given, "ignoreReuse")
    if ignored is not None:
        found["ignoreReuse"] = ignored
    return found


def _source(view: View, call: Call) -> dict[str, object]:
    """What ``initializeFrom``, a workflow or an analysis, brings along."""
    source = inputs.mapping(call.input, "initializeFrom")
    if source is None:
        return {}
    id = inputs.need_text(source, "id")
    if id.startswith("analysis-"):
        shown = cast("Mapping[str, object]", jobs.seen(view, call, id).extras.get("workflow", {}))
    elif id.startswith("workflow-"):
        copy = objects.seen_copy(view, call, id, inputs.text(source, "project"))
        holder = holders.holder(view, copy.holder)
        shown = own_fields(view, view.objects[id], holder)
    else:
        raise Refused("InvalidType", f"{id} is neither a workflow nor an analysis")
    return {key: shown[key] for key in _TAKEN_OVER if key in shown}


def own_fields(view: View, workflow: DataObject, _holder: Holder) -> dict[str, object]:
    """The fields of a describe that only workflows have; a title that was never set is the id."""
    shown = {**_BLANK, "dxapi": "1.0.0", **workflow.spec}
    if shown["title"] is None:
        shown["title"] = workflow.id
    spec = stages.inputs_of(view, stages_of(workflow))
    if spec is not None:
        shown["inputSpec"] = spec
    return shown


def stages_of(workflow: DataObject) -> list[stages.Shown]:
    return cast("list[stages.Shown]", workflow.spec.get("stages") or [])


def update(view: View, call: Call) -> Answer:
    """Settings of the workflow, and of stages by their ids."""
    given, before = call.input, _edited(view, call)
    changed = [dict(stage) for stage in stages_of(before)]
    for id, entry in (inputs.mapping(given, "stages") or {}).items():
        if not isinstance(entry, dict):
            raise invalid(f"the changes of the stage {id} must be a hash")
        changed[stages.index(changed, id)] |= stages.settings(entry)
    return _stored(call, before, {**_settings(given), "stages": changed})


def add_stage(view: View, call: Call) -> Answer:
    before = _edited(view, call)
    stage = stages.one(view, call, call.input, stages_of(before))
    return _stored(call, before, {"stages": [*stages_of(before), stage]}, stage=stage["id"])


def remove_stage(view: View, call: Call) -> Answer:
    id = inputs.need_text(call.input, "stage")
    before = _edited(view, call)
    changed = stages_of(before)
    gone = stages.index(changed, id)
    return _stored(call, before, {"stages": changed[:gone] + changed[gone + 1 :]}, stage=id)


def move_stage(view: View, call: Call) -> Answer:
    id, place = inputs.need_text(call.input, "stage"), call.input.get("newIndex")
    before = _edited(view, call)
    changed = list(stages_of(before))
    if not isinstance(place, int) or not inputs.is_int(place) or not 0 <= place < len(changed):
        raise invalid("newIndex must be the index of a stage")
    changed.insert(place, changed.pop(stages.index(changed, id)))
    return _stored(call, before, {"stages": changed}, stage=id)


def update_stage_executable(view: View, call: Call) -> Answer:
    id, executable = inputs.need_text(call.input, "stage"), inputs.need_text(call.input, "executable")
    inputs.flag(call.input, "force")
    before = _edited(view, call)
    stages.runnable(view, call, executable)
    changed = [dict(stage) for stage in stages_of(before)]
    changed[stages.index(changed, id)]["executable"] = executable
    return _stored(call, before, {"stages": changed}, stage=id)


def _edited(view: View, call: Call) -> DataObject:
    """The workflow, if the caller may edit it now. That CONTRIBUTE is needed is inferred."""
    given, workflow = call.input, view.objects[call.entity]
    if "editVersion" in given and not inputs.is_int(given["editVersion"]):
        raise invalid("editVersion must be an integer")
    held = [holders.holder(view, copy.holder) for copy in holders.visible_copies(view, call, workflow.id)]
    holders.need_level(view, call, held[0], "CONTRIBUTE")
    if workflow.state != "open":
        raise Refused("InvalidState", f"{workflow.id} is closed")
    present = workflow.spec.get("editVersion", 0)
    if "editVersion" in given and given["editVersion"] != present:
        message = f"editVersion {given['editVersion']} was given, but {workflow.id} is at {present}"
        raise Refused("InvalidState", message)
    return workflow


def _stored(call: Call, before: DataObject, changes: Mapping[str, object], **more: object) -> Answer:
    version = cast(int, before.spec.get("editVersion", 0)) + 1
    spec = {**before.spec, **changes, "editVersion": version}
    after = structs.replace(before, spec=spec, modified=call.now)
    return Answer({"id": before.id, "editVersion": version, **more}, (Put(after),))


ROUTES: Table = {
    ("workflow", "new"): Route(new, NEW_KEYS, scoped=True, nonce=True),
    ("workflow-", "update"): Route(update, SPEC_KEYS | {"editVersion"}, scoped=True),
    ("workflow-", "addStage"): Route(add_stage, stages.KEYS | {"editVersion"}, scoped=True),
    ("workflow-", "removeStage"): Route(remove_stage, STAGE_KEYS, scoped=True),
    ("workflow-", "moveStage"): Route(move_stage, STAGE_KEYS | {"newIndex"}, scoped=True),
    ("workflow-", "updateStageExecutable"): Route(
        update_stage_executable, STAGE_KEYS | {"executable", "force"}, scoped=True
    ),
}
