"""Jobs and analyses: who sees them, what of them, how they are found and ended."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_sandbox.laws.records import Job
from support.executables import a_workflow, an_app, an_applet, put
from support.sandbox import EU, NOW, PROJECT, US, Got, Lab, a_lab, a_project

P2 = a_project(2, region=EU).id
COMMON = {
    *("id", "class", "name", "executable", "project", "region", "billTo", "workspace", "folder", "tags"),
    *("state", "stateTransitions", "created", "modified", "launchedBy", "rootExecution", "parentJob"),
    *("input", "originalInput", "runInput", "output", "properties"),
}
FIND = ("findExecutions", "findJobs", "findAnalyses")


def two(**switches: Any) -> Lab:
    """One project in US, which user-bob may view too, and one in EU."""
    shared = {"user-alice": "ADMINISTER", "user-bob": "VIEW"}
    return a_lab([a_project(1, members=shared), a_project(2, region=EU)], **switches)


def run(lab: Lab, executable: str, project: str = PROJECT, user: str = "user-alice", **given: object) -> str:
    got = lab.call(user, f"/{executable}/run", {"project": project, **given})
    assert got.status == 200, got
    return str(got.body["id"])


def describe(lab: Lab, id: str, user: str = "user-alice", /, **given: object) -> Got:
    return lab.call(user, f"/{id}/describe", given)


def find(lab: Lab, method: str = "findExecutions", user: str = "user-alice", /, **given: object) -> list[str]:
    got = lab.call(user, f"/system/{method}", given)
    assert got.status == 200, got
    assert got.body["next"] is None
    return [result["id"] for result in got.body["results"]]


@pytest.mark.covers("job-/describe", "analysis-/describe")
def test_a_describe_has_every_field_that_the_platform_names() -> None:
    lab = two()
    applet = an_applet(lab, 1)
    job = describe(lab, run(lab, applet, tags=["t"], properties={"k": "v"}, details={"d": 1})).body
    assert COMMON | {"applet", "originJob", "function", "instanceType", "startedRunning"} <= job.keys()
    assert (job["tags"], job["properties"], job["details"]) == (["t"], {"k": "v"}, {"d": 1})
    assert (job["originJob"], job["rootExecution"], job["parentJob"]) == (job["id"], job["id"], None)
    analysis = describe(lab, run(lab, a_workflow(lab, 2, applet))).body
    assert COMMON | {"workflow", "stages"} <= analysis.keys()
    assert not {"applet", "function", "instanceType"} & analysis.keys()


@pytest.mark.covers("job-/describe")
def test_the_fields_of_a_describe_are_chosen_and_io_is_left_out_when_it_is_false() -> None:
    lab = two()
    job = run(lab, an_applet(lab, 1), input={"x": 1})
    assert describe(lab, job, fields={"region": True, "unknown": True}).body == {"id": job, "region": US}
    short = describe(lab, job, io=False).body
    assert not {"input", "output", "originalInput", "runInput"} & short.keys()
    assert "state" in short
    assert describe(lab, job, fields={"input": True}, defaultFields=True).body["input"] == {"x": 1}
    assert describe(lab, job, fields=[]).error == "InvalidInput"


@pytest.mark.covers("job-/describe", "analysis-/describe", "job-/terminate")
def test_whoever_may_view_the_project_sees_its_jobs_and_others_do_not() -> None:
    lab = two()
    here, there = run(lab, an_applet(lab, 1)), run(lab, an_applet(lab, 2, P2), P2)
    assert describe(lab, here, "user-bob").body["id"] == here
    assert describe(lab, there, "user-bob").error == "PermissionDenied"
    assert lab.call("user-bob", f"/{there}/terminate").error == "PermissionDenied"
    for missing in ("job-J00000000000000000000009", "analysis-J00000000000000000000009"):
        assert describe(lab, missing).error == "ResourceNotFound"


@pytest.mark.covers("job-/describe", "L15")
def test_a_job_of_a_world_file_is_described_whole() -> None:
    lab = two()
    app = an_app(lab, 1, {US: an_applet(lab, 1)})
    job = Job(
        "job-J00000000000000000000001", "old", app, PROJECT, US, "org-lab", "done", "user-bob", NOW, NOW
    )
    put(lab, job)
    shown = describe(lab, job.id).body
    assert (shown["region"], shown["app"], shown["state"]) == (US, app, "done")
    assert (shown["originJob"], shown["rootExecution"]) == (job.id, job.id)
    assert (shown["function"], shown["stateTransitions"]) == ("main", [])
    assert find(lab, rootExecution=job.id) == [job.id]


@pytest.mark.covers("job-/terminate", "job_model")
def test_a_job_that_has_not_ended_is_terminated_once() -> None:
    lab = two(job_model="runnable")
    job = run(lab, an_applet(lab, 1))
    for _ in range(2):
        assert lab.call("user-alice", f"/{job}/terminate").body == {"id": job}
    shown = describe(lab, job).body
    assert shown["state"] == "terminated"
    assert [step["newState"] for step in shown["stateTransitions"]] == ["runnable", "terminated"]


@pytest.mark.covers("job-/terminate")
def test_a_job_that_is_done_stays_done() -> None:
    lab = two()
    job = run(lab, an_applet(lab, 1))
    assert lab.call("user-alice", f"/{job}/terminate").status == 200
    assert describe(lab, job).body["state"] == "done"


@pytest.mark.covers("analysis-/terminate", "job_model")
def test_an_analysis_is_terminated_with_all_its_stages() -> None:
    lab = two(job_model="runnable")
    applet = an_applet(lab, 1)
    analysis = run(lab, a_workflow(lab, 3, applet, a_workflow(lab, 2, applet)))
    assert lab.call("user-alice", f"/{analysis}/terminate").status == 200
    assert {job.state for job in lab.platform.state.jobs.values()} == {"terminated"}
    assert len(lab.platform.state.jobs) == 4


@pytest.mark.covers("job-/terminate", "analysis-/terminate", "job_model")
def test_to_view_a_project_is_not_enough_to_end_its_jobs() -> None:
    lab = two(job_model="runnable")
    applet = an_applet(lab, 1)
    for id in (run(lab, applet), run(lab, a_workflow(lab, 2, applet))):
        assert lab.call("user-bob", f"/{id}/terminate").error == "PermissionDenied"
        assert describe(lab, id).body["state"] in ("runnable", "in_progress")


@pytest.mark.covers("system/findExecutions", "system/findJobs", "system/findAnalyses")
def test_executions_are_found_newest_first_by_class_and_by_what_one_may_see() -> None:
    lab = two()
    applet, hidden = an_applet(lab, 1), an_applet(lab, 2, P2)
    first = run(lab, applet)
    analysis = run(lab, a_workflow(lab, 3, applet))
    (stage,) = find(lab, parentAnalysis=analysis)
    unseen = run(lab, hidden, P2)
    assert find(lab)[0] == unseen
    assert set(find(lab)) == {first, analysis, stage, unseen}
    assert set(find(lab, "findExecutions", "user-bob")) == {first, analysis, stage}
    assert set(find(lab, "findJobs")) == {first, stage, unseen}
    assert find(lab, "findAnalyses") == [analysis] == find(lab, **{"class": "analysis"})
    assert find(lab, project=P2) == [unseen]
    assert find(lab, "findExecutions", "user-dave") == []
    for id, error in ((P2, "PermissionDenied"), (a_project(9).id, "ResourceNotFound")):
        assert lab.call("user-bob", "/system/findExecutions", project=id).error == error


@pytest.mark.covers("system/findExecutions")
def test_jobs_of_a_public_project_are_found_only_where_it_is_named() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "PUBLIC": "VIEW"})])
    job = run(lab, an_applet(lab, 1))
    assert find(lab, "findExecutions", "user-dave") == []
    assert find(lab, "findExecutions", "user-dave", project=PROJECT) == [job]


@pytest.mark.covers("system/findExecutions")
def test_executions_are_filtered_by_what_was_run_by_whom_and_what_became_of_it() -> None:
    lab = two()
    lab.change(members={"user-alice": "ADMINISTER", "user-bob": "CONTRIBUTE"})
    applet = an_applet(lab, 1)
    app = an_app(lab, 2, {US: applet})
    one = run(lab, applet, name="one", tags=["t"], properties={"k": "v"})
    other = run(lab, app, user="user-bob", name="two")
    assert find(lab, name="one") == find(lab, name={"glob": "o*"}) == find(lab, tags="t") == [one]
    assert find(lab, properties={"k": "v"}) == find(lab, originJob=[one]) == [one]
    assert find(lab, launchedBy="user-bob") == find(lab, executable=app) == [other]
    assert find(lab, launchedBy="self") == find(lab, executable=applet) == [one]
    assert find(lab, state=["done", "failed"]) == [other, one]
    assert find(lab, state="failed") == []
    assert find(lab, created={"after": NOW + 10**9}) == []
    assert find(lab, parentJob=None, parentAnalysis=None, includeSubjobs=False) == [other, one]


@pytest.mark.covers("system/findExecutions", "system/findJobs")
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_of_executions_hold_each_once(size: int) -> None:
    lab = two()
    applet = an_applet(lab, 1)
    made = [run(lab, applet) for _ in range(5)]
    found: list[str] = []
    given: dict[str, object] = {"limit": size, "describe": {"fields": {"region": True}}}
    while True:
        page = lab.call("user-alice", "/system/findJobs", given).body
        found += [result["id"] for result in page["results"]]
        assert all(result["describe"]["region"] == US for result in page["results"])
        if page["next"] is None:
            break
        given["starting"] = page["next"]
    assert sorted(found) == sorted(made)
    assert lab.call("user-alice", "/system/findExecutions", limit=0).error == "InvalidInput"


@pytest.mark.covers("system/findExecutions", "system/findJobs", "system/findAnalyses")
@pytest.mark.parametrize(
    "given",
    [
        {"project": 7},
        {"class": [7]},
        {"state": {}},
        {"originJob": 7},
        {"launchedBy": None},
        {"includeSubjobs": "no"},
        {"name": 7},
        {"describe": 7},
        {"created": 7},
    ],
)
def test_a_filter_of_a_wrong_shape_is_invalid(given: dict[str, object]) -> None:
    lab = two()
    for method in FIND:
        if "class" not in given or method == "findExecutions":
            assert lab.call("user-alice", f"/system/{method}", given).error == "InvalidInput"
        else:
            lab.call("user-alice", f"/system/{method}", given)


@pytest.mark.covers("system/describeExecutions")
def test_many_executions_are_described_in_order_each_with_its_own_error() -> None:
    lab = two()
    job, hidden = run(lab, an_applet(lab, 1)), run(lab, an_applet(lab, 2, P2), P2)
    got = lab.call(
        "user-bob",
        "/system/describeExecutions",
        executions=[hidden, job],
        describe={"fields": {"region": True}},
    )
    denied, shown = got.body["results"]
    assert denied["error"]["type"] == "PermissionDenied"
    assert shown["describe"] == {"id": job, "region": US}
    assert lab.call("user-bob", "/system/describeExecutions", executions=7).error == "InvalidInput"
