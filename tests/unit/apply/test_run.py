"""A whole apply: order, stopping, the ledger, the baseline; and laws that hold whatever happens."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.apply import DEFAULT_SETTLE_SECONDS, Pace, settle_seconds, stopping_on_signals
from reconciler.ledger import Intent
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Match, Policy
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan, Step
from reconciler.model.report import ApplyReport, ApplySummary
from tests.unit.planfile.samples import (
    ALICE,
    EU,
    ORG,
    US,
    adopt,
    create,
    handover,
    mark_of,
    plan_of,
    profile,
    project,
    project_id,
    rename,
    set_default,
)

from .fakes import FAULTS, Bench

ONE = project_id(1)


def results(report: ApplyReport) -> list[str]:
    return [step.result for step in report.steps]


def test_independent_steps_go_on_after_a_failure_and_dependents_are_not_attempted() -> None:
    bench = Bench()
    plan = plan_of(
        create("a"), create("b", ("s-a",)), create("c", ("s-b",)), create("d"), create("e", ("s-d",))
    )
    report = bench.apply(plan, a="refused")
    assert results(report) == ["failed", "not_attempted", "not_attempted", "done", "done"]
    assert [step.message for step in report.steps[1:3]] == ["waits for projects.a", "waits for projects.b"]
    assert report.summary == ApplySummary(done=2, failed=1, not_attempted=2)
    assert bench.platform.executed == bench.begun == ["s-a", "s-d", "s-e"]


@pytest.mark.parametrize("fault", ["lost before", "unreadable after"])
def test_what_waits_for_an_uncertain_step_is_not_attempted(fault: str) -> None:
    bench = Bench()
    report = bench.apply(plan_of(create("a"), create("b", ("s-a",))), a=fault)
    assert results(report) == ["uncertain", "not_attempted"]


def test_a_step_listed_before_what_it_waits_for_comes_after_it() -> None:
    bench = Bench()
    report = bench.apply(plan_of(create("b", ("s-a",)), create("a")))
    assert results(report) == ["done", "done"]
    assert bench.platform.executed == ["s-a", "s-b"]
    assert [step.address for step in report.steps] == ["projects.b", "projects.a"]


def test_a_step_that_waits_for_itself_or_for_nothing_known_is_not_attempted() -> None:
    bench = Bench()
    report = bench.apply(plan_of(create("a", ("s-a",)), create("b", ("s-zz",)), create("c")))
    assert results(report) == ["not_attempted", "not_attempted", "done"]
    assert report.steps[1].message == "waits for s-zz"


def test_each_step_is_told_about_as_soon_as_it_has_ended() -> None:
    bench = Bench()
    report = bench.apply(plan_of(create("a"), create("b", ("s-a",))), a="refused")
    assert tuple(bench.events) == report.steps


@pytest.mark.parametrize(
    ("fault", "first"), [("expired", "failed"), ("raises", "failed"), ("reads fail after", "uncertain")]
)
def test_without_a_login_or_a_platform_the_rest_is_not_attempted(fault: str, first: str) -> None:
    bench = Bench()
    report = bench.apply(plan_of(create("a"), create("b"), create("c")), a=fault)
    assert results(report) == [first, "not_attempted", "not_attempted"]
    assert bench.platform.executed == ["s-a"]
    assert all(step.message for step in report.steps)


@pytest.mark.parametrize("fault", ["ctrl-c before", "ctrl-c after"])
def test_an_interrupt_inside_a_call_leaves_that_step_uncertain_and_sends_nothing_more(fault: str) -> None:
    bench = Bench(project(1))
    report = bench.apply(plan_of(rename("a", 1), create("b")), a=fault)
    assert results(report) == ["uncertain", "not_attempted"]
    assert report.interrupted
    assert bench.platform.executed == ["s-a"]


def test_the_first_ctrl_c_finishes_the_call_in_flight_and_sends_nothing_more() -> None:
    bench = Bench()
    bench.platform.log = _Interrupting(bench.platform.log)
    report = bench.apply(plan_of(create("a"), create("b")))
    assert results(report) == ["done", "not_attempted"]
    assert report.interrupted
    assert report.steps[1].message == "interrupted before it was sent"


class _Interrupting(list[str]):
    """Presses Ctrl-C once, when the first call is logged."""

    def append(self, line: str) -> None:
        super().append(line)
        if line == "call s-a":
            os.kill(os.getpid(), signal.SIGINT)


def test_the_second_ctrl_c_stops_at_once_and_the_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    pace = Pace()
    with stopping_on_signals(pace):
        os.kill(os.getpid(), signal.SIGTERM)
        assert pace.stopped
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_interrupt_while_somebody_is_told_loses_no_step() -> None:
    bench = Bench()
    plan = plan_of(create("a"), create("b"))

    class Torn(list[object]):
        def append(self, one: object) -> None:
            super().append(one)
            if len(self) == 1:
                raise KeyboardInterrupt

    bench.events = Torn()  # type: ignore[assignment]  # only append is used
    report = bench.apply(plan)
    assert results(report) == ["done", "not_attempted"]
    assert report.interrupted
    assert set(bench.ledger.whole.resources) == {"projects.a"}


@pytest.mark.parametrize("full_at", range(1, 7))
def test_a_ledger_that_cannot_be_written_stops_the_apply_before_the_next_call(full_at: int) -> None:
    bench = Bench()
    bench.ledger.full_at = full_at
    report = bench.apply(plan_of(create("a"), create("b")))
    intents = [entry for entry in bench.ledger.journal if isinstance(entry, Intent)]
    assert len(bench.platform.executed) == len(intents)
    assert len(bench.platform.executed) == (full_at > 1) + (full_at > 3)
    assert results(report).count("done") == len(bench.platform.executed)
    assert "No space left on device" in report.problems[0].summary
    assert bench.ledger.done == {}


def test_a_run_that_the_ledger_cannot_take_down_sends_nothing() -> None:
    bench = Bench()
    bench.ledger.full_at = 0
    with pytest.raises(DiagnosticsError, match="No space left on device"):
        bench.apply(plan_of(create("a")))
    assert bench.platform.executed == []


def test_nothing_is_sent_once_the_lock_is_lost() -> None:
    bench = Bench()
    bench.ledger.lock_lost_at = 3
    report = bench.apply(plan_of(create("a"), create("b"), create("c")))
    assert bench.platform.executed == ["s-a"]
    assert results(report) == ["done", "not_attempted", "not_attempted"]
    assert report.problems[0].code == "lock-lost"


def test_the_history_has_the_run_with_how_its_steps_ended() -> None:
    bench = Bench()
    bench.apply(plan_of(create("a"), create("b")), b="refused")
    (run,) = bench.ledger.history(9)
    assert run.finished is not None
    assert (run.started.steps, run.finished.done, run.finished.failed) == (2, 1, 1)
    assert bench.ledger.open_calls() == ()
    assert {entry.run for entry in bench.ledger.journal} == {run.started.run}


def test_a_call_whose_end_is_not_known_stays_open() -> None:
    bench = Bench()
    bench.apply(plan_of(create("a")), a="lost, never shows")
    (open_call,) = bench.ledger.open_calls()
    assert open_call.ended is not None
    assert (open_call.intent.step, open_call.ended.result) == ("s-a", "uncertain")


def test_one_failed_write_of_the_journal_is_enough_to_stop() -> None:
    bench = Bench()
    bench.ledger.full_at, bench.ledger.once = 2, True
    report = bench.apply(plan_of(create("a"), create("b")))
    assert results(report) == ["done", "not_attempted"]
    assert report.steps[1].message == "the ledger cannot be written"


@pytest.mark.parametrize(("torn_at", "first"), [(1, "not_attempted"), (2, "done"), (3, "done")])
def test_an_interrupt_inside_the_ledger_loses_no_step(torn_at: int, first: str) -> None:
    bench = Bench()
    bench.ledger.torn_at = torn_at
    report = bench.apply(plan_of(create("a"), create("b")))
    assert results(report) == [first, "not_attempted"]
    assert report.interrupted
    assert len(bench.platform.executed) == (first == "done")
    assert set(bench.ledger.whole.resources) == ({"projects.a"} if first == "done" else set())


def test_nothing_to_do_still_records_the_baseline() -> None:
    bench = Bench()
    entry = ResourceBaseline(ONE, {"name": "a"})
    bench.settled, bench.forgotten = {"projects.a": entry}, {"projects.old": "project-old"}
    bench.ledger.whole = Baseline({"projects.old": ResourceBaseline("project-old", {})})
    report = bench.apply(plan_of())
    assert report.steps == ()
    assert bench.platform.scopes == []
    assert bench.ledger.done == {}
    assert bench.ledger.whole == Baseline({"projects.a": entry}, {"projects.old": "project-old"})


def test_addresses_that_were_not_reached_keep_their_entries() -> None:
    bench = Bench(project(1))
    kept = ResourceBaseline(ONE, {"name": "older", "bill_to": ORG})
    other = ResourceBaseline(project_id(2), {"name": "b"})
    bench.ledger.whole = Baseline({"projects.a": kept, "projects.refused": other}, {"projects.x": "p"})
    bench.apply(plan_of(rename("a", 1)), a="ignored")
    assert bench.ledger.whole == Baseline(
        {"projects.a": kept, "projects.refused": other}, {"projects.x": "p"}
    )


def test_the_policies_of_the_plan_replace_those_that_were_recorded_before() -> None:
    bench = Bench()
    bench.policies = (Policy("gdpr", (EU,), Match(name="EU *")),)
    bench.apply(plan_of(create("a")))
    assert bench.ledger.whole.policies == bench.policies
    bench.policies = (Policy("gdpr", (EU, US)),)
    bench.apply(plan_of())
    assert bench.ledger.whole.policies == bench.policies
    bench.policies = ()
    bench.apply(plan_of())
    assert bench.ledger.whole.policies == ()


def test_the_baseline_holds_what_was_read_back_of_what_the_toml_manages() -> None:
    bench = Bench(project(1, region=EU))
    bench.targets = {"projects.a": {"name": "a", "region": EU, "bill_to": "org-other"}}
    bench.ledger.whole = Baseline({"projects.a": ResourceBaseline(ONE, {"bill_to": "org-before"})})
    bench.apply(plan_of(rename("a", 1)))
    assert bench.ledger.whole.resources == {
        "projects.a": ResourceBaseline(ONE, {"name": "a", "region": EU, "bill_to": "org-before"})
    }


def test_a_payers_regions_are_recorded_as_a_set() -> None:
    bench = Bench(profile(permitted=(EU, US)))
    bench.targets = {f"orgs.{ORG}": {"default_region": EU, "permitted_regions": (US, EU)}}
    bench.apply(plan_of(set_default(ORG, EU)))
    assert bench.ledger.whole.resources[f"orgs.{ORG}"].attributes == bench.targets[f"orgs.{ORG}"]


def test_a_new_project_inherits_nothing_from_the_baseline_of_the_one_it_replaces() -> None:
    bench = Bench()
    bench.targets = {"projects.a": {"name": "a"}}
    bench.ledger.whole = Baseline(
        {"projects.a": ResourceBaseline("project-destroyed", {"bill_to": "org-before"})}
    )
    bench.apply(plan_of(create("a")))
    assert bench.ledger.whole.resources["projects.a"].attributes == {"name": "a"}


def test_a_renamed_address_takes_its_project_along() -> None:
    bench = Bench(project(1, mark=mark_of("old")))
    bench.ledger.whole = Baseline({"projects.old": ResourceBaseline(ONE, {})}, {"projects.older": ONE})
    step = replace(adopt("a", 1), action="update", before={"id": ONE, "mark": mark_of("old")})
    bench.apply(plan_of(step))
    assert bench.ledger.whole == Baseline({"projects.a": ResourceBaseline(ONE, {})})


def test_a_plan_is_marked_applied_once_every_step_is_done_and_not_before() -> None:
    bench = Bench()
    plan = plan_of(create("a"), create("b"))
    bench.apply(plan, b="refused")
    assert bench.ledger.done == {}
    report = bench.apply(plan)
    assert [step.skipped for step in report.steps] == [True, False]
    assert bench.ledger.done["plan-0"].identity == ALICE
    assert bench.ledger.done["plan-0"].steps == 2


def test_the_report_carries_the_plan_and_the_times() -> None:
    bench = Bench()
    plan = plan_of(create("a"))
    report = bench.apply(plan, a="lost before")
    assert (report.plan_id, report.workspace, report.provider) == (plan.plan_id, "genomics", plan.provider)
    assert (report.started_at, report.finished_at) == ("2025-11-24T16:00:00.000Z", "2025-11-24T16:05:00.000Z")
    assert report.steps[0].seconds == pytest.approx(300, abs=0.01)
    assert not report.interrupted


@pytest.mark.parametrize(("written", "seconds"), [("", DEFAULT_SETTLE_SECONDS), ("0", 0.0), ("2.5", 2.5)])
def test_the_settling_time_is_read_from_the_environment(written: str, seconds: float) -> None:
    assert settle_seconds({"RECONCILER_SETTLE_SECONDS": written}) == seconds
    assert settle_seconds({}) == 300


@pytest.mark.parametrize("written", ["soon", "-1", "nan", "inf"])
def test_a_settling_time_that_is_none_is_named(written: str) -> None:
    with pytest.raises(DiagnosticsError, match=f'RECONCILER_SETTLE_SECONDS is "{written}"'):
        settle_seconds({"RECONCILER_SETTLE_SECONDS": written})


KINDS = ("create", "rename", "adopt", "default", "handover")


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[Plan, dict[str, str]]:
    """A plan of up to six steps in some order, with what becomes of each call."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 6))):
        chosen = draw(st.lists(st.sampled_from(steps), max_size=2)) if steps else []
        needs = tuple(dict.fromkeys(step.id for step in chosen))
        match draw(st.sampled_from(KINDS)):
            case "create":
                steps.append(create(f"p{number}", needs))
            case "rename":
                steps.append(rename(f"p{number}", number, needs))
            case "adopt":
                steps.append(adopt(f"p{number}", number, needs))
            case "handover":
                steps.extend(handover(f"p{number}", number, needs))
            case _:
                steps.append(set_default(f"user-u{number}", EU, needs))
    faults = {step.id.removeprefix("s-"): draw(st.sampled_from(FAULTS)) for step in steps}
    return plan_of(*draw(st.permutations(steps))), faults


