"""What an earlier apply left open is found out by reading, and nothing is sent for it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.apply import settle
from reconciler.ledger import Ended, Intent
from reconciler.model.knowledge import ABSENT, Absent, Unreadable
from reconciler.model.plan import Step
from reconciler.model.report import StepResult
from reconciler.provider import ProviderError
from tests.unit.planfile.samples import (
    ALICE,
    ORG,
    adopt,
    create,
    mark_of,
    plan_of,
    project,
    project_id,
    release,
    rename,
)

from .fakes import Bench

ONE = project_id(1)
SECONDS = 300.0


def left_open(bench: Bench, step: Step, ended: Ended | None = None) -> Intent:
    """As an apply leaves it that was killed after it had taken down that it was going to send."""
    intent = Intent(
        f"call-{step.id}",
        "run",
        "plan-0",
        step.id,
        step.address,
        step.action,
        ALICE,
        step.subject,
        step.after,
        "now",
    )
    bench.ledger.append(intent)
    if ended is not None:
        bench.ledger.ended(replace(ended, call=intent.call), None)
    return intent


def settled(bench: Bench) -> list[tuple[str, StepResult]]:
    calls = bench.ledger.open_calls()
    found = settle(calls, bench.platform, bench.ledger, bench.pace, SECONDS)
    assert bench.platform.executed == []
    return [(one.address, one.result) for one in found]


def test_a_creation_that_shows_is_done_and_nothing_is_open_any_more():
    bench = Bench(project(1, "a", mark_of("a")))
    left_open(bench, create("a"))
    assert settled(bench) == [("projects.a", "done")]
    assert bench.ledger.open_calls() == ()
    assert bench.ledger.steps_of("run")[-1].id == ONE
    assert bench.pace.now == 0.0


def test_a_creation_that_shows_late_is_waited_for():
    bench = Bench(project(1, "a", mark_of("a")))
    bench.platform.unlisted[ONE] = 4
    left_open(bench, create("a"))
    assert settled(bench) == [("projects.a", "done")]
    assert 0 < bench.pace.now < SECONDS


def test_a_creation_that_never_shows_has_failed_only_after_all_that_time():
    bench = Bench()
    left_open(bench, create("a"))
    assert settled(bench) == [("projects.a", "failed")]
    assert bench.pace.now >= SECONDS
    assert bench.ledger.open_calls() == ()


def test_what_was_looked_for_before_is_not_waited_for_again():
    bench = Bench()
    report = bench.apply(plan_of(create("a")), a="lost before")
    assert [one.result for one in report.steps] == ["uncertain"]
    (call,) = bench.ledger.open_calls()
    assert call.ended is not None
    assert call.ended.looked >= SECONDS
    before = bench.pace.now
    found = settle((call,), bench.platform, bench.ledger, bench.pace, SECONDS)
    assert [one.result for one in found] == ["failed"]
    assert bench.pace.now == before


def test_an_interrupted_look_leaves_it_open_and_counts_for_the_next_one():
    bench = Bench()
    left_open(bench, create("a"))
    bench.pace.on_sleep = lambda now: bench.pace.stop() if now >= 100 else None
    assert settled(bench) == [("projects.a", "uncertain")]
    (call,) = bench.ledger.open_calls()
    assert call.ended is not None
    assert 100 <= call.ended.looked < SECONDS
    bench.pace.on_sleep = lambda _now: None
    bench.pace.stopped = False
    start = bench.pace.now
    assert settled(bench) == [("projects.a", "failed")]
    assert bench.pace.now - start < SECONDS
    assert bench.pace.now - start + call.ended.looked >= SECONDS


def test_somebodys_claim_is_not_what_was_made():
    bench = Bench(project(1, "a", mark_of("a"), bill_to="org-stranger"))
    left_open(bench, create("a"))
    assert settled(bench) == [("projects.a", "failed")]


def test_two_that_bear_the_mark_are_named_both():
    bench = Bench(project(1, "a", mark_of("a")), project(2, "a", mark_of("a")))
    left_open(bench, create("a"))
    assert settled(bench) == [("projects.a", "failed")]
    message = bench.ledger.steps_of("run")[-1].message
    assert ONE in message
    assert project_id(2) in message


@pytest.mark.parametrize(("name", "result"), [("a", "done"), ("old", "failed")])
def test_a_change_is_done_at_its_target_and_else_was_not_carried_out(name: str, result: StepResult):
    bench = Bench(project(1, name))
    left_open(bench, rename("a", 1))
    assert settled(bench) == [("projects.a", result)]
    assert bench.ledger.open_calls() == ()


@pytest.mark.parametrize(("mark", "result"), [(ABSENT, "done"), (mark_of("a"), "failed")])
def test_a_release_is_done_where_no_mark_is_left(mark: str | Absent, result: StepResult):
    bench = Bench(project(1, mark=mark))
    left_open(bench, release("a", 1))
    assert settled(bench) == [("projects.a", result)]


def test_a_change_that_cannot_be_read_back_stays_open():
    hidden = replace(project(1), mark=Unreadable("level NONE"))
    bench = Bench(hidden)
    left_open(bench, adopt("a", 1))
    assert settled(bench) == [("projects.a", "uncertain")]
    assert len(bench.ledger.open_calls()) == 1


def test_a_change_of_what_was_destroyed_has_failed():
    bench = Bench()
    bench.platform.destroyed.add(ONE)
    left_open(bench, rename("a", 1))
    assert settled(bench) == [("projects.a", "failed")]


def test_a_platform_that_cannot_be_read_settles_nothing():
    bench = Bench()
    left_open(bench, create("a"))
    bench.platform.failing_reads = 1
    with pytest.raises(ProviderError):
        settle(bench.ledger.open_calls(), bench.platform, bench.ledger, bench.pace, SECONDS)
    assert len(bench.ledger.open_calls()) == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_however_late_they_show_all_that_were_made_are_found_and_looked_for_at_once(
    made: list[tuple[bool, int]],
):
    """``made``: was it carried out, and for how many looks does it not show?"""
    bench = Bench()
    for number, (there, late) in enumerate(made):
        step = create(f"p{number}")
        left_open(bench, step)
        if there:
            after = step.after
            one = bench.platform.add(after["name"], after["mark"], after["region"], ORG)
            bench.platform.unlisted[one] = late
    found = dict(settled(bench))
    assert found == {
        f"projects.p{number}": "done" if there else "failed" for number, (there, _) in enumerate(made)
    }
    assert bench.pace.now <= SECONDS + 1
