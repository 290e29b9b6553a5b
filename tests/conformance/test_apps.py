"""Apps and global workflows as the official client builds, shows, shares, publishes and finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.official import Client
from support.sandbox import Served, served

US, AZURE, EU = "aws:us-east-1", "azure:westus", "aws:eu-central-1"
PROJECT = "project-J00000000000000000000001"

WORLD = f"""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
first = "Alice"
permitted_regions = ["{US}", "{AZURE}"]
default_region = "{US}"

[users.user-bob]
first = "Bob"
permitted_regions = ["{US}"]
default_region = "{US}"

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"

[orgs.org-piratelabs]
permitted_regions = ["{US}"]
default_region = "{US}"
members = {{ user-alice = {{ level = "ADMIN" }} }}

[[projects]]
id = "{PROJECT}"
name = "work"
region = "{US}"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}
"""


class Bench:
    """A served world, who uses it, and a place for sources. Names in it are used once."""

    def __init__(self, server: Served, home: Path) -> None:
        self.server = server
        self.alice, self.bob = Client(server, home / "alice", "alice"), Client(server, home / "bob", "bob")
        self.alice.environ["DX_PROJECT_CONTEXT_ID"] = PROJECT
        self._sources = home
        self.applet = json.loads(self.alice.says("build", self.source("stage")))["id"]

    def source(self, name: str, code: str = "true", **spec: object) -> str:
        """The folder of an app; written again where it is there."""
        folder = self._sources / name
        folder.mkdir(exist_ok=True)
        run_spec = {"interpreter": "bash", "distribution": "Ubuntu", "release": "24.04", "version": "0"}
        whole = {
            "name": name,
            "title": name,
            "summary": name,
            "dxapi": "1.0.0",
            "version": "1.0.0",
            "inputSpec": [],
            "outputSpec": [],
            "runSpec": {**run_spec, "file": "code.sh"},
            **spec,
        }
        (folder / "dxapp.json").write_text(json.dumps(whole), encoding="utf-8")
        (folder / "code.sh").write_text(code + "\n", encoding="utf-8")
        return str(folder)

    def flow(self, name: str, **spec: object) -> str:
        """The folder of a workflow with one stage."""
        folder = self._sources / name
        folder.mkdir(exist_ok=True)
        stages = [{"id": "stage-one", "executable": self.applet}]
        whole = {"name": name, "title": name, "summary": name, "version": "1.0.0", "stages": stages, **spec}
        (folder / "dxworkflow.json").write_text(json.dumps(whole), encoding="utf-8")
        return str(folder)

    def built(self, *arguments: str) -> dict[str, Any]:
        """What a build says of the version that it made."""
        said: dict[str, Any] = json.loads(self.alice.says("build", "--json", "--yes", *arguments))
        return said

    def api(self, path: str, **given: object) -> Any:
        status, body, _ = self.server.post(path, given)
        assert status == 200, body
        return body

    def projects(self) -> list[str]:
        found = self.api("/system/findProjects", level="VIEW", describe={"fields": {"name": True}})
        return [entry["describe"]["name"] for entry in found["results"]]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("apps")
    path = home / "world.toml"
    path.write_text(WORLD, encoding="utf-8")
    with served(path, "--control", "--switch", "rate_limit=0") as running:
        yield Bench(running, home)


def test_an_app_without_regions_is_built_in_the_default_region(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the current project is: the client builds in a temporary one."""
    monkeypatch.setitem(bench.alice.environ, "DX_PROJECT_CONTEXT_ID", "project-J00000000000000000000999")
    made = bench.built("--app", bench.source("plain"))
    assert (made["class"], made["name"], made["version"]) == ("app", "plain", "1.0.0")
    assert list(made["regionalOptions"]) == [US]
    assert made["aliases"] == ["1.0.0", "default"]
    assert "published" not in made
    for path in (made["id"], "app-plain", "app-plain/1.0.0"):
        assert bench.api(f"/{path}/describe") == made
    assert bench.projects() == ["work"]


def two_regions(**more: object) -> dict[str, Any]:
    types = {US: "mem1_ssd1_x2", AZURE: "azure:mem1_ssd1_x2"}
    return {
        region: {"systemRequirements": {"*": {"instanceType": type}}, **more}
        for region, type in types.items()
    }


