"""JUnit XML, judged by the schema that the xUnit plugin of Jenkins reads it with.

``junit-10.xsd`` is that plugin's (MIT licence, its text is in the file), taken from the tests of pytest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.desk import PEOPLE, Desk, a_project, pid

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.plan import Plan, Violation
from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, PlanPage, PolicyNote, Style, ValidPage
from reconciler.views.registry import render

Shown = Callable[..., str]
SCHEMA = xmlschema.XMLSchema10(Path(__file__).with_name("junit-10.xsd"))
HOSTILE = "a]]></failure><x y=\"'>&#0;\r\n\x00\x1b[31m\u202e\ud800\ufffe"
OUTCOMES = ("failure", "error", "skipped")


def cases(text: str) -> dict[str, list[str]]:
    """Suite → outcome and name of each of its cases; the file is valid, and its counts are right."""
    SCHEMA.validate(text.encode())
    found: dict[str, list[str]] = {}
    for suite in ET.fromstring(text.encode()).iter("testsuite"):
        told = []
        for case in suite:
            (outcome,) = [child.tag for child in case]
            told.append(f"{outcome} {case.get('name')}".replace("system-out", "passed"))
        words = [one.split()[0] for one in told]
        assert (suite.get("tests"), suite.get("failures")) == (str(len(told)), str(words.count("failure")))
        assert suite.get("errors") == str(words.count("error"))
        assert suite.get("skipped") == str(words.count("skipped"))
        found[suite.attrib["name"]] = told
    return found


def test_a_plan_is_a_suite_of_resources_and_one_of_policies(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    violation = Violation("gdpr", "project-1", "aws:us-east-1", None, False)
    notes = {"gdpr": PolicyNote(source=SourceRange("policies.toml", 4, 1))}
    text = shown(page(replace(full_plan, violations=(violation,)), policies=notes), "junit")
    assert cases(text) == {
        "plan.resources": [
            "passed in order",
            "failure REG101 projects.trial project-J0000000000000000000001A.region",
            "error unreadable users.user-bob default_region",
            "skipped manual orgs.org-biobank the platform's sales contact",
            "skipped blocked projects.ukb",
        ],
        "plan.policies": ["failure REG301 policies.gdpr project-1"],
    }
    assert "3 in sync, 5 steps can be carried out" in text
    assert "at policies.toml:4:1" in text


def test_errors_and_a_valid_configuration_are_suites_too(shown: Shown) -> None:
    wrong = Diagnostic("error", "unknown-key", "unknown key", None, SourceRange("a.toml", 7, 11))
    hint = Diagnostic("warning", "retired", "a retired region")
    assert cases(shown(DiagnosticsPage((wrong, hint)), "junit")) == {
        "errors.configuration": ["error unknown-key a.toml:7:11", "passed retired"]
    }
    assert cases(shown(ValidPage("w", 1, 2, 3, 4), "junit")) == {
        "validate.configuration": ["passed in order"]
    }


@given(st.text(max_size=40) | st.just(HOSTILE), st.text(max_size=20) | st.just(HOSTILE))
@settings(max_examples=60, deadline=None)
def test_any_name_is_a_valid_file_that_shows_it_harmlessly(text: str, file: str) -> None:
    found = Diagnostic("error", text, text, None, SourceRange(file, 3, 2))
    document = "".join(render("junit", DiagnosticsPage((found,)), Style()))
    assert cases(document) == {"errors.configuration": [f"error {safe(f'{text} {file}:3:2')}"]}
    (error,) = ET.fromstring(document.encode()).iter("error")
    assert (error.get("message"), error.get("type")) == (safe(text.partition("\n")[0]), safe(text))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.new(tmp_path / "desk", PEOPLE + a_project(1, "p") + a_project(2, "q"))


def test_drift_names_what_differs_and_counts_the_rest(desk: Desk) -> None:
    desk.write(f'[projects.p]\nid = "{pid(1)}"\nbill_to = "org-lab"\nname = "p"\n')
    assert desk.run("apply", "--auto-approve").code == 0
    desk.call("user-alice", f"/{pid(1)}/update", name="renamed")
    assert desk.run("drift", "--write", "junit=d.xml").code == 2
    text = (desk.folder / "d.xml").read_text()
    assert cases(text) == {"drift.resources": ["passed in order", "failure drifted projects.p name"]}
    assert "0 converged, 1 unmanaged, 1 in sync" in text
    assert "lab.toml:" in text


def test_each_step_of_an_apply_is_a_case(desk: Desk) -> None:
    desk.write('[projects.a]\nbill_to = "org-lab"\n')
    ran = desk.run("apply", "--auto-approve", "--format", "junit")
    assert cases(ran.out) == {"apply.steps": ["passed create projects.a"]}
    again = desk.run("apply", "--auto-approve", "--format", "junit")
    assert cases(again.out) == {"apply.steps": ["passed in order"]}
