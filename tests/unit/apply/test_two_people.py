"""Handing a project over: an offer by one user, the acceptance by another, each sent at most once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.actual import Project
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.report import ApplyReport
from tests.unit.planfile.samples import (
    ALICE,
    BOB,
    EU,
    ORG,
    THEIRS,
    accept,
    adopt,
    handover,
    mark_of,
    plan_of,
    project,
    project_id,
)

from .fakes import Bench

ONE = project_id(1)
PAIR = handover("a", 1)


def results(report: ApplyReport) -> list[tuple[str, bool]]:
    return [(step.result, step.skipped) for step in report.steps]


def only(bench: Bench) -> Project:
    return bench.platform.projects[ONE]


def test_the_offer_and_its_acceptance_are_each_sent_once_and_read_back_as_who_acts() -> None:
    bench = Bench(project(1))
    report = bench.apply(plan_of(*PAIR))
    assert results(report) == [("done", False), ("done", False)]
    assert bench.platform.executed == ["s-a", "s-a-accept"]
    assert (only(bench).bill_to, only(bench).pending_transfer) == (THEIRS, ABSENT)
    assert [scope.levels for scope in bench.platform.scopes] == [
        ((ALICE, ONE),),
        ((ALICE, ONE),),
        ((BOB, ONE),),
        ((BOB, ONE),),
    ]


@pytest.mark.parametrize("fault", ["lost before", "refused", "failed", "ignored", "unreadable after"])
def test_without_a_certain_offer_nobody_accepts(fault: str) -> None:
    bench = Bench(project(1))
    report = bench.apply(plan_of(*PAIR), a=fault)
    expected = "uncertain" if fault == "unreadable after" else "failed"
    assert [step.result for step in report.steps] == [expected, "not_attempted"]
    assert bench.platform.executed == ["s-a"]
    assert only(bench).bill_to != THEIRS


def test_an_offer_that_the_platform_ignored_is_told_in_words() -> None:
    report = Bench(project(1)).apply(plan_of(*PAIR), a="ignored")
    assert report.steps[0].message == (
        f"the platform accepted the call but the recipient of its offer is not set, not {BOB}"
    )


@pytest.mark.parametrize("lost", ["a", "a_accept"])
def test_an_answer_that_was_lost_after_the_call_took_effect_is_found_by_reading(lost: str) -> None:
    bench = Bench(project(1))
    report = bench.apply(plan_of(*PAIR), **{lost: "lost after"})
    assert results(report) == [("done", False), ("done", False)]
    assert bench.platform.executed == ["s-a", "s-a-accept"]


def test_an_acceptance_that_was_lost_on_its_way_is_failed_and_the_offer_stays() -> None:
    bench = Bench(project(1))
    report = bench.apply(plan_of(*PAIR), a_accept="lost before")
    assert [step.result for step in report.steps] == ["done", "failed"]
    assert f"it was not carried out: bill_to is still {ORG}" in report.steps[1].message
    assert only(bench).pending_transfer == BOB


def test_an_offer_that_stands_already_is_not_made_again() -> None:
    bench = Bench(project(1, offered_to=BOB))
    assert results(bench.apply(plan_of(*PAIR))) == [("done", True), ("done", False)]
    assert bench.platform.executed == ["s-a-accept"]


def test_an_offer_that_was_accepted_already_is_not_made_again_nor_accepted_twice() -> None:
    bench = Bench(project(1, bill_to=THEIRS))
    assert results(bench.apply(plan_of(*PAIR))) == [("done", True), ("done", True)]
    assert bench.platform.executed == []


def test_an_offer_that_is_accepted_by_hand_at_once_is_done() -> None:
    bench = Bench(project(1))
    real = bench.platform.execute

    def quick(*given: object) -> object:
        outcome = real(*given)  # type: ignore[arg-type]  # only looked through
        bench.platform.projects[ONE] = replace(only(bench), bill_to=THEIRS, pending_transfer=ABSENT)
        return outcome

    bench.platform.execute = quick  # type: ignore[method-assign, assignment]  # a test's own bob
    assert results(bench.apply(plan_of(*PAIR))) == [("done", False), ("done", True)]
    assert bench.platform.executed == ["s-a"]


def test_somebody_elses_offer_is_never_replaced() -> None:
    bench = Bench(project(1, offered_to="user-carol"))
    report = bench.apply(plan_of(*PAIR))
    assert [step.result for step in report.steps] == ["failed", "not_attempted"]
    assert report.steps[0].message == "REG203: it is offered to user-carol by now; that offer must end first"
    assert bench.platform.executed == []


def test_an_offer_made_while_the_plan_was_carried_out_is_never_replaced() -> None:
    bench = Bench(project(1), project(2))
    first, second = handover("b", 2), handover("a", 1, ("s-b",))
    real = bench.platform.execute

    def meanwhile(*given: object) -> object:
        bench.platform.projects[ONE] = replace(only(bench), pending_transfer="user-carol")
        return real(*given)  # type: ignore[arg-type]  # only looked through

    bench.platform.execute = meanwhile  # type: ignore[method-assign, assignment]  # a test's own alice
    report = bench.apply(plan_of(*first, *second))
    assert [step.result for step in report.steps] == ["done", "done", "failed", "not_attempted"]
    assert "REG203" in report.steps[2].message


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (project(1, offered_to=Unreadable("needs ADMINISTER")), "cannot be read: needs ADMINISTER"),
        (project(1, bill_to="org-third"), "the project is billed to org-third by now"),
        (None, "the project cannot be read: no access"),
    ],
)
def test_nothing_is_offered_where_it_is_not_known_what_that_would_replace(
    now: Project | None, words: str
) -> None:
    bench = Bench(*([] if now is None else [now]))
    report = bench.apply(plan_of(*PAIR))
    assert [step.result for step in report.steps] == ["failed", "not_attempted"]
    assert words in report.steps[0].message
    assert report.steps[0].message.startswith("nothing was sent: ")
    assert bench.platform.executed == []


def test_an_acceptance_alone_takes_up_what_an_earlier_run_has_offered() -> None:
    bench = Bench(project(1, offered_to=BOB))
    report = bench.apply(plan_of(accept("a", 1)))
    assert results(report) == [("done", False)]
    assert only(bench).bill_to == THEIRS


def test_an_offer_records_what_the_toml_asks_for_and_is_so_and_nothing_else() -> None:
    bench = Bench(project(1, "a"))
    bench.targets = {"projects.a": {"name": "a", "bill_to": THEIRS}}
    bench.apply(plan_of(*PAIR), a_accept="refused")
    assert bench.ledger.whole.resources["projects.a"].attributes == {"name": "a"}
    bench.apply(plan_of(*PAIR))
    assert bench.ledger.whole.resources["projects.a"].attributes == {"name": "a", "bill_to": THEIRS}


def test_a_mark_that_is_taken_over_is_replaced_only_if_it_is_still_the_one_that_was_reviewed() -> None:
    plan = plan_of(adopt("a", 1, replaces="old/projects.a"))
    bench = Bench(project(1, mark="old/projects.a"))
    assert results(bench.apply(plan)) == [("done", False)]
    assert only(bench).mark == mark_of("a")
    bench = Bench(project(1, mark="third/projects.a"))
    report = bench.apply(plan)
    assert report.steps[0].message == "REG303: it bears the mark third/projects.a by now"
    assert bench.platform.executed == []


def test_a_mark_that_was_taken_off_before_it_could_be_taken_over_is_written_all_the_same() -> None:
    bench = Bench(project(1, region=EU))
    assert results(bench.apply(plan_of(adopt("a", 1, replaces="old/projects.a")))) == [("done", False)]
