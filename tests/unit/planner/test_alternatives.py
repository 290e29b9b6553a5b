"""The ways out of a refusal: each planned to the end, the nearest in law first."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from support.worlds import (
    ADMIN,
    EU,
    PLAIN,
    SYD,
    UK,
    US,
    actual,
    baseline,
    desired,
    org,
    pid,
    plan_of,
    project,
    user,
    wanted,
)

from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Match, Policy, Profile, Region, Workspace
from reconciler.model.knowledge import ABSENT
from reconciler.model.plan import Alternative
from reconciler.planner.judge import Judge

MARK = "ws/projects.rna"
WESTEUROPE = "azure:westeurope"


def ways(
    workspace: Workspace, snapshot: Snapshot, address: str = "projects.rna", before: Baseline | None = None
) -> list[Alternative]:
    plan = plan_of(workspace, snapshot, before)
    assert address in {refusal.address for refusal in plan.refusals}
    return [way for r in plan.refusals if r.address == address for way in r.alternatives]


def texts(workspace: Workspace, snapshot: Snapshot, address: str = "projects.rna") -> list[str]:
    return [way.text for way in ways(workspace, snapshot, address)]


# The order


def test_the_wanted_region_with_another_payer_comes_before_any_other_region():
    workspace = desired({"rna": wanted(region=SYD)}, orgs={"org-b": Profile()})
    assert texts(workspace, actual(profiles=(org("org-b", (SYD,)),))) == [
        f"bill it to org-b, which is permitted {SYD}",
        f"create it in {EU}, which org-a is permitted",
        f"create it in {US}, which org-a is permitted",
    ]


def test_of_other_regions_one_of_the_same_group_comes_first_then_of_the_same_part_of_the_world():
    snapshot = actual(profiles=(org("org-a", (US, UK, WESTEUROPE)),))
    plain = desired({"rna": wanted(region=EU)})
    assert [w.steps[0].after["region"] for w in ways(plain, snapshot)] == [UK, US, WESTEUROPE]
    grouped = desired({"rna": wanted(region=EU)}, groups={"eu": (EU, WESTEUROPE)})
    assert [w.steps[0].after["region"] for w in ways(grouped, snapshot)] == [WESTEUROPE, UK, US]


def test_nobody_new_comes_before_somebody_new():
    workspace = desired({"rna": wanted(region=EU)}, orgs={"org-0": Profile(), "org-a": Profile()})
    snapshot = actual(project(1, mark=MARK), profiles=(org("org-0"),))
    assert texts(workspace, snapshot) == [
        f"a new project in {EU}, billed to org-a; the old one and its data stay",
        f"a new project in {EU}, billed to org-0; the old one and its data stay",
        f"keep it where it is, in {US}",
    ]


def test_another_login_is_somebody_new_too():
    """org-b and org-c may both have it; only for org-c must somebody accept it who is not user-alice."""
    workspace = desired({"rna": wanted("org-x", US)}, orgs={"org-a": Profile(), "org-b": Profile()})
    snapshot = actual(
        project(1, mark=MARK),
        profiles=(org("org-b", members={"user-alice": PLAIN, "user-bob": ADMIN}), org("org-x", (EU,))),
        identities=("user-alice", "user-bob"),
        levels={("user-bob", pid(1)): "NONE"},
    )
    found = ways(workspace, snapshot)
    assert [way.text for way in found] == ["leave it with its payer, org-a", "bill it to org-b"]
    assert [step.as_ for step in found[1].steps] == ["user-alice", "user-bob"]


def test_somebody_else_who_has_to_do_it_is_somebody_new():
    """Only user-bob may write the mark on the project; user-alice may make another one herself."""
    snapshot = actual(
        project(1, level="VIEW"),
        identities=("user-alice", "user-bob"),
        levels={("user-bob", pid(1)): "CONTRIBUTE"},
    )
    assert texts(desired({"rna": wanted()}), snapshot) == [
        f"it is exactly {pid(1)}",
        "create another project of this name",
        f"adopt {pid(1)}",
    ]


def test_fewer_steps_come_first_and_what_makes_a_project_after_what_finds_one():
    found = texts(desired({"rna": wanted()}), actual(project(1)))
    assert found == [f"it is exactly {pid(1)}", f"adopt {pid(1)}", "create another project of this name"]


def test_what_gives_up_a_wish_without_a_word_comes_last():
    assert texts(desired(orgs={"org-a": Profile(SYD)}), actual(), "orgs.org-a")[-1] == (
        "do not manage the default region"
    )


def test_leaving_all_as_it_is_comes_after_leaving_what_is_refused():
    workspace = desired({"rna": wanted("org-b", US, "new")}, orgs={"org-a": Profile()})
    snapshot = actual(project(1, mark=MARK), profiles=(org("org-b", (EU,)),))
    found = ways(workspace, snapshot)
    assert [way.text for way in found] == [
        "leave it with its payer, org-a",
        "leave it as it is at the platform",
    ]
    assert [s.after for s in found[0].steps] == [{"name": "new"}]


def test_leaving_it_where_it_is_has_its_place_however_many_payers_there_are():
    orgs = {f"org-{n}": Profile() for n in range(8)}
    workspace = desired({"rna": wanted(region=EU)}, orgs=orgs)
    snapshot = actual(project(1, mark=MARK), profiles=tuple(org(name) for name in orgs))
    found = texts(workspace, snapshot)
    assert len(found) == 4
    assert found[-1] == f"keep it where it is, in {US}"


# Legal to the end


def test_a_payer_for_whom_nobody_at_hand_may_bill_is_no_way_out():
    workspace = desired({"rna": wanted("org-b")}, orgs={"org-a": Profile(), "org-c": Profile()})
    members = {"user-alice": PLAIN}
    snapshot = actual(profiles=(org("org-b", members=members), org("org-c", members=members)))
    assert texts(workspace, snapshot) == [f"bill it to org-a, which is permitted {US}"]


def test_where_its_payer_lacks_the_region_a_new_project_is_billed_to_another_one():
    workspace = desired({"rna": wanted(region=SYD)}, orgs={"org-b": Profile()})
    snapshot = actual(project(1, mark=MARK), profiles=(org("org-b", (SYD,)),))
    assert texts(workspace, snapshot) == [
        f"a new project in {SYD}, billed to org-b; the old one and its data stay",
        f"keep it where it is, in {US}",
    ]


def test_an_offer_to_somebody_else_leaves_the_payer_as_it_is():
    workspace = desired({"rna": wanted("org-b")}, orgs={"org-a": Profile()})
    snapshot = actual(project(1, mark=MARK, offered_to="user-carol"), profiles=(org("org-b"),))
    assert texts(workspace, snapshot) == ["leave it with its payer, org-a"]


def test_a_region_that_a_policy_forbids_is_no_way_out():
    workspace = desired({"rna": wanted("org-b", SYD)}, policy_payer="org-b")
    snapshot = actual(profiles=(org("org-b", (US, EU, UK)),))
    assert texts(workspace, snapshot) == [f"create it in {EU}, which org-b is permitted"]


def test_another_payer_is_no_way_around_a_policy():
    workspace = desired({"rna": wanted("org-b", US)}, orgs={"org-a": Profile()}, policy_payer="org-b")
    snapshot = actual(profiles=(org("org-b"),))
    assert texts(workspace, snapshot) == [f"create it in {EU}, which org-b is permitted"]


def test_a_name_that_brings_a_project_under_a_policy_is_left():
    workspace = replace(
        desired({"rna": wanted(name="EU rna")}), policies=(Policy("eu", (EU,), Match(name="EU *")),)
    )
    assert texts(workspace, actual(project(1, mark=MARK))) == ["leave it its name, rna"]


def test_nothing_new_is_made_in_a_retired_region():
    workspace = desired({"rna": wanted(region=SYD)})
    retired = replace(workspace, regions={**workspace.regions, EU: Region(retired=True)})
    assert texts(retired, actual()) == [f"create it in {US}, which org-a is permitted"]


def test_a_default_that_the_toml_itself_leaves_no_room_for_is_no_way_out():
    table = Profile(SYD, permitted_regions=(US, EU, SYD))
    plain = Profile(SYD)
    snapshot = actual(profiles=(org("org-a", (US, EU, UK), ABSENT),))
    assert any(
        "take aws:eu-west-2" in text for text in texts(desired(orgs={"org-a": plain}), snapshot, "orgs.org-a")
    )
    assert not plan_of(desired(orgs={"org-a": table}), snapshot).refusals  # it waits for the region instead


def test_a_default_that_would_spoil_a_new_project_is_no_way_out():
    """projects.rna takes its region from the TOML's default of org-a; the policy allows only EU."""
    workspace = desired({"rna": wanted(region=None)}, orgs={"org-a": Profile(EU)}, policy_payer="org-a")
    members = {"user-alice": replace(ADMIN, level="MEMBER")}
    snapshot = actual(profiles=(org("org-a", members=members),))
    assert plan_of(workspace, snapshot).summary.create == 1
    assert texts(workspace, snapshot, "orgs.org-a") == []
    free = replace(workspace, policies=())
    assert texts(free, snapshot, "orgs.org-a") == [
        f"leave the default as it is, {US}",
        "do not manage the default region",
    ]


