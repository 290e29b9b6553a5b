"""What is written to a ledger is read back, from a file and from a server alike."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.ledger import Ended, OpenCall, Run, open_ledger, reading
from reconciler.ledger.database import selecting
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Match, Policy
from tests.unit.ledger.samples import (
    APPLIED,
    BASELINE,
    COHORT,
    ENDED,
    FINISHED,
    INTENT,
    ORG,
    OWNER,
    STARTED,
    UNCERTAIN,
    Place,
    ended,
    intent,
)

POLICY = Policy("gdpr", ("aws:eu-central-1",), Match(bill_to="org-a", name="EU *"), "GDPR art. 44")


def test_reading_leaves_no_trace_and_finds_nothing(place: Place) -> None:
    ledger = place.open()
    assert ledger.baseline() == Baseline()
    assert ledger.applied("plan-1") is None
    assert ledger.open_calls() == ()
    assert ledger.history(9) == ()
    assert ledger.steps_of("run-1") == ()
    assert os.listdir(place.directory) == []


def test_a_recorded_baseline_is_read_back_by_another_process(place: Place) -> None:
    ledger = place.open()
    whole = replace(BASELINE, policies=(POLICY,))
    with ledger.lock(OWNER):
        ledger.record(whole)
    script = "from reconciler.ledger import open_ledger; import sys; "
    script += "print(open_ledger(sys.argv[1], 'genomics', sys.argv[2] or None).baseline() )"
    done = subprocess.run(
        [sys.executable, "-c", script, place.directory, place.url or ""],
        capture_output=True,
        text=True,
        check=True,
    )
    kept = ledger.baseline()
    assert kept == whole
    assert done.stdout.strip() == repr(kept)


def test_a_step_sets_its_resource_at_once_and_takes_it_from_the_forgotten(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        ledger.ended(replace(ENDED, address="projects.old"), COHORT)
        kept = place.open().baseline()
    assert kept.resources == {**BASELINE.resources, "projects.old": COHORT}
    assert kept.forgotten == {}


def test_a_step_without_a_resource_leaves_the_baseline(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        ledger.ended(replace(ENDED, address="projects.cohort", result="failed"), None)
    assert ledger.baseline() == BASELINE


def test_a_release_that_is_done_takes_its_project_out_of_the_baseline(place: Place) -> None:
    ledger = place.open()
    project = next(iter(BASELINE.forgotten.values()))
    done = replace(ENDED, address="projects.gone", action="release", id=project)
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        ledger.ended(replace(done, result="failed"), None)
        assert ledger.baseline() == BASELINE
        ledger.ended(done, None)
    assert ledger.baseline() == replace(BASELINE, forgotten={})


def test_two_workspaces_of_one_ledger_are_kept_apart(place: Place) -> None:
    first, second = place.open("genomics"), place.open("imaging")
    with first.lock(OWNER), second.lock(OWNER):
        first.begin(STARTED)
        first.append(INTENT)
        first.record(BASELINE)
        second.record(Baseline({"orgs.org-genomics": ORG}))
        first.finish(FINISHED, APPLIED)
    assert first.baseline() == BASELINE
    assert second.baseline() == Baseline({"orgs.org-genomics": ORG})
    assert second.history(9) == ()
    assert second.steps_of("run-1") == ()
    assert second.open_calls() == ()
    assert second.applied("plan-1") is None


def test_a_call_is_open_until_it_is_known_what_became_of_it(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        for call in ("call-1", "call-2", "call-3", "call-4"):
            ledger.append(intent(call))
        ledger.ended(replace(UNCERTAIN, message="first word"), None)
        ledger.ended(UNCERTAIN, None)
        ledger.ended(ended("call-2"), COHORT)
        ledger.ended(ended("call-3", result="failed"), None)
        assert ledger.open_calls() == (OpenCall(INTENT, UNCERTAIN), OpenCall(intent("call-4"), None))
        ledger.ended(replace(ENDED, run="run-2"), COHORT)
    assert ledger.open_calls() == (OpenCall(intent("call-4"), None),)


def test_what_was_not_sent_has_no_call_and_opens_none(place: Place) -> None:
    ledger = place.open()
    unsent: Ended = replace(UNCERTAIN, call=None)
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        ledger.ended(unsent, None)
    assert ledger.open_calls() == (OpenCall(INTENT, None),)


def test_the_journal_of_a_run_is_read_in_order(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        for entry in (INTENT, intent("other", run="run-2")):
            ledger.append(entry)
        ledger.ended(UNCERTAIN, None)
        ledger.ended(ENDED, None)
    assert ledger.steps_of("run-1") == (INTENT, UNCERTAIN, ENDED)
    assert ledger.steps_of("run-3") == ()


def test_the_history_is_newest_first_and_a_killed_run_has_no_end(place: Place) -> None:
    ledger = place.open()
    started = [replace(STARTED, run=f"run-{number}") for number in range(3)]
    with ledger.lock(OWNER):
        for one in started:
            ledger.begin(one)
        ledger.finish(replace(FINISHED, run="run-1"), None)
    done = Run(started[1], replace(FINISHED, run="run-1"))
    assert ledger.history(9) == (Run(started[2], None), done, Run(started[0], None))
    assert ledger.history(1) == (Run(started[2], None),)


def test_a_plan_carried_out_whole_is_known_by_its_id(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.begin(STARTED)
        ledger.finish(FINISHED, APPLIED)
    assert ledger.applied("plan-1") == APPLIED
    assert ledger.applied("plan-12") is None


def test_a_baseline_that_shrinks_loses_what_left_it(place: Place) -> None:
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.record(replace(BASELINE, policies=(POLICY,)))
        ledger.record(Baseline({"orgs.org-genomics": COHORT}))
    assert ledger.baseline() == Baseline({"orgs.org-genomics": COHORT})


def test_nothing_is_written_without_the_lock(place: Place) -> None:
    ledger = place.open()
    for write in (
        lambda: ledger.begin(STARTED),
        lambda: ledger.append(INTENT),
        lambda: ledger.ended(ENDED, None),
        lambda: ledger.record(BASELINE),
        lambda: ledger.finish(FINISHED, None),
        ledger.want_lock,
    ):
        with pytest.raises(RuntimeError, match="without its lock"):
            write()
    assert os.listdir(place.directory) == []


def test_eight_threads_write_at_once_and_no_line_is_lost_or_doubled(place: Place) -> None:
    ledger = place.open()
    calls = [f"call-{number}" for number in range(80)]

    def write(call: str) -> None:
        ledger.append(intent(call))
        ledger.want_lock()
        ledger.ended(ended(call, address=f"projects.{call}"), COHORT)

    with ledger.lock(OWNER), ThreadPoolExecutor(8) as pool:
        list(pool.map(write, calls))
    entries = ledger.steps_of("run-1")
    for call in calls:
        assert [type(entry).__name__ for entry in entries if entry.call == call] == ["Intent", "Ended"]
    assert set(ledger.baseline().resources) == {f"projects.{call}" for call in calls}
    assert ledger.open_calls() == ()


def test_no_thread_of_a_ledger_outlives_its_lock(place: Place) -> None:
    before = set(threading.enumerate())
    ledger = place.open()
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before


keys = st.text("abcé☃'\"\\", min_size=1, max_size=3)
values = st.one_of(st.text(max_size=4), st.lists(st.text(max_size=3), max_size=2).map(tuple))
resources = st.builds(ResourceBaseline, keys, st.dictionaries(keys, values, max_size=2))
wholes = st.builds(Baseline, st.dictionaries(keys, resources, max_size=4), st.dictionaries(keys, keys))
actions = st.lists(st.one_of(st.tuples(keys, resources), wholes), max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=actions)
def test_the_baseline_is_what_a_dictionary_would_hold(place: Place, actions: list[object]) -> None:
    ledger = place.open(f"w{len(place._opened)}")
    expected = Baseline()
    with ledger.lock(OWNER):
        for action in actions:
            if isinstance(action, Baseline):
                expected = action
                ledger.record(action)
                continue
            address, resource = action  # type: ignore[misc]  # narrowed by the strategy
            left = {key: one for key, one in expected.forgotten.items() if key != address}
            expected = Baseline({**expected.resources, address: resource}, left)
            ledger.ended(replace(ENDED, address=address), resource)
    assert ledger.baseline() == expected


def test_a_local_ledger_is_read_without_sqlalchemy(local: Place) -> None:
    with local.open().lock(OWNER):
        local.open().history(1)
    script = (
        "import sys; from reconciler.ledger import open_ledger; kept = open_ledger(sys.argv[1], 'genomics'); "
        "kept.baseline(), kept.open_calls(), kept.applied('x'), kept.history(1), kept.steps_of('x'); "
        "print('sqlalchemy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, local.directory], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_a_fresh_ledger_opened_by_url_spells_nothing_of_the_password(local: Place) -> None:
    kept = open_ledger(
        local.directory, "genomics", "postgresql://user-alice:open%20sesame@host:5432/db?password=x"
    )
    assert kept.location == "postgresql://user-alice:***@host:5432/db?password=***"


def test_a_glance_at_a_local_ledger_sees_what_sqlalchemy_reads(local: Place) -> None:
    ledger = local.open()
    with ledger.lock(OWNER):
        ledger.begin(STARTED)
        ledger.record(replace(BASELINE, policies=(POLICY,)))
        ledger.append(INTENT)
        ledger.ended(UNCERTAIN, None)
        ledger.finish(FINISHED, APPLIED)
        with ledger._database.writing() as connection:  # type: ignore[attr-defined]
            select = selecting(connection)
            assert reading.baseline(select, "genomics") == ledger.baseline()
            assert reading.open_calls(select, "genomics") == ledger.open_calls() != ()
            assert reading.applied(select, "genomics", "plan-1") == ledger.applied("plan-1") == APPLIED
            assert reading.history(select, "genomics", 9) == ledger.history(9) != ()
            assert reading.steps_of(select, "genomics", "run-1") == ledger.steps_of("run-1") != ()
