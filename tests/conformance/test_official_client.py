"""The official client, `dx` and its Python binding, against a served world."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.official import Client
from support.sandbox import Served

WORLD = """\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
first = "Alice"
last = "Ames"
permitted_regions = ["aws:us-east-1", "azure:westus"]
default_region = "aws:us-east-1"

[users.user-bob]
first = "Bob"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"

[orgs.org-lab]
name = "Lab"
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:eu-central-1"
[orgs.org-lab.members]
user-alice = { level = "ADMIN" }
user-bob = { level = "MEMBER" }

[[projects]]
id = "project-J00000000000000000000001"
name = "public-test-project"
region = "aws:us-east-1"
bill_to = "org-lab"
created = 2015-01-01T00:00:00Z
members = { org-lab = "ADMINISTER", PUBLIC = "VIEW" }
"""


@pytest.fixture
def bob(server: Served, tmp_path: Path) -> Client:
    return Client(server, tmp_path / "bob", "bob")


def test_whoami(alice: Client, bob: Client) -> None:
    assert alice.says("whoami") == "alice"
    assert bob.says("whoami", "--id") == "user-bob"


def test_a_project_is_made_in_a_region_found_there_and_described(alice: Client) -> None:
    made = alice.says("new", "project", "Mine", "--region", "azure:westus", "--brief")
    assert alice.says("find", "projects", "--region", "azure:westus", "--brief") == made
    assert made not in alice.says("find", "projects", "--region", "aws:us-east-1", "--brief")
    assert alice.says("find", "projects", "--name", "Mine") == f"{made} : Mine (ADMINISTER)"
    described = json.loads(alice.says("describe", made, "--json"))
    assert (described["region"], described["billTo"]) == ("azure:westus", "user-alice")
    lines = {tuple(line.split(None, 1)) for line in alice.says("describe", "Mine:").splitlines()}
    assert {("Region", "azure:westus"), ("Properties", "-")} <= lines


def test_without_a_region_the_payers_default_is_taken(alice: Client) -> None:
    made = alice.says("new", "project", "Lab's", "--bill-to", "org-lab", "--brief")
    assert json.loads(alice.says("describe", made, "--json"))["region"] == "aws:eu-central-1"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--region", "aws:eu-central-1"], "PermissionDenied"),
        (["--region", "aws:not-a-region"], "InvalidInput"),
        (["--region", "aws:eu-central-1", "--bill-to", "org-missing"], "ResourceNotFound"),
        (["--phi"], "PHI features must be enabled for user-alice"),
    ],
)
def test_a_creation_that_is_refused_is_exit_3_with_the_error_type(
    alice: Client, arguments: list[str], error: str
) -> None:
    said = alice.refuses(error, "new", "project", "Nope", *arguments)
    assert "Request ID=unavailable" not in said
    assert alice.says("find", "projects", "--brief", "--name", "Nope") == ""


def test_a_payer_is_changed_only_to_one_that_may_use_the_region(alice: Client) -> None:
    made = alice.says("new", "project", "Move me", "--region", "azure:westus", "--brief")
    alice.refuses("PermissionDenied", "update", "project", made, "--bill-to", "org-lab")
    alice.server.control("grant", {"profile": "org-lab", "region": "azure:westus"})
    alice.says("update", "project", made, "--bill-to", "org-lab", "--name", "Moved")
    described = json.loads(alice.says("describe", made, "--json"))
    assert (described["billTo"], described["name"], described["region"]) == (
        "org-lab",
        "Moved",
        "azure:westus",
    )
    assert "Moved (ADMINISTER)" in alice.says("find", "org", "projects", "org-lab")


def test_sharing_and_a_transfer_between_two_people(alice: Client, bob: Client) -> None:
    made = alice.says("new", "project", "Shared", "--brief")
    assert bob.run("describe", made).returncode != 0
    alice.says("invite", "bob", made, "VIEW")
    assert f"{made} : Shared (VIEW)" in bob.says("find", "projects", "--level", "VIEW")
    alice.says("uninvite", "bob", made)
    assert made not in bob.says("find", "projects", "--level", "VIEW")
    alice.says("api", made, "transfer", '{"invitee": "user-bob"}')
    alice.refuses("PermissionDenied", "api", made, "acceptTransfer", '{"billTo": "user-alice"}')
    assert json.loads(bob.says("api", made, "acceptTransfer", '{"billTo": "user-bob"}')) == {"id": made}
    assert json.loads(bob.says("describe", made, "--json"))["billTo"] == "user-bob"


def test_marks_and_tags_are_set_and_found(alice: Client) -> None:
    made = alice.says("new", "project", "Marked", "--brief")
    alice.says("set_properties", made, "reconciler=w/projects.a")
    alice.says("tag", made, "t1", "é")
    assert alice.says("find", "projects", "--property", "reconciler=w/projects.a", "--brief") == made
    assert alice.says("find", "projects", "--tag", "é", "--tag", "t1", "--brief") == made
    assert alice.says("find", "projects", "--tag", "absent", "--brief") == ""


def test_a_project_is_selected_listed_and_removed(alice: Client) -> None:
    made = alice.says("new", "project", "Go", "--brief")
    alice.says("select", made)
    alice.environ["DX_PROJECT_CONTEXT_ID"] = made
    assert alice.says("ls") == ""
    assert alice.run("cd", "/absent").returncode != 0
    alice.says("rmproject", "-y", made)
    assert alice.says("find", "projects", "--name", "Go", "--brief") == ""


def test_organisations_are_described_and_their_members_listed(alice: Client) -> None:
    assert alice.says("find", "orgs", "--level", "MEMBER").split() == ["org-lab", ":", "Lab"]
    described = json.loads(alice.says("describe", "org-lab", "--json"))
    assert described["permittedRegions"] == ["aws:us-east-1", "aws:eu-central-1"]
    assert alice.says("find", "org", "members", "org-lab", "--brief").split() == ["user-alice", "user-bob"]
    assert "public-test-project (ADMINISTER)" in alice.says("find", "projects", "--public")
    alice.says("update", "org", "org-lab", "--name", "New name")
    assert json.loads(alice.says("describe", "org-lab", "--json"))["name"] == "New name"


def test_users_are_described(alice: Client) -> None:
    own = json.loads(alice.says("describe", "user-alice", "--json"))
    assert (own["billTo"], own["defaultRegion"]) == ("user-alice", "aws:us-east-1")
    assert "permittedRegions" not in json.loads(alice.says("describe", "user-bob", "--json"))


def test_the_python_binding_pages_through_projects(alice: Client) -> None:
    code = """
import dxpy
for number in range(250):
    dxpy.api.project_new({"name": f"p{number:03}", "region": "aws:us-east-1"}, max_retries=0)
projects = dxpy.find_projects(name="p???", name_mode="glob", describe=True)
found = [project["describe"]["name"] for project in projects]
print(len(found), len(set(found)), found[0], found[-1])
try:
    dxpy.api.project_new({"name": "n", "region": "aws:eu-central-1"}, max_retries=0)
except dxpy.exceptions.PermissionDenied as error:
    print(error.code, error.name)
try:
    dxpy.DXProject("project-000000000000000000000000").describe()
except dxpy.exceptions.ResourceNotFound as error:
    print(error.code, error.msg)
print(dxpy.api.system_headers()["DNAnexus-API"])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=alice.environ, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "250 250 p249 p000",
        "401 PermissionDenied",
        "404 The entity project-000000000000000000000000 could not be found",
        "1.0.0",
    ], done.stderr
