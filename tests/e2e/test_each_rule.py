"""Each rule once, from TOML to the platform's log: what it says, that nothing was written, and that
every way out that it prints does what it promises."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.desk import Desk
from support.pasting import paste
from support.tokens import long

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

WORLD = long("""
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-bob]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"

[users.user-carol]
permitted_regions = ["aws:us-east-1"]

[[tokens]]
token = "alice-token"
user = "user-alice"

[orgs.org-lab]
name = "Lab"
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
[orgs.org-lab.members]
user-alice = { level = "ADMIN" }

[orgs.org-bank]
name = "Bank"
permitted_regions = ["aws:eu-west-2", "aws:us-east-1"]
default_region = "aws:eu-west-2"
[orgs.org-bank.members]
user-alice = { level = "ADMIN" }

[orgs.org-closed]
name = "Closed"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
[orgs.org-closed.members]
user-alice = { level = "MEMBER" }

[[projects]]
id = "project-J0000000000000000000001A"
name = "Trial"
region = "aws:eu-central-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { reconciler = "lab/projects.trial" }

[[projects]]
id = "project-J0000000000000000000002A"
name = "Offered"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { reconciler = "lab/projects.offered" }
pending_transfer = "user-carol"

[[projects]]
id = "project-J0000000000000000000003A"
name = "Plasma"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }

[[projects]]
id = "project-J0000000000000000000004A"
name = "Renamed"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { reconciler = "lab/projects.old-key" }

[[projects]]
id = "project-J0000000000000000000005A"
name = "Going"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { reconciler = "lab/projects.going" }

[[projects]]
id = "project-J0000000000000000000006A"
name = "Foreign"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
properties = { reconciler = "theirs/projects.foreign" }

[[projects]]
id = "project-J0000000000000000000007A"
name = "Bobs"
region = "aws:us-east-1"
bill_to = "user-bob"
members = { user-alice = "ADMINISTER" }
""")

PAYERS = """
[orgs.org-lab]
[orgs.org-bank]
"""


class Case(NamedTuple):
    """``toml`` breaks ``rule``; the first line of ``place`` in it is where the message must point.
    ``says`` are the facts that it must name."""

    rule: str
    toml: str
    place: str
    says: tuple[str, ...]
    ways_out: int


REFUSED = {
    "a move": Case(
        "REG101",
        '[projects.trial]\nname = "Trial"\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n',
        'region = "aws:us-east-1"',
        ("project-J0000000000000000000001A", "aws:eu-central-1"),
        2,
    ),
    "a creation": Case(
        "REG102",
        '[projects.new]\nregion = "aws:eu-west-2"\nbill_to = "org-lab"\n',
        'region = "aws:eu-west-2"',
        ("org-lab.permitted_regions", "aws:eu-central-1, aws:us-east-1"),
        3,
    ),
    "a takeover": Case(
        "REG103",
        '[projects.trial]\nname = "Trial"\nbill_to = "org-bank"\n',
        'bill_to = "org-bank"',
        ("org-bank.permitted_regions", "aws:eu-west-2, aws:us-east-1", "aws:eu-central-1"),
        1,
    ),
    "a default": Case(
        "REG104",
        '[orgs.org-lab]\ndefault_region = "aws:eu-west-2"\n',
        'default_region = "aws:eu-west-2"',
        ("org-lab.permitted_regions",),
        2,
    ),
    "a right in an org": Case(
        "REG201",
        '[projects.new]\nregion = "aws:us-east-1"\nbill_to = "org-closed"\n',
        'bill_to = "org-closed"',
        ("user-alice", "org-closed"),
        1,
    ),
    "an org's settings": Case(
        "REG201",
        '[orgs.org-closed]\ndefault_region = "aws:us-east-1"\n[orgs.org-lab]\n'
        '[projects.bobs]\nid = "project-J0000000000000000000007A"\nbill_to = "org-lab"\n',
        'bill_to = "org-lab"',
        ("user-bob",),
        1,
    ),
    "an unknown payer": Case(
        "REG202",
        '[projects.new]\nregion = "aws:us-east-1"\nbill_to = "org-nobody"\n',
        'bill_to = "org-nobody"',
        ("org-nobody",),
        1,
    ),
    "an offer in between": Case(
        "REG203",
        '[projects.offered]\nbill_to = "org-bank"\n',
        'bill_to = "org-bank"',
        ("user-carol", "pending_transfer"),
        1,
    ),
    "a same name": Case(
        "REG303",
        '[projects.plasma]\nname = "Plasma"\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n',
        'name = "Plasma"',
        ("project-J0000000000000000000003A",),
        3,
    ),
    "a renamed address": Case(
        "REG303",
        '[projects.new-key]\nname = "Renamed"\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n',
        'name = "Renamed"',
        ("project-J0000000000000000000004A", "projects.old-key"),
        2,
    ),
    "a foreign owner": Case(
        "REG303",
        '[projects.foreign]\nid = "project-J0000000000000000000006A"\nadopt = true\n',
        'id = "project-J0000000000000000000006A"',
        ("theirs/projects.foreign",),
        0,
    ),
}


@pytest.fixture
def estate(lab: Lab) -> Lab:
    (lab.folder / "world" / "world.toml").write_text(WORLD)
    return lab


def writes(lab: Lab) -> list[str]:
    """Routes of the platform's log that change something."""
    log = (lab.folder / ".reconciler" / "sandbox.log").read_text().splitlines()
    routes = [json.loads(line)["route"] for line in log if line.startswith("{")]
    assert "/system/whoami" in routes
    reading = re.compile(r"/(whoami|describe|findProjects)$")
    return [route for route in routes if not reading.search(route)]


