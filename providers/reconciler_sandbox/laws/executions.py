"""Routes over many jobs and analyses: finding them, and describing those that are named.

The platform's documentation of ``/system/findExecutions``, as far as the official client's lists of jobs
and their trees need it. Without a project those of all projects are listed that are shared with the
caller: public ones must be named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from . import bulk, fields, filters, find, inputs, jobs, paging, rights
from .records import Job
from .route import Route, Table
from .view import Answer, Call, Position, View

KEYS = frozenset(
    {
        "class",
        "launchedBy",
        "executable",
        "project",
        "state",
        "originJob",
        "parentJob",
        "parentAnalysis",
        "rootExecution",
        "created",
        "name",
        "tags",
        "properties",
        "includeSubjobs",
        "includeRestarted",
        "describe",
        "limit",
        "starting",
    }
)
BULK_KEYS = frozenset({"executions", "objects", "describe"})

Test = Callable[[Job], bool]


def find_executions(kind: str | None, view: View, call: Call) -> Answer:
    """``kind``: job or analysis, where the route is for that class alone."""
    given = call.input
    describe = fields.embedded(given)
    most, start = paging.limit(given, view.switches), paging.start(given)
    tests = _tests(given, call, kind)
    results: list[dict[str, object]] = []
    for position in find.merged(_sources(view, call), start):
        job = view.jobs[position[1]]
        if not all(test(job) for test in tests):
            continue
        if len(results) == most:
            return Answer({"results": results, "next": paging.cursor(*position)})
        result: dict[str, object] = {"id": job.id}
        if describe is not None:
            result["describe"] = jobs.described(view, job, describe)
        results.append(result)
    return Answer({"results": results, "next": None})


def _sources(view: View, call: Call) -> list[Sequence[Position]]:
    """The jobs to look at, by project. Raises Refused for a project that the caller may not see."""
    named = _one_or_more(call.input, "project")
    if named is not None:
        return [view.jobs_in(rights.see(view, call, str(id), recipient=False).id) for id in named]
    eyes = rights.Eyes(view, call.caller)
    projects = (view.projects[id] for id in _projects(view, eyes))
    return [
        view.jobs_in(project.id)
        for project in projects
        if eyes.shared_explicitly(project) and eyes.rank(project) >= rights.VIEW
    ]


def _projects(view: View, eyes: rights.Eyes) -> Collection[str]:
    return {id for entity in eyes.entities for _, id in view.shared_with(entity)}


def _tests(given: Mapping[str, object], call: Call, kind: str | None) -> list[Test]:
    tests: list[Test] = [*filters.of_named(given, call.now)]
    kinds = _one_or_more(given, "class") if kind is None else [kind]
    if kinds is not None:
        tests.append(lambda job: job.kind in kinds)
    launchers = _one_or_more(given, "launchedBy")
    if launchers is not None:
        users = [call.user if user == "self" else user for user in launchers]
        tests.append(lambda job: job.launched_by in users)
    executables = _one_or_more(given, "executable")
    if executables is not None:
        tests.append(lambda job: job.executable in executables)
    states = _one_or_more(given, "state")
    if states is not None:
        tests.append(lambda job: job.state in states)
    if inputs.flag(given, "includeSubjobs") is False:
        tests.append(lambda job: jobs.kin(job, "parentJob") is None)
    inputs.flag(given, "includeRestarted")
    for key in jobs.KIN:
        wanted = _one_or_more(given, key, null=True)
        if wanted is not None:
            tests.append(partial(_kin, key, wanted))
    return tests


def _kin(key: str, wanted: Sequence[object], job: Job) -> bool:
    return jobs.kin(job, key) in wanted


def _one_or_more(given: Mapping[str, object], key: str, *, null: bool = False) -> Sequence[object] | None:
    """A string or an array of strings, as an array; null, where it is allowed, stands for "none"."""
    if key not in given:
        return None
    value = given[key]
    if value is None and null:
        return [None]
    if isinstance(value, list):
        return inputs.texts(given, key)
    return [inputs.text(given, key)]


def describe_executions(view: View, call: Call) -> Answer:
    """Results in the order of the input; what cannot be described gives its error in its place."""
    return bulk.described(
        call.input, "executions", partial(jobs.seen, view, call), partial(jobs.described, view)
    )


ROUTES: Table = {
    ("system", "findExecutions"): Route(partial(find_executions, None), KEYS, scoped=True, finds=True),
    ("system", "findJobs"): Route(partial(find_executions, "job"), KEYS, scoped=True, finds=True),
    ("system", "findAnalyses"): Route(partial(find_executions, "analysis"), KEYS, scoped=True, finds=True),
    ("system", "describeExecutions"): Route(describe_executions, BULK_KEYS, scoped=True),
}
