"""Policies over the whole estate and over what a plan would make of it; waivers; guards."""

from __future__ import annotations

import datetime

import pytest
from msgspec.structs import replace
from support.worlds import (
    ADMIN,
    EU,
    HIDDEN,
    PLAIN,
    UK,
    US,
    actual,
    desired,
    org,
    pid,
    plan_of,
    planned,
    project,
    wanted,
)

from reconciler import rules
from reconciler.model.actual import FactKey, Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Guards, Match, Policy, Profile, Region, Waiver, Workspace
from reconciler.model.plan import Plan, Violation
from reconciler.planner.judge import Judge

MARK = "ws/projects.rna"
OURS = {"org-a": Profile(), "org-b": Profile()}
GDPR = Policy("gdpr", ("@eu",), Match(bill_to="org-b", name="EU *"), "GDPR art. 44")
EVERY = Policy("every", (EU,))
GROUPS = {"eu": (EU, "azure:westeurope")}
EPOCH = datetime.date(1970, 1, 1)


def ws(*policies: Policy, waivers: tuple[Waiver, ...] = (), **more: object) -> Workspace:
    projects = more.pop("projects", None)
    made = {"orgs": OURS, "groups": GROUPS, "policies": policies, "waivers": waivers, **more}
    return desired(projects, **made)  # type: ignore[arg-type] # test sugar


def waiver(days: int = 365, ticket: str = "COMP-17", policy: str = "gdpr", **match: str) -> Waiver:
    ends = EPOCH + datetime.timedelta(days=days)
    return Waiver(policy, Match(**match), "why", ticket, "dpo@example.org", ends)


def estate(*projects: object, **more: object) -> Snapshot:
    return actual(*projects, profiles=(org("org-b", (US, EU, UK)),), **more)  # type: ignore[arg-type]


def refused(plan: Plan) -> list[tuple[str, str]]:
    assert not plan.steps
    return [(r.address, r.rule) for r in plan.refusals]


def codes(plan: Plan) -> list[str]:
    return [warning.code for warning in plan.warnings]


# What a step would cause.


def test_a_creation_outside_the_allowed_regions_is_refused_with_an_allowed_one_as_way_out():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "EU new")})
    plan = plan_of(workspace, estate())
    assert refused(plan) == [("projects.rna", "REG301")]
    (refusal,) = plan.refusals
    for said in ("gdpr", "GDPR art. 44", "azure:westeurope", "EU new", "org-b", US):
        assert said in refusal.message
    assert refusal.alternatives[0].steps[0].after["region"] == EU


def test_a_region_left_out_is_judged_by_the_payers_default():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", None, "EU new")})
    assert refused(plan_of(workspace, estate())) == [("projects.rna", "REG301")]


def test_a_creation_that_no_policy_means_or_that_is_allowed_is_a_step():
    for table in (wanted("org-b", EU, "EU new"), wanted("org-b", US, "other"), wanted("org-a", US, "EU x")):
        assert len(plan_of(ws(GDPR, projects={"rna": table}), estate()).steps) == 1


def test_a_new_name_that_brings_a_project_under_a_policy_is_refused():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "EU cohort")})
    plan = plan_of(workspace, estate(project(1, bill_to="org-b", mark=MARK)))
    assert refused(plan) == [("projects.rna", "REG301")]
    assert plan.refusals[0].facts == (f"{pid(1)}.region",)
    assert not plan.violations


def test_a_new_payer_that_brings_a_project_under_a_policy_is_refused():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "EU cohort")})
    plan = plan_of(workspace, estate(project(1, name="EU cohort", mark=MARK)))
    assert refused(plan) == [("projects.rna", "REG301")]
    assert "cannot be billed to org-b" in plan.refusals[0].message


def test_a_new_name_that_takes_a_project_away_from_its_waiver_is_refused():
    workspace = ws(GDPR, waivers=(waiver(name="EU old"),), projects={"rna": wanted("org-b", US, "EU new")})
    plan = plan_of(workspace, estate(project(1, name="EU old", bill_to="org-b", mark=MARK)))
    assert refused(plan) == [("projects.rna", "REG301")]
    assert [v.waiver for v in plan.violations] == ["COMP-17"]


