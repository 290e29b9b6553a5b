"""The records of a run that the laws allow: jobs, analyses and their workspaces.

Nothing executes. What becomes of a job is decided at once, by the switch ``job_model``: it is done with
no output, has failed, or stays runnable. Must not know the laws of regions beyond where jobs and their
workspaces are.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import cast

from msgspec import Struct

from . import executables, inputs, links, regions
from .effects import Effect, Put
from .errors import invalid
from .plans import Plan, Stage
from .records import Container, Job, Project
from .view import Call, View

PRIORITIES = ("low", "normal", "high")

_STATES = {
    "done": ("runnable", "running", "done"),
    "failed": ("runnable", "running", "failed"),
    "runnable": ("runnable",),
}
_STATES_OF_ANALYSIS = {
    "done": ("in_progress", "done"),
    "failed": ("in_progress", "failed"),
    "runnable": ("in_progress",),
}
_TYPES = {"azure": "azure:mem1_ssd1_x4", "oci": "oci:mem1_ssd1_x4"}
_TYPE = "mem1_ssd1_x4"
"""What runs a job that asks for no instance type, by cloud and on aws."""


class Asked(Struct, frozen=True):
    """What a run was given, by the platform's names."""

    input: Mapping[str, object]
    name: str | None
    folder: str | None
    tags: tuple[str, ...]
    properties: dict[str, str]
    details: object
    priority: str
    depends_on: list[str]
    requirements: Mapping[str, object]
    stage_folders: Mapping[str, object]


def asked(view: View, given: Mapping[str, object]) -> Asked:
    """Raises Refused for a wrong shape."""
    folder = inputs.text(given, "folder")
    if folder is not None and not folder.startswith("/"):
        raise invalid("folder must begin with /")
    details = given.get("details", {})
    if not isinstance(details, dict | list):
        raise invalid("details must be a hash or an array")
    for key in ("stageSystemRequirements", "systemRequirementsByExecutable"):
        inputs.mapping(given, key)
    properties = inputs.properties(given, view.switches, deletable=False) or {}
    return Asked(
        input=inputs.mapping(given, "input") or {},
        name=inputs.text(given, "name"),
        folder=folder,
        tags=tuple(dict.fromkeys(inputs.tags(given, view.switches) or ())),
        properties=cast("dict[str, str]", properties),
        details=details,
        priority=inputs.one_of(given, "priority", PRIORITIES) or "normal",
        depends_on=inputs.texts(given, "dependsOn") or [],
        requirements=inputs.mapping(given, "systemRequirements") or {},
        stage_folders=inputs.mapping(given, "stageFolders") or {},
    )


class _Place(Struct, frozen=True):
    """Where an execution stands in the tree of a run: its analysis and stage, and the topmost one."""

    root: str
    analysis: str | None = None
    stage: str | None = None


