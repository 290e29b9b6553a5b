"""JSON for scripts: the documents, keys in order, errors as one list."""

from __future__ import annotations

import json
from collections.abc import Callable

from msgspec.structs import replace

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.plan import Plan, Step
from reconciler.planfile import StaleFact, dumps
from reconciler.views.pages import (
    DiagnosticsPage,
    PlanPage,
    QuestionPage,
    StalePage,
    ValidPage,
    VersionPage,
)
from reconciler.views.registry import FORMATS, formats

Shown = Callable[..., str]
Paged = Callable[..., PlanPage]

KEYS = ["severity", "code", "summary", "detail", "file", "line", "column", "snippet", "suggestion"]


def test_a_plan_is_the_document_that_is_saved(shown: Shown, page: Paged, full_plan: Plan) -> None:
    assert shown(page(full_plan), "json") == dumps(full_plan).decode()


def test_a_name_is_escaped_but_unchanged(shown: Shown, page: Paged, full_plan: Plan, create: Step) -> None:
    step = replace(create, after={**create.after, "name": "\u202eevil\x9b"})
    text = shown(page(replace(full_plan, steps=(step,))), "json")
    assert "\u202e" not in text
    assert json.loads(text)["steps"][0]["after"]["name"] == "\u202eevil\x9b"


def test_diagnostics_are_flat_with_null_for_what_does_not_apply(shown: Shown) -> None:
    source = SourceRange("a.toml", 7, 11, 3, "x = 1")
    found = (Diagnostic("error", "e", "bad", "why", source, "good"), Diagnostic("warning", "w", "hm"))
    document = json.loads(shown(DiagnosticsPage(found), "json"))
    assert list(document) == ["kind", "valid", "diagnostics"]
    assert (document["kind"], document["valid"]) == ("validate", False)
    assert [list(entry) for entry in document["diagnostics"]] == [KEYS, KEYS]
    assert list(document["diagnostics"][0].values()) == [
        "error",
        "e",
        "bad",
        "why",
        "a.toml",
        7,
        11,
        "x = 1",
        "good",
    ]
    assert list(document["diagnostics"][1].values()) == ["warning", "w", "hm", *[None] * 6]


def test_a_configuration_with_warnings_alone_is_valid(shown: Shown) -> None:
    document = json.loads(shown(ValidPage("w", 1, 1, 0, 0, (Diagnostic("warning", "w", "hm"),)), "json"))
    assert document["valid"] is True
    assert len(document["diagnostics"]) == 1


def test_a_stale_plan_is_a_list_of_errors(shown: Shown, empty_plan: Plan) -> None:
    fact = StaleFact("f", "org-x", "default_region", "aws:a", "", "user-alice", "aws:b")
    document = json.loads(shown(StalePage(empty_plan, (fact,), ("a.toml changed",)), "json"))
    assert [entry["summary"] for entry in document["diagnostics"]] == [
        "org-x.default_region was aws:a, is aws:b",
        "a.toml changed",
    ]


def test_a_small_document_says_its_kind(shown: Shown) -> None:
    assert json.loads(shown(VersionPage("reconciler", "1", "3"), "json"))["kind"] == "version"


def test_every_registered_renderer_can_be_imported() -> None:
    from importlib import import_module

    for modules in FORMATS.values():
        for module in modules.values():
            assert callable(import_module(module).render)


def test_a_question_is_for_people_only() -> None:
    assert formats(QuestionPage) == ("text",)
