"""Runs of applets, apps and workflows: what shares a region may run, the rest is refused."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_sandbox.laws.effects import Drop
from support.executables import a_file, a_workflow, an_app, an_applet, bundle, link
from support.sandbox import AZURE, EU, PROJECT, US, Got, Lab, a_lab, a_project

P_EU, P_AZURE = a_project(2).id, a_project(3).id


def three(**switches: Any) -> Lab:
    """One project in each of US, EU and AZURE."""
    return a_lab([a_project(1), a_project(2, region=EU), a_project(3, region=AZURE)], **switches)


def run(lab: Lab, executable: str, project: str = PROJECT, user: str = "user-alice", **given: object) -> Got:
    return lab.call(user, f"/{executable}/run", {"project": project, **given})


def describe(lab: Lab, id: str, user: str = "user-alice", **given: object) -> dict[str, Any]:
    got = lab.call(user, f"/{id}/describe", given)
    assert got.status == 200, got
    return got.body


def refused(got: Got, law: str | None, error: str = "InvalidInput") -> None:
    assert (got.error, got.law) == (error, law), got


@pytest.mark.covers("applet-/run", "job-/describe", "L15")
@pytest.mark.parametrize(("project", "region"), [(PROJECT, US), (P_EU, EU), (P_AZURE, AZURE)])
def test_a_job_runs_in_the_region_of_its_project(project: str, region: str) -> None:
    lab = three()
    got = run(lab, an_applet(lab, 1, project), project, input={"n": 1}, folder="/out", name="mine")
    shown = describe(lab, got.body["id"])
    assert got.body["id"].startswith("job-")
    assert (shown["project"], shown["region"]) == (project, region)
    assert (shown["name"], shown["executableName"], shown["folder"]) == ("mine", "applet 1", "/out")
    assert (shown["billTo"], shown["launchedBy"], shown["input"]) == ("org-lab", "user-alice", {"n": 1})


@pytest.mark.covers("applet-/run", "L16")
def test_the_workspace_of_a_job_has_the_region_and_the_payer_of_its_project() -> None:
    lab = three()
    job = describe(lab, run(lab, an_applet(lab, 1, P_EU), P_EU).body["id"])
    workspace = lab.platform.state.containers[job["workspace"]]
    assert (workspace.region, workspace.bill_to, workspace.kind) == (EU, "org-lab", "workspace")
    assert workspace.project == P_EU


@pytest.mark.covers("applet-/run", "L14", "run_region_error")
def test_an_applet_of_another_region_is_refused_and_nothing_is_recorded() -> None:
    for error in ("InvalidInput", "PermissionDenied", "InvalidState"):
        lab = three(run_region_error=error)
        got = run(lab, an_applet(lab, 1), P_EU)
        refused(got, "L14", error)
        assert "applet-J00000000000000000000001" in got.body["error"]["message"]
        assert not lab.platform.state.jobs
        assert not lab.platform.state.containers


@pytest.mark.covers("applet-/run", "L14")
@pytest.mark.parametrize(
    "wrap",
    [
        link,
        lambda id: link(id, PROJECT),
        lambda id: [1, {"deep": [link(id)]}],
    ],
)
def test_an_input_of_another_region_is_refused_however_it_is_linked(wrap: Any) -> None:
    lab = three()
    here, there = an_applet(lab, 1, P_EU), an_applet(lab, 2)
    file = a_file(lab, 3)
    refused(run(lab, here, P_EU, input={"x": wrap(file)}), "L14")
    assert run(lab, there, input={"x": wrap(file)}).status == 200


@pytest.mark.covers("applet-/run")
def test_an_input_must_be_in_the_project_that_its_link_names() -> None:
    lab = three()
    applet, file = an_applet(lab, 1), a_file(lab, 2)
    refused(run(lab, applet, input={"x": link(file, P_EU)}), None, "ResourceNotFound")


@pytest.mark.covers("applet-/run")
def test_an_input_that_the_caller_does_not_see_is_denied() -> None:
    lab = a_lab([a_project(1, members={"user-bob": "CONTRIBUTE"}), a_project(2)])
    applet, file = an_applet(lab, 1), a_file(lab, 2, P_EU)
    refused(run(lab, applet, user="user-bob", input={"x": link(file)}), None, "PermissionDenied")


@pytest.mark.covers("applet-/run")
def test_results_of_what_is_in_a_restricted_project_stay_there() -> None:
    lab = a_lab([a_project(1), a_project(2, flags=("restricted",))])
    applet, file = an_applet(lab, 1), a_file(lab, 2, P_EU)
    refused(run(lab, applet, input={"x": link(file)}), None, "PermissionDenied")
    assert run(lab, applet, P_EU, input={"x": link(file)}).status == 200


@pytest.mark.covers("applet-/run")
@pytest.mark.parametrize("value", ["no id", 7, None, [], {"id": 7}, {"id": "user-alice"}])
def test_a_link_to_what_is_no_object_is_invalid(value: object) -> None:
    lab = three()
    refused(run(lab, an_applet(lab, 1), input={"x": {"$dnanexus_link": value}}), None)


@pytest.mark.covers("applet-/run")
def test_a_reference_to_the_output_of_a_job_is_no_object_yet() -> None:
    lab = three()
    reference = {"$dnanexus_link": {"job": "job-J00000000000000000000001", "field": "out"}}
    assert run(lab, an_applet(lab, 1), input={"x": reference}).status == 200


@pytest.mark.covers("applet-/run", "L14")
def test_what_an_applet_bundles_must_be_there_when_it_runs() -> None:
    lab = three()
    file = a_file(lab, 1)
    spec: dict[str, Any] = {"runSpec": {"interpreter": "bash", "bundledDepends": bundle(file)}}
    assert run(lab, an_applet(lab, 2, **spec)).status == 200
    refused(run(lab, an_applet(lab, 3, P_EU, **spec), P_EU), "L14")
    state = lab.platform.state
    lab.platform.change((Drop(state.copies[f"{file}/{PROJECT}"]), Drop(state.objects[file])))
    got = run(lab, an_applet(lab, 4, **spec))
    refused(got, "L14")
    assert "none" in got.body["error"]["message"]


@pytest.mark.covers("applet-/run", "L14")
def test_a_default_input_of_another_region_is_refused_unless_it_is_replaced() -> None:
    lab = three()
    here, there = a_file(lab, 1), a_file(lab, 2, P_EU)
    applet = an_applet(lab, 3, inputSpec=[{"name": "x", "class": "file", "default": link(there)}])
    refused(run(lab, applet), "L14")
    got = run(lab, an_applet(lab, 4, inputSpec=[{"name": "x", "class": "file", "default": link(here)}]))
    job = describe(lab, got.body["id"])
    assert (job["input"], job["runInput"]) == ({"x": link(here)}, {})


@pytest.mark.covers("applet-/run", "L20")
@pytest.mark.parametrize(
    ("project", "foreign", "own"),
    [
        (PROJECT, "azure:mem1_ssd1_x4", "mem1_ssd1_v2_x4"),
        (P_AZURE, "mem1_ssd1_x4", "azure:mem1_ssd1_x4"),
        (PROJECT, "no_such_type", "mem3_hdd2_x8"),
    ],
)
def test_l20_an_instance_type_of_another_cloud_is_refused(project: str, foreign: str, own: str) -> None:
    lab = three()
    applet = an_applet(lab, 1, project)
    wanted: list[dict[str, Any]] = [
        {"systemRequirements": {"*": {"instanceType": foreign}}},
        {"systemRequirementsByExecutable": {applet: {"main": {"instanceType": foreign}}}},
    ]
    for requirements in wanted:
        refused(run(lab, applet, project, **requirements), "L20")
    got = run(lab, applet, project, systemRequirements={"*": {"instanceType": own}})
    assert describe(lab, got.body["id"])["instanceType"] == own


@pytest.mark.covers("applet-/run", "L21", "L22", "run_needs_permitted")
def test_l21_a_payer_that_has_lost_the_region_still_runs_there_unless_the_platform_says_no() -> None:
    for switch, law in (("no", None), ("yes", "L21")):
        lab = three(run_needs_permitted=switch)
        lab.change_org(permitted_regions=(EU,))
        got = run(lab, an_applet(lab, 1))
        assert (got.law, got.error) == (law, law and "PermissionDenied")
        assert run(lab, an_applet(lab, 2, P_EU), P_EU).status == 200


@pytest.mark.covers("applet-/run")
@pytest.mark.parametrize(
    ("change", "error"),
    [({"expired": True}, "OrgExpired"), ({"spending": "exceeded"}, "SpendingLimitExceeded")],
)
def test_a_payer_beyond_its_limits_runs_nothing(change: dict[str, Any], error: str) -> None:
    lab = three()
    lab.change_org(**change)
    got = run(lab, an_applet(lab, 1))
    assert (got.status, got.error) == (403, error)


@pytest.mark.covers("applet-/run", "check_order")
def test_the_regions_are_looked_at_before_the_payers_limits_or_after() -> None:
    for order, law in (("state_before_payer", "L14"), ("payer_first", None)):
        lab = three(check_order=order)
        lab.change_org(expired=True)
        got = run(lab, an_applet(lab, 1), P_EU)
        assert got.law == law
        assert got.error == ("InvalidInput" if law else "OrgExpired")


@pytest.mark.covers("applet-/run")
@pytest.mark.parametrize(("level", "status"), [("VIEW", 401), ("UPLOAD", 401), ("CONTRIBUTE", 200)])
def test_a_run_needs_contribute_on_its_project(level: str, status: int) -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-bob": level})])
    assert run(lab, an_applet(lab, 1), user="user-bob").status == status


@pytest.mark.covers("applet-/run")
def test_a_run_needs_an_applet_and_a_project_that_the_caller_sees() -> None:
    lab = a_lab([a_project(1), a_project(2, members={"user-bob": "ADMINISTER"})])
    applet = an_applet(lab, 1)
    refused(run(lab, applet, P_EU, user="user-bob"), None, "PermissionDenied")
    refused(run(lab, applet, P_EU), None, "PermissionDenied")
    refused(run(lab, applet, a_project(9).id), None, "ResourceNotFound")
    refused(run(lab, "applet-J00000000000000000000009"), None, "ResourceNotFound")
    refused(run(lab, applet, applet), None, "InvalidType")


@pytest.mark.covers("applet-/run")
@pytest.mark.parametrize(
    "given",
    [
        {"project": 7},
        {"project": None},
        {"input": []},
        {"folder": "relative"},
        {"name": 7},
        {"tags": "t"},
        {"properties": {"k": 1}},
        {"details": "text"},
        {"priority": "urgent"},
        {"dependsOn": "job"},
        {"systemRequirements": []},
        {"systemRequirements": {"*": "mem1_ssd1_x4"}},
        {"systemRequirements": {"*": {"instanceType": 7}}},
        {"systemRequirementsByExecutable": {"*": 7}},
        {"nonce": 7},
    ],
)
def test_a_wrong_shape_is_invalid_input(given: dict[str, Any]) -> None:
    lab = three()
    refused(run(lab, an_applet(lab, 1), **given), None)


@pytest.mark.covers("applet-/run")
def test_the_same_nonce_runs_once_and_without_one_each_call_runs() -> None:
    lab = three()
    applet = an_applet(lab, 1)
    first, again = (run(lab, applet, nonce="n", input={"x": 1}) for _ in range(2))
    assert first == again
    refused(run(lab, applet, nonce="n", input={"x": 2}), None)
    assert run(lab, applet).body != run(lab, applet).body
    assert len(lab.platform.state.jobs) == 3


@pytest.mark.covers("app-/run", "L14")
def test_an_app_runs_where_it_is_enabled_and_nowhere_else() -> None:
    lab = three()
    app = an_app(lab, 1, {US: an_applet(lab, 1), EU: an_applet(lab, 2, P_EU)})
    for name in (app, "app-tool1", "app-tool1/1.0.0", "app-tool1/default"):
        job = describe(lab, run(lab, name, P_EU).body["id"])
        assert (job["region"], job["app"]) == (EU, app)
        assert job["applet"] == "applet-J00000000000000000000002"
        assert job["executableName"] == "tool1"
    refused(run(lab, app, P_AZURE), "L14")


@pytest.mark.covers("app-/run", "L21", "app_keeps_regions")
def test_an_app_stays_enabled_where_its_payer_has_lost_the_region_unless_the_platform_says_no() -> None:
    for switch, law in (("yes", None), ("no", "L14")):
        lab = three(app_keeps_regions=switch)
        app = an_app(lab, 1, {US: an_applet(lab, 1), EU: an_applet(lab, 2, P_EU)})
        lab.change_org(permitted_regions=(EU,))
        assert run(lab, app).law == law
        assert run(lab, app, P_EU).status == 200


@pytest.mark.covers("app-/run")
def test_an_app_is_for_those_whom_it_is_open_to_who_need_not_see_what_is_behind_it() -> None:
    mine = a_project(2, members={"user-bob": "CONTRIBUTE"})
    lab = a_lab([a_project(1), mine])
    file = a_file(lab, 1)
    applet = an_applet(lab, 2, runSpec={"interpreter": "bash", "bundledDepends": bundle(file)})
    assert run(lab, an_app(lab, 3, {US: applet}), mine.id, "user-bob").status == 200
    closed = an_app(lab, 4, {US: applet}, published=None)
    refused(run(lab, closed, mine.id, "user-bob"), None, "PermissionDenied")
    refused(run(lab, "app-tool4", mine.id, "user-bob"), None, "ResourceNotFound")


@pytest.mark.covers("app-/run", "L14")
def test_what_an_app_bundles_must_be_in_the_region_too() -> None:
    lab = three()
    spec: dict[str, Any] = {"runSpec": {"interpreter": "bash", "bundledDepends": bundle(a_file(lab, 1))}}
    app = an_app(lab, 2, {US: an_applet(lab, 2, **spec), EU: an_applet(lab, 3, P_EU, **spec)})
    assert run(lab, app).status == 200
    refused(run(lab, app, P_EU), "L14")


@pytest.mark.covers("workflow-/run", "analysis-/describe", "job-/describe", "L15")
def test_a_workflow_runs_as_an_analysis_with_a_job_for_each_stage() -> None:
    lab = three()
    file = a_file(lab, 9)
    first, app = an_applet(lab, 1), an_app(lab, 2, {US: an_applet(lab, 2)})
    inputs = [{"name": "reads", "class": "file"}, {"name": "n", "class": "int", "default": 3}]
    bound = {
        "id": "s0",
        "executable": first,
        "name": "align",
        "folder": "bam",
        "input": {
            "k": 1,
            "x": {"$dnanexus_link": {"workflowInputField": "reads"}},
            "n": {"$dnanexus_link": {"workflowInputField": "n"}},
            "gone": {"$dnanexus_link": {"workflowInputField": "gone"}},
        },
    }
    workflow = a_workflow(
        lab, 3, inputs=inputs, outputFolder="/all", stages=[bound, {"id": "s1", "executable": app}]
    )
    got = run(lab, workflow, input={"reads": link(file), "s0.k": 2, "s1.y": "z"}, stageFolders={"s1": "/own"})
    analysis = describe(lab, got.body["id"])
    assert analysis["class"] == "analysis"
    assert (analysis["region"], analysis["folder"], analysis["state"]) == (US, "/all", "done")
    assert analysis["workflow"]["id"] == workflow
    assert [stage["id"] for stage in analysis["stages"]] == ["s0", "s1"]
    jobs = [describe(lab, stage["execution"]["id"]) for stage in analysis["stages"]]
    assert [job["region"] for job in jobs] == [US, US]
    assert [job["name"] for job in jobs] == ["align", "tool2"]
    assert [job["folder"] for job in jobs] == ["/all/bam", "/own"]
    assert jobs[0]["input"] == {"k": 2, "x": link(file), "n": 3}
    assert jobs[1]["input"] == {"y": "z"}
    assert (
        {job["rootExecution"] for job in jobs} == {job["parentAnalysis"] for job in jobs} == {analysis["id"]}
    )


@pytest.mark.covers("workflow-/run", "L14")
def test_each_stage_of_a_workflow_obeys_the_laws_and_one_that_does_not_refuses_all() -> None:
    lab = three()
    here, there = an_applet(lab, 1), an_applet(lab, 2, P_EU)
    refused(run(lab, a_workflow(lab, 3, here, there)), "L14")
    refused(run(lab, a_workflow(lab, 4, here, an_app(lab, 4, {EU: there}))), "L14")
    file = a_file(lab, 5, P_EU)
    bound = [{"id": "s0", "executable": here, "input": {"x": link(file)}}]
    refused(run(lab, a_workflow(lab, 6, stages=bound)), "L14")
    refused(run(lab, a_workflow(lab, 7, here), input={"s0.x": link(file)}), "L14")
    refused(run(lab, a_workflow(lab, 8, here, project=P_EU)), "L14")
    assert not lab.platform.state.jobs


@pytest.mark.covers("workflow-/run", "L20")
def test_the_instance_types_of_stages_belong_to_the_cloud() -> None:
    lab = three()
    applet = an_applet(lab, 1)
    foreign = {"*": {"instanceType": "azure:mem1_ssd1_x4"}}
    bound = [{"id": "s0", "executable": applet, "systemRequirements": foreign}]
    refused(run(lab, a_workflow(lab, 2, stages=bound)), "L20")
    refused(run(lab, a_workflow(lab, 3, applet), stageSystemRequirements={"s0": foreign}), "L20")


@pytest.mark.covers("workflow-/run")
def test_a_workflow_in_a_workflow_is_an_analysis_in_an_analysis_and_never_a_circle() -> None:
    lab = three()
    inner = a_workflow(lab, 2, an_applet(lab, 1))
    outer = describe(lab, run(lab, a_workflow(lab, 3, inner)).body["id"])
    within = describe(lab, outer["stages"][0]["execution"]["id"])
    assert (within["class"], within["parentAnalysis"]) == ("analysis", outer["id"])
    assert within["stages"][0]["execution"]["rootExecution"] == outer["id"]
    circle = "workflow-J00000000000000000000004"
    refused(run(lab, a_workflow(lab, 4, circle)), None)
    deep = inner
    for number in range(10, 15):
        deep = a_workflow(lab, number, deep)
    refused(run(lab, deep), None)


@pytest.mark.covers("workflow-/run")
def test_a_stage_that_the_caller_does_not_see_is_refused() -> None:
    lab = a_lab([a_project(1, members={"user-bob": "CONTRIBUTE"}), a_project(2)])
    hidden = an_applet(lab, 1, P_EU)
    refused(run(lab, a_workflow(lab, 2, hidden), user="user-bob"), None, "PermissionDenied")
    refused(
        run(lab, a_workflow(lab, 3, "applet-J00000000000000000000009"), user="user-bob"),
        None,
        "ResourceNotFound",
    )


@pytest.mark.covers("globalworkflow-/run", "L14")
def test_a_global_workflow_runs_where_it_is_enabled_for_those_whom_it_is_open_to() -> None:
    mine = a_project(4, members={"user-bob": "CONTRIBUTE"})
    lab = a_lab([a_project(1), a_project(2, region=EU), mine])
    workflow = a_workflow(lab, 2, an_applet(lab, 1))
    tool = an_app(lab, 3, {US: workflow}, "globalworkflow")
    got = run(lab, "globalworkflow-tool3", mine.id, "user-bob")
    analysis = describe(lab, got.body["id"], "user-bob")
    assert (analysis["executable"], analysis["region"]) == (tool, US)
    assert analysis["workflow"]["id"] == workflow
    refused(run(lab, tool, P_EU), "L14")


@pytest.mark.covers("applet-/run", "workflow-/run", "job_model")
def test_what_becomes_of_a_job_is_a_switch() -> None:
    for model, of_job, of_analysis, output in (
        ("done", "done", "done", {}),
        ("runnable", "runnable", "in_progress", None),
        ("failed", "failed", "failed", None),
    ):
        lab = three(job_model=model)
        applet = an_applet(lab, 1)
        job = describe(lab, run(lab, applet).body["id"])
        analysis = describe(lab, run(lab, a_workflow(lab, 2, applet)).body["id"])
        assert (job["state"], analysis["state"], job["output"]) == (of_job, of_analysis, output)
        assert job["stateTransitions"][-1]["newState"] == of_job
        ran, failed = model != "runnable", model == "failed"
        assert ("startedRunning" in job, "stoppedRunning" in job) == (ran, ran)
        assert ("failureReason" in job, "failureMessage" in job) == (failed, failed)
