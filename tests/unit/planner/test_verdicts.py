"""What the rules make of a change: refused, cannot tell, blocked, manual or a step, and by whom."""

from __future__ import annotations

import pytest
from support.worlds import (
    ADMIN,
    BILLABLE,
    EU,
    HIDDEN,
    PLAIN,
    SYD,
    UK,
    US,
    actual,
    desired,
    org,
    pid,
    plan_of,
    project,
    stranger,
    user,
    wanted,
)

from reconciler.model.actual import Membership
from reconciler.model.desired import Profile
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.knowledge import ABSENT, Maybe
from reconciler.model.plan import Plan

MARK = "ws/projects.rna"
OURS = {"org-a": Profile()}  # a mark counts only on what is billed to a payer of the workspace


def only_refusal(plan: Plan) -> tuple[str, str]:
    assert not plan.steps
    (found,) = plan.refusals
    return found.rule, found.message


def test_a_move_is_refused_with_keeping_it_and_a_new_project_as_ways_out():
    plan = plan_of(desired({"rna": wanted(region=EU)}), actual(project(1, mark=MARK)))
    rule, message = only_refusal(plan)
    assert rule == "REG101"
    assert US in message
    (found,) = plan.refusals
    assert found.facts == (f"{pid(1)}.region",)
    texts = [alternative.text for alternative in found.alternatives]
    assert any("new project in aws:eu-central-1" in text for text in texts)
    assert f"keep it where it is, in {US}" in texts
    new = found.alternatives[0]
    assert [s.after["region"] for s in new.steps] == [EU]
    assert new.toml is not None
    assert 'region = "aws:us-east-1"' in new.toml


def test_a_new_project_where_its_payer_may_not_be_is_refused_with_the_permitted_ones():
    plan = plan_of(desired({"rna": wanted(region=SYD)}), actual())
    rule, message = only_refusal(plan)
    assert rule == "REG102"
    assert f"{EU}, {US}" in message
    assert plan.refusals[0].facts == ("org-a.permitted_regions",)
    regions = [a.steps[0].after["region"] for a in plan.refusals[0].alternatives]
    assert regions == [EU, US]


def test_another_payer_of_the_workspace_that_permits_the_region_is_a_way_out():
    workspace = desired({"rna": wanted(region=SYD)}, orgs={"org-b": Profile()})
    plan = plan_of(workspace, actual(profiles=(org("org-b", (SYD,)),)))
    payers = [a.steps[0].after["bill_to"] for a in plan.refusals[0].alternatives]
    assert "org-b" in payers


def test_a_region_that_the_toml_asks_for_blocks_what_needs_it():
    workspace = desired({"rna": wanted(region=SYD)}, orgs={"org-a": Profile(permitted_regions=(US, EU, SYD))})
    plan = plan_of(workspace, actual())
    assert not plan.steps
    assert not plan.refusals
    (manual,) = plan.manual
    assert SYD in manual.text
    assert manual.unblocks == ("projects.rna",)
    assert [(b.address, b.waits_for) for b in plan.blocked] == [("projects.rna", (manual.id,))]


def test_a_new_project_that_the_toml_itself_leaves_no_region_for_is_an_error_in_the_toml():
    workspace = desired({"rna": wanted(region=EU)}, orgs={"org-a": Profile(permitted_regions=(US,))})
    with pytest.raises(DiagnosticsError) as caught:
        plan_of(workspace, actual())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "REG102"
    assert diagnostic.source is not None


def test_an_existing_project_stays_legal_in_a_region_that_is_given_up():
    workspace = desired({"rna": wanted(region=EU)}, orgs={"org-a": Profile(permitted_regions=(US,))})
    plan = plan_of(workspace, actual(project(1, region=EU, mark=MARK)))
    assert not plan.refusals
    (manual,) = plan.manual
    assert f"remove {EU}" in manual.text
    assert pid(1) in manual.text


def test_unreadable_permitted_regions_are_neither_legal_nor_illegal():
    snapshot = actual(profiles=(org("org-a", HIDDEN, HIDDEN, members={"user-alice": BILLABLE}),))
    plan = plan_of(desired({"rna": wanted()}), snapshot)
    assert not plan.steps
    assert not plan.refusals
    (entry,) = plan.unreadable
    assert (entry.attribute, entry.reason) == ("org-a.permitted_regions", "hidden")


def test_a_payer_without_any_default_is_refused_when_no_region_is_written():
    snapshot = actual(profiles=(org("org-a", default=ABSENT),))
    assert only_refusal(plan_of(desired({"rna": wanted(region=None)}), snapshot))[0] == "REG102"


