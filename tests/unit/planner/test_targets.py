"""A plan for some addresses: what they depend on is taken along, and nothing else is told or recorded."""

from __future__ import annotations

from support.worlds import (
    EU,
    OPTIONS,
    SYD,
    US,
    Fixed,
    actual,
    baseline,
    desired,
    org,
    pid,
    project,
    stranger,
    wanted,
)

from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Match, Policy, Profile, Workspace
from reconciler.planner import Planned, plan

SYDNEY = Profile(permitted_regions=(US, EU, SYD))


def planned(
    workspace: Workspace, snapshot: Snapshot, *targets: str, before: Baseline | None = None
) -> Planned:
    return plan(workspace, Fixed(snapshot), before or Baseline(), OPTIONS, targets=targets)


def addresses(found: Planned) -> set[str]:
    told = found.plan
    parts = (told.steps, told.manual, told.blocked, told.refusals, told.unreadable)
    return {entry.address for part in parts for entry in part}


def test_only_what_was_asked_for_is_planned_and_counted():
    workspace = desired({"a": wanted(), "b": wanted(), "c": wanted(region=SYD)})
    found = planned(workspace, actual(), "projects.a")
    assert [step.address for step in found.plan.steps] == ["projects.a"]
    assert [step.id for step in found.plan.steps] == ["s1"]
    summary = found.plan.summary
    assert (summary.create, summary.refused, summary.unchanged) == (1, 0, 0)
    assert found.plan.targets == ("projects.a",)


def test_it_says_so_first_of_all():
    found = planned(desired({"a": wanted(), "b": wanted()}), actual(), "projects.a")
    warning = found.plan.warnings[0]
    assert (warning.code, warning.summary) == ("targeted", "this plan covers projects.a only")
    assert not planned(desired({"a": wanted()}), actual()).plan.warnings


def test_the_payer_on_whose_grant_it_waits_is_taken_along():
    workspace = desired({"a": wanted(region=SYD), "b": wanted()}, orgs={"org-a": SYDNEY, "org-b": SYDNEY})
    found = planned(workspace, actual(profiles=(org("org-b"),)), "projects.a")
    assert addresses(found) == {"projects.a", "orgs.org-a"}
    assert found.plan.manual[0].unblocks == ("projects.a",)
    assert "orgs.org-a" in str(found.plan.warnings[0].detail)


def test_what_only_waits_for_the_target_is_left_out():
    workspace = desired({"a": wanted(region=SYD)}, orgs={"org-a": SYDNEY})
    assert addresses(planned(workspace, actual(), "orgs.org-a")) == {"orgs.org-a"}


def handing_on() -> tuple[Workspace, Snapshot]:
    """Project 1 bears the mark of b and is to be a; project 2 is to be b."""
    workspace = desired(
        {
            "a": wanted(id=pid(1), adopt=True, name="one"),
            "b": wanted(id=pid(2), adopt=True, name="two"),
            "c": wanted(),
        }
    )
    there = (project(1, name="one", mark="ws/projects.b"), project(2, name="two"))
    return workspace, actual(*there)


def test_a_mark_that_is_handed_on_is_given_up_first():
    found = planned(*handing_on(), "projects.b")
    assert [step.address for step in found.plan.steps] == ["projects.a", "projects.b"]
    assert found.plan.steps[1].depends_on == (found.plan.steps[0].id,)
    whole = planned(*handing_on())
    assert {s.address for s in whole.plan.steps} == {"projects.a", "projects.b", "projects.c"}


def test_what_gives_its_mark_up_does_not_need_who_gets_it():
    assert addresses(planned(*handing_on(), "projects.a")) == {"projects.a"}


def test_where_the_bearer_of_the_mark_cannot_be_mended_it_is_shown_with_what_it_holds_up():
    workspace, snapshot = handing_on()
    stays = desired({**workspace.projects, "a": wanted(id=pid(1), adopt=True, name="one", region=EU)})
    found = planned(stays, snapshot, "projects.b")
    assert {refusal.address for refusal in found.plan.refusals} == {"projects.a", "projects.b"}


def test_a_target_in_sync_is_unchanged_and_nothing_else_is_looked_at():
    workspace = desired({"a": wanted(name="rna"), "b": wanted()}, users={"user-bob": Profile(US)})
    snapshot = actual(project(1, mark="ws/projects.a"), profiles=(stranger("user-bob"),))
    found = planned(workspace, snapshot, "projects.a")
    assert not addresses(found)
    assert found.plan.summary.unchanged == 1


def test_only_what_is_covered_is_recorded_and_nothing_is_forgotten():
    workspace = desired({"a": wanted(name="a"), "b": wanted(name="b")}, orgs={"org-a": Profile(US)})
    there = (project(1, name="a", mark="ws/projects.a"), project(2, name="b", mark="ws/projects.b"))
    found = planned(workspace, actual(*there), "projects.a", before=baseline(gone=3))
    assert set(found.settled) == {"projects.a"}
    assert not found.forgotten
    assert not found.plan.forgotten
    assert found.plan.summary.forget == 0
    whole = planned(workspace, actual(*there), before=baseline(gone=3))
    assert set(whole.settled) == {"projects.a", "projects.b", "orgs.org-a"}
    assert whole.forgotten


def test_policies_are_not_recorded_as_applied_by_a_part_of_the_plan():
    workspace = desired({"a": wanted(region=EU), "b": wanted(region=EU)}, policy_payer="org-a")
    old = (Policy("old", (US,), Match(bill_to="org-a")),)
    found = planned(workspace, actual(), "projects.a", before=Baseline(policies=old))
    assert found.policies == old
    assert planned(workspace, actual()).policies[0].id == "p"


def test_only_the_violations_of_what_is_covered_are_told():
    workspace = desired({"a": wanted(name="a"), "b": wanted(name="b")}, policy_payer="org-a")
    there = (project(1, name="a", mark="ws/projects.a"), project(2, name="b", mark="ws/projects.b"))
    found = planned(workspace, actual(*there), "projects.a")
    assert [violation.project for violation in found.plan.violations] == [pid(1)]
    assert len(planned(workspace, actual(*there)).plan.violations) == 2


def test_a_policy_is_idle_only_if_the_whole_plan_gives_it_nothing_to_speak_of():
    workspace = desired(
        {"a": wanted(region=EU), "b": wanted("org-b", EU)}, orgs={"org-b": Profile()}, policy_payer="org-b"
    )
    found = planned(workspace, actual(profiles=(org("org-b"),)), "projects.a")
    assert [warning.code for warning in found.plan.warnings] == ["targeted"]
