"""Events, a line each: of a plan, of drift, and of an apply as it goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from typing import Any

import jsonschema
import pytest
from faults.between import Wire
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.desk import PEOPLE, Desk, a_project, pid

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.plan import Plan, Step, ToConfirm
from reconciler.model.report import StepReport
from reconciler.views.escape import safe
from reconciler.views.ndjson.events import schema
from reconciler.views.pages import DiagnosticsPage, PlanPage, StepPage, Style
from reconciler.views.registry import render

Shown = Callable[..., str]
VALIDATOR = jsonschema.Draft202012Validator(schema())
APPLY = ("apply", "--auto-approve", "--parallelism", "1")
HOSTILE = 'a\r\n{"type":"apply_complete"}\x00\x1b[31m\u202e\u2028"\\'
TWO = '[projects.a]\nbill_to = "org-lab"\n[projects.b]\nbill_to = "org-lab"\n'


def events(text: str) -> list[Any]:
    """The events of a stream, each held against the schema."""
    assert text.endswith("\n")
    found = [json.loads(line) for line in text.split("\n")[:-1]]
    for event in found:
        VALIDATOR.validate(event)
        assert {"type", "@level", "@message", "@module", "@timestamp"} <= set(event)
    return found


def kinds(text: str) -> list[str]:
    return [event["type"] for event in events(text)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.new(tmp_path / "desk", PEOPLE + a_project(1, "p"))


def test_a_plan_is_its_version_then_an_event_for_each_part_then_the_counts(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    right = ToConfirm(full_plan.facts[0].id, "ADMINISTER")
    plan = replace(full_plan, apply_as="user-carol", to_confirm=(right,))
    told = events(shown(page(plan), "ndjson"))
    assert [event["type"] for event in told] == [
        "version",
        *["planned_change"] * 5,
        "refusal",
        "unreadable",
        "manual",
        "blocked",
        "forgotten",
        "to_confirm",
        "change_summary",
    ]
    assert told[1]["change"]["resource"] == {
        "addr": "projects.rnaseq",
        "resource_type": "projects",
        "resource_name": "rnaseq",
    }
    assert (told[1]["change"]["action"], told[1]["change"]["as"]) == ("create", "user-alice")
    assert (told[6]["@level"], told[6]["rule"], told[6]["source"]["line"]) == ("error", "REG101", 31)
    assert (told[-2]["user"], told[-2]["subject"]) == ("user-carol", full_plan.facts[0].subject)
    assert told[-1]["changes"]["refused"] == 1
    assert {event["@timestamp"] for event in told} == {full_plan.created_at}


@given(st.text(max_size=40) | st.just(HOSTILE), st.text(max_size=20) | st.just("\ud800"))
@settings(max_examples=60, deadline=None)
def test_no_name_ends_its_line_and_every_value_is_exact(text: str, file: str) -> None:
    found = Diagnostic("error", "e", text, None, SourceRange(file, 3, 2))
    (line,) = "".join(render("ndjson", DiagnosticsPage((found,)), Style())).split("\n")[:-1]
    assert safe(line) == line
    event = json.loads(line)
    assert (event["diagnostic"]["summary"], event["diagnostic"]["file"]) == (text, file)
    assert event["@message"] == safe(text)


@given(st.text(max_size=30) | st.just(HOSTILE))
@settings(max_examples=40, deadline=None)
def test_a_hostile_address_and_message_stay_in_the_line_of_their_step(text: str) -> None:
    step = Step("s1", text, "create", "user-alice", None, {"name": text})
    report = StepReport("s1", text, "create", "failed", message=text)
    for page in (StepPage(step, "now"), StepPage(step, "now", report)):
        (event,) = events("".join(render("ndjson", page, Style())))
        assert event["hook"]["resource"]["addr"] == text


def test_an_apply_tells_the_plan_then_each_start_and_end_then_its_exit_code(desk: Desk) -> None:
    desk.write(TWO)
    ran = desk.run(*APPLY, "--format", "ndjson", "--write", "ndjson=e.ndjson")
    assert ran.code == 0
    step = ["apply_start", "apply_complete"]
    assert kinds(ran.out) == [
        "version",
        *["planned_change"] * 2,
        "change_summary",
        *step,
        *step,
        "apply_summary",
    ]
    told = events(ran.out)
    assert (told[-1]["exit_code"], told[-1]["changes"]["done"]) == (0, 2)
    assert told[5]["hook"]["id"].startswith("project-")
    assert [e["type"] for e in events((desk.folder / "e.ndjson").read_text())] == kinds(ran.out)


def test_an_apply_that_is_refused_tells_why_and_starts_nothing(desk: Desk) -> None:
    desk.write(f'[projects.p]\nid = "{pid(1)}"\nregion = "aws:eu-central-1"\n' + TWO)
    ran = desk.run("apply", "--auto-approve", "--format", "ndjson")
    assert ran.code == 3
    assert "refusal" in kinds(ran.out)
    assert "apply_start" not in kinds(ran.out)


def test_an_event_is_there_before_the_next_step_is_sent(desk: Desk) -> None:
    desk.write(TWO)
    seen: list[list[str]] = []
    file = desk.folder / "e.ndjson"
    desk.wire = Wire(desk.platform, 2, lambda: seen.append(kinds(file.read_text())[4:]))
    assert desk.run(*APPLY, "--write", "ndjson=e.ndjson").code == 0
    assert seen == [["apply_start", "apply_complete", "apply_start"]]


@pytest.mark.parametrize("signals", [[SIGINT], [SIGTERM], [SIGINT, SIGINT]])
def test_an_apply_that_is_stopped_in_a_call_still_tells_the_end_of_each_step_in_whole_lines(
    desk: Desk, signals: list[Signals]
) -> None:
    desk.write(TWO)

    def stop() -> None:
        for number in signals:
            os.kill(os.getpid(), number)

    desk.wire = Wire(desk.platform, 1, stop)
    ran = desk.run(*APPLY, "--format", "ndjson", "--write", "ndjson=e.ndjson")
    assert ran.code == 130
    told = events(ran.out)[4:]
    first = "apply_complete" if len(signals) == 1 else "apply_errored"
    assert [one["type"] for one in told] == ["apply_start", first, "apply_errored", "apply_summary"]
    assert (told[-1]["interrupted"], told[-1]["exit_code"]) == (True, 130)
    assert (desk.folder / "e.ndjson").read_text() == ran.out


def test_what_an_earlier_run_told_is_not_in_the_stream_of_this_one(desk: Desk) -> None:
    desk.write(TWO)
    for _ in range(2):
        desk.run("apply", "--auto-approve", "--write", "ndjson=e.ndjson")
    assert kinds((desk.folder / "e.ndjson").read_text()) == ["version", "change_summary", "apply_summary"]
    desk.write("[projects.a]\nregoin = 1\n")
    assert desk.run("apply", "--auto-approve", "--write", "ndjson=e.ndjson").code == 1
    assert set(kinds((desk.folder / "e.ndjson").read_text())) == {"diagnostic"}


def test_a_stream_that_cannot_be_written_stops_nothing_that_was_begun_and_is_an_error(desk: Desk) -> None:
    desk.write(TWO)

    def fill() -> None:
        (desk.folder / "e.ndjson").unlink()
        (desk.folder / "e.ndjson").mkdir()

    desk.wire = Wire(desk.platform, 1, fill)
    ran = desk.run(*APPLY, "--write", "ndjson=e.ndjson", "--format", "ndjson")
    assert ran.code == 1
    assert kinds(ran.out).count("apply_complete") == 2
    assert kinds(ran.out)[-1] == "diagnostic"
    assert len(desk.platform.state.projects) == 3


def test_drift_is_an_event_for_each_difference_and_the_exit_code(desk: Desk) -> None:
    desk.write(f'[projects.p]\nid = "{pid(1)}"\nbill_to = "org-lab"\nname = "p"\n')
    assert desk.run("apply", "--auto-approve").code == 0
    desk.call("user-alice", f"/{pid(1)}/update", name=HOSTILE)
    ran = desk.run("drift", "--format", "ndjson", "--write", "ndjson=d.ndjson")
    assert ran.code == 2
    assert kinds(ran.out) == ["version", "resource_drift", "drift_summary"]
    (_, drifted, last) = events(ran.out)
    assert (drifted["verdict"], drifted["attribute"], drifted["actual"]) == ("drifted", "name", HOSTILE)
    assert (last["exit_code"], last["counts"]["drifted"]) == (2, 1)
    assert (desk.folder / "d.ndjson").read_text() == ran.out


def test_an_error_of_any_command_is_a_diagnostic_event(desk: Desk) -> None:
    desk.write("[projects.a]\nregoin = 1\nbill_to = 2\n")
    for command in ("plan", "drift"):
        ran = desk.run(command, "--format", "ndjson")
        assert ran.code == 1
        assert kinds(ran.out) == ["diagnostic", "diagnostic"]


def test_a_valid_configuration_is_an_event_with_counts(desk: Desk) -> None:
    desk.write(TWO)
    ran = desk.run("validate", "--format", "ndjson")
    (event,) = events(ran.out)
    assert (ran.code, event["type"], event["projects"]) == (0, "validated", 2)


def test_the_schema_of_the_events_is_printed(desk: Desk) -> None:
    assert desk.run("schema", "events").json == json.loads(json.dumps(schema()))


def test_a_reproducible_plan_is_the_same_stream_twice(desk: Desk) -> None:
    desk.write(TWO)
    one, two = (desk.run("plan", "--reproducible", "--format", "ndjson").out for _ in range(2))
    assert one == two


def test_a_plan_without_a_change_is_a_version_and_counts(
    shown: Shown, page: Callable[..., PlanPage], empty_plan: Plan
) -> None:
    told = events(shown(page(replace(empty_plan, workspace=HOSTILE)), "ndjson"))
    assert [event["type"] for event in told] == ["version", "change_summary"]
    assert told[0]["workspace"] == HOSTILE
