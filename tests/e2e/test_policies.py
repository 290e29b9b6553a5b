"""Policies, waivers and guards through the installed command: what is refused is never sent, what is
violated is told, and what an apply has recorded is known to the next run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.sandbox import served
from support.tokens import token_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

BIOBANKS = Path(__file__).parents[2] / "configs" / "biobanks"
TRIAL = "project-J0000000000000000000001A"

HEAD = """
workspace = "lab"

[provider]
type = "sandbox"
world = "world/world.toml"

[region_groups]
europe = ["@eu"]
eu = ["aws:eu-central-1", "azure:westeurope"]

[orgs.org-lab]
"""

POLICY = """
[[policies]]
id = "gdpr"
match = { bill_to = "org-lab", name = "Trial*" }
regions = ["@europe"]
reason = "GDPR art. 44"
"""

WAIVER = """
[[waivers]]
policy = "gdpr"
match = { name = "Trial*" }
reason = "moved out by then"
ticket = "COMP-17"
approved_by = "dpo@example.org"
expires = DAY
"""

CREATE = """
[projects.new]
name = "Trial two"
region = "REGION"
bill_to = "org-lab"
"""

US, EU = "aws:us-east-1", "aws:eu-central-1"


def waiver(day: str) -> str:
    return WAIVER.replace("DAY", day)


def create(region: str) -> str:
    return CREATE.replace("REGION", region)


def plan(lab: Lab, code: int) -> Any:
    ran = lab.run("plan", "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return ran.json


def drift(lab: Lab, code: int) -> list[dict[str, Any]]:
    ran = lab.run("drift", "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return [item for item in ran.json["items"] if item["policy"] is not None]


def test_a_step_against_a_policy_is_refused_and_never_sent(lab: Lab) -> None:
    lab.write(HEAD, POLICY, create(US))
    ran = lab.run("plan")
    assert ran.code == 3
    assert "REG301" in ran.out
    assert "gdpr (GDPR art. 44)" in ran.out
    assert f'region = "{EU}"' in ran.out
    assert lab.run("apply", "--auto-approve").code == 3
    assert lab.run("apply", "--auto-approve", "--skip-refused").code == 0
    assert lab.projects() == ["Trial"]
    lab.write(HEAD, POLICY, create(EU))
    assert lab.run("apply", "--auto-approve").code == 0
    assert lab.projects() == ["Trial", "Trial two"]


def test_a_rename_into_the_scope_of_a_policy_is_refused_and_one_out_of_it_is_done(lab: Lab) -> None:
    other = POLICY.replace("Trial*", "Study*")
    lab.write(HEAD, other, f'[projects.trial]\nid = "{TRIAL}"\nname = "Study"\n')
    found = plan(lab, 3)
    assert [r["rule"] for r in found["refusals"]] == ["REG301"]
    assert found["refusals"][0]["facts"] == [f"{TRIAL}.region"]
    assert found["violations"] == []
    lab.write(HEAD, POLICY, f'[projects.trial]\nid = "{TRIAL}"\nname = "Study"\n')
    assert [v["project"] for v in plan(lab, 0)["violations"]] == [TRIAL]
    assert lab.run("apply", "--auto-approve").code == 0
    assert plan(lab, 0)["violations"] == []
    assert lab.projects() == ["Study"]


def test_a_standing_violation_of_an_unmanaged_project_is_told_in_plan_and_drift(lab: Lab) -> None:
    lab.write(HEAD, POLICY)
    ran = lab.run("plan")
    assert ran.code == 0, ran.out
    for said in ("policy gdpr allows only @europe", "lab.toml:", "GDPR art. 44", f"{TRIAL} (Trial)", US):
        assert said in ran.out, said
    assert "Violations: 1 new since the policies were last applied.\n" in ran.out
    (item,) = drift(lab, 3)
    assert (item["verdict"], item["id"], item["policy"], item["attribute"]) == (
        "violation",
        TRIAL,
        "gdpr",
        "region",
    )
    assert "policy gdpr allows only @europe" in lab.run("drift").out


def test_an_apply_remembers_the_policies_and_a_changed_one_shows_what_it_newly_violates(lab: Lab) -> None:
    lab.write(HEAD, POLICY)
    assert [v["new"] for v in plan(lab, 0)["violations"]] == [True]
    assert lab.run("apply", "--auto-approve").code == 0
    assert [v["new"] for v in plan(lab, 0)["violations"]] == [False]
    wider = POLICY.replace('"gdpr"', '"all"').replace("Trial*", "*")
    lab.write(HEAD, POLICY, wider)
    assert [(v["policy"], v["new"]) for v in plan(lab, 0)["violations"]] == [("all", True), ("gdpr", False)]


def test_a_group_that_loses_a_region_shows_what_is_newly_violated(lab: Lab) -> None:
    lab.write(HEAD.replace('eu = ["aws:eu', f'eu = ["{US}", "aws:eu'), POLICY)
    assert plan(lab, 0)["violations"] == []
    assert lab.run("apply", "--auto-approve").code == 0
    lab.write(HEAD, POLICY)
    assert [v["new"] for v in plan(lab, 0)["violations"]] == [True]


@pytest.mark.parametrize(
    ("day", "ticket", "told"),
    [
        ("2026-02-15", "COMP-17", None),
        ("2026-02-14", "COMP-17", "waiver_expiring"),
        ("2026-01-15", "COMP-17", "waiver_expiring"),
        ("2026-01-14", None, "waiver_expired"),
    ],
)
def test_a_waiver_is_judged_by_the_clock_of_the_world(
    lab: Lab, day: str, ticket: str | None, told: str | None
) -> None:
    text = HEAD + POLICY + waiver(day)
    lab.write(text)
    found = plan(lab, 0)
    assert [v["waiver"] for v in found["violations"]] == [ticket]
    assert [w["code"] for w in found["warnings"]] == ([told.replace("_", "-")] if told else [])
    verdicts = [item["verdict"] for item in drift(lab, 3 if ticket is None else 0)]
    assert verdicts == ([told] if told else [])
    if told is not None:
        line = 1 + text.splitlines().index(f"expires = {day}")
        ran = lab.run("plan")
        for said in ("COMP-17", "dpo@example.org", day, f"lab.toml:{line}:11: warning: "):
            assert said in ran.out, said


def test_a_saved_plan_whose_waiver_has_ended_meanwhile_is_refused_and_nothing_is_sent(lab: Lab) -> None:
    with served(lab.folder / "world" / "world.toml", "--control") as running:
        there = HEAD.replace('world = "', f'endpoint = "http://127.0.0.1:{running.port}"\nworld = "')
        lab.write(there, POLICY, waiver("2026-01-20"), create(US))
        assert lab.run("plan", "-o", "plan.json").code == 0
        listed = json.loads((lab.folder / "plan.json").read_text())["violations"]
        assert {(v["project"], v["waiver"]) for v in listed} == {
            (TRIAL, "COMP-17"),
            ("projects.new", "COMP-17"),
        }
        running.control("clock", {"now": "2026-01-21T00:00:00Z"})
        ran = lab.run("apply", "plan.json", "--auto-approve")
        assert ran.code == 3, ran.out + ran.err
        assert "projects.new is refused now: policy gdpr" in ran.err
        assert "waiver COMP-17 expired on 2026-01-20" in ran.err
        _, found, _ = running.post("/org-lab/findProjects", token=token_of("user-alice"))
        assert [project["id"] for project in found["results"]] == [TRIAL]
        running.control("clock", {"now": "2026-01-20T23:59:59Z"})
        assert lab.run("apply", "plan.json", "--auto-approve").code == 0


def test_what_a_partial_list_leaves_open_is_7_until_it_is_accepted(lab: Lab) -> None:
    bob = '[users.user-bob]\n[[policies]]\nid = "bob"\nmatch = { bill_to = "user-bob" }\nregions = ["@eu"]\n'
    lab.write(HEAD, bob)
    found = plan(lab, 7)
    (unreadable,) = found["unreadable"]
    assert (unreadable["address"], unreadable["attribute"]) == ("policies.bob", "user-bob.estate")
    assert "user-bob" in unreadable["reason"]
    assert [item["verdict"] for item in drift(lab, 7)] == ["unreadable"]
    lab.write(HEAD, bob.replace("[users.user-bob]", '[users.user-bob]\nunreadable = "accept"'))
    assert plan(lab, 0)["unreadable"] == []
    assert drift(lab, 0) == []


def test_what_matches_nothing_is_a_warning_at_its_line(lab: Lab) -> None:
    lab.write(HEAD, POLICY.replace("Trial*", "Tral*"), waiver("2027-01-31").replace("Trial*", "Tral*"))
    found = plan(lab, 0)
    assert [(w["code"], w["line"], w["severity"]) for w in found["warnings"]] == [
        ("policy-matches-nothing", 16, "warning"),
        ("waiver-matches-nothing", 22, "warning"),
    ]


def test_a_guard_stops_an_apply_whatever_is_skipped(lab: Lab) -> None:
    lab.write(HEAD, "[guards]\nmax_changes = 0\n", create(EU))
    ran = lab.run("plan", "-o", "plan.json")
    assert ran.code == 3
    assert "this plan has 1 step: max_changes allows 0" in ran.out
    assert "max_changes = 0\n" in ran.out
    assert "--skip-refused" not in ran.out
    found = json.loads((lab.folder / "plan.json").read_text())
    assert found["applyable"] is False
    (refusal,) = found["refusals"]
    assert (refusal["address"], refusal["rule"], refusal["source"]["line"]) == ("guards", "REG302", 14)
    for command in (["apply"], ["apply", "--skip-refused"], ["apply", "plan.json", "--skip-refused"]):
        stopped = lab.run(*command, "--auto-approve")
        assert stopped.code == 3, (command, stopped.out, stopped.err)
    assert "guard" in stopped.err
    assert lab.projects() == ["Trial"]
    lab.write(HEAD, "[guards]\nmax_changes = 1\n", create(EU))
    assert lab.run("apply", "--auto-approve").code == 0


def test_an_emptied_workspace_is_refused_until_the_guard_says_otherwise(lab: Lab) -> None:
    guard = "[guards]\nallow_empty = false\n"
    lab.write(HEAD, guard, create(EU))
    assert lab.run("apply", "--auto-approve").code == 0
    empty = HEAD.replace("[orgs.org-lab]", "")
    lab.write(empty, guard)
    assert lab.run("apply", "--auto-approve").code == 3
    assert [r["rule"] for r in plan(lab, 3)["refusals"]] == ["REG302"]
    lab.write(empty, guard.replace("false", "true"))
    assert lab.run("apply", "--auto-approve").code == 0
    lab.write(empty, guard)
    assert plan(lab, 0)["refusals"] == []


def test_policies_that_contradict_each_other_stop_every_command_at_their_lines(lab: Lab) -> None:
    other = POLICY.replace('"gdpr"', '"us"').replace("@europe", US).replace("Trial*", "*")
    lab.write(HEAD, POLICY, other)
    for command in ("validate", "plan", "drift"):
        ran = lab.run(command)
        assert ran.code == 1, command
        assert "lab.toml:23:11: error: " in ran.out + ran.err
        assert "lab.toml:17" in ran.out + ran.err


def test_the_biobanks_are_applied_but_for_what_is_refused_and_their_policies_remembered(lab: Lab) -> None:
    shutil.rmtree(lab.folder)
    shutil.copytree(BIOBANKS, lab.folder, ignore=shutil.ignore_patterns(".reconciler"))
    refused = ["projects.reference-panel", "projects.simulated", "projects.ukb-deep-learning"]
    assert [r["address"] for r in plan(lab, 3)["refusals"]] == refused
    ran = lab.run("apply", "--auto-approve", "--skip-refused")
    assert ran.code == 0, ran.out + ran.err
    left = plan(lab, 3)
    assert left["steps"] == []
    assert [(r["address"], r["rule"]) for r in left["refusals"]] == [(one, "REG301") for one in refused]
    assert {(v["policy"], v["waiver"], v["new"]) for v in left["violations"]} == {
        ("ofh-all", None, False),
        ("ofh-all", "COMP-31", False),
        ("ukb-participants", None, False),
        ("ukb-participants", "COMP-12", False),
    }
    assert sorted(item["verdict"] for item in drift(lab, 3)) == [
        "violation",
        "waiver_expired",
        "waiver_expiring",
    ]