def test_an_unreadable_default_is_cannot_tell_when_no_region_is_written():
    snapshot = actual(profiles=(org("org-a", default=HIDDEN),))
    plan = plan_of(desired({"rna": wanted(region=None)}), snapshot)
    assert [u.attribute for u in plan.unreadable] == ["org-a.default_region"]


def test_a_takeover_into_a_payer_without_the_region_is_refused():
    workspace = desired({"rna": wanted("org-b", EU)}, orgs=OURS)
    snapshot = actual(project(1, region=EU, mark=MARK), profiles=(org("org-b", (US,)),))
    plan = plan_of(workspace, snapshot)
    assert only_refusal(plan)[0] == "REG103"
    assert set(plan.refusals[0].facts) == {"org-b.permitted_regions", f"{pid(1)}.region"}


def test_a_legal_takeover_is_one_update():
    workspace = desired({"rna": wanted("org-b", EU)}, orgs=OURS)
    snapshot = actual(project(1, region=EU, mark=MARK), profiles=(org("org-b"),))
    (step,) = plan_of(workspace, snapshot).steps
    assert (step.before, step.after) == ({"id": pid(1), "bill_to": "org-a"}, {"bill_to": "org-b"})


def test_two_projects_can_trade_payers():
    workspace = desired({"a": wanted("org-b", name="a"), "b": wanted("org-a", name="b")})
    snapshot = actual(
        project(1, name="a", mark="ws/projects.a"),
        project(2, name="b", bill_to="org-b", mark="ws/projects.b"),
        profiles=(org("org-b"),),
    )
    plan = plan_of(workspace, snapshot)
    assert [s.after for s in plan.steps] == [{"bill_to": "org-b"}, {"bill_to": "org-a"}]


def test_a_default_outside_the_permitted_set_is_refused():
    plan = plan_of(desired(orgs={"org-a": Profile(default_region=SYD)}), actual())
    assert only_refusal(plan)[0] == "REG104"
    ways = [(a.text, [s.after for s in a.steps]) for a in plan.refusals[0].alternatives]
    assert ways == [
        (f"leave the default as it is, {US}", []),
        (f"take {EU}, which is permitted", [{"default_region": EU}]),
        ("do not manage the default region", []),
    ]


def test_a_default_that_waits_for_a_grant_is_blocked():
    table = Profile(default_region=SYD, permitted_regions=(US, EU, SYD))
    plan = plan_of(desired(orgs={"org-a": table}), actual())
    assert plan.summary.manual == 1
    assert [b.address for b in plan.blocked] == ["orgs.org-a"]
    assert not plan.steps


def test_the_order_of_permitted_regions_makes_no_difference():
    plan = plan_of(desired(orgs={"org-a": Profile(permitted_regions=(EU, US, EU))}), actual())
    assert plan.summary.unchanged == 1


def test_a_user_that_cannot_be_read_is_unreadable_and_never_in_sync():
    workspace = desired(users={"user-bob": Profile(default_region=US)})
    plan = plan_of(workspace, actual(profiles=(stranger("user-bob"),)))
    assert [(u.address, u.attribute) for u in plan.unreadable] == [("users.user-bob", "default_region")]
    assert plan.summary.unchanged == 0


def test_a_users_default_is_set_as_that_user_when_at_hand():
    workspace = desired(users={"user-bob": Profile(default_region=EU)})
    snapshot = actual(profiles=(user("user-bob"),), identities=("user-alice", "user-bob"))
    (step,) = plan_of(workspace, snapshot).steps
    assert step.as_ == "user-bob"


@pytest.mark.parametrize("member", [BILLABLE, PLAIN, ABSENT])
def test_an_orgs_default_is_for_its_admins(member: Maybe[Membership]):
    snapshot = actual(profiles=(org("org-a", members={"user-alice": member}),))
    plan = plan_of(desired(orgs={"org-a": Profile(default_region=EU)}), snapshot)
    assert only_refusal(plan)[0] == "REG201"


@pytest.mark.parametrize("member", [PLAIN, ABSENT])
def test_creating_for_an_org_needs_billable_activities(member: Maybe[Membership]):
    snapshot = actual(profiles=(org("org-a", members={"user-alice": member}),))
    assert only_refusal(plan_of(desired({"rna": wanted()}), snapshot))[0] == "REG201"


def test_the_first_identity_that_may_does_it():
    snapshot = actual(
        profiles=(org("org-a", members={"user-alice": PLAIN, "user-bob": BILLABLE}),),
        identities=("user-alice", "user-bob"),
    )
    (step,) = plan_of(desired({"rna": wanted()}), snapshot).steps
    assert step.as_ == "user-bob"


