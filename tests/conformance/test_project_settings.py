"""Payers, settings, tags and members of projects, and who one is, as the official client has them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from support.minimum import FIRST, PUBLIC_PROJECT
from support.official import Client
from support.sandbox import Served

LABS = "org-piratelabs"


def described(alice: Client, project: str) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(alice.says("describe", project, "--json"))
    return shown


def test_ones_own_payer_is_set_and_a_named_one_is_honoured_whatever_it_is(alice: Client) -> None:
    code = """
    def payer():
        return dxpy.api.user_describe("user-alice")["billTo"]
    def made(**given):
        id = dxpy.api.project_new({"name": "made", "region": "aws:us-east-1", **given})["id"]
        return dxpy.api.project_describe(id)["billTo"]
    result = []
    for own in ("user-alice", org, may_bill, "user-alice"):
        answer = dxpy.api.user_update("user-alice", {"billTo": own})
        result.append([answer, payer(), made(), made(billTo=org), made(billTo="user-alice")])
    """
    payers = ["user-alice", LABS, "org-members_with_billing_rights", "user-alice"]
    assert alice.python(code, org=LABS, may_bill=payers[2]) == [
        [{"id": "user-alice"}, payer, payer, LABS, "user-alice"] for payer in payers
    ]
    brief = alice.says("new", "project", "Lab's", "--bill-to", LABS, "--brief")
    assert described(alice, brief)["billTo"] == LABS


@pytest.mark.parametrize(
    ("payer", "error"),
    [
        ("org-not_there", "ResourceNotFound"),
        ("org-members_without_billing_rights", "PermissionDenied"),
        ("user-bob", "InvalidInput"),
    ],
)
def test_a_payer_that_is_not_there_or_not_ones_own_is_refused(alice: Client, payer: str, error: str) -> None:
    alice.refuses(error, "new", "project", "Nope", "--bill-to", payer)


def test_request_and_answer_of_a_creation_show_in_the_debug_output(alice: Client) -> None:
    for level in ("1", "2", "3"):
        alice.environ["_DX_DEBUG"] = level
        done = alice.run("new", "project", "Shown", "--brief")
        made = done.stdout.strip()
        sent, _, answer = done.stderr.partition("<0")
        body = sent.partition("=>")[2].strip().removesuffix("<").replace("'", '"')
        assert json.loads(body) == {"name": "Shown"}
        told = re.search(r"\{.*\}", answer, re.DOTALL)
        assert told is not None
        shown = json.loads(told[0].replace("'", '"'))
        assert list(shown) == ["id"]
        assert level == "1" or shown["id"] == made  # the first level shortens ids
        assert re.search(r"POST \d{13}-\d{1,6} http://", answer)


def test_several_settings_are_updated_in_one_call(alice: Client) -> None:
    settings = ["--name", "New name", "--summary", "Short", "--description", "Long", "--protected", "false"]
    assert alice.says("update", "project", FIRST, *settings, "--brief") == FIRST
    shown = described(alice, FIRST)
    assert [shown[key] for key in ("name", "summary", "description", "protected")] == [
        "New name",
        "Short",
        "Long",
        False,
    ]
    answer = json.loads(alice.says("api", FIRST, "update", '{"name": "Newer"}'))
    assert answer == {"id": FIRST}


def test_a_project_is_protected_and_restricted_one_at_a_time(alice: Client) -> None:
    assert [described(alice, FIRST)[key] for key in ("protected", "restricted")] == [False, False]
    alice.says("update", "project", FIRST, "--protected", "true")
    assert [described(alice, FIRST)[key] for key in ("protected", "restricted")] == [True, False]
    alice.says("update", "project", "first", "--restricted", "true")
    assert [described(alice, FIRST)[key] for key in ("protected", "restricted")] == [True, True]


def test_the_binding_updates_settings_and_takes_them_back(alice: Client) -> None:
    code = """
    project = dxpy.DXProject(dxpy.api.project_new({"name": "p", "region": "aws:us-east-1"})["id"])
    wanted = {"name": "New", "description": "Long", "protected": True, "restricted": True,
              "externalUploadRestricted": True, "databaseResultsRestricted": 10}
    project.update(download_restricted=True, external_upload_restricted=True, protected=True,
                   restricted=True, name="New", description="Long", allowed_executables=["applet-1"],
                   database_results_restricted=10)
    def shown(*names):
        full = project.describe()
        return [full[name] for name in names]
    result = [[shown(name)[0] == value for name, value in wanted.items()], shown("allowedExecutables")[0]]
    pair = ("downloadRestricted", "previewViewerRestricted")
    result.append(shown(*pair))
    try:
        project.update(download_restricted=False)
    except dxpy.exceptions.InvalidInput as error:
        result.append(error.code)
    result.append(shown(*pair))
    project.update(preview_viewer_restricted=False)
    result.append(shown(*pair))
    project.update(download_restricted=False)
    result.append(shown(*pair))
    project.update(download_restricted=True)
    project.update(download_restricted=False, preview_viewer_restricted=False)
    result.append(shown(*pair))
    project.update(unset_allowed_executables=True, unset_database_results_restricted=True)
    result.append(shown("allowedExecutables", "databaseResultsRestricted"))
    """
    assert alice.python(code) == [
        [True] * 6,
        ["applet-1"],
        [True, True],
        422,
        [True, True],
        [True, False],
        [False, False],
        [False, False],
        [None, None],
    ]


def test_projects_are_found_by_all_of_their_tags_in_any_order(alice: Client) -> None:
    code = """
    def made(*tags):
        return dxpy.api.project_new({"name": "t", "region": "aws:us-east-1", "tags": list(tags)})["id"]
    two, one, other = made("$my.tag", "日本語"), made("日本語"), made("other")
    def found(*tags):
        ids = {each["id"] for each in dxpy.find_projects(tags=list(tags))}
        return [id in ids for id in (two, one, other)]
    result = [found("日本語"), found("$my.tag", "日本語"), found("日本語", "$my.tag"),
              found("$my.tag", "absent"), found("absent"), [two, one]]
    """
    *found, (two, one) = alice.python(code)
    assert found == [
        [True, True, False],
        [True, False, False],
        [True, False, False],
        [False] * 3,
        [False] * 3,
    ]
    assert alice.says("find", "projects", "--tag", "日本語", "--tag", "$my.tag", "--brief") == two
    assert set(alice.says("find", "projects", "--tag", "日本語", "--brief").split()) == {two, one}


def test_public_projects_are_found_and_a_fresh_one_is_not_among_them(alice: Client) -> None:
    made = alice.says("new", "project", "Private", "--brief")
    public = alice.says("find", "projects", "--public")
    assert public == f"{PUBLIC_PROJECT} : public-test-project (ADMINISTER)"
    assert made in alice.says("find", "projects", "--brief")


def test_a_project_is_removed_by_its_name(alice: Client) -> None:
    made = alice.says("new", "project", "Remove me", "--brief")
    glob = 'result = [each["id"] for each in dxpy.find_projects(name="Remove m?", name_mode="glob")]'
    assert alice.python(glob) == [made]
    alice.says("rmproject", "-y", "Remove me")
    assert alice.python(glob) == []


def test_an_invitation_without_e_mail_is_accepted_at_once(alice: Client) -> None:
    code = """
    def permissions():
        return dxpy.api.project_describe(project, {"fields": {"permissions": True}})["permissions"]
    project = dxpy.api.project_new({"name": "p", "region": "aws:us-east-1"})["id"]
    result = [permissions(), dxpy.DXProject(project).invite("user-bob", "VIEW", send_email=False)["state"],
              permissions(), project]
    """
    *told, project = alice.python(code)
    assert told == [
        {"user-alice": "ADMINISTER"},
        "accepted",
        {"user-alice": "ADMINISTER", "user-bob": "VIEW"},
    ]
    alice.says("invite", "bob", project, "UPLOAD", "--no-email")
    alice.says("uninvite", "bob", project)
    read = alice.python('result = dxpy.api.project_describe(id, {"permissions": True})', id=project)
    assert read["permissions"] == {"user-alice": "ADMINISTER"}


@pytest.mark.parametrize("who", ["nonexistent", "user-nonexistent", "nonexistent@example.com"])
def test_who_does_not_exist_is_neither_invited_nor_uninvited(alice: Client, who: str) -> None:
    alice.refuses("ResourceNotFound", "uninvite", who, FIRST)
    alice.refuses("ResourceNotFound", "invite", who, FIRST, "VIEW")


def test_an_error_carries_the_time_and_the_id_of_its_request(alice: Client) -> None:
    code = """
    try:
        dxpy.api.file_describe("file-InvalidID")
    except dxpy.exceptions.DXAPIError as error:
        result = [error.name, error.code, str(error)]
    """
    name, status, text = alice.python(code)
    assert (name, status) == ("ResourceNotFound", 404)
    assert re.search(r"Request Time=\d+\.\d+, Request ID=\d{13}-\d{1,6}$", text)


def test_each_token_is_its_users_own(alice: Client, server: Served, tmp_path: Path) -> None:
    bob = Client(server, tmp_path / "bob", "bob")
    code = "result = dxpy.whoami()"
    assert alice.says("whoami", "--id") == alice.python(code) == "user-alice"
    assert bob.says("whoami", "--id") == bob.python(code) == "user-bob"
    assert alice.says("whoami") == "alice"


def test_with_a_nonsense_current_project_names_are_not_found_and_ids_are(alice: Client) -> None:
    alice.environ["DX_PROJECT_CONTEXT_ID"] = "nonsense"
    done = alice.run("describe", "nothing")
    assert (done.returncode, "No matches found" in done.stderr) == (3, True)
    assert described(alice, FIRST)["id"] == FIRST


def test_one_is_described_to_oneself_with_the_payer(alice: Client) -> None:
    shown = json.loads(alice.says("describe", "user-alice", "--json"))
    assert (shown["id"], shown["billTo"], shown["first"]) == ("user-alice", "user-alice", "Alice")
    lines = alice.says("describe", "user-alice").splitlines()
    assert [line.split() for line in lines if "Default bill to" in line] == [
        ["Default", "bill", "to", "user-alice"]
    ]
    told = alice.python('result = dxpy.api.user_describe("user-alice")')
    assert told["billTo"] == "user-alice"


def test_a_fresh_project_is_described_as_text_line_by_line(alice: Client) -> None:
    made = alice.says("new", "project", "Text", "--region", "aws:us-east-1", "--brief")
    lines = {" ".join(line.split()) for line in alice.says("describe", made).splitlines()}
    assert {
        "Region aws:us-east-1",
        "Contains PHI false",
        "Data usage 0.00 GB",
        "Storage cost $0.000/month",
        "Sponsored egress 0.00 GB used of 0.00 GB total",
        "At spending limit? false",
        "Properties -",
    } <= lines
