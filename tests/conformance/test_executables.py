"""Applets, workflows, runs and jobs as the official client makes, shows, finds and ends them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.official import Client
from support.sandbox import Served, served

US, AZURE = "aws:us-east-1", "azure:westus"
PROJECT = "project-J00000000000000000000001"
FAR = "project-J00000000000000000000002"
OTHER = "project-J00000000000000000000003"

WORLD = f"""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
first = "Alice"
permitted_regions = ["{US}", "{AZURE}"]
default_region = "{US}"

[[tokens]]
token = "alice-token"
user = "user-alice"

[[projects]]
id = "{PROJECT}"
name = "work"
region = "{US}"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}

[[projects]]
id = "{FAR}"
name = "far"
region = "{AZURE}"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}

[[projects]]
id = "{OTHER}"
name = "other"
region = "{US}"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}
"""


class Bench:
    """A served world, its user, and a place for sources. Names in it are used once."""

    def __init__(self, server: Served, home: Path) -> None:
        self.server, self._home = server, home
        self.alice = Client(server, home / "alice", "alice")
        self.alice.environ["DX_PROJECT_CONTEXT_ID"] = PROJECT

    def source(self, name: str, code: str = "main() { :; }\n", **spec: Any) -> str:
        """A folder with the source of an applet."""
        folder = self._home / name
        folder.mkdir(exist_ok=True)
        run_spec = {"interpreter": "bash", "file": "code.sh", "distribution": "Ubuntu", "release": "24.04"}
        run_spec |= {"version": "0"} | spec.pop("runSpec", {})
        spec = {"name": name, "dxapi": "1.0.0", "runSpec": run_spec, "outputSpec": [], **spec}
        (folder / "dxapp.json").write_text(json.dumps(spec), encoding="utf-8")
        (folder / "code.sh").write_text(code, encoding="utf-8")
        return str(folder)

    def built(self, source: str, *arguments: str) -> str:
        return str(json.loads(self.alice.says("build", source, "--brief", *arguments))["id"])

    def described(self, id: str) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.alice.says("describe", id, "--json"))
        return shown

    def api(self, route: str, method: str, given: object) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.alice.says("api", route, method, json.dumps(given)))
        return answer

    def python(self, code: str) -> list[str]:
        """What a program with the client's Python binding prints, line by line."""
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, env=self.alice.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def record(self, name: str, project: str) -> str:
        return self.alice.says("new", "record", f"{project}:{name}", "--close", "--brief")

    def job(self, executable: str, *arguments: str, project: str = PROJECT) -> str:
        return self.alice.says("run", executable, "--project", project, "-y", "--brief", *arguments)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("executables")
    world = home / "world.toml"
    world.write_text(WORLD, encoding="utf-8")
    with served(world, "--control", "--switch", "rate_limit=0") as server:
        yield Bench(server, home)


def test_an_applet_of_two_regions_is_built_in_each_with_that_regions_part(bench: Bench) -> None:
    types = {US: "mem2_hdd2_x1", AZURE: "azure:mem2_ssd1_x1"}
    options = {
        region: {"systemRequirements": {"*": {"instanceType": type}}} for region, type in types.items()
    }
    source = bench.source("both", regionalOptions=options)
    for project, region in ((PROJECT, US), (FAR, AZURE)):
        run_spec = bench.described(bench.built(source, "--destination", f"{project}:/"))["runSpec"]
        assert run_spec["bundledDependsByRegion"] == {region: []}
        assert run_spec["systemRequirementsByRegion"] == {region: {"*": {"instanceType": types[region]}}}


def test_an_applet_of_another_region_only_is_refused_by_the_client_itself(bench: Bench) -> None:
    options = {AZURE: {"systemRequirements": {"*": {"instanceType": "azure:mem2_ssd1_x1"}}}}
    done = bench.alice.run("build", bench.source("azure_only", regionalOptions=options))
    assert done.returncode != 0
    assert "do not contain this region" in done.stderr