class Launch:
    """Makes the records of one run; ``effects`` puts them."""

    def __init__(self, view: View, call: Call, project: Project, asked: Asked) -> None:
        self._call, self._project, self._asked = call, project, asked
        self._model = view.switches.job_model
        self._region = regions.region_of_data(project)
        self.effects: tuple[Effect, ...] = ()

    def top(self, plan: Plan) -> str:
        """The id of the job or analysis that the run is."""
        name, folder = self._asked.name or plan.name, self._asked.folder
        job = self._execution(plan, name, folder, self._asked.input, None)
        return job.id

    def _execution(
        self, plan: Plan, name: str, folder: str | None, given: Mapping[str, object], place: _Place | None
    ) -> Job:
        kind = "analysis" if plan.is_analysis else "job"
        id = self._call.new_id(kind)
        place = place or _Place(root=id)
        folder = folder or cast("str | None", plan.spec.get("outputFolder")) or "/"
        whole = {**plan.input, **given}
        extras: dict[str, object] = {
            "executableName": plan.name,
            "originalInput": whole,
            "runInput": dict(given),
            "rootExecution": place.root,
            "parentAnalysis": place.analysis,
            "analysis": place.analysis,
            "stage": place.stage,
            "priority": self._asked.priority,
            "details": self._asked.details,
        }
        if plan.is_analysis:
            extras |= self._of_analysis(plan, id, folder, whole, place)
        else:
            extras |= self._of_job(plan, id)
        job = Job(
            id=id,
            name=name,
            executable=plan.executable,
            project=self._project.id,
            region=self._region,
            bill_to=self._project.bill_to,
            state=self._states(kind)[-1],
            launched_by=self._call.user,
            created=self._call.now,
            modified=self._call.now,
            applet=plan.behind,
            workspace=self._workspace(id),
            folder=folder,
            input=whole,
            output={} if self._model == "done" else None,
            tags=self._asked.tags,
            properties=self._asked.properties,
            extras=extras | self._course(id, kind),
        )
        self.effects += (Put(job),)
        return job

    def _of_job(self, plan: Plan, id: str) -> dict[str, object]:
        requirements = {**executables.requirements(plan.spec), **self._asked.requirements}
        return {
            "originJob": id,
            "function": "main",
            "systemRequirements": requirements,
            "instanceType": _instance_type(requirements, self._region),
            "dependsOn": self._asked.depends_on,
        }

    def _of_analysis(
        self, plan: Plan, id: str, folder: str, whole: Mapping[str, object], place: _Place
    ) -> dict[str, object]:
        """The stages' executions too."""
        stages = []
        for stage in plan.stages:
            job = self._execution(
                stage.plan,
                str(stage.shown.get("name") or stage.plan.name),
                self._folder(stage, folder),
                _stage_input(stage, whole),
                _Place(place.root, id, stage.id),
            )
            stages.append({"id": stage.id, "execution": {"id": job.id}})
        workflow = {"id": plan.behind, "name": plan.name, **plan.spec}
        return {"stages": stages, "workflow": workflow}

    def _folder(self, stage: Stage, folder: str) -> str:
        """A stage's folder counts from that of the analysis, unless it is a full path."""
        folders = self._asked.stage_folders
        own = folders.get(stage.id, folders.get("*", stage.shown.get("folder")))
        return posixpath.normpath(posixpath.join(folder, own if isinstance(own, str) else ""))

    def _workspace(self, job: str) -> str:
        workspace = Container(
            id=self._call.new_id("container"),
            name=f"workspace of {job}",
            region=regions.region_of_container(self._project.region),
            bill_to=self._project.bill_to,
            kind="workspace",
            created=self._call.now,
            modified=self._call.now,
            project=self._project.id,
        )
        self.effects += (Put(workspace),)
        return workspace.id

    def _states(self, kind: str) -> tuple[str, ...]:
        return (_STATES if kind == "job" else _STATES_OF_ANALYSIS)[self._model]

    def _course(self, id: str, kind: str) -> dict[str, object]:
        now = self._call.now
        course: dict[str, object] = {
            "stateTransitions": [{"newState": state, "setAt": now} for state in self._states(kind)]
        }
        if kind == "job" and self._model != "runnable":
            course |= {"startedRunning": now, "stoppedRunning": now}
        if self._model == "failed":
            course |= {
                "failureReason": "AppError",
                "failureMessage": "This platform lets every job fail",
                "failureFrom": {"id": id},
            }
        return course


def _instance_type(requirements: Mapping[str, object], region: str) -> object:
    for entry in ("main", "*"):
        wanted = requirements.get(entry)
        if isinstance(wanted, dict) and "instanceType" in wanted:
            return wanted["instanceType"]
    return _TYPES.get(region.partition(":")[0], _TYPE)


def _stage_input(stage: Stage, given: Mapping[str, object]) -> dict[str, object]:
    """What the workflow binds, with its own input fields filled in; ``STAGE.FIELD`` of the run wins."""
    found = {}
    for key, value in stage.input.items():
        field = _workflow_field(value)
        if field is None:
            found[key] = value
        elif field in given:
            found[key] = given[field]
    return found | {
        key.removeprefix(f"{stage.id}."): value
        for key, value in given.items()
        if key.startswith(f"{stage.id}.")
    }


def _workflow_field(value: object) -> str | None:
    inner = value.get(links.KEY) if isinstance(value, dict) else None
    field = inner.get("workflowInputField") if isinstance(inner, dict) else None
    return field if isinstance(field, str) else None
