"""Whose project it is: every row of the table above ``Owners``, from TOML to plan."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.worlds import (
    EU,
    HIDDEN,
    US,
    actual,
    baseline,
    desired,
    org,
    pid,
    plan_of,
    project,
    wanted,
)

from reconciler.model.actual import Destroyed, Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Workspace
from reconciler.model.plan import Plan

MARK = "ws/projects.rna"


def actions(plan: Plan) -> list[tuple[str, str]]:
    return [(step.action, step.address) for step in plan.steps]


def refusal(workspace: Workspace, snapshot: Snapshot, before: Baseline | None = None) -> tuple[str, str]:
    plan = plan_of(workspace, snapshot, before)
    assert not plan.steps
    (found,) = plan.refusals
    return found.rule, found.message


def test_a_project_that_bears_the_mark_is_in_sync_whatever_its_place_in_the_list():
    plan = plan_of(desired({"rna": wanted()}), actual(project(2, name="x"), project(1, mark=MARK)))
    assert plan.summary.unchanged == 1
    assert not plan.steps
    assert not plan.refusals


def test_nothing_there_is_a_creation_with_the_mark_and_the_key_as_name():
    plan = plan_of(desired({"rna": wanted()}), actual())
    (step,) = plan.steps
    assert step.action == "create"
    assert step.after == {"name": "rna", "region": US, "bill_to": "org-a", "mark": MARK}
    assert step.before is None


def test_a_creation_without_a_region_sends_the_default_of_the_payer_in_the_toml():
    from reconciler.model.desired import Profile

    workspace = desired({"rna": wanted(region=None)}, orgs={"org-a": Profile(default_region=EU)})
    plan = plan_of(workspace, actual())
    assert [s.after.get("region") for s in plan.steps if s.action == "create"] == [EU]
    assert all(not s.depends_on for s in plan.steps)


def test_a_creation_without_a_region_sends_the_actual_default_and_rests_on_it():
    plan = plan_of(desired({"rna": wanted(region=None)}), actual())
    assert plan.steps[0].after["region"] == US
    assert "org-a.default_region" in plan.steps[0].preconditions


def test_a_second_holder_of_the_mark_is_refused_with_both_ids():
    rule, message = refusal(desired({"rna": wanted()}), actual(project(1, mark=MARK), project(2, mark=MARK)))
    assert rule == "REG303"
    assert pid(1) in message
    assert pid(2) in message


def test_a_project_of_ours_that_was_renamed_at_the_platform_is_the_same_project():
    plan = plan_of(desired({"rna": wanted(name="rna")}), actual(project(1, name="other", mark=MARK)))
    assert actions(plan) == [("update", "projects.rna")]
    assert plan.steps[0].after == {"name": "rna"}


def test_a_project_of_ours_billed_elsewhere_is_drifted_and_not_made_anew():
    snapshot = actual(project(1, bill_to="org-x", mark=MARK), profiles=(org("org-x"),))
    plan = plan_of(desired({"rna": wanted()}), snapshot, baseline(rna=1))
    assert [s.after for s in plan.steps] == [{"bill_to": "org-a"}]


def test_a_mark_on_a_project_of_a_foreign_payer_is_a_claim_until_the_toml_says_otherwise():
    snapshot = actual(project(1, bill_to="org-x", mark=MARK), profiles=(org("org-x"),))
    rule, message = refusal(desired({"rna": wanted()}), snapshot)
    assert rule == "REG303"
    assert pid(1) in message
    plan = plan_of(desired({"rna": wanted(same_name="create")}), snapshot)
    assert actions(plan) == [("create", "projects.rna")]


def test_an_unowned_project_of_that_name_and_payer_is_never_taken_by_its_name():
    rule, message = refusal(desired({"rna": wanted()}), actual(project(1)))
    assert rule == "REG303"
    assert pid(1) in message


def test_an_unowned_project_of_that_name_and_another_payer_is_no_obstacle():
    snapshot = actual(project(1, bill_to="org-b"), profiles=(org("org-b"),))
    assert actions(plan_of(desired({"rna": wanted()}), snapshot)) == [("create", "projects.rna")]


def test_an_unowned_project_of_that_name_is_adopted_when_that_is_written():
    plan = plan_of(desired({"rna": wanted(adopt=True)}), actual(project(1)))
    (step,) = plan.steps
    assert (step.action, step.after, step.subject) == ("adopt", {"mark": MARK}, pid(1))


def test_another_project_of_that_name_is_made_when_that_is_written():
    plan = plan_of(desired({"rna": wanted(same_name="create")}), actual(project(1)))
    assert actions(plan) == [("create", "projects.rna")]


def test_several_unowned_projects_of_that_name_are_listed():
    rule, message = refusal(desired({"rna": wanted(adopt=True)}), actual(project(1), project(2)))
    assert rule == "REG303"
    assert pid(1) in message
    assert pid(2) in message


def test_nothing_to_adopt_is_refused_and_creating_is_the_way_out():
    plan = plan_of(desired({"rna": wanted(adopt=True)}), actual())
    (found,) = plan.refusals
    assert [s.action for s in found.alternatives[0].steps] == ["create"]


def test_two_addresses_cannot_adopt_one_project():
    workspace = desired({"rna": wanted(adopt=True), "other": wanted(adopt=True, name="rna")})
    plan = plan_of(workspace, actual(project(1)))
    assert {r.address for r in plan.refusals} == {"projects.rna", "projects.other"}
    assert not plan.steps


def test_a_same_name_project_whose_properties_cannot_be_read_is_cannot_tell():
    plan = plan_of(desired({"rna": wanted()}), actual(project(1, level="NONE", mark=HIDDEN)))
    assert not plan.steps
    (entry,) = plan.unreadable
    assert (entry.address, entry.reason) == ("projects.rna", "hidden")


@pytest.mark.parametrize("flag", [{"adopt": True}, {"same_name": "create"}, {"recreate": pid(9)}])
def test_adopt_same_name_and_recreate_do_nothing_once_our_mark_exists(flag: dict[str, object]):
    plan = plan_of(desired({"rna": wanted(**flag)}), actual(project(1, mark=MARK)))
    assert plan.summary.unchanged == 1
    assert not plan.steps


def test_an_id_is_exactly_that_project_and_no_mark_is_written():
    plan = plan_of(desired({"rna": wanted(id=pid(1), name="new")}), actual(project(1, name="old")))
    (step,) = plan.steps
    assert step.after == {"name": "new"}


def test_an_id_that_another_workspace_owns_is_refused():
    workspace = desired({"rna": wanted(id=pid(1))})
    rule, message = refusal(workspace, actual(project(1, mark="theirs/projects.x")))
    assert rule == "REG303"
    assert "theirs/projects.x" in message


def test_one_project_at_two_addresses_is_refused_at_both():
    workspace = desired({"rna": wanted(id=pid(1)), "dna": wanted(name="rna")})
    plan = plan_of(workspace, actual(project(1, mark="ws/projects.dna")))
    assert {r.address: r.rule for r in plan.refusals} == {"projects.rna": "REG303", "projects.dna": "REG303"}


def test_adopting_an_id_of_another_name_and_payer_is_two_steps_in_that_order():
    workspace = desired({"rna": wanted(id=pid(1), adopt=True, name="new")})
    snapshot = actual(project(1, name="old", bill_to="org-b"), profiles=(org("org-b"),))
    adopt, update = plan_of(workspace, snapshot).steps
    assert (adopt.action, update.action) == ("adopt", "update")
    assert update.depends_on == (adopt.id,)
    assert update.after == {"name": "new", "bill_to": "org-a"}


def test_an_adoption_whose_second_half_is_refused_is_not_planned_at_all():
    workspace = desired({"rna": wanted(id=pid(1), adopt=True, region=EU)})
    rule, _ = refusal(workspace, actual(project(1)))
    assert rule == "REG101"


def test_an_adoption_that_waits_for_a_region_is_blocked_as_a_whole():
    from reconciler.model.desired import Profile

    workspace = desired(
        {"rna": wanted("org-b", EU, id=pid(1), adopt=True)},
        orgs={"org-b": Profile(permitted_regions=(US, EU))},
    )
    snapshot = actual(project(1, region=EU), profiles=(org("org-b", (US,)),))
    plan = plan_of(workspace, snapshot)
    assert not plan.steps
    assert [b.address for b in plan.blocked] == ["projects.rna"]


def test_a_mark_that_is_gone_from_a_project_of_the_baseline_is_rewritten():
    plan = plan_of(desired({"rna": wanted()}), actual(project(1)), baseline(rna=1))
    (step,) = plan.steps
    assert (step.action, step.after, step.before) == ("update", {"mark": MARK}, {"id": pid(1)})


def test_a_mark_of_the_baseline_that_another_workspace_replaced_is_refused():
    snapshot = actual(project(1, mark="theirs/projects.x"))
    assert refusal(desired({"rna": wanted()}), snapshot, baseline(rna=1))[0] == "REG303"


def test_a_destroyed_project_is_refused_until_recreate_names_it():
    snapshot = actual(missing={pid(1): Destroyed()})
    rule, message = refusal(desired({"rna": wanted()}), snapshot, baseline(rna=1))
    assert rule == "REG304"
    assert pid(1) in message
    assert refusal(desired({"rna": wanted(recreate=pid(2))}), snapshot, baseline(rna=1))[0] == "REG304"
    plan = plan_of(desired({"rna": wanted(recreate=pid(1))}), snapshot, baseline(rna=1))
    assert actions(plan) == [("create", "projects.rna")]


def test_a_project_of_the_baseline_that_cannot_be_seen_is_cannot_tell_and_never_made_anew():
    plan = plan_of(desired({"rna": wanted()}), actual(missing={pid(1): HIDDEN}), baseline(rna=1))
    assert not plan.steps
    assert [(u.address, u.reason) for u in plan.unreadable] == [("projects.rna", "hidden")]


def test_recreate_does_not_override_a_same_name_project():
    snapshot = actual(project(2), missing={pid(1): Destroyed()})
    workspace = desired({"rna": wanted(recreate=pid(1))})
    assert refusal(workspace, snapshot, baseline(rna=1))[0] == "REG303"


def test_a_renamed_address_is_refused_with_the_moved_table_to_write():
    plan = plan_of(desired({"rna": wanted()}), actual(project(1, mark="ws/projects.old")))
    (found,) = plan.refusals
    assert found.rule == "REG303"
    assert found.alternatives[0].toml is not None
    assert '[[moved]]\nfrom = "projects.old"\nto = "projects.rna"' in found.alternatives[0].toml
    assert [s.after for s in found.alternatives[0].steps] == [{"mark": MARK}]


def test_a_moved_address_keeps_its_project_and_the_mark_is_rewritten():
    workspace = desired({"rna": wanted()}, moved={"projects.old": "projects.rna"})
    plan = plan_of(workspace, actual(project(1, mark="ws/projects.old")), baseline(old=1))
    (step,) = plan.steps
    assert (step.action, step.before, step.after) == (
        "update",
        {"id": pid(1), "mark": "ws/projects.old"},
        {"mark": MARK},
    )
    assert not plan.forgotten


def test_what_left_the_toml_is_forgotten_and_nothing_is_sent():
    plan = plan_of(desired({}), actual(project(1, mark=MARK)), baseline(rna=1))
    assert [(f.address, f.id) for f in plan.forgotten] == [("projects.rna", pid(1))]
    assert not plan.steps
    assert plan.summary.forget == 1


def test_a_forgotten_project_that_was_recorded_is_not_listed_again():
    recorded = Baseline({}, {"projects.rna": pid(1)})
    assert not plan_of(desired({}), actual(project(1, mark=MARK)), recorded).forgotten


def test_a_lost_ledger_loses_no_forgotten_project_that_still_bears_our_mark():
    snapshot = actual(project(1, mark=MARK))
    workspace = desired({"x": wanted(name="x")})
    assert [f.id for f in plan_of(workspace, snapshot).forgotten] == [pid(1)]


def test_an_omitted_attribute_is_never_compared():
    workspace = desired({"rna": wanted(region=None, name=None)})
    plan = plan_of(workspace, actual(project(1, name="x", region=EU, mark=MARK)))
    assert plan.summary.unchanged == 1


def test_marks_and_ids_that_matter_are_asked_for_and_no_others():
    from support.worlds import OPTIONS, Fixed

    from reconciler.planner import plan

    workspace = desired(
        {"rna": wanted(), "byid": wanted("org-b", id=pid(5))}, moved={"projects.old": "projects.rna"}
    )
    source = Fixed(actual(profiles=(org("org-b"),), missing={pid(5): HIDDEN, pid(1): HIDDEN}))
    plan(workspace, source, baseline(rna=1), OPTIONS)
    (scope,) = source.scopes
    assert scope.marks == ("ws/projects.old", "ws/projects.rna")
    assert scope.projects == (pid(1), pid(5))
    assert scope.estates == ("org-a", "org-b")


def test_a_project_that_an_id_names_and_a_moved_mark_claims_is_refused_at_both():
    workspace = desired(
        {"rna": wanted(name="rna"), "dna": wanted(id=pid(1), adopt=True)},
        moved={"projects.old": "projects.rna"},
    )
    plan = plan_of(workspace, actual(project(1, mark="ws/projects.old")))
    assert {r.address for r in plan.refusals} == {"projects.rna", "projects.dna"}
    assert not plan.steps


def test_a_project_that_one_address_adopts_is_no_obstacle_to_another_of_that_name():
    workspace = desired({"rna": wanted(adopt=True), "dna": wanted(name="rna")})
    plan = plan_of(workspace, actual(project(1)))
    assert sorted(actions(plan)) == [("adopt", "projects.rna"), ("create", "projects.dna")]


def test_a_project_of_the_baseline_that_bears_the_mark_of_a_gone_address_may_be_moved():
    plan = plan_of(desired({"rna": wanted()}), actual(project(1, mark="ws/projects.old")), baseline(rna=1))
    (found,) = plan.refusals
    assert "projects.old" in found.message
    assert "another workspace" not in found.message
    assert any("[[moved]]" in (a.toml or "") for a in found.alternatives)


def test_take_over_replaces_the_mark_of_the_workspace_that_it_names():
    workspace = desired({"rna": wanted(id=pid(1), adopt=True, take_over="theirs")})
    (step,) = plan_of(workspace, actual(project(1, mark="theirs/projects.x"))).steps
    assert step.action == "adopt"
    assert step.before == {"id": pid(1), "mark": "theirs/projects.x"}
    assert step.after == {"mark": MARK}


def test_take_over_finds_the_project_by_name_and_payer_too():
    workspace = desired({"rna": wanted(adopt=True, take_over="theirs")})
    (step,) = plan_of(workspace, actual(project(1, mark="theirs/projects.x"))).steps
    assert (step.action, step.after) == ("adopt", {"mark": MARK})


def test_take_over_leaves_a_third_workspace_alone():
    workspace = desired({"rna": wanted(id=pid(1), adopt=True, take_over="theirs")})
    rule, message = refusal(workspace, actual(project(1, mark="another/projects.x")))
    assert rule == "REG303"
    assert "another/projects.x" in message


def test_take_over_does_nothing_once_the_mark_is_ours():
    workspace = desired({"rna": wanted(id=pid(1), adopt=True, take_over="theirs")})
    plan = plan_of(workspace, actual(project(1, mark=MARK)))
    assert (plan.steps, plan.refusals) == ((), ())


def test_a_mark_is_taken_off_one_project_before_another_bears_it():
    workspace = desired({"dna": wanted(id=pid(2), adopt=True), "rna": wanted(id=pid(1), adopt=True)})
    steps = plan_of(workspace, actual(project(1, mark="ws/projects.dna"), project(2))).steps
    assert [(s.address, s.after["mark"]) for s in steps] == [
        ("projects.rna", "ws/projects.rna"),
        ("projects.dna", "ws/projects.dna"),
    ]
    assert steps[1].depends_on == (steps[0].id,)


def test_two_projects_that_bear_each_others_marks_are_refused_with_the_circle():
    workspace = desired({"dna": wanted(id=pid(2), adopt=True), "rna": wanted(id=pid(1), adopt=True)})
    there = actual(project(1, mark="ws/projects.dna"), project(2, mark="ws/projects.rna"))
    plan = plan_of(workspace, there)
    assert plan.steps == ()
    assert [(r.address, r.rule) for r in plan.refusals] == [
        ("projects.dna", "REG303"),
        ("projects.rna", "REG303"),
    ]
    assert "projects.dna → projects.rna → projects.dna" in plan.refusals[0].message


def test_what_waits_for_a_mark_that_is_not_taken_off_is_refused_with_it():
    held = project(1, mark="ws/projects.dna", region=EU)  # REG101: nothing of it is sent
    workspace = desired({"dna": wanted(id=pid(2), adopt=True), "rna": wanted(id=pid(1), adopt=True)})
    plan = plan_of(workspace, actual(held, project(2)))
    assert plan.steps == ()
    assert {r.address: r.rule for r in plan.refusals} == {"projects.dna": "REG303", "projects.rna": "REG101"}


def test_nothing_is_created_beside_what_shows_neither_name_nor_mark():
    veiled = replace(project(1, mark=HIDDEN), name=HIDDEN)
    plan = plan_of(desired({"rna": wanted()}), actual(veiled))
    assert (plan.steps, plan.refusals) == ((), ())
    assert [u.attribute for u in plan.unreadable] == ["projects_named"]


def test_a_project_that_bears_the_mark_and_hides_its_payer_is_nobodys_for_certain():
    plan = plan_of(desired({"rna": wanted()}), actual(replace(project(1, mark=MARK), bill_to=HIDDEN)))
    assert (plan.steps, plan.refusals) == ((), ())
    assert [u.attribute for u in plan.unreadable] == ["bill_to"]


def test_what_is_still_to_be_adopted_is_not_remembered_as_ours():
    from support.worlds import planned

    assert planned(desired({"rna": wanted(adopt=True)}), actual(project(1))).settled == {}
    ours = planned(desired({"rna": wanted()}), actual(project(1, mark=MARK)))
    assert ours.settled["projects.rna"].id == pid(1)


def test_an_id_that_the_platform_never_knew_is_no_destroyed_project():
    snapshot = actual(missing={pid(7): Destroyed()})
    plan = plan_of(desired({"rna": wanted(id=pid(7))}), snapshot)
    (found,) = plan.refusals
    assert found.rule == "REG304"
    assert "is the id right" in found.message
    assert not found.alternatives


def test_recreate_makes_no_second_project_while_the_first_still_lives():
    workspace = desired({"rna": wanted(recreate=pid(1))})
    assert not any(a == "create" for a, _ in actions(plan_of(workspace, actual(project(1)), baseline(rna=1))))
    hidden = plan_of(workspace, actual(missing={pid(1): HIDDEN}), baseline(rna=1))
    assert not hidden.steps
    assert [u.address for u in hidden.unreadable] == ["projects.rna"]


def test_a_project_that_was_ours_by_its_id_alone_is_nobodys_without_it():
    by_id_alone = Baseline({"projects.rna": ResourceBaseline(pid(1), {"region": US})})
    assert refusal(desired({"rna": wanted()}), actual(project(1)), by_id_alone)[0] == "REG303"


def test_same_name_never_creates_beside_what_cannot_be_read():
    plan = plan_of(
        desired({"rna": wanted(same_name="create")}), actual(project(1, level="NONE", mark=HIDDEN))
    )
    assert not plan.steps
    assert [u.address for u in plan.unreadable] == ["projects.rna"]


def test_a_mark_that_is_no_address_is_never_offered_nor_forgotten():
    snapshot = actual(project(1, mark="ws/weird thing"))
    plan = plan_of(desired({"rna": wanted()}), snapshot)
    assert not plan.forgotten
    assert not any("weird" in (a.toml or "") for r in plan.refusals for a in r.alternatives)


def test_adopting_a_renamed_address_is_refused_with_the_moved_table_to_write():
    plan = plan_of(desired({"rna": wanted(adopt=True)}), actual(project(1, mark="ws/projects.old")))
    (found,) = plan.refusals
    assert any("[[moved]]" in (a.toml or "") for a in found.alternatives)


def test_of_adopt_and_same_name_the_first_counts():
    both = wanted(adopt=True, same_name="create")
    assert refusal(desired({"rna": both}), actual(project(1, mark="ws/projects.old")))[0] == "REG303"
    assert actions(plan_of(desired({"rna": both}), actual(project(1)))) == [("adopt", "projects.rna")]


def test_a_mark_that_may_or_may_not_be_given_up_leaves_open_who_can_have_it():
    """Project 2 bears the mark of projects.rna; whether it may be marked anew hangs on a level unread."""
    workspace = desired({"rna": wanted(id=pid(1), adopt=True), "dna": wanted(id=pid(2), adopt=True)})
    there = actual(project(1), project(2, name="dna", mark=MARK, level="VIEW"))
    assert {r.address for r in plan_of(workspace, there).refusals} == {"projects.dna", "projects.rna"}
    hidden = replace(there, levels={("user-alice", pid(2)): HIDDEN})
    plan = plan_of(workspace, hidden)
    assert (plan.steps, plan.refusals) == ((), ())
    assert {u.address for u in plan.unreadable} == {"projects.dna", "projects.rna"}