def test_a_project_that_stands_in_violation_may_be_renamed_within_it():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "EU new")})
    plan = plan_of(workspace, estate(project(1, name="EU old", bill_to="org-b", mark=MARK)))
    assert [step.after for step in plan.steps] == [{"name": "EU new"}]
    assert [v.project for v in plan.violations] == [pid(1)]


def test_a_project_may_be_brought_out_of_violation():
    workspace = ws(GDPR, projects={"rna": wanted("org-a", US, "EU old")})
    plan = plan_of(workspace, estate(project(1, name="EU old", bill_to="org-b", mark=MARK)))
    assert [step.after for step in plan.steps] == [{"bill_to": "org-a"}]


def test_name_and_payer_that_change_in_one_call_are_judged_by_what_both_leave():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "other")})
    plan = plan_of(workspace, estate(project(1, name="EU cohort", mark=MARK)))
    assert [step.after for step in plan.steps] == [{"name": "other", "bill_to": "org-b"}]


def test_name_and_payer_that_together_bring_a_project_under_a_policy_are_refused_once():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", US, "EU cohort")})
    plan = plan_of(workspace, estate(project(1, name="other", mark=MARK)))
    assert refused(plan) == [("projects.rna", "REG301")]


def test_a_change_in_two_calls_is_judged_after_each_of_them():
    # Renaming is for who administers it, the payer for whom both orgs let: two people, two calls.
    under = Policy("us-only", (EU,), Match(bill_to="org-a", name="EU *"))
    workspace = ws(under, projects={"rna": wanted("org-b", US, "EU cohort")})
    snapshot = actual(
        project(1, name="other", level="ADMINISTER", mark=MARK),
        profiles=(
            org("org-a", members={"user-alice": PLAIN, "user-bob": ADMIN}, restrict="ADMIN"),
            org("org-b", (US, EU), members={"user-alice": PLAIN, "user-bob": ADMIN}),
        ),
        identities=("user-alice", "user-bob"),
        levels={("user-bob", pid(1)): "ADMINISTER"},
    )
    plan = plan_of(workspace, snapshot)
    # Renamed first, it would be an EU project of org-a in the US for a moment.
    assert refused(plan) == [("projects.rna", "REG301")]


def test_what_could_not_be_read_and_would_decide_over_a_change_cannot_be_told():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", None, "EU cohort")})
    plan = plan_of(workspace, estate(project(1, region=HIDDEN, bill_to="org-b", mark=MARK)))
    assert not plan.steps
    assert not plan.refusals
    assert ("projects.rna", f"{pid(1)}.region") in [(u.address, u.attribute) for u in plan.unreadable]


def test_an_unreadable_region_that_a_change_makes_no_difference_to_holds_nothing_back():
    for policy, old, new in ((EVERY, "old", "new"), (GDPR, "EU old", "EU new"), (GDPR, "old", "new")):
        workspace = ws(policy, projects={"rna": wanted("org-b", None, new)})
        plan = plan_of(workspace, estate(project(1, name=old, region=HIDDEN, bill_to="org-b", mark=MARK)))
        assert [step.after for step in plan.steps] == [{"name": new}]


def test_a_project_in_whatever_region_suits_best_would_not_be_refused():
    table = wanted("org-b", US, "EU cohort")
    snapshot = estate(project(1, bill_to="org-b", mark=MARK))
    judge = Judge(ws(GDPR, projects={"rna": table}), snapshot, Baseline())
    (change,) = judge.project("rna", table).changes
    rule = rules.find("REG301")
    assert rule is not None
    assert [f.verdict for f in rule.check(change, judge.world({}, (change,)))] == ["refused"]
    assert list(rule.check(change, judge.world({}, (change,), {FactKey(pid(1), "region")}))) == []


def test_what_a_legal_change_rests_on_are_the_facts_that_a_policy_looked_at():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", EU, "EU cohort")})
    (step,) = plan_of(workspace, estate(project(1, region=EU, bill_to="org-b", mark=MARK))).steps
    assert {f"{pid(1)}.{attribute}" for attribute in ("name", "bill_to", "region")} <= set(step.preconditions)
    (step,) = plan_of(
        ws(projects={"rna": wanted("org-b", EU, "EU cohort")}),
        estate(project(1, region=EU, bill_to="org-b", mark=MARK)),
    ).steps
    assert f"{pid(1)}.region" not in step.preconditions


