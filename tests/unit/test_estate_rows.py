"""The rows of the estate: every project of the payers, and of ours whoever pays, with the worst of it."""

from __future__ import annotations

import datetime

from support.worlds import EU, HIDDEN, OPTIONS, US, Fixed, actual, desired, org, pid, project, wanted

from reconciler.drift import drift
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Match, Policy, Waiver, Workspace
from reconciler.model.report import EstateRow

GDPR = Policy("gdpr", (EU,), Match(name="EU *"))


def rows(workspace: Workspace, snapshot: Snapshot, before: Baseline | None = None) -> dict[str, EstateRow]:
    found = drift(workspace, Fixed(snapshot), before or Baseline(), OPTIONS)
    assert list(found.estate()) == list(found.estate())
    return {row.id: row for row in found.estate()}


def test_each_project_of_the_payers_has_one_row_with_its_address_or_none() -> None:
    snapshot = actual(
        project(1, mark="ws/projects.rna"),
        project(2, name="scratch"),
        project(3, bill_to="org-x"),
        profiles=(org("org-x"),),
    )
    found = rows(desired({"rna": wanted()}), snapshot)
    assert {one.id: (one.address, one.verdict) for one in found.values()} == {
        pid(1): ("projects.rna", "in_sync"),
        pid(2): (None, "unmanaged"),
    }
    assert (found[pid(1)].mark, found[pid(2)].mark) == ("ws/projects.rna", None)
    assert (found[pid(2)].name, found[pid(2)].region, found[pid(2)].bill_to) == ("scratch", US, "org-a")


def test_a_project_of_ours_that_somebody_else_pays_has_a_row() -> None:
    snapshot = actual(project(1, bill_to="org-x", mark="ws/projects.rna"), profiles=(org("org-x"),))
    before = Baseline(
        {"projects.rna": ResourceBaseline(pid(1), {"bill_to": "org-a", "mark": "ws/projects.rna"})}
    )
    row = rows(desired({"rna": wanted()}), snapshot, before)[pid(1)]
    assert (row.bill_to, row.address, row.verdict) == ("org-x", "projects.rna", "drifted")


def test_what_could_not_be_read_is_null_and_the_row_is_not_in_sync() -> None:
    hidden = project(1, name=HIDDEN, region=HIDDEN, mark="ws/projects.rna")
    row = rows(desired({"rna": wanted()}), actual(hidden))[pid(1)]
    assert (row.name, row.region, row.verdict) == (None, None, "unreadable")


def test_a_row_names_the_policies_that_it_violates_and_the_ticket_that_excuses_it() -> None:
    waiver = Waiver("gdpr", Match(id=pid(2)), "why", "COMP-17", "dpo@example.org", datetime.date(1999, 1, 1))
    workspace = desired({"rna": wanted()}, policies=(GDPR,), waivers=(waiver,))
    snapshot = actual(project(1, name="EU a", mark="ws/projects.rna"), project(2, name="EU b"))
    found = rows(workspace, snapshot)
    assert [(one.verdict, one.policies, one.waiver) for one in found.values()] == [
        ("violation", ("gdpr",), None),
        ("unmanaged", ("gdpr",), "COMP-17"),
    ]


def test_a_policy_that_cannot_tell_makes_the_row_unreadable() -> None:
    found = rows(desired({"rna": wanted()}, policies=(GDPR,)), actual(project(1, name=HIDDEN)))
    assert [row.verdict for row in found.values()] == ["unreadable"]
