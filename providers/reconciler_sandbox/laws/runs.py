"""Routes that run an executable: the laws are looked at, a job or an analysis is recorded, nothing runs.

The platform's documentation: a run needs CONTRIBUTE on its project. Jobs run in the region of the
project, whose payer is billed.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import classes, executables, inputs, launches, payers, plans, regions, rights
from .errors import invalid
from .records import Project
from .route import Route, Table, for_each
from .view import Answer, Call, View

KEYS = frozenset(
    {
        "project",
        "input",
        "folder",
        "name",
        "tags",
        "properties",
        "details",
        "dependsOn",
        "priority",
        "systemRequirements",
        "systemRequirementsByExecutable",
        "costLimit",
        "nonce",
        "allowSSH",
        "debug",
        "delayWorkspaceDestruction",
        "ignoreReuse",
        "detach",
        "rank",
        "headJobOnDemand",
        "preserveJobOutputs",
        "detailedJobMetrics",
        "maxTreeSpotWaitTime",
        "maxJobSpotWaitTime",
        "executionPolicy",
        "timeoutPolicyByExecutable",
    }
)
WORKFLOW_KEYS = KEYS | {"stageSystemRequirements", "stageFolders", "rerunStages", "editVersion"}


def run(view: View, call: Call) -> Answer:
    """The id of the new job or analysis. Raises Refused."""
    given = call.input
    id = inputs.need_text(given, "project")
    classes.need(id, "project", ("project",))
    asked = launches.asked(view, given)
    project = rights.see(view, call, id, recipient=False)
    planner = plans.Planner(view, call, project)
    planned: list[plans.Plan] = []

    def may() -> None:
        rights.need_level(view, call, project, "CONTRIBUTE")
        planner.may(call.entity)

    def stands() -> None:
        planned.append(planner.plan(call.entity))
        planner.inputs(asked.input)
        _instance_types(project, given)

    def pays() -> None:
        payer = payers.payer(view, project.bill_to)
        regions.runs_where_it_is(view, payer, project.region)
        payers.within_limits(payer)

    payers.in_order(view.switches, rights=may, state=stands, payer=pays)
    launch = launches.Launch(view, call, project, asked)
    return Answer({"id": launch.top(planned[0])}, launch.effects)


def _instance_types(project: Project, given: Mapping[str, object]) -> None:
    """L20 for all that the run asks for itself: for every entry point, and by stage or executable."""
    executables.instance_types(project.region, inputs.mapping(given, "systemRequirements"))
    for key in ("stageSystemRequirements", "systemRequirementsByExecutable"):
        for name, requirements in (inputs.mapping(given, key) or {}).items():
            if not isinstance(requirements, dict):
                raise invalid(f"{key}.{name} must be a hash")
            executables.instance_types(project.region, requirements)


ROUTES: Table = {
    **for_each(("applet-", "app-"), "run", Route(run, KEYS, scoped=True, nonce=True)),
    **for_each(("workflow-", "globalworkflow-"), "run", Route(run, WORKFLOW_KEYS, scoped=True, nonce=True)),
}