def test_an_unreadable_membership_is_cannot_tell():
    snapshot = actual(profiles=(org("org-a", members={"user-alice": HIDDEN}),))
    plan = plan_of(desired({"rna": wanted()}), snapshot)
    assert not plan.refusals
    assert [u.attribute for u in plan.unreadable] == ["org-a.membership"]


def test_renaming_needs_administer():
    snapshot = actual(project(1, name="old", level="CONTRIBUTE", mark=MARK))
    assert only_refusal(plan_of(desired({"rna": wanted(name="new")}), snapshot))[0] == "REG201"


def test_marking_needs_only_contribute():
    snapshot = actual(project(1, level="CONTRIBUTE"))
    (step,) = plan_of(desired({"rna": wanted(adopt=True)}), snapshot).steps
    assert step.action == "adopt"


def test_the_level_of_a_further_identity_is_read_only_when_it_matters():
    from support.worlds import OPTIONS, Fixed

    from reconciler.model.baseline import Baseline
    from reconciler.planner import plan

    snapshot = actual(project(1, name="old", level="VIEW", mark=MARK), identities=("user-alice", "user-bob"))
    source = Fixed(snapshot)
    plan(desired({"rna": wanted(name="new")}), source, Baseline(), OPTIONS)
    assert [scope.levels for scope in source.scopes] == [(), (("user-bob", pid(1)),)]
    known = actual(
        project(1, name="old", level="VIEW", mark=MARK),
        identities=("user-alice", "user-bob"),
        levels={("user-bob", pid(1)): "ADMINISTER"},
    )
    (step,) = plan_of(desired({"rna": wanted(name="new")}), known).steps
    assert step.as_ == "user-bob"


def test_a_transfer_policy_of_admins_stops_a_member():
    members: dict[str, Maybe[Membership]] = {"user-alice": BILLABLE}
    snapshot = actual(
        project(1, mark=MARK),
        profiles=(org("org-a", members=members, restrict="ADMIN"), org("org-b")),
    )
    assert only_refusal(plan_of(desired({"rna": wanted("org-b")}, orgs=OURS), snapshot))[0] == "REG201"
    lenient = actual(project(1, mark=MARK), profiles=(org("org-a", members=members), org("org-b")))
    assert len(plan_of(desired({"rna": wanted("org-b")}, orgs=OURS), lenient).steps) == 1


def test_what_another_user_pays_for_can_only_be_given_away_by_that_user():
    snapshot = actual(project(1, bill_to="user-bob", mark=MARK), profiles=(stranger("user-bob"),))
    workspace = desired({"rna": wanted()}, users={"user-bob": Profile()})
    assert only_refusal(plan_of(workspace, snapshot))[0] == "REG201"


def test_billing_to_somebody_else_is_manual_with_both_commands():
    snapshot = actual(project(1, mark=MARK), profiles=(stranger("user-bob"),))
    plan = plan_of(desired({"rna": wanted("user-bob")}, orgs={"org-a": Profile()}), snapshot)
    assert not plan.steps
    assert not plan.refusals
    (manual,) = plan.manual
    assert f'dx api {pid(1)} transfer \'{{"invitee": "user-bob"}}\'' in manual.text
    assert f'dx api {pid(1)} acceptTransfer \'{{"billTo": "user-bob"}}\'' in manual.text


def test_creating_for_another_user_is_manual_with_the_mark_in_the_command():
    plan = plan_of(desired({"rna": wanted("user-bob")}), actual(profiles=(stranger("user-bob"),)))
    (manual,) = plan.manual
    assert manual.who == "user-bob"
    assert '"reconciler": "ws/projects.rna"' in manual.text
    assert not plan.unreadable


def test_an_unknown_payer_is_refused():
    snapshot = actual(profiles=(org("org-x", exists=False, members={"user-alice": ABSENT}),))
    plan = plan_of(desired({"rna": wanted("org-x")}), snapshot)
    assert "REG202" in {r.rule for r in plan.refusals}
    plan = plan_of(desired(orgs={"org-x": Profile(default_region=US)}), snapshot)
    assert only_refusal(plan)[0] == "REG202"


def test_an_offer_to_somebody_else_is_never_replaced():
    snapshot = actual(project(1, mark=MARK, offered_to="user-carol"), profiles=(org("org-b"),))
    plan = plan_of(desired({"rna": wanted("org-b")}, orgs=OURS), snapshot)
    assert only_refusal(plan)[0] == "REG203"
    assert plan.refusals[0].facts == (f"{pid(1)}.pending_transfer",)


