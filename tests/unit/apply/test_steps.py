"""How one step ends: each outcome of its call, settled by reading."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.ledger import Ended, Intent
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.report import ApplyReport, StepReport
from reconciler.provider import ProviderError
from tests.unit.planfile.samples import (
    ALICE,
    EU,
    ORG,
    US,
    Key,
    adopt,
    create,
    mark_of,
    plan_of,
    profile,
    project,
    project_id,
    release,
    rename,
    set_default,
    snapshot,
)

from .fakes import Bench

ONE = project_id(1)
MARK = mark_of("a")


def only(report: ApplyReport) -> StepReport:
    (step,) = report.steps
    return step


def test_a_creation_is_journalled_sent_once_read_back_by_its_id_and_its_mark_searched_again() -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a"))))
    (made,) = bench.bearing(MARK)
    assert (step.result, step.id, step.skipped, step.message) == ("done", made, False, "")
    assert bench.platform.log == [
        "read",
        "Intent s-a",
        "call s-a",
        "read",
        "Ended s-a",
        "record projects.a",
    ]
    assert [(scope.projects, scope.marks) for scope in bench.platform.scopes] == [
        ((), (MARK,)),
        ((made,), (MARK,)),
    ]


def test_the_journal_says_what_will_be_sent_and_what_became_of_it() -> None:
    bench = Bench()
    plan = plan_of(create("a"))
    bench.apply(plan, a="refused")
    intent, ended = bench.ledger.journal
    assert isinstance(intent, Intent)
    assert isinstance(ended, Ended)
    assert (intent.plan_id, intent.step, intent.as_, intent.id) == (plan.plan_id, "s-a", ALICE, None)
    assert intent.after == plan.steps[0].after
    assert intent.call == ended.call
    assert (ended.result, ended.error_type, ended.request_id) == ("failed", "PermissionDenied", "1-3")


def test_what_the_platform_refuses_is_failed_with_its_own_words() -> None:
    step = only(Bench().apply(plan_of(create("a")), a="refused"))
    assert (step.result, step.message) == ("failed", "it was refused")
    assert (step.error_type, step.request_id) == ("PermissionDenied", "1-3")


def test_a_creation_that_got_another_region_is_failed_and_names_the_project() -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a")), a="wrong region"))
    assert step.result == "failed"
    assert step.message == f"the platform accepted the call but region is aws:us-west-9, not {EU}"
    assert [step.id] == bench.bearing(MARK)


def test_a_rival_with_the_same_mark_makes_a_creation_failed_by_reg303_with_both_ids() -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a")), a="rival"))
    ids = bench.bearing(MARK)
    assert len(ids) == 2
    assert step.result == "failed"
    assert all(part in step.message for part in ("REG303", MARK, *ids))
    assert bench.ledger.whole.resources == {}


@pytest.mark.parametrize("fault", ["unreadable after", "reads fail after"])
def test_a_creation_that_cannot_be_read_back_is_uncertain_and_names_the_project(fault: str) -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a")), a=fault))
    assert (step.result, step.id) == ("uncertain", next(iter(bench.platform.projects)))
    assert "read" in step.message
    assert bench.ledger.whole.resources == {}


def test_a_project_destroyed_right_after_its_creation_is_failed() -> None:
    assert "destroyed meanwhile" in only(Bench().apply(plan_of(create("a")), a="destroyed after")).message


@pytest.mark.parametrize(("fault", "searches"), [("lost after", 1), ("lost, shows late", 5)])
def test_a_creation_whose_answer_was_lost_is_found_by_its_mark_and_not_sent_again(
    fault: str, searches: int
) -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a")), a=fault))
    assert (step.result, [step.id]) == ("done", bench.bearing(MARK))
    assert bench.platform.executed == ["s-a"]
    looks = [scope for scope in bench.platform.scopes if scope.marks]
    assert len(looks) == 1 + searches + 1  # before the call, until it showed, and for a second holder


@pytest.mark.parametrize("fault", ["lost before", "lost, never shows"])
def test_a_creation_that_does_not_show_in_time_is_uncertain_and_not_sent_again(fault: str) -> None:
    bench = Bench()
    step = only(bench.apply(plan_of(create("a")), a=fault))
    assert (step.result, step.id) == ("uncertain", None)
    assert step.message == "the connection closed; it did not show within 300 s"
    assert bench.platform.executed == ["s-a"]
    assert bench.pace.now == pytest.approx(300, abs=0.01)
    assert len(bench.platform.scopes) < 40


def test_a_lost_creation_beside_a_rival_is_failed_by_reg303() -> None:
    bench = Bench()
    bench.platform.unlisted = {project_id(1001): 3, project_id(1002): 1}
    plan = plan_of(create("a"))

    def rival(now: float) -> None:
        if now > 1 and len(bench.bearing(MARK)) < 2:
            bench.platform.add("a", MARK, EU, ORG)

    bench.pace.on_sleep = rival
    step = only(bench.apply(plan, a="lost after"))
    assert step.result == "failed"
    assert all(one in step.message for one in ("REG303", *bench.bearing(MARK)))


def test_waiting_for_a_lost_creation_ends_at_once_when_asked_to_stop() -> None:
    bench = Bench()
    bench.pace.on_sleep = lambda now: bench.pace.stop() if now > 2 else None
    report = bench.apply(plan_of(create("a"), create("b")), a="lost, never shows")
    assert [step.result for step in report.steps] == ["uncertain", "not_attempted"]
    assert "interrupted" in report.steps[0].message
    assert report.interrupted
    assert bench.pace.now < 2.2


def test_a_search_is_given_up_when_the_platform_is_out_of_reach() -> None:
    bench = Bench()
    plan = plan_of(create("a"))
    real = bench.platform.execute

    def cut(*given: object) -> object:
        bench.platform.failing_reads = 3
        return real(*given)  # type: ignore[arg-type]  # only looked through

    bench.platform.execute = cut  # type: ignore[method-assign, assignment]  # a test's own fault
    step = only(bench.apply(plan, a="lost after"))
    assert step.result == "uncertain"
    assert "the connection was refused" in step.message
    assert bench.pace.now < 5


def test_a_mark_that_is_already_there_as_wanted_is_not_created_again() -> None:
    bench = Bench(project(1, "a", MARK))
    step = only(bench.apply(plan_of(create("a"))))
    assert (step.result, step.id, step.skipped) == ("done", ONE, True)
    assert bench.platform.executed == []
    (ended,) = bench.ledger.journal
    assert isinstance(ended, Ended)
    assert (ended.call, ended.result) == (None, "done")
    assert bench.ledger.whole.resources["projects.a"].id == ONE


def test_a_mark_that_is_already_there_on_something_else_is_failed_and_nothing_is_sent() -> None:
    bench = Bench(project(1, "a", MARK, bill_to="user-mallory"))
    step = only(bench.apply(plan_of(create("a"))))
    assert (step.result, step.id) == ("failed", ONE)
    assert "bill_to is user-mallory" in step.message
    assert bench.platform.executed == []


def test_a_claim_that_the_plan_knew_of_neither_stops_nor_satisfies_a_creation() -> None:
    claim = project(1, "a", MARK, bill_to="user-mallory")
    bench = Bench(claim)
    plan = plan_of(create("a"), facts=(Key(MARK, "holders"),), seen=snapshot(claim))
    step = only(bench.apply(plan))
    assert step.result == "done"
    assert step.id != ONE
    assert len(bench.bearing(MARK)) == 2


def test_an_update_is_read_back_and_done() -> None:
    bench = Bench(project(1))
    step = only(bench.apply(plan_of(rename("a", 1))))
    assert (step.result, step.id, step.skipped) == ("done", ONE, False)
    assert bench.platform.projects[ONE].name == "a"


def test_an_update_that_was_accepted_without_effect_is_failed() -> None:
    step = only(Bench(project(1)).apply(plan_of(rename("a", 1)), a="ignored"))
    assert step.result == "failed"
    assert step.message == "the platform accepted the call but name is still old, not a"


def test_an_update_that_was_lost_and_carried_out_is_done() -> None:
    bench = Bench(project(1))
    assert only(bench.apply(plan_of(rename("a", 1)), a="lost after")).result == "done"
    assert bench.platform.executed == ["s-a"]


def test_an_update_that_was_lost_and_not_carried_out_is_failed() -> None:
    step = only(Bench(project(1)).apply(plan_of(rename("a", 1)), a="lost before"))
    assert step.result == "failed"
    assert step.message == "the connection closed; it was not carried out: name is still old, not a"


@pytest.mark.parametrize("fault", ["unreadable after", "reads fail after"])
def test_an_update_that_cannot_be_read_back_is_uncertain(fault: str) -> None:
    step = only(Bench(project(1)).apply(plan_of(rename("a", 1)), a=fault))
    assert (step.result, step.id) == ("uncertain", ONE)


def test_an_update_of_a_project_that_is_gone_is_failed() -> None:
    step = only(Bench(project(1)).apply(plan_of(rename("a", 1)), a="destroyed after"))
    assert step.result == "failed"
    assert "destroyed" in step.message


@pytest.mark.parametrize("region", [US, EU])
def test_a_payers_default_is_set_unless_it_is_set_already(region: str) -> None:
    bench = Bench(profile(default=US))
    step = only(bench.apply(plan_of(set_default(ORG, region))))
    assert (step.result, step.id, step.skipped) == ("done", ORG, region == US)
    assert bench.platform.profiles[ORG].default_region == region


def test_what_is_at_its_target_is_found_in_one_read_and_not_sent() -> None:
    steps = [rename(f"p{number}", number) for number in range(1, 30)]
    bench = Bench(*(project(number, f"p{number}") for number in range(1, 30)))
    report = bench.apply(plan_of(*steps, set_default(ORG, US)))
    assert {step.skipped for step in report.steps[:-1]} == {True}
    assert len(bench.platform.scopes) == 2  # all at once, and the payer that has no profile here
    assert bench.platform.executed == ["s-" + ORG]


def test_an_adoption_and_an_update_of_one_project_follow_each_other() -> None:
    bench = Bench(project(1))
    first = adopt("a", 1)
    second = replace(rename("a", 1, depends_on=(first.id,)), id="s-2")
    report = bench.apply(plan_of(first, second))
    assert [(step.result, step.skipped) for step in report.steps] == [("done", False), ("done", False)]
    assert (bench.platform.projects[ONE].mark, bench.platform.projects[ONE].name) == (MARK, "a")


def test_what_was_read_before_a_call_is_not_trusted_after_it() -> None:
    bench = Bench(project(1))
    there = rename("a", 1)
    back = replace(there, id="s-2", after={"name": "old"}, depends_on=(there.id,))
    bench.apply(plan_of(there, back))
    assert bench.platform.executed == ["s-a", "s-2"]
    assert bench.platform.projects[ONE].name == "old"


def test_a_provider_that_cannot_be_read_at_the_start_is_an_error_and_nothing_is_sent() -> None:
    bench = Bench(project(1))
    bench.platform.failing_reads = 1
    with pytest.raises(ProviderError):
        bench.apply(plan_of(rename("a", 1)))
    assert bench.platform.executed == []


@pytest.mark.parametrize("fault", ["done", "lost after"])
def test_a_release_that_is_read_back_leaves_no_mark_and_nothing_in_the_baseline(fault: str) -> None:
    bench = Bench(project(1, mark=MARK))
    bench.ledger.whole = Baseline({"projects.b": ResourceBaseline(ONE, {})}, {"projects.a": ONE})
    assert only(bench.apply(plan_of(release("a", 1)), a=fault)).result == "done"
    assert (bench.bearing(MARK), bench.ledger.whole) == ([], Baseline())


@pytest.mark.parametrize(("fault", "message"), [("ignored", "accepted"), ("lost before", "not carried out")])
def test_a_release_after_which_the_mark_is_still_there_has_failed(fault: str, message: str) -> None:
    bench = Bench(project(1, mark=MARK))
    bench.ledger.whole = Baseline({}, {"projects.a": ONE})
    step = only(bench.apply(plan_of(release("a", 1)), a=fault))
    assert step.result == "failed"
    assert message in step.message
    assert step.message.endswith(f"mark is still {MARK}, not removed")
    assert bench.ledger.whole.forgotten == {"projects.a": ONE}


def test_a_release_sends_nothing_where_the_mark_is_another_by_now() -> None:
    bench = Bench(project(1, mark="theirs/projects.x"))
    step = only(bench.apply(plan_of(release("a", 1))))
    assert (step.result, bench.platform.executed) == ("failed", [])
    assert step.message == "nothing was sent: its mark is theirs/projects.x by now"