def test_an_app_of_two_regions_is_updated_with_new_applets_and_keeps_its_id(
    bench: Bench, tmp_path: Path
) -> None:
    source = bench.source("both", "echo old", regionalOptions=two_regions())
    first = bench.built("--app", source)
    requirements = first["runSpec"]["systemRequirementsByRegion"]
    assert requirements == {region: option["systemRequirements"] for region, option in two_regions().items()}
    assert bench.api("/app-both/get")["runSpec"]["code"] == "echo old\n"
    bench.source("both", "echo new", regionalOptions=two_regions())
    second = bench.built("--app", source)
    assert second["id"] == first["id"]
    applets = [option["applet"] for made in (first, second) for option in made["regionalOptions"].values()]
    assert len(set(applets)) == 4
    assert "published" not in second
    bench.alice.says("get", "app-both", "-o", str(tmp_path))
    assert (tmp_path / "both" / "src" / "code.sh").read_text(encoding="utf-8") == "echo new\n"
    spec = json.loads((tmp_path / "both" / "dxapp.json").read_text(encoding="utf-8"))
    assert set(spec["regionalOptions"]) == {US, AZURE}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--region", EU], "PermissionDenied"),
        (["--region", AZURE, "--bill-to", "org-piratelabs"], "PermissionDenied"),
        (["--region", US, "--region", "aws:not-a-region"], "InvalidInput"),
    ],
)
def test_an_app_in_a_region_that_its_payer_may_not_use_is_refused_and_leaves_nothing(
    bench: Bench, arguments: list[str], error: str
) -> None:
    bench.alice.refuses(error, "build", "--app", bench.source("nowhere"), *arguments)
    assert bench.projects() == ["work"]
    assert bench.api("/system/findApps", name="nowhere")["results"] == []


def test_the_platform_refuses_what_the_client_does_not_look_at(bench: Bench) -> None:
    """The client meets its temporary projects first: here are the laws of the app itself."""
    given = {"name": "raw", "version": "1.0.0", "regionalOptions": {AZURE: {"applet": bench.applet}}}
    bench.alice.refuses("InvalidInput", "api", "app", "new", json.dumps(given))
    given["regionalOptions"] = {EU: {"applet": bench.applet}}
    bench.alice.refuses("PermissionDenied", "api", "app", "new", json.dumps(given))


def test_categories_of_a_source_replace_those_of_the_app(bench: Bench) -> None:
    source = bench.source("sorted", categories=["RNA", "Mapping"])
    bench.alice.says("build", "--app", source)
    assert set(bench.api("/app-sorted/listCategories")["categories"]) == {"RNA", "Mapping"}
    bench.source("sorted", categories=["Mapping", "DNA"])
    bench.alice.says("build", "--app", source)
    assert set(bench.api("/app-sorted/listCategories")["categories"]) == {"Mapping", "DNA"}


def test_users_and_developers_of_an_app_are_added_listed_and_removed(bench: Bench) -> None:
    alice = bench.alice
    source = bench.source("shared", developers=["user-bob"], authorizedUsers=[])
    id = json.loads(alice.says("build", "--app", source))["id"]
    assert alice.says("list", "developers", "app-shared") == "user-alice"
    alice.says("add", "users", "shared", "bob", "user-bob", "org-piratelabs")
    assert alice.says("list", "users", "app-shared/1.0.0").split() == ["user-bob", "org-piratelabs"]
    alice.refuses("ResourceNotFound", "add", "users", "shared", "nobody")
    alice.says("remove", "users", "shared", "nobody", "org-piratelabs", "org-nobody")
    assert alice.says("list", "users", "shared") == "user-bob"
    alice.says("add", "developers", id, "bob")
    alice.refuses("ResourceNotFound", "add", "developers", "shared", "org-nobody")
    assert alice.says("list", "developers", "shared").split() == ["user-alice", "user-bob"]
    alice.says("remove", "developers", "shared", "bob", "bob", "nobody")
    assert bench.bob.run("build", "--app", source).returncode == 3


def test_an_app_is_published_found_and_described(bench: Bench) -> None:
    alice, bob = bench.alice, bench.bob
    first = bench.built("--app", bench.source("open", authorizedUsers=["PUBLIC"]))["id"]
    assert alice.says("find", "apps", "--brief", "--name", "open") == ""
    assert alice.says("find", "apps", "--brief", "--name", "open", "--unpublished") == first
    assert bob.run("describe", "app-open").returncode != 0
    assert alice.run("publish", "app-open").returncode != 0
    alice.says("publish", "app-open/1.0.0")
    assert "already published" in alice.refuses("InvalidState", "publish", "app-open/1.0.0")
    second = bench.built("--app", "--publish", bench.source("open", version="2.0.0"))
    assert isinstance(second["published"], int)
    assert second["aliases"] == ["2.0.0", "default"]
    assert (bench.api(f"/{first}/describe")["version"], second["version"]) == ("1.0.0", "2.0.0")
    bob.says("install", "open")
    assert bob.says("find", "apps", "--installed") == "open (open), v2.0.0"
    bob.says("uninstall", "open")
    assert bob.says("find", "apps", "--installed") == ""
    assert set(alice.says("find", "apps", "--brief", "--all", "--name", "open").split()) == {
        first,
        second["id"],
    }
    said = {tuple(line.split(None, 1)) for line in alice.says("describe", "app-open").splitlines()}
    assert {("Version", "2.0.0"), ("ID", second["id"])} <= said
    assert ("Created", "from", second["applet"]) in {
        tuple(line.split()) for line in alice.says("describe", second["id"]).splitlines()
    }


