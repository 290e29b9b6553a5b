"""Drift: whose doing a difference is, and that what cannot be read is never in sync."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.worlds import (
    EU,
    HIDDEN,
    OPTIONS,
    SYD,
    US,
    Fixed,
    actual,
    desired,
    org,
    pid,
    project,
    stranger,
    user,
    wanted,
)

from reconciler.drift import drift
from reconciler.model.actual import Destroyed, Snapshot
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Profile, Workspace
from reconciler.model.report import DriftItem, DriftReport

MARK = "ws/projects.rna"


def report(workspace: Workspace, snapshot: Snapshot, before: Baseline | None = None) -> DriftReport:
    return drift(workspace, Fixed(snapshot), before or Baseline(), OPTIONS).report


def recorded(**attributes: AttributeValue) -> Baseline:
    return Baseline({"projects.rna": ResourceBaseline(pid(1), attributes)})


def name_item(before: Baseline | None, wants: str, has: str) -> DriftItem:
    found = report(desired({"rna": wanted(name=wants)}), actual(project(1, name=has, mark=MARK)), before)
    (item,) = (i for i in found.items if i.attribute == "name")
    return item


@pytest.mark.parametrize(
    ("before", "wants", "has", "verdict"),
    [
        (None, "x", "x", "in_sync"),
        ("x", "x", "x", "in_sync"),
        ("y", "x", "x", "converged"),
        (None, "x", "y", "pending"),
        ("x", "x", "y", "drifted"),
        ("y", "x", "y", "pending"),
        ("z", "x", "y", "conflict"),
    ],
)
def test_the_table_of_verdicts(before: str | None, wants: str, has: str, verdict: str):
    item = name_item(recorded(name=before) if before else None, wants, has)
    assert item.verdict == verdict
    assert (item.baseline, item.desired, item.actual) == (before, wants, has)


values = st.sampled_from(["x", "y", "z"])


@given(st.none() | values, values, values)
def test_in_sync_is_said_exactly_when_nothing_differs(before: str | None, wants: str, has: str):
    item = name_item(recorded(name=before) if before else None, wants, has)
    agrees = wants == has and before in (None, wants)
    assert (item.verdict == "in_sync") == agrees


def test_what_cannot_be_read_is_unreadable_whatever_the_baseline_says():
    before = Baseline({"users.user-bob": ResourceBaseline("user-bob", {"default_region": US})})
    workspace = desired(users={"user-bob": Profile(default_region=US)})
    found = report(workspace, actual(profiles=(stranger("user-bob"),)), before)
    assert [(i.address, i.verdict) for i in found.items] == [("users.user-bob", "unreadable")]


def test_a_mark_that_is_gone_is_drifted():
    found = report(
        desired({"rna": wanted()}), actual(project(1)), recorded(region=US, bill_to="org-a", mark=MARK)
    )
    assert [(i.attribute, i.verdict) for i in found.items if i.verdict != "in_sync"] == [("mark", "drifted")]


def test_a_renamed_address_is_pending_until_it_is_applied():
    workspace = desired({"rna": wanted()}, moved={"projects.old": "projects.rna"})
    found = report(workspace, actual(project(1, mark="ws/projects.old")))
    assert [(i.attribute, i.verdict) for i in found.items if i.verdict != "in_sync"] == [("mark", "pending")]


def test_a_destroyed_project_is_named_with_its_id():
    found = report(desired({"rna": wanted()}), actual(missing={pid(1): Destroyed()}), recorded())
    assert [(i.address, i.id, i.verdict) for i in found.items] == [("projects.rna", pid(1), "destroyed")]


def test_a_project_of_the_baseline_that_cannot_be_seen_is_unreadable():
    found = report(desired({"rna": wanted()}), actual(missing={pid(1): HIDDEN}), recorded())
    assert [(i.address, i.verdict, i.message) for i in found.items] == [
        ("projects.rna", "unreadable", "hidden")
    ]


def test_a_project_that_was_never_created_is_pending():
    found = report(desired({"rna": wanted()}), actual())
    assert [(i.address, i.verdict) for i in found.items] == [("projects.rna", "pending")]


def test_a_project_that_another_workspace_took_over_is_drifted():
    found = report(
        desired({"rna": wanted()}), actual(project(1, mark="theirs/projects.x")), recorded(name="x")
    )
    by_verdict = Counter(i.verdict for i in found.items)
    assert by_verdict["drifted"] == 1
    assert by_verdict["in_sync"] == 0


def test_permitted_regions_are_compared_as_sets():
    workspace = desired(orgs={"org-a": Profile(permitted_regions=(EU, US))})
    before = Baseline({"orgs.org-a": ResourceBaseline("org-a", {"permitted_regions": (US, EU)})})
    assert [i.verdict for i in report(workspace, actual(), before).items] == ["in_sync"]
    lost = actual(profiles=(org("org-a", (US,)),))
    assert [i.verdict for i in report(workspace, lost, before).items] == ["drifted"]


def test_a_project_of_our_payers_that_nobody_manages_is_unmanaged():
    snapshot = actual(
        project(1, mark=MARK),
        project(2, name="scratch", region=SYD),
        project(3, bill_to="org-x"),
        profiles=(org("org-x"),),
    )
    found = [i for i in report(desired({"rna": wanted()}), snapshot).items if i.verdict == "unmanaged"]
    assert [i.id for i in found] == [pid(2)]
    assert found[0].message is not None
    assert "scratch" in found[0].message


def test_the_summary_counts_the_items():
    workspace = desired(
        {"rna": wanted(name="new"), "dna": wanted()}, users={"user-bob": Profile(default_region=US)}
    )
    snapshot = actual(project(1, name="old", mark=MARK), project(9, name="s"), profiles=(user("user-bob"),))
    found = report(workspace, snapshot)
    counts = Counter(i.verdict for i in found.items)
    assert found.summary == {verdict: counts[verdict] for verdict in found.summary}
    assert sum(found.summary.values()) == len(found.items)


def test_a_payer_that_vanished_is_destroyed_or_never_was():
    workspace = desired(orgs={"org-x": Profile(default_region=US)})
    gone = actual(profiles=(org("org-x", exists=False),))
    before = Baseline({"orgs.org-x": ResourceBaseline("org-x", {"default_region": US})})
    assert [i.verdict for i in report(workspace, gone, before).items] == ["destroyed"]
    assert [i.verdict for i in report(workspace, gone).items] == ["pending"]


def test_what_an_address_may_be_is_not_unmanaged_beside_it():
    found = report(
        desired({"rna": wanted()}), actual(project(1), project(2, name="x", mark="ws/projects.gone"))
    )
    assert [(i.address, i.id, i.verdict) for i in found.items] == [
        ("projects.rna", pid(1), "pending"),
        (None, pid(2), "unmanaged"),
    ]
    assert found.items[1].message == "x, aws:us-east-1, billed to org-a; was projects.gone"


def test_an_adoption_that_is_not_applied_is_pending():
    found = report(desired({"rna": wanted(adopt=True)}), actual(project(1)))
    assert [(i.attribute, i.verdict) for i in found.items if i.verdict != "in_sync"] == [("mark", "pending")]


def test_a_destroyed_project_is_told_in_a_whole_sentence():
    found = report(desired({"rna": wanted()}), actual(missing={pid(1): Destroyed()}), recorded())
    assert found.items[0].message == f"{pid(1)} no longer exists at the platform: it was destroyed there"


def test_what_is_recorded_under_an_old_address_counts_for_the_new_one():
    workspace = desired({"rna": wanted(name="A")}, moved={"projects.old": "projects.rna"})
    before = Baseline({"projects.old": ResourceBaseline(pid(1), {"name": "A", "mark": "ws/projects.old"})})
    found = report(workspace, actual(project(1, name="B", mark="ws/projects.old")), before)
    assert [i.verdict for i in found.items if i.attribute == "name"] == ["drifted"]