# What stands already.


def test_a_standing_violation_is_reported_and_refuses_nothing():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", EU, "EU rna")})
    unmanaged = project(2, name="EU scratch", bill_to="org-b")
    plan = plan_of(
        workspace, estate(project(1, name="rna", region=EU, bill_to="org-b", mark=MARK), unmanaged)
    )
    assert plan.violations == (Violation("gdpr", pid(2), US, None, True),)
    assert not plan.refusals
    assert len(plan.steps) == 1
    assert plan.applyable


def test_only_projects_of_the_workspaces_payers_and_managed_ones_are_judged():
    workspace = ws(EVERY, projects={"mine": wanted(None, None, None, id=pid(3))})
    snapshot = actual(
        project(1, bill_to="org-a"),
        project(2, bill_to="org-stranger"),
        project(3, bill_to="org-other"),
        profiles=(org("org-b"), org("org-other"), org("org-stranger")),
    )
    assert [v.project for v in plan_of(workspace, snapshot).violations] == [pid(1), pid(3)]


def test_a_claim_of_a_stranger_is_not_judged():
    snapshot = estate(project(1, bill_to="org-stranger", mark=MARK), project(2, bill_to=HIDDEN, mark=MARK))
    plan = plan_of(ws(EVERY), snapshot)
    assert not plan.violations
    assert not plan.unreadable


def test_a_violation_under_a_policy_as_last_applied_is_standing_and_else_new():
    snapshot = estate(project(1, name="EU x", bill_to="org-b"))
    before = planned(ws(GDPR), snapshot)
    assert [v.new for v in before.plan.violations] == [True]
    again = Baseline(policies=before.policies)
    assert [v.new for v in plan_of(ws(GDPR), snapshot, again).violations] == [False]
    # Changed in the meantime: the group, the match, and a policy that did not forbid it.
    elsewhere = ws(GDPR, groups={"eu": (UK,)})
    assert [v.new for v in plan_of(elsewhere, snapshot, again).violations] == [False]
    wider = Baseline(policies=(replace(GDPR, regions=(EU, US)),))
    assert [v.new for v in plan_of(ws(GDPR), snapshot, wider).violations] == [True]
    narrower = Baseline(policies=(replace(GDPR, regions=(EU,), match=Match(name="EU y")),))
    assert [v.new for v in plan_of(ws(GDPR), snapshot, narrower).violations] == [True]
    renamed = Baseline(policies=(replace(GDPR, id="other", regions=(EU,)),))
    assert [v.new for v in plan_of(ws(GDPR), snapshot, renamed).violations] == [True]


def test_the_policies_that_are_remembered_have_their_groups_expanded():
    (remembered,) = planned(ws(GDPR), estate()).policies
    assert remembered.regions == ("aws:eu-central-1", "azure:westeurope")


def test_violations_come_in_order_of_policy_and_project_whatever_the_order_read():
    projects = [project(n, bill_to="org-b") for n in (3, 1, 2)]
    found = plan_of(ws(EVERY, Policy("all", (UK, EU))), estate(*projects)).violations
    assert [(v.policy, v.project) for v in found] == [
        (p, pid(n)) for p in ("all", "every") for n in (1, 2, 3)
    ]


# Waivers.


def test_a_waived_violation_is_listed_with_its_ticket():
    plan = plan_of(ws(GDPR, waivers=(waiver(id=pid(1)),)), estate(project(1, name="EU x", bill_to="org-b")))
    assert [(v.project, v.waiver) for v in plan.violations] == [(pid(1), "COMP-17")]
    assert codes(plan) == []


@pytest.mark.parametrize(
    ("days", "ticket", "warned"),
    [
        (31, "COMP-17", []),
        (30, "COMP-17", ["waiver-expiring"]),
        (0, "COMP-17", ["waiver-expiring"]),
        (-1, None, ["waiver-expired"]),
    ],
)
def test_a_waiver_warns_thirty_days_ahead_and_fails_closed_once_it_has_expired(
    days: int, ticket: str | None, warned: list[str]
):
    snapshot = estate(project(1, name="EU x", bill_to="org-b"))
    plan = plan_of(ws(GDPR, waivers=(waiver(days, name="EU x"),)), snapshot)
    assert [v.waiver for v in plan.violations] == [ticket]
    assert codes(plan) == warned