def world() -> Bench:
    return Bench(*(project(n) for n in range(6)), *(profile(f"user-u{n}") for n in range(6)))


@settings(max_examples=400, deadline=None)
@given(scenario=scenarios(), full_at=st.none() | st.integers(1, 20))
def test_whatever_happens_the_laws_of_an_apply_hold(
    scenario: tuple[Plan, dict[str, str]], full_at: int | None
) -> None:
    plan, faults = scenario
    bench = world()
    bench.ledger.full_at = full_at
    earlier = {f"projects.p{n}": ResourceBaseline("project-earlier", {"name": "x"}) for n in range(6)}
    bench.ledger.whole = Baseline(dict(earlier))
    report = bench.apply(plan, **faults)

    executed = bench.platform.executed
    assert len(executed) == len(set(executed)), "a call was repeated"
    assert [step.step for step in report.steps] == [step.id for step in plan.steps]
    assert tuple(sorted(bench.events, key=lambda e: [s.id for s in plan.steps].index(e.step))) == report.steps
    ended = {step.step: step for step in report.steps}
    for step in plan.steps:
        if any(ended[other].result != "done" for other in step.depends_on):
            assert ended[step.id].result == "not_attempted"
            assert step.id not in executed
    assert all(report.message for report in report.steps if report.result != "done")
    assert sum(report.summary.__getattribute__(f) for f in report.summary.__struct_fields__) == len(ended)
    intents = [entry.step for entry in bench.ledger.journal if isinstance(entry, Intent)]
    assert intents == executed, "a call without an intent, or an intent without a call"
    changed = {a for a, entry in bench.ledger.whole.resources.items() if earlier.get(a) != entry}
    assert changed <= {step.address for step in report.steps if step.result == "done"}


@settings(max_examples=400, deadline=None)
@given(scenario=scenarios())
def test_after_any_trouble_a_second_run_finishes_and_nothing_is_created_twice(
    scenario: tuple[Plan, dict[str, str]],
) -> None:
    plan, faults = scenario
    lasting = {"wrong region", "destroyed after", "unreadable after", "rival"}
    hopeless = {key for key, fault in faults.items() if fault in lasting}
    bench = world()
    bench.apply(plan, **faults)
    bench.platform.failing_reads = 0
    bench.platform.unlisted = {}
    bench.pace.stopped = False
    bench.ledger.full_at = None
    report = bench.apply(plan)

    for step in plan.steps:
        key = step.id.removeprefix("s-")
        if step.action == "create" and faults[key] not in ("rival", "destroyed after"):
            assert len(bench.bearing(mark_of(key))) <= 1
    # "ignored" renames a creation by hand of the platform: a difference that only a person can judge.
    renamed = {s.id for s in plan.steps if s.action == "create" and faults[s.id[2:]] == "ignored"}
    if not hopeless and not renamed:
        assert results(report) == ["done"] * len(plan.steps)
        assert plan.plan_id in bench.ledger.done
