"""The next command is exact: the path and the options that were used, ready to paste."""

from __future__ import annotations

import shlex

from msgspec.structs import replace

from reconciler.cli.following import Used, after_apply, after_plan, new_plan
from reconciler.model.plan import Forgotten, ManualStep, Plan, ProviderRef, Refusal, Step
from reconciler.model.report import ApplyReport, ApplySummary

MANUAL = ManualStep("m1", "orgs.org-x", "sales", "please")


def refusal(rule: str) -> Refusal:
    return Refusal("projects.c", rule, "no", None, ())


def command(plan: Plan, used: Used) -> str | None:
    following = after_plan(plan, used)
    return following.command if following else None


def test_nothing_left_has_no_next_command(empty_plan: Plan) -> None:
    assert after_plan(empty_plan, Used()) is None


def test_steps_lead_to_apply_with_the_path_and_identity_that_were_used(empty_plan: Plan, step: Step) -> None:
    plan = replace(empty_plan, steps=(step,))
    assert command(plan, Used()) == "reconciler apply"
    assert command(plan, Used("configs/genomics", None, "bob")) == (
        "reconciler apply configs/genomics --identity bob"
    )


def test_a_saved_plan_leads_to_apply_of_that_file_in_its_workspace(empty_plan: Plan, step: Step) -> None:
    plan = replace(empty_plan, steps=(step,))
    assert command(plan, Used(".", "plan.json")) == "reconciler apply plan.json"
    assert command(plan, Used("w", "p.json")) == "reconciler apply p.json --workspace w"


def test_a_plan_for_somebody_else_leads_to_apply_with_that_login_and_not_with_the_one_that_planned(
    empty_plan: Plan, step: Step
) -> None:
    plan = replace(empty_plan, steps=(step,))
    used = Used(".", "plan.json", "reader", apply_as="user-alice")
    following = after_plan(plan, used)
    assert following is not None
    assert following.why == "To apply it, with the login of user-alice:"
    assert following.command == "reconciler apply plan.json"
    refused = replace(empty_plan, refusals=(refusal("REG101"),))
    assert command(refused, used) == "reconciler plan --apply-as user-alice --identity reader"


def test_a_path_with_a_space_can_be_pasted(empty_plan: Plan, step: Step) -> None:
    pasted = command(replace(empty_plan, steps=(step,)), Used("my folder"))
    assert shlex.split(pasted or "") == ["reconciler", "apply", "my folder"]


def test_refusals_beside_steps_lead_to_skipping_them_unless_it_is_a_guard(
    empty_plan: Plan, step: Step
) -> None:
    plan = replace(empty_plan, steps=(step,), refusals=(refusal("REG101"),))
    assert command(plan, Used()) == "reconciler apply --skip-refused"
    guarded = replace(plan, refusals=(refusal("REG101"), refusal("REG302")))
    assert command(guarded, Used()) == "reconciler plan"


def test_refusals_alone_and_manual_parts_lead_back_to_plan(empty_plan: Plan) -> None:
    assert command(replace(empty_plan, refusals=(refusal("REG101"),)), Used("w")) == "reconciler plan w"
    assert command(replace(empty_plan, manual=(MANUAL,)), Used("w")) == "reconciler plan w"


def test_what_is_forgotten_alone_leads_to_an_apply_that_records_it(empty_plan: Plan) -> None:
    assert command(replace(empty_plan, forgotten=(Forgotten("projects.a", "p"),)), Used()) == (
        "reconciler apply"
    )


def test_a_plan_that_can_never_be_applied_has_no_next_command(empty_plan: Plan, step: Step) -> None:
    assert after_plan(replace(empty_plan, applyable=False, steps=(step,)), Used()) is None


def test_an_incomplete_apply_leads_to_the_same_command_again() -> None:
    provider = ProviderRef("sandbox", "sandbox:1")
    report = ApplyReport(
        "1.0", "apply", "p", "w", provider, "user-alice", "", "", False, ApplySummary(1, 1, 0, 0), ()
    )
    used = Used("w", None, "bob", True, True)
    assert after_apply(report, used).command == (
        "reconciler apply w --identity bob --skip-refused --local-ledger"
    )
    done = replace(report, summary=ApplySummary(2, 0, 0, 0))
    assert after_apply(done, used).command == "reconciler drift w --identity bob"


def test_a_stale_plan_is_made_anew_under_the_same_name() -> None:
    assert new_plan(Used("w", "plan.json")).command == "reconciler plan w -o plan.json"