def test_a_project_of_another_address_is_no_way_out():
    """Project 1 is projects.dna by the baseline; nobody's mark is on it."""
    workspace = desired({"rna": wanted(name="x"), "dna": wanted(name="x")})
    snapshot = actual(project(1, name="x", mark="ws/projects.dna"), project(2, name="x"))
    found = ways(workspace, snapshot)
    assert found
    assert not any(pid(1) in (way.toml or "") for way in found)


def test_a_mark_that_another_address_hands_on_first_is_taken_into_account():
    """Project 1 bears the mark of projects.rna and is to be projects.dna; until then it holds that mark."""
    workspace = desired(
        {
            "dna": wanted(id=pid(1), adopt=True, name="one"),
            "rna": wanted(id=pid(2), adopt=True, name="two", region=EU),
        }
    )
    found = ways(workspace, actual(project(1, name="one", mark=MARK), project(2, name="two")))
    (keep,) = (way for way in found if way.text == f"keep it where it is, in {US}")
    assert [(s.address, s.action) for s in keep.steps] == [
        ("projects.dna", "update"),
        ("projects.rna", "adopt"),
    ]
    assert keep.steps[1].depends_on == (keep.steps[0].id,)


def test_a_name_that_another_address_adopts_by_is_not_given_away_with_a_move():
    """Until the old address is moved, that name keeps projects.dna from being told that it is not there."""
    more = {"dna": wanted("org-a", name="x", adopt=True, same_name="create")}
    snapshot = actual(project(1, name="x", mark="ws/projects.old"))
    found = ways(desired({"rna": wanted(name="x")}), snapshot)
    assert found[0].text == "it is projects.old under a new address"
    found = ways(desired({"rna": wanted(name="x"), **more}), snapshot)
    assert not any("[[moved]]" in (way.toml or "") for way in found)