def test_an_instance_type_of_another_cloud_is_refused_at_the_build_and_at_the_run(bench: Bench) -> None:
    wrong = {"systemRequirements": {"*": {"instanceType": "azure:mem2_ssd1_x1"}}}
    done = bench.alice.run("build", bench.source("foreign", runSpec=wrong))
    assert done.returncode != 0
    assert "azure:mem2_ssd1_x1 is not an instance type of aws:us-east-1" in done.stderr
    applet = bench.built(bench.source("native"))
    run = ("run", applet, "--project", PROJECT, "-y", "--brief", "--instance-type")
    bench.alice.refuses("InvalidInput", *run, "azure:mem2_ssd1_x1")
    assert bench.described(bench.alice.says(*run, "mem1_ssd1_x2"))["instanceType"] == "mem1_ssd1_x2"


def test_a_run_is_allowed_within_a_region_and_refused_across(bench: Bench) -> None:
    spec = [{"name": "x", "class": "record"}, {"name": "n", "class": "int", "default": 3}]
    applet = bench.built(bench.source("near", inputSpec=spec))
    here, there = bench.record("here", PROJECT), bench.record("there", FAR)
    link = {"$dnanexus_link": {"project": PROJECT, "id": here}}
    job = bench.described(bench.job(applet, "-i", f"x={PROJECT}:/here"))
    assert (job["region"], job["project"], job["state"]) == (US, PROJECT, "done")
    assert job["input"] == {"x": link, "n": 3}
    run = ("run", applet, "-y", "--brief", "--project")
    assert "not available in aws:us-east-1" in bench.alice.refuses(
        "InvalidInput", *run, PROJECT, "-i", f"x={there}"
    )
    assert "not available in azure:westus" in bench.alice.refuses(
        "InvalidInput", *run, FAR, "-i", f"x={there}"
    )
    missing = bench.alice.run(*run, PROJECT)
    assert missing.returncode != 0
    assert "InvalidInput" not in missing.stderr


def test_a_job_is_shown_as_text_waited_for_and_found(bench: Bench) -> None:
    applet = bench.built(bench.source("shown"))
    job = bench.job(applet, "--name", "my run", "--tag", "tagged", "--property", "k=v", "-j", '{"a": 1}')
    lines = {tuple(line.split(None, 1)) for line in bench.alice.says("describe", job).splitlines()}
    assert {("Region", US), ("State", "done"), ("ID", job), ("Function", "main")} <= lines
    assert bench.alice.says("wait", job).endswith("Done")
    assert job in bench.alice.says("find", "jobs", "--name", "my run")
    assert bench.alice.says("find", "jobs", "--tag", "tagged", "--property", "k=v", "--brief") == job
    (found,) = json.loads(bench.alice.says("find", "executions", "--id", job, "--json"))
    assert (found["id"], found["region"]) == (job, US)
    assert bench.alice.says("terminate", job) == ""


def test_an_applet_without_an_input_specification_runs_with_any_input(bench: Bench) -> None:
    applet = bench.built(bench.source("free"))
    assert "inputSpec" not in bench.described(applet)
    job = bench.described(bench.job(applet, "-i", "n:int=5", "-i", "text=five"))
    assert job["input"] == {"n": 5, "text": "five"}


def test_an_applet_is_replaced_only_when_it_is_said_so(bench: Bench) -> None:
    source = bench.source("twice")
    first = bench.built(source)
    refused = bench.alice.run("build", source)
    assert refused.returncode != 0
    assert first in refused.stderr
    second = bench.built(source, "-f")
    assert bench.alice.run("describe", first).returncode != 0
    assert bench.described(second)["name"] == "twice"


def test_two_applets_of_one_name_in_a_folder_are_both_replaced(bench: Bench) -> None:
    source = bench.source("double")
    first = bench.built(source)
    bench.alice.says("mkdir", "/aside")
    second = bench.built(source, "--destination", f"{PROJECT}:/aside/")
    bench.alice.says("mv", f"{PROJECT}:/aside/double", f"{PROJECT}:/")
    assert bench.alice.run("build", source).returncode != 0
    third = bench.built(source, "-f")
    assert bench.described(third)["name"] == "double"
    for gone in (first, second):
        assert bench.alice.run("describe", gone).returncode != 0


