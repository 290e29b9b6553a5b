"""Why an address gets its verdict: what is told of the way there."""

from __future__ import annotations

import datetime

import msgspec
import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from support.random_worlds import baselines, snapshots, workspaces
from support.worlds import (
    EU,
    HIDDEN,
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

from reconciler.model.actual import Destroyed, Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Match, Policy, Profile, Waiver, Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.explanation import Asked, Explanation
from reconciler.planner import plan
from reconciler.planner.explain import explanation

MARK = "ws/projects.rna"


def told(
    workspace: Workspace,
    snapshot: Snapshot,
    address: str = "projects.rna",
    before: Baseline | None = None,
) -> Explanation:
    source = Fixed(snapshot)
    return explanation(plan(workspace, source, before or Baseline(), OPTIONS, targets=(address,)), address)


def rule(found: Explanation, name: str) -> Asked:
    (one,) = (asked for asked in found.rules if asked.rule == name)
    return one


# Verdict and rules


def test_a_refusal_names_the_rule_that_refuses_and_those_that_have_nothing_against_it():
    workspace = desired({"rna": wanted("org-b", EU)}, orgs={"org-a": Profile()})
    found = told(workspace, actual(project(1, region=EU, mark=MARK), profiles=(org("org-b", (US,)),)))
    assert found.verdict == "refused"
    against = rule(found, "REG103")
    assert (against.verdict, against.change) == ("refused", "bill to org-b")
    assert "org-b.permitted_regions" in against.facts
    for name in ("REG201", "REG202", "REG203"):
        assert rule(found, name).verdict == "nothing_against"
        assert rule(found, name).message is None
        assert rule(found, name).facts
    assert {asked.rule for asked in found.rules} == {"REG103", "REG201", "REG202", "REG203"}
    assert [refusal.rule for refusal in found.refusals] == ["REG103"]
    assert found.refusals[0].alternatives


def test_each_change_is_asked_about_by_itself():
    workspace = desired({"rna": wanted("org-a", EU, "new")})
    found = told(workspace, actual(project(1, mark=MARK)))
    assert [(asked.change, asked.rule) for asked in found.rules] == [
        (f"move to {EU}", "REG101"),
        ("rename to new", "REG201"),
    ]


def test_what_is_in_sync_is_explained_too():
    found = told(desired({"rna": wanted()}), actual(project(1, mark=MARK)))
    assert found.verdict == "in_sync"
    assert found.rules == ()
    assert {fact.attribute for fact in found.facts} == {"region", "bill_to", "mark"}
    assert all(fact.state == "known" and fact.read_by == "user-alice" for fact in found.facts)


def test_what_can_be_carried_out_comes_with_its_steps():
    found = told(desired({"rna": wanted(), "dna": wanted()}), actual())
    assert found.verdict == "steps"
    assert [step.address for step in found.steps] == ["projects.rna"]


def test_what_is_blocked_comes_with_the_request_that_it_waits_for():
    table = Profile(permitted_regions=(US, EU, SYD))
    found = told(desired({"rna": wanted(region=SYD)}, orgs={"org-a": table}), actual())
    assert found.verdict == "blocked"
    assert rule(found, "REG102").verdict == "blocked"
    assert [manual.address for manual in found.manual] == ["orgs.org-a"]


def test_what_only_the_order_of_the_steps_forbids_is_told():
    workspace = desired(
        {
            "a": wanted(id=pid(1), adopt=True, name="one"),
            "b": wanted(id=pid(2), adopt=True, name="two"),
        }
    )
    there = (project(1, name="one", mark="ws/projects.b"), project(2, name="two", mark="ws/projects.a"))
    found = told(workspace, actual(*there), "projects.a")
    assert found.verdict == "refused"
    assert [asked.change for asked in found.rules if asked.verdict == "refused"] == ["the order of the steps"]
    assert {refusal.address for refusal in found.refusals} == {"projects.a", "projects.b"}


def test_a_right_that_another_change_brings_along_counts():
    """Who accepts the project may rename it: the rename alone would be refused."""
    workspace = desired({"rna": wanted("user-bob", US, "new")}, orgs={"org-a": Profile()})
    snapshot = actual(
        project(1, mark=MARK, level="VIEW", offered_to="user-bob"),
        profiles=(replace(stranger("user-bob"), permitted_regions=frozenset((US,)), default_region=US),),
        identities=("user-alice", "user-bob"),
        levels={("user-bob", pid(1)): "NONE"},
    )
    found = told(workspace, snapshot)
    assert found.verdict == "steps"
    assert {asked.verdict for asked in found.rules} == {"nothing_against"}


# What it is


@pytest.mark.parametrize(
    ("table", "there", "before", "by"),
    [
        (wanted(id=pid(1)), project(1), None, "id"),
        (wanted(), project(1, mark=MARK), None, "mark"),
        (wanted(), project(1), baseline(rna=1), "baseline"),
        (wanted(adopt=True), project(1), None, "name"),
    ],
)
def test_it_says_why_it_is_that_project(table: object, there: object, before: Baseline | None, by: str):
    found = told(desired({"rna": table}), actual(there), before=before)  # type: ignore[dict-item,arg-type]
    assert (found.resource.id, found.resource.by) == (pid(1), by)


def test_a_new_one_is_none_yet_and_a_contested_one_says_why():
    assert told(desired({"rna": wanted()}), actual()).resource.text.startswith("there is none yet")
    contested = told(desired({"rna": wanted()}), actual(project(1)))
    assert contested.resource.id is None
    assert pid(1) in contested.resource.text
    gone = told(desired({"rna": wanted()}), actual(missing={pid(1): Destroyed()}), before=baseline(rna=1))
    assert "destroyed" in gone.resource.text
    hidden = told(desired({"rna": wanted()}), actual(missing={pid(1): HIDDEN}), before=baseline(rna=1))
    assert hidden.resource.text.startswith("it cannot be told")
    assert hidden.verdict == "cannot_tell"


def test_a_payer_is_what_its_address_says_or_is_not_there():
    assert told(desired(orgs={"org-a": Profile(US)}), actual(), "orgs.org-a").resource.by == "address"
    nobody = told(
        desired(orgs={"org-x": Profile(US)}), actual(profiles=(org("org-x", exists=False),)), "orgs.org-x"
    )
    assert nobody.resource.id is None
    assert (nobody.verdict, [asked.rule for asked in nobody.rules]) == ("refused", ["REG202"])


# Attributes and facts


def test_each_attribute_is_told_as_wanted_as_it_is_and_as_last_applied():
    known = Baseline({"projects.rna": ResourceBaseline(pid(1), {"name": "old", "region": US})})
    workspace = desired({"rna": wanted(name="new", bill_to=None, id=pid(1))})
    found = told(workspace, actual(project(1, name="rna")), before=known)
    assert [(one.name, one.desired, one.actual, one.baseline) for one in found.attributes] == [
        ("region", US, US, US),
        ("name", "new", "rna", "old"),
        ("bill_to", None, "org-a", None),
        ("mark", None, None, None),
    ]
    assert [one.state for one in found.attributes] == ["known", "known", "known", "absent"]


def test_what_was_applied_under_the_former_address_counts():
    workspace = desired({"rna": wanted()}, moved={"projects.old": "projects.rna"})
    found = told(workspace, actual(project(1, mark="ws/projects.old")), before=baseline(old=1))
    assert found.attributes[-1].baseline == "ws/projects.old"


def test_a_new_project_says_where_its_region_and_name_come_from():
    workspace = desired({"rna": wanted(region=None)})
    by_platform = {one.name: one for one in told(workspace, actual()).attributes}
    assert (by_platform["region"].desired, by_platform["region"].state) == (US, None)
    assert by_platform["region"].origin == "the default region of org-a, by the platform"
    assert (by_platform["name"].desired, by_platform["name"].origin) == ("rna", "the key of the table")
    by_toml = told(replace(workspace, orgs={"org-a": Profile(EU)}), actual()).attributes[0]
    assert (by_toml.desired, by_toml.origin) == (EU, "the default region of org-a, by this TOML")


def test_a_set_is_sorted_however_it_is_written():
    workspace = desired(orgs={"org-a": Profile(permitted_regions=(US, EU))})
    (_, permitted) = told(workspace, actual(), "orgs.org-a").attributes
    assert permitted.desired == permitted.actual == tuple(sorted((US, EU)))


def test_what_could_not_be_read_says_why_and_what_would_show_it():
    workspace = desired(users={"user-bob": Profile(US)})
    found = told(workspace, actual(profiles=(stranger("user-bob"),)), "users.user-bob")
    assert found.verdict == "cannot_tell"
    (fact,) = (one for one in found.facts if one.state == "unreadable")
    assert fact.reason == "only user-bob can read it"
    assert fact.advice == 'add an identity: [identities.bob] user = "user-bob"'
    assert all(one.advice is None for one in found.facts if one is not fact)
    assert [entry.attribute for entry in found.unreadable] == ["default_region"]


# Policies


def policies(*waivers: Waiver) -> Workspace:
    workspace = desired({"rna": wanted("org-b", US)}, orgs={"org-a": Profile()}, policy_payer="org-b")
    return replace(workspace, waivers=waivers)


def test_a_policy_that_will_mean_it_is_told_as_it_is_to_be():
    snapshot = actual(project(1, mark=MARK), profiles=(org("org-b"),))
    found = told(policies(), snapshot)
    (one,) = found.policies
    assert (one.policy, one.regions, one.verdict) == ("p", (EU,), "violated")
    assert one.message == f"{US} is not allowed, as it is to be"
    assert rule(found, "REG301").verdict == "refused"


def test_a_policy_that_means_it_as_it_is_says_whether_it_is_kept_or_waived():
    there = project(1, bill_to="org-b", mark=MARK)
    snapshot = actual(there, profiles=(org("org-b"),))
    assert [one.message for one in told(policies(), snapshot).policies] == [f"{US} is not allowed"]
    waiver = Waiver("p", Match(name="rna"), "why", "T-1", "dpo", datetime.date(2999, 1, 1))
    (waived,) = told(policies(waiver), snapshot).policies
    assert (waived.verdict, waived.waiver) == ("waived", "T-1")
    kept = told(policies(), actual(replace(there, region=EU), profiles=(org("org-b"),)))
    assert [one.verdict for one in kept.policies] == ["kept"]
    hidden = told(policies(), actual(replace(there, region=HIDDEN), profiles=(org("org-b"),)))
    assert [one.verdict for one in hidden.policies] == ["cannot_tell"]


def test_a_policy_that_does_not_mean_it_is_not_told():
    assert (
        told(desired({"rna": wanted()}, policy_payer="org-b"), actual(profiles=(org("org-b"),))).policies
        == ()
    )
    named = replace(desired({"rna": wanted()}), policies=(Policy("n", (EU,), Match(name="x*")),))
    assert told(named, actual()).policies == ()


# Any world


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=150, deadline=None)
def test_every_address_of_any_world_can_be_explained_and_agrees_with_the_plan(
    workspace: Workspace, snapshot: Snapshot, before: Baseline
):
    addresses = [f"projects.{key}" for key in workspace.projects]
    addresses += [f"orgs.{key}" for key in workspace.orgs] + [f"users.{key}" for key in workspace.users]
    try:
        whole = plan(workspace, Fixed(snapshot), before, OPTIONS).plan
    except DiagnosticsError:
        return
    refused = {refusal.address for refusal in whole.refusals}
    stepped = {step.address for step in whole.steps}
    for address in addresses:
        found = told(workspace, snapshot, address, before)
        msgspec.json.encode(found)
        assert (found.verdict == "refused") == (address in refused)
        assert {step.address for step in found.steps} <= stepped
        assert any(step.address == address for step in found.steps) == (address in stepped)
        if found.verdict == "refused":
            assert any(asked.verdict == "refused" for asked in found.rules)
        assert found.written.lines