def test_a_warning_about_a_waiver_names_ticket_approver_and_end_at_its_place():
    snapshot = estate(project(1, name="EU x", bill_to="org-b"))
    (warning,) = plan_of(ws(GDPR, waivers=(waiver(-1, name="EU x"),)), snapshot).warnings
    assert warning.summary == (
        "waiver COMP-17 of policy gdpr, approved by dpo@example.org, expired on 1969-12-31"
    )
    assert warning.snippet == "waivers.0 expires"
    (warning,) = plan_of(ws(GDPR, waivers=(waiver(1, name="EU x"),)), snapshot).warnings
    assert "expires in 1 day, on 1970-01-02" in warning.summary


def test_a_waiver_is_judged_by_the_providers_clock_and_not_by_ours():
    snapshot = estate(project(1, name="EU x", bill_to="org-b"))
    day = 24 * 3600 * 1000
    workspace = ws(GDPR, waivers=(waiver(100, name="EU x"),))
    at = {
        days: plan_of(workspace, replace(snapshot, provider_time=days * day)).violations[0].waiver
        for days in (100, 101)
    }
    assert at == {100: "COMP-17", 101: None}


def test_a_creation_under_a_waiver_is_a_step_and_is_listed_as_waived():
    workspace = ws(GDPR, waivers=(waiver(name="EU new"),), projects={"rna": wanted("org-b", US, "EU new")})
    plan = plan_of(workspace, estate())
    assert len(plan.steps) == 1
    assert plan.violations == (Violation("gdpr", "projects.rna", US, "COMP-17", True),)


def test_an_expired_waiver_excuses_no_creation():
    workspace = ws(
        GDPR, waivers=(waiver(-1, name="EU new"),), projects={"rna": wanted("org-b", US, "EU new")}
    )
    plan = plan_of(workspace, estate())
    assert refused(plan) == [("projects.rna", "REG301")]
    assert "waiver COMP-17 expired on 1969-12-31" in plan.refusals[0].message


# What matches nothing.


def test_a_policy_and_a_waiver_that_match_nothing_are_warned_about_at_their_lines():
    plan = plan_of(ws(GDPR, waivers=(waiver(name="nobody"),)), estate(project(1)))
    assert [(w.code, w.snippet) for w in plan.warnings] == [
        ("policy-matches-nothing", "policies.gdpr match"),
        ("waiver-matches-nothing", "waivers.0 match"),
    ]


def test_a_policy_that_is_kept_by_all_that_it_means_matches_something():
    assert codes(plan_of(ws(GDPR), estate(project(1, name="EU x", region=EU, bill_to="org-b")))) == []


def test_a_policy_that_means_only_what_the_plan_creates_matches_something():
    workspace = ws(GDPR, projects={"rna": wanted("org-b", EU, "EU new")})
    assert codes(plan_of(workspace, estate())) == []


def test_in_a_partial_estate_nothing_is_said_to_match_nothing():
    workspace = ws(GDPR, waivers=(waiver(name="nobody"),))
    assert codes(plan_of(workspace, estate(project(1), partial=("org-b",)))) == []


# What cannot be told.


def test_a_violation_found_in_a_partial_list_counts_and_that_there_are_no_others_cannot_be_told():
    snapshot = estate(project(1, name="EU x", bill_to="org-b"), partial=("org-b",))
    plan = plan_of(ws(GDPR), snapshot)
    assert [v.project for v in plan.violations] == [pid(1)]
    (entry,) = plan.unreadable
    assert (entry.address, entry.attribute) == ("policies.gdpr", "org-b.estate")
    assert "org-b" in entry.reason
    assert plan.summary.unreadable == 1


def test_a_partial_list_of_a_payer_that_a_policy_does_not_speak_of_leaves_nothing_open():
    assert not plan_of(ws(GDPR), estate(partial=("org-a",))).unreadable
    harmless = Policy("odd", (US,), Match(region=US))
    assert not plan_of(ws(harmless), estate(partial=("org-a",))).unreadable


