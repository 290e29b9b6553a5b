"""Which exit code wins when several apply, computed from the values that are printed."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from reconciler.cli import exitcodes
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.plan import (
    Blocked,
    ConfigRef,
    Forgotten,
    ManualStep,
    Plan,
    ProviderRef,
    ReadCost,
    Refusal,
    Step,
    Tool,
    UnreadableEntry,
)
from reconciler.model.report import (
    ApplyReport,
    ApplySummary,
    DriftItem,
    DriftReport,
    DriftVerdict,
    StepReport,
    StepResult,
)

PROVIDER = ProviderRef("dnanexus", "https://api.dnanexus.com")
PARTS = {
    "steps": (Step("s1", "users.user-bob", "update", "user-bob", {}, {"default_region": "aws:a"}),),
    "manual": (ManualStep("m1", "orgs.org-x", "sales", "please"),),
    "blocked": (Blocked("projects.b", "create", ("m1",)),),
    "refusals": (Refusal("projects.c", "REG101", "no", None, ()),),
    "unreadable": (UnreadableEntry("users.user-bob", "default_region", "hidden"),),
    "forgotten": (Forgotten("projects.d", "project-1"),),
}


def plan_code(names: frozenset[str], accepted: frozenset[str], detailed: bool) -> int:
    """The table of the documentation, written a second time."""
    if "refusals" in names:
        return 3
    if "unreadable" in names and not accepted:
        return 7
    return 2 if detailed and names & {"steps", "manual", "blocked"} else 0


@pytest.mark.parametrize("detailed", [False, True])
@pytest.mark.parametrize("accepted", [frozenset[str](), frozenset({"users.user-bob"})])
def test_every_combination_of_parts_gives_the_code_of_the_table(
    empty_plan: Plan, detailed: bool, accepted: frozenset[str]
) -> None:
    for size in range(len(PARTS) + 1):
        for names in itertools.combinations(PARTS, size):
            plan = replace(empty_plan, **{name: PARTS[name] for name in names})
            expected = plan_code(frozenset(names), accepted, detailed)
            assert exitcodes.of_plan(plan, accepted, detailed) == expected, names


def drift_report(*verdicts: DriftVerdict) -> DriftReport:
    items = tuple(DriftItem("users.user-bob", None, None, None, v, None, None, None, None) for v in verdicts)
    config = ConfigRef("", (), None)
    tool, cost = Tool("reconciler", "0"), ReadCost(0, 0.0)
    return DriftReport("1.0", "drift", "", tool, "w", PROVIDER, "user-alice", config, {}, items, cost)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((), 0),
        (("in_sync", "unmanaged", "converged", "waiver_expiring"), 0),
        (("unreadable", "unmanaged"), 7),
        (("drifted", "unreadable"), 2),
        (("pending",), 2),
        (("destroyed",), 2),
        (("conflict",), 2),
        (("violation", "drifted", "unreadable"), 3),
        (("waiver_expired",), 3),
    ],
)
def test_drift_is_a_violation_before_a_change_before_what_is_unreadable(
    verdicts: tuple[DriftVerdict, ...], code: int
) -> None:
    assert exitcodes.of_drift(drift_report(*verdicts), frozenset()) == code


def test_an_accepted_unreadable_payer_is_no_drift() -> None:
    assert exitcodes.of_drift(drift_report("unreadable"), frozenset({"users.user-bob"})) == 0


def apply_report(*results: StepResult, interrupted: bool = False, problem: bool = False) -> ApplyReport:
    steps = tuple(StepReport("s", "projects.a", "update", result) for result in results)
    problems = (Diagnostic("error", "ledger", "cannot be written"),) if problem else ()
    return ApplyReport(
        "1.0", "apply", "p", "w", PROVIDER, "user-alice", "", "", interrupted, ApplySummary(), steps, problems
    )


@pytest.mark.parametrize(
    ("results", "interrupted", "problem", "unreadable", "code"),
    [
        (("done",), False, False, False, 0),
        ((), False, False, False, 0),
        (("done",), False, False, True, 7),
        (("done",), False, True, True, 1),
        (("done", "failed"), False, True, True, 4),
        (("not_attempted",), False, False, False, 4),
        (("uncertain",), False, False, False, 4),
        (("failed", "uncertain"), True, True, True, 130),
    ],
)
def test_after_the_first_write_apply_is_interrupted_incomplete_in_error_or_could_not_read(
    empty_plan: Plan,
    *,
    results: tuple[StepResult, ...],
    interrupted: bool,
    problem: bool,
    unreadable: bool,
    code: int,
) -> None:
    plan = replace(empty_plan, unreadable=PARTS["unreadable"] if unreadable else ())
    report = apply_report(*results, interrupted=interrupted, problem=problem)
    assert exitcodes.of_apply(report, plan, frozenset()) == code


def test_what_is_left_to_people_is_no_exit_code_of_apply(empty_plan: Plan) -> None:
    left = replace(empty_plan, manual=PARTS["manual"], blocked=PARTS["blocked"])
    assert exitcodes.of_apply(apply_report("done"), left, frozenset()) == 0
