"""``can-i``, as a person asks it: the five forms, the exit codes, text and JSON, and clear errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.desk import EU, PEOPLE, UK, US, Desk, a_project, marked, pid

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

FILE, APPLET = "file-J0000000000000000000005A", "applet-J0000000000000000000006A"
OBJECTS = f"""
  [[projects.objects]]
  id = "{FILE}"
  name = "reads.bam"
  state = "closed"

  [[projects.objects]]
  id = "{APPLET}"
  name = "align"
  state = "closed"
"""
WORLD = (
    PEOPLE
    + a_project(1, "Trial", properties=marked("trial"))
    + OBJECTS
    + a_project(2, "Cohort", EU)
    + a_project(3, "Annex")
    + f"""
[[apps]]
id = "app-J0000000000000000000007A"
name = "bwa"
version = "1.0.0"
bill_to = "org-lab"
created_by = "user-alice"
published = true
regions = {{ "{US}" = "{APPLET}" }}
authorized = ["PUBLIC"]
"""
)
TRIAL = '[projects.trial]\nbill_to = "org-lab"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path, WORLD)
    made.write(TRIAL)
    return made


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (f"create --region {EU} --bill-to org-lab", 0),
        (f"create --region {UK} --bill-to org-lab", 3),
        (f"create --region {US} --bill-to user-bob", 3),
        (f"create --region {US} --bill-to org-partner", 3),
        (f"bill {pid(2)} --to orgs.org-clinic", 0),
        ("bill projects.trial --to org-clinic", 3),
        (f"clone {FILE} {pid(3)}", 0),
        (f"clone {pid(1)}:{FILE} {pid(2)}", 3),
        ("clone projects.trial " + pid(3), 0),
        (f"run {APPLET} --project projects.trial --input reads={FILE}", 0),
        (f"run {APPLET} --project {pid(2)}", 3),
        (f"run app-bwa --project {pid(3)}", 0),
        (f"run app-bwa/1.0.0 --project {pid(2)}", 3),
        (f"default org-lab {EU}", 0),
        (f"default org-lab {UK}", 3),
        (f"default user-bob {US}", 3),
    ],
)
def test_each_form_answers_yes_with_0_and_no_with_3(desk: Desk, question: str, code: int) -> None:
    ran = desk.run("can-i", *question.split())
    assert ran.code == code, ran.out + ran.err
    assert f"  {'+ Yes.' if code == 0 else '! No.'}\n" in ran.out
    said = desk.run("can-i", *question.split(), "-q")
    assert (said.code, said.out) == (code, "Yes.\n" if code == 0 else "No.\n")
    document = desk.run("can-i", *question.split(), "--format", "json")
    assert document.code == code
    assert (document.json["kind"], document.json["answer"]) == ("answer", "yes" if code == 0 else "no")
    assert all(fact["read_by"].startswith("user-") for fact in document.json["facts"])


def test_what_could_not_be_read_is_7(tmp_path: Path) -> None:
    """The applet bundles a file that only user-bob sees: where that lies, nobody at hand can tell."""
    secret = "file-J0000000000000000000015A"
    theirs = a_project(9, "Secret", bill_to="user-bob", members={"user-bob": "ADMINISTER"})
    held = f'  [[projects.objects]]\n  id = "{secret}"\n  name = "bundle.tar"\n  state = "closed"\n'
    bundling = WORLD.replace('name = "align"\n', f'name = "align"\n  bundled = ["{secret}"]\n')
    desk = Desk.new(tmp_path, bundling.replace("\n[[apps]]", f"{theirs}{held}\n[[apps]]"))
    desk.write(TRIAL)
    ran = desk.run("can-i", "run", APPLET, "--project", pid(1))
    assert ran.code == 7, ran.out + ran.err
    assert "  ? Cannot tell.\n" in ran.out
    found = desk.run("can-i", "run", APPLET, "--project", pid(1), "--format", "json").json
    assert (found["answer"], found["reasons"][0]["rule"]) == ("cannot_tell", "REG108")
    assert [fact["state"] for fact in found["facts"]] == ["unreadable"]
    desk.write(TRIAL + '[identities.bob]\nuser = "user-bob"\n')
    assert desk.run("can-i", "run", APPLET, "--project", pid(1)).code == 0


def test_a_no_tells_the_rule_the_facts_with_who_read_them_and_what_can_be_done_instead(desk: Desk) -> None:
    ran = desk.run("can-i", "clone", FILE, pid(2))
    assert ran.code == 3
    assert "rule      REG107 data is cloned only within one region" in ran.out
    assert f"because   {pid(1)}.region is {US}" in ran.out
    assert "by user-alice)" in ran.out
    assert f'instead   clone it into {pid(3)} ("Annex"),' in ran.out
    assert ran.out.endswith("reconciler explain REG107\n")
    assert max(map(len, ran.out.splitlines())) <= 80


def test_the_document_holds_the_question_the_reasons_their_facts_and_the_alternatives(desk: Desk) -> None:
    found = desk.run("can-i", "create", "--region", UK, "--bill-to", "org-lab", "--format", "json").json
    assert list(found) == [
        "format_version",
        "kind",
        "created_at",
        "tool",
        "workspace",
        "provider",
        "identity",
        "config",
        "question",
        "answer",
        "message",
        "as",
        "reasons",
        "alternatives",
        "requests",
        "notes",
        "facts",
        "read",
    ]
    assert found["question"]["arguments"] == {"region": UK, "bill_to": "org-lab", "name": None}
    (reason,) = found["reasons"]
    assert (reason["rule"], reason["facts"]) == ("REG102", ["org-lab.permitted_regions"])
    assert found["facts"][0]["value"] == [EU, US]
    assert {"text": f"create it in {EU}, which org-lab is permitted"} in found["alternatives"]
    assert found["requests"][0]["who"] == "the platform's sales contact"


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        ("create --region aws:nowhere-1 --bill-to org-lab", 1, 'unknown region "aws:nowhere-1"'),
        ("create --region frankfurt --bill-to org-lab", 1, '"frankfurt" is not a region'),
        (f"create --region {US} --bill-to org-nobody", 1, "there is no org-nobody at the platform"),
        (f"bill {pid(8)} --to org-lab", 1, f"there is no {pid(8)} at the platform"),
        ("bill projects.nix --to org-lab", 1, "there is no projects.nix in the workspace"),
        (f"clone {FILE} {pid(8)}", 1, f"there is no {pid(8)} at the platform"),
        (f"clone {pid(2)}:{FILE} {pid(3)}", 1, f"{FILE} is not in {pid(2)}"),
        (f"run app-nothing --project {pid(1)}", 1, "there is no app-nothing at the platform"),
        ("bill trial --to org-lab", 64, '"trial" is not a project'),
        (f"bill {pid(1)}", 64, "Missing option '--to'"),
        (f"clone sample {pid(1)}", 64, '"sample" is not a data object'),
        (f"run {FILE} --project {pid(1)}", 64, "is not an executable"),
        (f"run {APPLET} --project {pid(1)} --input {FILE}", 64, "is not an input: NAME=VALUE"),
        (f"default lab {US}", 64, '"lab" is not a payer'),
        ("eat", 64, "No such command 'eat'"),
    ],
)
def test_what_is_wrong_with_a_question_is_told_clearly(
    desk: Desk, question: str, code: int, said: str
) -> None:
    ran = desk.run("can-i", *question.split())
    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_a_question_writes_nothing(desk: Desk) -> None:
    for question in (f"create --region {US} --bill-to org-lab", f"clone {FILE} {pid(3)}"):
        assert desk.run("can-i", *question.split()).code == 0
    assert desk.writes() == []


def test_help_shows_the_five_forms(desk: Desk) -> None:
    told = desk.run("can-i", "--help").out
    for form in (
        "create --region R",
        "bill PROJECT --to P",
        "clone SRC DST",
        "run EXECUTABLE",
        "default PROFILE R",
    ):
        assert f"reconciler can-i {form}" in told


def test_the_installed_command_asks_a_platform_in_another_process(lab: Lab) -> None:
    ran = lab.run("can-i", "create", "--region", EU, "--bill-to", "org-lab", "--workspace", ".")
    assert ran.code == 0, ran.err
    assert "user-alice can create a project" in ran.out