def test_a_payer_who_is_accepted_as_unreadable_leaves_nothing_open():
    accepted = {"org-a": Profile(), "org-b": Profile(unreadable="accept")}
    plan = plan_of(ws(GDPR, orgs=accepted), estate(partial=("org-b",)))
    assert not plan.unreadable
    assert codes(plan) == []


def test_a_policy_on_one_project_that_was_read_does_not_hang_on_what_is_unlisted():
    one = Policy("one", (EU,), Match(id=pid(1)))
    plan = plan_of(ws(one), estate(project(1), partial=("org-a", "org-b")))
    assert [v.project for v in plan.violations] == [pid(1)]
    assert not plan.unreadable
    unseen = plan_of(ws(one), estate(partial=("org-a",)))
    assert [u.address for u in unseen.unreadable] == ["policies.one"]


@pytest.mark.parametrize("attribute", ["name", "region"])
def test_a_project_whose_attribute_would_decide_and_is_unreadable_cannot_be_told(attribute: str):
    odd = {"name": "EU x", "region": US, "bill_to": "org-b", attribute: HIDDEN}
    plan = plan_of(ws(GDPR), estate(project(1, **odd)))  # type: ignore[arg-type]
    assert not plan.violations
    assert [(u.address, u.attribute, u.reason) for u in plan.unreadable] == [
        ("policies.gdpr", f"{pid(1)}.{attribute}", "hidden")
    ]


def test_a_managed_project_whose_payer_is_unreadable_cannot_be_told():
    workspace = ws(GDPR, projects={"rna": wanted(None, None, None, id=pid(1))})
    plan = plan_of(workspace, estate(project(1, name="EU x", bill_to=HIDDEN)))
    assert [(u.address, u.attribute) for u in plan.unreadable] == [("policies.gdpr", f"{pid(1)}.bill_to")]


# Guards.


def test_a_guard_that_is_broken_refuses_the_plan_as_a_whole():
    workspace = ws(guards=Guards(max_changes=1), projects={"a": wanted(), "b": wanted()})
    plan = plan_of(workspace, estate())
    (refusal,) = plan.refusals
    assert (refusal.address, refusal.rule) == ("guards", "REG302")
    assert refusal.source is not None
    assert len(plan.steps) == 2
    assert plan.summary.refused == 1
    assert not plan.applyable


def test_a_guard_counts_what_would_be_sent_and_not_what_is_refused():
    workspace = ws(guards=Guards(max_changes=1), projects={"a": wanted(), "b": wanted(region=UK)})
    plan = plan_of(workspace, estate())
    assert [r.rule for r in plan.refusals] == ["REG102"]
    assert plan.applyable


def test_a_percentage_is_of_the_resources_in_the_baseline():
    recorded = {f"projects.p{n}": ResourceBaseline(pid(n), {"mark": f"ws/projects.p{n}"}) for n in range(10)}
    have = [project(n, name=f"p{n}", mark=f"ws/projects.p{n}") for n in range(10)]
    tables = {f"p{n}": wanted(name=f"new{n}" if n < 4 else f"p{n}") for n in range(10)}
    guarded = ws(guards=Guards(max_change_percent=30), projects=tables)
    plan = plan_of(guarded, estate(*have), Baseline(recorded))
    assert [r.message for r in plan.refusals] == [
        "this plan changes 4 of 10 resources, 40.0 %: max_change_percent allows 30"
    ]
    assert plan_of(guarded, estate(*have), Baseline(dict(list(recorded.items())[:9]))).applyable


def test_an_emptied_workspace_is_refused_although_it_has_no_step():
    recorded = Baseline({"projects.rna": ResourceBaseline(pid(1), {"mark": MARK})})
    workspace = replace(ws(guards=Guards(allow_empty=False)), orgs={})
    plan = plan_of(workspace, estate(project(1, mark=MARK)), recorded)
    assert refused(plan) == [("guards", "REG302")]
    assert not plan.applyable


# A retired region.


def test_a_payers_default_that_is_retired_is_warned_about_where_it_places_something_new():
    workspace = ws(projects={"rna": wanted("org-b", None)})
    workspace = replace(workspace, regions={**workspace.regions, US: Region(retired=True)})
    plan = plan_of(workspace, estate())
    assert len(plan.steps) == 1
    (warning,) = plan.warnings
    assert warning.code == "retired-region"
    assert "org-b" in warning.summary
    assert US in warning.summary
