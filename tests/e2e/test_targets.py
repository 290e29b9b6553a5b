"""``--target``: a part of the workspace is planned and applied, with what it depends on, and no more."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import to_builtins
from support.desk import EU, UK, US, a_project, marked
from support.ledgers import baseline_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.desk import Desk

    Desks = Callable[..., Desk]

TWO = f"""
[projects.one]
name = "One"
region = "{US}"
bill_to = "org-lab"

[projects.two]
name = "Two"
region = "{EU}"
bill_to = "org-lab"
"""
WAITING = f"""
[orgs.org-lab]
permitted_regions = ["{US}", "{EU}", "{UK}"]

[orgs.org-clinic]
permitted_regions = ["{EU}"]

[projects.london]
region = "{UK}"
bill_to = "org-lab"
"""


def names(lab: Desk) -> list[str]:
    return sorted(project.name for project in lab.platform.state.projects.values())


def baseline(lab: Desk) -> Any:
    return to_builtins(baseline_of(lab.folder))


def test_only_the_target_is_planned_and_the_next_command_keeps_it(desk: Desks):
    lab = desk()
    lab.write(TWO)
    ran = lab.run("plan", "--target", "projects.two")
    assert ran.code == 0
    assert "+ projects.two" in ran.out
    assert "projects.one" not in ran.out
    assert "warning: this plan covers projects.two only" in ran.out
    assert "Plan: 1 to create.\n" in ran.out
    assert ran.out.splitlines()[-1].strip() == "reconciler apply --target projects.two"


def test_only_the_target_is_applied_and_recorded(desk: Desks):
    lab = desk()
    lab.write(TWO)
    lab.apply(f'[projects.old]\nname = "Old"\nregion = "{US}"\nbill_to = "org-lab"\n')
    lab.write(TWO)
    ran = lab.run("apply", "--auto-approve", "--target", "projects.two")
    assert ran.code == 0, ran.err
    assert names(lab) == ["Old", "Two"]
    assert set(baseline(lab)["resources"]) == {"projects.old", "projects.two"}
    assert not baseline(lab)["forgotten"]
    assert lab.run("plan", "--target", "projects.two").out.splitlines()[-1].startswith("No changes. ")
    whole = lab.plan()
    assert [step["address"] for step in whole["steps"]] == ["projects.one"]
    assert [one["address"] for one in whole["forgotten"]] == ["projects.old"]


def test_a_saved_plan_of_a_target_is_applied_as_it_was_reviewed(desk: Desks):
    lab = desk(a_project(1, "There", properties=marked("there")))
    lab.write(f'{TWO}\n[projects.there]\nname = "There"\nbill_to = "org-lab"\n')
    ran = lab.run("plan", "--target", "projects.two", "--target", "projects.two", "-o", "part.json")
    assert ran.out.splitlines()[-1].strip() == "reconciler apply part.json"
    assert json.loads((lab.folder / "part.json").read_text())["targets"] == ["projects.two"]
    assert lab.run("apply", "part.json", "--auto-approve").code == 0
    assert names(lab) == ["There", "Two"]
    assert set(baseline(lab)["resources"]) == {"projects.two"}
    again = lab.run("apply", "part.json", "--auto-approve")
    assert again.code == 5


def test_a_stale_plan_of_a_target_is_made_anew_for_that_target(desk: Desks):
    lab = desk()
    lab.write(TWO)
    lab.run("plan", "--target", "projects.two", "-o", "part.json")
    lab.call("user-alice", "/org-lab/update", defaultRegion=EU)
    lab.write(TWO + "\n# another word\n")
    ran = lab.run("apply", "part.json", "--auto-approve")
    assert ran.code == 5
    again = shlex.split(ran.out.rpartition("reconciler ")[2])
    assert again == ["plan", "--target", "projects.two", "-o", "part.json"]
    assert lab.run(*again).code == 0


def test_the_payer_that_the_target_waits_for_is_taken_along(desk: Desks):
    lab = desk()
    lab.write(WAITING)
    ran = lab.run("plan", "--target", "projects.london", "--format", "json")
    assert ran.code == 0
    assert [one["address"] for one in ran.json["manual"]] == ["orgs.org-lab"]
    assert [one["address"] for one in ran.json["blocked"]] == ["projects.london"]
    assert {one["address"] for one in lab.plan()["manual"]} == {"orgs.org-lab", "orgs.org-clinic"}


def test_what_is_refused_elsewhere_does_not_hold_a_target_back(desk: Desks):
    lab = desk()
    lab.write(TWO.replace(f'"{US}"', f'"{UK}"'))
    assert lab.run("plan").code == 3
    assert lab.run("plan", "--target", "projects.two").code == 0
    assert lab.run("plan", "--target", "projects.one").code == 3
    assert lab.run("apply", "--auto-approve", "--target", "projects.two").code == 0
    assert names(lab) == ["Two"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("projects.tow", "projects.two"),
        ("two", "projects.two"),
        ("org-lab", "orgs.org-lab"),
        ("projects.old", "projects.one"),
    ],
)
@pytest.mark.parametrize("command", [("plan",), ("apply", "--auto-approve")])
def test_an_address_that_is_not_there_is_an_error_with_what_was_meant(
    desk: Desks, command: tuple[str, ...], typed: str, meant: str
):
    lab = desk()
    lab.write(TWO + '[orgs.org-lab]\n[[moved]]\nfrom = "projects.old"\nto = "projects.one"\n')
    ran = lab.run(*command, "--target", typed, "--target", "projects.two")
    assert ran.code == 1
    assert f'there is no "{typed}" in the TOML' in ran.err
    assert f'did you mean "{meant}"?' in ran.err
    assert names(lab) == []


def test_every_address_that_is_not_there_is_told(desk: Desks):
    lab = desk()
    lab.write(TWO)
    ran = lab.run("plan", "--target", "projects.a", "--target", "projects.b", "--format", "json")
    assert ran.code == 1
    assert [one["code"] for one in ran.json["diagnostics"]] == ["unknown-address"] * 2


def test_a_saved_plan_takes_no_target(desk: Desks):
    lab = desk()
    lab.write(TWO)
    lab.run("plan", "-o", "plan.json")
    assert lab.run("apply", "plan.json", "--auto-approve", "--target", "projects.two").code == 64
    assert names(lab) == []