def test_an_offer_to_the_wanted_user_leaves_only_the_acceptance():
    snapshot = actual(project(1, mark=MARK, offered_to="user-bob"), profiles=(stranger("user-bob"),))
    plan = plan_of(desired({"rna": wanted("user-bob")}, orgs={"org-a": Profile()}), snapshot)
    (manual,) = plan.manual
    assert manual.who == "user-bob"
    assert "acceptTransfer" in manual.text
    assert "'transfer'" not in manual.text
    assert not plan.refusals
    assert not plan.steps


def test_a_rename_goes_on_while_the_new_payer_waits_for_its_region():
    workspace = desired(
        {"rna": wanted("org-b", EU, name="new")}, orgs={**OURS, "org-b": Profile(permitted_regions=(US, EU))}
    )
    snapshot = actual(project(1, name="old", region=EU, mark=MARK), profiles=(org("org-b", (US,)),))
    plan = plan_of(workspace, snapshot)
    assert [s.after for s in plan.steps] == [{"name": "new"}]
    assert plan.summary.blocked == 1


def test_nothing_of_a_refused_resource_is_sent():
    snapshot = actual(project(1, name="old", mark=MARK))
    plan = plan_of(desired({"rna": wanted(region=UK, name="new")}), snapshot)
    assert plan.summary.refused == 1
    assert not plan.steps


def test_one_refusal_never_stops_another_resource():
    workspace = desired({"bad": wanted(region=UK), "good": wanted()})
    plan = plan_of(workspace, actual())
    assert [s.address for s in plan.steps] == ["projects.good"]
    assert [r.address for r in plan.refusals] == ["projects.bad"]


def test_a_pending_offer_of_a_project_in_sync_is_a_warning():
    plan = plan_of(desired({"rna": wanted()}), actual(project(1, mark=MARK, offered_to="user-eve")))
    assert [w.code for w in plan.warnings] == ["pending-transfer"]


def test_creating_beside_an_estate_that_is_only_partly_visible_is_a_warning():
    plan = plan_of(desired({"rna": wanted()}), actual(partial=("org-a",)))
    assert [w.code for w in plan.warnings] == ["partial-estate"]
    assert len(plan.steps) == 1


def test_every_fact_that_a_step_rests_on_is_in_the_plan():
    workspace = desired({"rna": wanted(), "dna": wanted("org-b", name="x")})
    snapshot = actual(project(1, name="y", mark="ws/projects.dna"), profiles=(org("org-b"),))
    plan = plan_of(workspace, snapshot)
    known = {fact.id for fact in plan.facts}
    for step in plan.steps:
        assert step.preconditions
        assert set(step.preconditions) <= known
    assert f"{MARK}.holders" in known
    assert "org-a.permitted_regions" in known


def test_admins_have_the_rights_of_members():
    snapshot = actual(
        project(1, mark=MARK),
        profiles=(org("org-a", members={"user-alice": ADMIN}, restrict="ADMIN"), org("org-b")),
    )
    assert len(plan_of(desired({"rna": wanted("org-b")}, orgs=OURS), snapshot).steps) == 1


def test_a_payer_that_does_not_exist_is_the_one_reason():
    snapshot = actual(profiles=(org("org-x", exists=False, members={"user-alice": ABSENT}),))
    plan = plan_of(desired({"rna": wanted("org-x")}), snapshot)
    assert [(r.rule, r.facts) for r in plan.refusals] == [("REG202", ("org-x.exists",))]


def test_what_is_blocked_leaves_out_what_is_sent():
    workspace = desired(
        {"rna": wanted("org-b", EU, name="new")},
        orgs={**OURS, "org-b": Profile(permitted_regions=(US, EU))},
    )
    snapshot = actual(project(1, name="old", region=EU, mark=MARK), profiles=(org("org-b", (US,)),))
    assert [b.change for b in plan_of(workspace, snapshot).blocked] == ["bill to org-b"]


def test_a_region_seen_at_the_platform_only_is_warned_of_and_never_proposed():
    there = org("org-a", (US, "aws:xx-1"), "aws:xx-1")
    plan = plan_of(desired({"rna": wanted(region=None)}), actual(profiles=(there,)))
    assert [w.code for w in plan.warnings] == ["region-not-in-catalogue"]
    refused = plan_of(desired({"rna": wanted(region=SYD)}), actual(profiles=(there,)))
    assert not any("xx-1" in (a.toml or "") for r in refused.refusals for a in r.alternatives)
