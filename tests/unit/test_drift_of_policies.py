"""Drift on policies: what violates them, whose waiver has ended or soon will, what cannot be told."""

from __future__ import annotations

import datetime

from support.worlds import EU, HIDDEN, OPTIONS, US, Fixed, actual, desired, pid, project, wanted

from reconciler.cli import exitcodes
from reconciler.drift import drift
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Match, Policy, Profile, Waiver
from reconciler.model.report import DriftItem, DriftReport

GDPR = Policy("gdpr", ("@eu",), Match(bill_to="org-a", name="EU *"))
EPOCH = datetime.date(1970, 1, 1)
MARK = "ws/projects.rna"


def report(snapshot: Snapshot, *waivers: Waiver, accept: bool = False) -> DriftReport:
    workspace = desired(
        {"rna": wanted(None, US, None, id=pid(1))},
        orgs={"org-a": Profile(unreadable="accept" if accept else None)},
        groups={"eu": (EU,)},
        policies=(GDPR,),
        waivers=waivers,
    )
    return drift(workspace, Fixed(snapshot), Baseline(), OPTIONS).report


def waiver(days: int) -> Waiver:
    ends = EPOCH + datetime.timedelta(days=days)
    return Waiver("gdpr", Match(name="EU *"), "why", "COMP-17", "dpo@example.org", ends)


def of_policies(found: DriftReport) -> list[DriftItem]:
    return [item for item in found.items if item.policy is not None]


def test_a_violation_names_policy_project_region_and_that_there_is_no_waiver() -> None:
    found = report(actual(project(1, name="EU x"), project(2, name="EU y")))
    managed, unmanaged = of_policies(found)
    assert (managed.address, managed.id, managed.policy, managed.attribute) == (
        "projects.rna",
        pid(1),
        "gdpr",
        "region",
    )
    assert (managed.verdict, managed.actual) == ("violation", US)
    assert managed.message == f"gdpr: {US} is not in @eu (no waiver)"
    assert (unmanaged.address, unmanaged.id, unmanaged.verdict) == (None, pid(2), "violation")
    assert found.summary["violation"] == 2
    assert exitcodes.of_drift(found, frozenset()) == 3


def test_an_expired_waiver_is_a_violation_that_names_who_gave_it() -> None:
    found = report(actual(project(1, name="EU x")), waiver(-1))
    (item,) = of_policies(found)
    assert item.verdict == "waiver_expired"
    for said in ("COMP-17", "dpo@example.org", "1969-12-31"):
        assert said in (item.message or "")
    assert exitcodes.of_drift(found, frozenset()) == 3


def test_a_waiver_that_ends_within_thirty_days_is_told_and_no_code_of_its_own() -> None:
    found = report(actual(project(1, name="EU x")), waiver(30))
    assert [item.verdict for item in of_policies(found)] == ["waiver_expiring"]
    only = DriftReport(
        **{**{f: getattr(found, f) for f in found.__struct_fields__}, "items": found.items[-1:]}
    )
    assert exitcodes.of_drift(only, frozenset()) == 0


def test_a_waiver_that_lasts_is_not_drift() -> None:
    assert of_policies(report(actual(project(1, name="EU x")), waiver(31))) == []


def test_what_no_longer_violates_is_not_told_of_for_its_waiver() -> None:
    assert of_policies(report(actual(project(1, name="EU x", region=EU)), waiver(-1))) == []


def test_a_partial_list_leaves_open_whether_others_violate_it() -> None:
    found = report(actual(project(1, region=EU), partial=("org-a",)))
    (item,) = of_policies(found)
    assert (item.address, item.attribute, item.verdict) == ("policies.gdpr", "org-a.estate", "unreadable")
    assert "org-a" in (item.message or "")
    accepted = report(actual(project(1, region=EU), partial=("org-a",)), accept=True)
    assert of_policies(accepted) == []


def test_a_name_that_would_decide_and_is_unreadable_is_unreadable() -> None:
    found = report(actual(project(2, name=HIDDEN)))
    (item,) = of_policies(found)
    assert (item.address, item.attribute, item.verdict) == ("policies.gdpr", f"{pid(2)}.name", "unreadable")