def needed(toml: str) -> str:
    """The payers of the workspace that the case does not configure itself."""
    return "".join(line + "\n" for line in PAYERS.split() if line not in toml)


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_breaks_a_rule_is_refused_with_place_facts_and_legal_ways_out(
    tmp_path: Path, case: Case
) -> None:
    text = case.toml + needed(case.toml)
    desk = Desk.new(tmp_path / "lab", WORLD)
    desk.write(text)
    ran = desk.run("plan", "--write", "json=plan.json")
    assert ran.code == 3, ran.out + ran.err
    plan = json.loads((desk.folder / "plan.json").read_text())
    refusals = [refusal for refusal in plan["refusals"] if refusal["rule"] == case.rule]
    assert len(refusals) == 1, plan["refusals"]
    line = 1 + (desk.folder / "lab.toml").read_text().splitlines().index(case.place)
    assert refusals[0]["source"]["line"] == line
    assert f"lab.toml:{line}:" in ran.out
    assert case.rule in ran.out
    for said in case.says:
        assert said in ran.out.replace("\n      ", " ") or said in ran.out, said
    assert desk.run("apply", "--auto-approve").code == 3
    assert desk.writes() == []

    alternatives = [a for refusal in plan["refusals"] for a in refusal["alternatives"]]
    assert len(alternatives) >= case.ways_out, alternatives
    for alternative in alternatives:
        for shown in alternative["toml"].strip().splitlines():
            assert shown in ran.out, shown
        pasted = paste(text, alternative["toml"])
        anew = Desk(desk.folder)
        anew.write(pasted)
        shutil.rmtree(desk.folder / ".reconciler", ignore_errors=True)
        planned = anew.run("plan")
        assert planned.code == 0, f"{alternative['text']}\n{pasted}\n{planned.out}{planned.err}"
        applied = anew.run("apply", "--auto-approve")
        assert applied.code == 0, f"{alternative['text']}\n{pasted}\n{applied.out}{applied.err}"
        left = anew.run("plan", "--detailed-exitcode")
        assert left.code == 0, f"{alternative['text']}\n{left.out}"


@pytest.mark.parametrize(
    ("rule", "region"),
    [("REG001", "eu-central-1"), ("REG001", "AWS:us-east-1"), ("REG002", "aws:eu-centrl-1")],
)
def test_a_region_that_is_none_is_an_error_in_the_file(estate: Lab, rule: str, region: str) -> None:
    estate.write(estate.HEAD, f'[projects.new]\nregion = "{region}"\nbill_to = "org-lab"\n')
    ran = estate.run("plan")
    assert ran.code == 1
    assert "lab.toml:8:10: error: " in ran.err
    assert region in ran.err
    found = estate.run("validate", "--format", "json").json["diagnostics"]
    assert [entry["code"] for entry in found] == [rule]
    assert not (estate.folder / ".reconciler").exists()


def test_permitted_regions_are_a_request_to_sales_and_no_refusal(estate: Lab) -> None:
    wanted = '["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]'
    estate.write(estate.HEAD, f"[orgs.org-lab]\npermitted_regions = {wanted}\n")
    ran = estate.run("plan")
    assert ran.code == 0, ran.out
    assert "aws:eu-west-2" in ran.out
    assert "Plan: 1 manual, " in ran.out
    assert estate.run("plan", "--detailed-exitcode").code == 2
    assert estate.run("apply", "--auto-approve").code == 0
    assert writes(estate) == []


def test_an_offer_to_the_wanted_user_is_for_that_user_to_accept(estate: Lab) -> None:
    estate.write(estate.HEAD, '[projects.offered]\nbill_to = "user-carol"\n[orgs.org-lab]\n')
    ran = estate.run("plan")
    assert ran.code == 0, ran.out
    assert "acceptTransfer" in ran.out
    assert "Plan: 1 manual, " in ran.out
    assert estate.run("plan", "--detailed-exitcode").code == 2
    assert writes(estate) == []


def test_what_cannot_be_told_is_7_and_is_never_in_sync(estate: Lab) -> None:
    estate.write(estate.HEAD, '[users.user-bob]\ndefault_region = "aws:us-east-1"\n')
    ran = estate.run("plan", "--detailed-exitcode")
    assert ran.code == 7
    assert "only user-bob can read it" in ran.out
    assert "No changes. The platform" not in ran.out
    estate.write(estate.HEAD, '[users.user-bob]\ndefault_region = "aws:us-east-1"\nunreadable = "accept"\n')
    ran = estate.run("plan", "--detailed-exitcode")
    assert ran.code == 0
    assert "1 unreadable" in ran.out


def test_a_destroyed_project_is_refused_until_it_is_named(estate: Lab) -> None:
    table = '[projects.going]\nname = "Going"\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n'
    estate.write(estate.HEAD, table)
    assert estate.run("apply", "--auto-approve").code == 0
    estate.call("/project-J0000000000000000000005A/destroy")
    ran = estate.run("plan", "--write", "json=plan.json")
    assert ran.code == 3
    assert "REG304" in ran.out
    assert "project-J0000000000000000000005A" in ran.out
    assert estate.run("drift").code == 2
    assert writes(estate) == ["/project-J0000000000000000000005A/destroy"]
    (refusal,) = json.loads((estate.folder / "plan.json").read_text())["refusals"]
    (alternative,) = refusal["alternatives"]
    estate.write(paste(estate.HEAD + table, alternative["toml"]))
    assert estate.run("plan").code == 0
    assert estate.run("apply", "--auto-approve").code == 0
    assert estate.run("plan", "--detailed-exitcode").code == 0
    assert writes(estate)[1:] == ["/project/new"]