def test_an_unchanged_folder_of_resources_is_sent_once(bench: Bench) -> None:
    source = bench.source("packed")
    resource = Path(source) / "resources" / "text"
    resource.parent.mkdir()
    resource.write_text("one", encoding="utf-8")

    def bundled(*arguments: str) -> object:
        run_spec = bench.described(bench.built(source, "-f", *arguments))["runSpec"]
        (entry,) = run_spec["bundledDependsByRegion"][US]
        return entry["id"]

    first = bundled()
    assert bundled() == first
    resource.write_text("two", encoding="utf-8")
    assert bundled() != first


def test_an_asset_of_another_project_comes_along_with_its_archive_within_the_region(bench: Bench) -> None:
    assets = {project: _asset(bench, project) for project in (OTHER, FAR)}
    asset, archive = assets[OTHER]
    by_id = {"assetDepends": [{"id": asset}]}
    by_name = {"assetDepends": [{"name": "asset", "version": "1.0", "project": OTHER}]}
    for name, depends in (("by_id", by_id), ("by_name", by_name)):
        applet = bench.built(bench.source(name, runSpec=depends))
        (entry,) = bench.described(applet)["runSpec"]["bundledDependsByRegion"][US]
        assert archive in json.dumps(entry)
        listed = {
            found["id"] for found in bench.api(PROJECT, "listFolder", {"includeHidden": True})["objects"]
        }
        assert {asset, archive} <= listed
    far = bench.alice.run("build", bench.source("by_far", runSpec={"assetDepends": [{"id": assets[FAR][0]}]}))
    assert far.returncode != 0
    assert "Cannot clone into a project in a different region" in far.stderr


def _asset(bench: Bench, project: str) -> tuple[str, str]:
    """A record of an asset and the hidden file that it is about."""
    code = f"""
import dxpy
file = dxpy.upload_string("bytes", project="{project}", name="asset.tar.gz", hidden=True, wait_on_close=True)
details = {{"archiveFileId": dxpy.dxlink(file.get_id())}}
more = dict(types=["AssetBundle"], properties=dict(version="1.0"), details=details, close=True)
print(dxpy.new_dxrecord(project="{project}", name="asset", **more).get_id(), file.get_id())
"""
    record, file = bench.python(code)[0].split()
    return record, file


def test_the_code_of_an_applet_comes_back(bench: Bench, tmp_path: Path) -> None:
    applet = bench.built(bench.source("code", "main() { echo told; }\n"))
    assert "echo told" in bench.api(applet, "get", {})["runSpec"]["code"]
    bench.alice.says("get", applet, "-o", str(tmp_path))
    assert any("echo told" in path.read_text() for path in tmp_path.rglob("*.sh"))


def test_a_blank_workflow_is_titled_with_its_id_and_a_copy_is_equal(bench: Bench) -> None:
    blank = bench.alice.says("new", "workflow", "--brief")
    shown = bench.described(blank)
    assert (shown["title"], shown["summary"], shown["description"]) == (blank, "", "")
    assert (shown["outputFolder"], shown["inputs"], shown["outputs"]) == (None, None, None)
    applet = bench.built(bench.source("staged"))
    bench.alice.says("add", "stage", blank, applet, "--id", "one", "--name", "first", "--brief")
    made = bench.alice.says("add", "stage", blank, applet, "--brief")
    bench.alice.says("update", "workflow", blank, "--summary", "short", "--output-folder", "/out")
    bench.alice.says("update", "stage", blank, "one", "--relative-output-folder", "sub")
    source = bench.described(blank)
    assert [(stage["id"], stage["name"]) for stage in source["stages"]] == [("one", "first"), (made, None)]
    copy = bench.alice.says("new", "workflow", "--init", blank, "--brief")
    shown = bench.described(copy)
    keys = ("title", "summary", "description", "outputFolder", "inputs", "outputs", "stages")
    assert copy != blank
    assert [shown[key] for key in keys] == [source[key] for key in keys]
    bench.alice.says("remove", "stage", copy, "0")
    assert [stage["id"] for stage in bench.described(copy)["stages"]] == [made]


