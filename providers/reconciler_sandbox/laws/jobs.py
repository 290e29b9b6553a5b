"""Jobs and analyses: what a describe shows of them, and their end by hand.

Whoever may view a project sees the jobs in it (the platform's documentation).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from msgspec import structs

from . import fields, rights
from .effects import Put
from .errors import denied, not_found
from .records import Job
from .route import Route, Table, for_each
from .view import Answer, Call, View

KIN = ("rootExecution", "originJob", "parentJob", "parentAnalysis")
ENDED = ("done", "failed", "terminated")

DESCRIBE_KEYS = frozenset({"fields", "defaultFields", "io", "properties", "details", "try"})
_INPUT_OUTPUT = ("input", "originalInput", "runInput", "output")
_OF_JOB: Mapping[str, object] = {
    "function": "main",
    "instanceType": None,
    "systemRequirements": {},
    "dependsOn": [],
}
_OF_ANALYSIS: Mapping[str, object] = {"workflow": {"stages": []}, "stages": []}
_OF_BOTH: Mapping[str, object] = {
    "analysis": None,
    "stage": None,
    "priority": "normal",
    "details": {},
    "stateTransitions": [],
}
"""What a job has that was not made by a run here, such as one of a world file."""


def seen(view: View, call: Call, id: str) -> Job:
    """The job or analysis, if the caller may view its project. Raises Refused."""
    job = view.jobs.get(id)
    if job is None or job.project not in view.projects:
        raise not_found(id)
    if not visible(view, call, job):
        raise denied(f"VIEW permission is required on {job.project}, the project of {id}")
    return job


def visible(view: View, call: Call, job: Job) -> bool:
    project = view.projects.get(job.project)
    return project is not None and rights.level_of(view, call.caller, project) != "NONE"


def describe(view: View, call: Call) -> Answer:
    return Answer(described(view, view.jobs[call.entity], call.input))


def described(view: View, job: Job, given: Mapping[str, object]) -> dict[str, object]:
    """The fields that are asked for; ``io`` false leaves input and output out of the defaults."""
    shown = _shown(view, job)
    without = _INPUT_OUTPUT if given.get("io", True) in (False, None) else ()
    defaults = [name for name in shown if name not in without]
    names = fields.chosen(given, tuple(shown), defaults, (), view.switches)
    return {name: shown[name] for name in names}


def _shown(view: View, job: Job) -> dict[str, object]:
    of_class = _OF_JOB if job.kind == "job" else _OF_ANALYSIS
    shown: dict[str, object] = {
        "id": job.id,
        "class": job.kind,
        "name": job.name,
        "executable": job.executable,
        **_behind(job),
        "project": job.project,
        "region": job.region,
        "billTo": job.bill_to,
        "workspace": job.workspace,
        "state": job.state,
        "created": job.created,
        "modified": job.modified,
        "launchedBy": job.launched_by,
        "folder": job.folder,
        "input": job.input,
        "originalInput": job.input,
        "runInput": job.input,
        "output": job.output,
        "tags": job.tags,
        "properties": job.properties,
        "executableName": job.executable,
        **_OF_BOTH,
        **of_class,
        **job.extras,
        **{key: kin(job, key) for key in KIN},
    }
    if job.kind == "analysis":
        shown["stages"] = [_stage(view, stage) for stage in stages(job)]
    return shown


def _behind(job: Job) -> dict[str, object]:
    """Which executable the official client names: the app, else the applet."""
    if job.kind == "analysis":
        return {}
    if job.executable.startswith("app-"):
        app: dict[str, object] = {"app": job.executable}
        return app | ({"applet": job.applet} if job.applet else {})
    return {"applet": job.executable}


def kin(job: Job, key: str) -> object:
    """The id of one of KIN; None: there is none. A job by itself is its own root and origin."""
    own = key == "rootExecution" or (key == "originJob" and job.kind == "job")
    return job.extras.get(key, job.id if own else None)


def stages(job: Job) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", job.extras.get("stages") or [])


def _stage(view: View, stage: Mapping[str, object]) -> dict[str, object]:
    execution = cast("dict[str, object]", stage["execution"])
    job = view.jobs.get(str(execution["id"]))
    return {**stage, "execution": execution if job is None else described(view, job, {"io": False})}


def terminate(view: View, call: Call) -> Answer:
    """Ends the job, or all executions of the analysis. What has ended already stays as it is.

    That CONTRIBUTE is needed, as for a run, is inferred.
    """
    job = view.jobs[call.entity]
    rights.need_level(view, call, view.projects[job.project], "CONTRIBUTE")
    ended = tuple(Put(_terminated(each, call.now)) for each in _tree(view, job) if each.state not in ENDED)
    return Answer({"id": job.id}, ended)


def _tree(view: View, job: Job) -> Iterator[Job]:
    yield job
    for stage in stages(job):
        execution = cast("dict[str, object]", stage["execution"])
        below = view.jobs.get(str(execution["id"]))
        if below is not None:
            yield from _tree(view, below)


def _terminated(job: Job, now: int) -> Job:
    course = cast("list[object]", job.extras.get("stateTransitions") or [])
    extras: dict[str, object] = {
        "stateTransitions": [*course, {"newState": "terminated", "setAt": now}],
        "failureReason": "Terminated",
        "failureMessage": "The execution was terminated",
    }
    return structs.replace(job, state="terminated", modified=now, extras=job.extras | extras)


ROUTES: Table = {
    **for_each(("job-", "analysis-"), "describe", Route(describe, DESCRIBE_KEYS, open=True, scoped=True)),
    **for_each(("job-", "analysis-"), "terminate", Route(terminate, frozenset(), scoped=True)),
}