def test_each_region_of_an_app_has_resources_and_bundled_files_of_its_own(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "reference.txt").write_text("ACGT", encoding="utf-8")
    options, files, projects = two_regions(), {}, {}
    for region, option in options.items():
        project = bench.api("/project/new", name="resources", region=region)["id"]
        path = str(tmp_path / "reference.txt")
        file = bench.alice.says("upload", path, "--path", f"{project}:/", "--brief", "--wait")
        bundled = [{"name": "reference.txt", "id": {"$dnanexus_link": file}}]
        option |= {"resources": project, "bundledDepends": bundled}
        files[region], projects[region] = file, project
    made = bench.built("--app", bench.source("rich", regionalOptions=options))
    assert {region: entry["id"] for region, (entry,) in bundles(made).items()} == {
        region: {"$dnanexus_link": file} for region, file in files.items()
    }
    for region, option in made["regionalOptions"].items():
        bench.api(f"/{projects[region]}/destroy")
        held = bench.api(f"/{option['resources']}/listFolder", folder="/")["objects"]
        assert [entry["id"] for entry in held] == [files[region]]
        kept = bench.api(f"/{files[region]}/describe", project=option["resources"])
        assert (kept["name"], kept["size"]) == ("reference.txt", 4)


def bundles(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = made["runSpec"]["bundledDependsByRegion"]
    return found


def test_a_global_workflow_is_built_described_found_shared_and_published(bench: Bench) -> None:
    alice = bench.alice
    inputs = [{"name": "reads", "class": "string"}]
    source = bench.flow("flow", inputs=inputs, details={"a": 1})
    made = bench.built("--globalworkflow", source)
    assert (made["class"], made["billTo"], list(made["regionalOptions"])) == (
        "globalworkflow",
        "user-alice",
        [US],
    )
    assert bench.projects() == ["work"]
    texts = {alice.says("describe", path) for path in (made["id"], "flow", "globalworkflow-flow")}
    assert len(texts) == 1
    (text,) = texts
    assert "Workflow Inputs" in text
    assert "reads" in text
    assert alice.says("find", "globalworkflows", "--unpublished", "--name", "flow").startswith("flow (flow)")
    bench.flow("flow", title="other", summary="sum", details={"b": 2})
    changed = bench.built("--globalworkflow", source)
    assert (changed["id"], changed["title"], changed["details"]) == (made["id"], "other", {"b": 2})
    alice.says("add", "users", "globalworkflow-flow", "bob", "user-bob", "org-piratelabs")
    assert alice.says("list", "users", "flow/1.0.0").split() == ["user-bob", "org-piratelabs"]
    alice.says("remove", "users", "flow", "org-piratelabs", "nobody")
    alice.refuses("ResourceNotFound", "add", "users", "flow", "nobody")
    assert "could not be resolved" in alice.run("list", "users", "globalworkflow-none").stderr
    assert alice.run("publish", "globalworkflow-flow").returncode != 0
    alice.says("publish", "globalworkflow-flow/1.0.0")
    assert "already published" in alice.refuses("InvalidState", "publish", "globalworkflow-flow/1.0.0")
    assert bench.bob.says("find", "globalworkflows", "--brief", "--name", "flow") == made["id"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--bill-to", "org-piratelabs", "--region", AZURE], "not among the permittedRegions"),
        (["--bill-to", "user-bob"], "Cannot request another user"),
        (["--bill-to", "org-missing"], "Cannot retrieve billing information"),
        (["--region", EU], "not among the permittedRegions"),
    ],
)
def test_the_client_reads_the_payers_regions_before_it_builds_a_global_workflow(
    bench: Bench, arguments: list[str], said: str
) -> None:
    done = bench.alice.run("build", "--globalworkflow", bench.flow("no"), *arguments)
    assert done.returncode == 3
    assert said in done.stderr


def test_a_global_workflow_is_billed_to_the_organisation_that_is_named(bench: Bench) -> None:
    made = bench.built("--globalworkflow", bench.flow("billed"), "--bill-to", "org-piratelabs")
    assert made["billTo"] == "org-piratelabs"