def test_a_workflow_is_built_and_run_stage_by_stage_within_its_region(bench: Bench, tmp_path: Path) -> None:
    applet = bench.built(bench.source("step", inputSpec=[{"name": "n", "class": "int"}]))
    far = bench.built(bench.source("far_step"), "--destination", f"{FAR}:/")
    stages = [{"id": "s0", "name": "count", "executable": applet, "input": {"n": 1}}]
    ids = []
    for name, more in (("near_flow", []), ("far_flow", [{"id": "s1", "executable": far}])):
        folder = tmp_path / name
        folder.mkdir()
        spec = {"name": name, "title": "Flow", "stages": [*stages, *more]}
        (folder / "dxworkflow.json").write_text(json.dumps(spec), encoding="utf-8")
        ids.append(str(json.loads(bench.alice.says("build", "--workflow", str(folder), "--brief"))["id"]))
    near, broken = ids
    assert bench.described(near)["state"] == "closed"
    analysis = bench.described(bench.job(near, "-i", "s0.n=2"))
    assert (analysis["class"], analysis["region"], analysis["state"]) == ("analysis", US, "done")
    (stage,) = analysis["stages"]
    assert bench.described(stage["execution"]["id"])["input"] == {"n": 2}
    text = bench.alice.says("describe", analysis["id"])
    assert "count (s0)" in text
    assert analysis["id"] in bench.alice.says("find", "analyses", "--brief")
    assert stage["execution"]["id"] in bench.alice.says("find", "executions")
    bench.alice.refuses("InvalidInput", "run", broken, "--project", PROJECT, "-y", "--brief")
    bench.alice.refuses("InvalidInput", "run", near, "--project", FAR, "-y", "--brief")


def test_what_an_applet_bundles_must_be_in_its_region(bench: Bench) -> None:
    record = bench.record("bundled", PROJECT)
    run_spec = {
        "interpreter": "bash",
        "code": "",
        "bundledDepends": [{"name": "b", "id": {"$dnanexus_link": record}}],
    }
    given = {"name": "bundles", "dxapi": "1.0.0", "runSpec": run_spec}
    made = bench.api("applet", "new", {"project": PROJECT, **given})["id"]
    shown = bench.described(made)["runSpec"]["bundledDependsByRegion"]
    assert list(shown) == [US]
    said = bench.alice.refuses("InvalidInput", "api", "applet", "new", json.dumps({"project": FAR, **given}))
    assert "the region of the applet" in said


def test_the_same_nonce_gets_the_same_answer_through_the_binding(bench: Bench) -> None:
    code = f"""
import dxpy
given = dict(project="{PROJECT}", dxapi="1.0.0", runSpec=dict(interpreter="bash", code=""))
def same(call, given, other):
    first, again, fresh = call(dict(given, nonce="n")), call(dict(given, nonce="n")), call(given)
    assert call(given)["id"] != fresh["id"]
    try:
        call(dict(given, nonce="n", **other))
    except dxpy.exceptions.InvalidInput:
        print(first == again, fresh["id"] != first["id"])
    return first["id"]
applet = same(dxpy.api.applet_new, given, dict(name="other"))
workflow = same(dxpy.api.workflow_new, dict(project="{PROJECT}"), dict(title="other"))
run = lambda given: dxpy.api.applet_run(applet, given)
same(run, dict(project="{PROJECT}", input={{}}), dict(name="other"))
job = dxpy.DXApplet(applet).run({{"n": 1}}, project="{PROJECT}")
job.wait_on_done(interval=0)
print(job.describe()["region"], job.describe(io=False).get("input"))
"""
    assert bench.python(code) == ["True True"] * 3 + [f"{US} None"]


def test_a_job_that_failed_says_so_to_whoever_waits(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(WORLD, encoding="utf-8")
    with served(world, "--switch", "rate_limit=0", "--switch", "job_model=failed") as server:
        bench = Bench(server, tmp_path)
        job = bench.job(bench.built(bench.source("fails")))
        waited = bench.alice.run("wait", job)
        assert waited.returncode != 0
        assert "AppError" in waited.stderr
        assert "Failure reason" in bench.alice.says("describe", job)
