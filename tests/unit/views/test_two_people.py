"""A project that one person offers and another accepts, and one that is taken from another workspace."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from reconciler.model.plan import Plan, ProviderRef, Step, Summary
from reconciler.model.report import ApplyReport, ApplySummary, StepReport
from reconciler.views.pages import ApplyPage, PlanPage, QuestionPage

from .conftest import PROJECT

Shown = Callable[..., str]
Paged = Callable[..., PlanPage]
Pair = tuple[Step, Step]


@pytest.fixture
def taken() -> Step:
    before, after = {"id": PROJECT, "mark": "old/projects.x"}, {"mark": "genomics/projects.x"}
    return Step("s9", "projects.x", "adopt", "user-alice", before, after)


def test_an_offer_and_its_acceptance_are_one_block_that_names_both_people(
    shown: Shown, page: Paged, empty_plan: Plan, handover: Pair
) -> None:
    text = shown(page(replace(empty_plan, steps=handover, summary=Summary(transfer=1))))
    assert (
        "  @ transfer or accept\n"
        "\n"
        f"  @ projects.lent                {PROJECT}\n"
        "      offered to user-bob\n"
        "      accepted by user-bob, then billed to org-b\n"
        "      as        user-alice, then user-bob\n"
        "\n"
    ) in text
    assert text.endswith("Plan: 1 to transfer.\n")


def test_an_acceptance_that_is_left_alone_says_what_stands_already(
    shown: Shown, page: Paged, empty_plan: Plan, handover: Pair
) -> None:
    text = shown(page(replace(empty_plan, steps=handover[1:])))
    assert "offered" not in text
    assert "      accepted by user-bob, then billed to org-b\n      as        user-bob\n" in text


def test_other_steps_on_the_project_keep_their_own_pieces(
    shown: Shown, page: Paged, empty_plan: Plan, handover: Pair
) -> None:
    rename = Step("s6", "projects.lent", "update", "user-bob", {"id": PROJECT, "name": "a"}, {"name": "b"})
    block = shown(page(replace(empty_plan, steps=(*handover, rename)))).split("\n\n")[2]
    assert [line.split()[:2] for line in block.splitlines() if line[2] != " "] == [
        ["@", "projects.lent"],
        ["~", "projects.lent"],
    ]


def test_a_mark_that_is_taken_over_shows_whose_it_was(
    shown: Shown, page: Paged, empty_plan: Plan, taken: Step
) -> None:
    text = shown(page(replace(empty_plan, steps=(taken,))))
    assert f"  = projects.x                   {PROJECT}, taken over\n" in text
    assert "      mark      old/projects.x  →  genomics/projects.x\n" in text


def test_the_question_counts_a_handover_once_and_names_who_accepts(
    shown: Shown, empty_plan: Plan, handover: Pair, update: Step
) -> None:
    text = shown(QuestionPage(replace(empty_plan, steps=(update, *handover))))
    assert (
        "  2 projects get another payer, who alone can give it back:\n"
        "      projects.cohort   org-biobank\n"
        "      projects.lent   org-b, accepted by user-bob\n"
    ) in text


def test_the_question_tells_what_is_taken_from_another_workspace(
    shown: Shown, empty_plan: Plan, taken: Step
) -> None:
    text = shown(QuestionPage(replace(empty_plan, steps=(taken,))))
    assert (
        "  1 project is taken away from another workspace:\n"
        "      projects.x   old/projects.x\n"
        "\n"
        "Apply this step?"
    ) in text


def test_a_report_says_offered_and_accepted(shown: Shown) -> None:
    steps = (
        StepReport("s4", "projects.lent", "transfer", "done", PROJECT),
        StepReport("s5", "projects.lent", "accept", "done", PROJECT),
    )
    made = ApplyReport(
        "1.0", "apply", "p", "w", ProviderRef("d", "e"), "u", "", "", False, ApplySummary(2), steps
    )
    text = shown(ApplyPage(made))
    assert [line.split()[:2] for line in text.splitlines() if "projects.lent" in line] == [
        ["projects.lent", "offered"],
        ["projects.lent", "accepted"],
    ]