def test_a_name_is_no_less_taken_for_having_been_asked_about():
    """To offer that projects.dna adopts project 1 must not open the name to projects.rna."""
    workspace = desired({"dna": wanted("org-a", name="one"), "rna": wanted("org-x", name="one")})
    found = actual(project(1, name="one"), profiles=(org("org-x", ()),))
    refused = {refusal.address: refusal for refusal in plan_of(workspace, found).refusals}
    assert any("adopt = true" in (way.toml or "") for way in refused["projects.dna"].alternatives)
    assert not any(way.text.startswith("bill it to org-a") for way in refused["projects.rna"].alternatives)


def test_a_key_that_was_once_ours_is_not_taken_for_a_new_project():
    workspace = desired({"rna": wanted(region=EU)})
    snapshot = actual(project(1, mark=MARK), project(2, name="old", mark="ws/projects.rna-eu-central-1"))
    (new, _) = ways(workspace, snapshot)
    assert "[projects.rna-eu-central-1-2]" in (new.toml or "")


def test_a_payer_that_nothing_else_names_is_not_given_up_where_its_projects_bear_our_marks():
    """org-x pays for projects.dna at the platform: a mark counts only with a payer of the workspace."""
    workspace = desired({"rna": wanted("org-x", EU, "rna"), "dna": wanted("org-a", name="dna")})
    theirs = org("org-x", (US,), members={"user-alice": ADMIN})
    free = actual(profiles=(theirs,))
    assert f"bill it to org-a, which is permitted {EU}" in texts(workspace, free)
    billed = actual(project(1, name="dna", bill_to="org-x", mark="ws/projects.dna"), profiles=(theirs,))
    assert texts(workspace, billed) == [f"create it in {US}, which org-x is permitted"]


