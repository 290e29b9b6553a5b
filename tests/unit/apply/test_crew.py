"""Several steps at once: order, the gate before each call, and what is said of calls that are left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply.crew import Crew
from reconciler.apply.gate import Closed, Gate
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Step
from tests.unit.planfile.samples import create, plan_of, project, rename

from .fakes import Bench, Platform

PATIENCE = 20.0
"""Seconds after which a test that hangs fails."""


class Meeting(Platform):
    """Lets calls go on only once ``size`` of them are under way."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._barrier = threading.Barrier(size, timeout=PATIENCE)

    def execute(self, step: Step, before_sending: Callable[[], None] = lambda: None) -> Outcome:
        self._barrier.wait()
        return super().execute(step, before_sending)


def test_independent_steps_are_under_way_at_once_and_no_more_than_asked_for():
    bench = Bench()
    bench.platform, bench.parallelism = Meeting(3), 3
    report = bench.apply(plan_of(*(create(f"p{number}") for number in range(6))))
    assert report.summary.done == 6
    bench.platform, bench.parallelism = Held(), 2
    three = plan_of(*(create(f"p{number}") for number in range(3)))
    with pytest.raises(threading.BrokenBarrierError):
        bench.apply(three)


class Held(Meeting):
    """Wants three at once, and gives up soon."""

    def __init__(self) -> None:
        super().__init__(3)
        self._barrier = threading.Barrier(3, timeout=0.2)


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(1, 8))
@settings(max_examples=40, deadline=None)
def test_no_step_is_sent_before_what_it_depends_on(parents: list[int], size: int):
    steps = [create("p0")]
    for number, parent in enumerate(parents, 1):
        steps.append(create(f"p{number}", (f"s-p{parent % number}",)))
    bench = Bench()
    bench.parallelism = size
    report = bench.apply(plan_of(*steps))
    assert report.summary.done == len(steps)
    sent = bench.platform.executed
    for step in steps:
        assert all(sent.index(other) < sent.index(step.id) for other in step.depends_on)


def test_what_is_done_at_once_is_what_is_done_one_after_the_other():
    reports = []
    for size in (1, 8):
        bench = Bench(*(project(number) for number in range(1, 20)))
        bench.parallelism = size
        steps = [rename(f"a{number}", number) for number in range(1, 20)]
        report = bench.apply(plan_of(*steps), a3="refused", a7="ignored")
        reports.append(
            [(s.step, s.result) for s in report.steps] + sorted(bench.ledger.whole.resources.items())
        )
        assert bench.ledger.open_calls() == ()
    assert reports[0] == reports[1]


def test_after_the_first_failure_nothing_more_is_sent_where_that_is_asked_for():
    bench = Bench()
    bench.fail_fast = True
    report = bench.apply(plan_of(create("a"), create("b"), create("c")), b="refused")
    assert [step.result for step in report.steps] == ["done", "failed", "not_attempted"]
    assert "--fail-fast" in report.steps[2].message


def test_without_the_lock_nothing_is_sent():
    bench = Bench()
    bench.ledger.lock_lost_at = 0
    report = bench.apply(plan_of(create("a"), create("b")))
    assert bench.platform.executed == []
    assert {step.message for step in report.steps} == {"the lock of the workspace was lost"}
    assert bench.ledger.open_calls() == ()


class Stuck(Platform):
    """A call that does not come back before it is let go; meanwhile ``meanwhile`` happens."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.free = threading.Event()
        self._meanwhile = meanwhile

    def execute(self, step: Step, before_sending: Callable[[], None] = lambda: None) -> Outcome:
        if step.id == "s-a":
            before_sending()
            self.executed.append(step.id)
            self._meanwhile()
            self.free.wait(PATIENCE)
            return Outcome("uncertain")
        return super().execute(step, before_sending)


def test_a_call_that_is_left_behind_is_uncertain_and_nothing_is_sent_after_it():
    bench = Bench()
    told: list[object] = []

    class Interrupting(list[object]):
        """Ctrl-C for the second time, while projects.a is in its call and projects.b is told."""

        def append(self, one: object) -> None:
            told.append(one)
            if len(told) == 1:
                assert started.wait(PATIENCE)
                raise KeyboardInterrupt

    started = threading.Event()
    stuck = Stuck(started.set)
    bench.platform, bench.parallelism = stuck, 2
    bench.events = Interrupting()  # type: ignore[assignment]  # only append is used
    bench.platform.script = {}
    report = bench.apply(plan_of(create("a"), create("b"), create("c", ("s-b",))))
    stuck.free.set()
    by_step = {step.step: step.result for step in report.steps}
    assert by_step == {"s-a": "uncertain", "s-b": "done", "s-c": "not_attempted"}
    assert "s-c" not in stuck.executed
    assert [call.intent.step for call in bench.ledger.open_calls()] == ["s-a"]


def test_a_closed_gate_lets_nobody_through_and_remembers_who_passed():
    gate = Gate(lambda: None)
    gate.enter("one")
    gate.close()
    with pytest.raises(Closed):
        gate.enter("two")
    assert gate.passed("one")
    assert not gate.passed("two")


@pytest.mark.parametrize("size", [1, 4])
def test_what_goes_wrong_in_the_work_comes_out_of_the_wait(size: int):
    def work(number: int) -> None:
        if number == 2:
            raise ValueError("two")

    crew: Crew[int] = Crew(size, work)
    crew.start(1)
    assert crew.next() == 1
    with pytest.raises(ValueError, match="two"):
        _done(crew, 2)


def _done(crew: Crew[int], number: int) -> int:
    crew.start(number)
    return crew.next()