# Whose it is


def test_the_project_of_another_workspace_is_taken_over_only_as_a_decision():
    workspace = desired({"rna": wanted(id=pid(1))})
    (way,) = ways(workspace, actual(project(1, mark="theirs/projects.x")))
    assert way.text == f"if the workspace theirs has given it up, take {pid(1)} over"
    assert "adopt = true" in (way.toml or "")
    assert 'take_over = "theirs"' in (way.toml or "")
    assert [(s.action, s.before) for s in way.steps] == [
        ("adopt", {"id": pid(1), "mark": "theirs/projects.x"})
    ]


def test_what_the_baseline_remembers_can_be_taken_back_as_a_decision():
    workspace = desired({"rna": wanted()})
    (way,) = ways(workspace, actual(project(1, mark="theirs/projects.x")), before=baseline(rna=1))
    assert 'take_over = "theirs"' in (way.toml or "")


def test_a_mark_that_names_no_workspace_is_not_taken_over():
    assert not ways(desired({"rna": wanted(id=pid(1))}), actual(project(1, mark="Somebody's own words")))


def test_of_several_projects_with_our_mark_each_can_be_the_one():
    workspace = desired({"rna": wanted()})
    found = ways(workspace, actual(project(1, mark=MARK), project(2, mark=MARK)))
    assert [way.text for way in found] == [f"it is exactly {pid(1)}", f"it is exactly {pid(2)}"]


def test_an_id_that_is_written_at_another_address_is_not_written_twice():
    workspace = desired({"rna": wanted(), "dna": wanted(id=pid(1))})
    found = ways(workspace, actual(project(1, mark=MARK), project(2, mark=MARK)))
    assert [way.text for way in found] == [f"it is exactly {pid(2)}"]


def test_a_move_that_is_already_written_to_this_address_is_not_written_twice():
    workspace = desired({"rna": wanted()}, moved={"projects.older": "projects.rna"})
    found = ways(workspace, actual(project(1, mark="ws/projects.gone")))
    assert not any("[[moved]]" in (way.toml or "") for way in found)


def test_many_refusals_do_not_match_the_whole_workspace_again(monkeypatch: pytest.MonkeyPatch):
    """A payer outside the workspace makes more marks count: that is seen to once for all of its projects."""
    made: list[object] = []
    once = Judge.among
    monkeypatch.setattr(Judge, "among", lambda *what: made.append(what) or once(*what))
    numbers = range(50)
    there = [
        project(n, name=f"p{n}", bill_to="user-carol", mark=f"ws/projects.p{n}", level="VIEW")
        for n in numbers
    ]
    plan = plan_of(
        desired({f"p{n}": wanted("org-b", US, f"p{n}") for n in numbers}),
        actual(*there, profiles=(org("org-b"), user("user-carol"))),
        baseline(**{f"p{n}": n for n in numbers}),
    )
    told = {way.text for refusal in plan.refusals for way in refusal.alternatives}
    assert plan.summary.refused == 50
    assert told == {"leave it with its payer, user-carol"}
    assert len(made) == 1
