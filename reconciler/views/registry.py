"""Which module renders which page in which format.

A new format is one new module (or one a page) with ``render(page, style)`` and its rows here; a
module is imported when something is really shown in its format.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from reconciler.views import pages
from reconciler.views.pages import Page, Style

_MARKS_LINES = (pages.PlanPage, pages.DriftPage, pages.DiagnosticsPage, pages.ValidPage)
"""What formats show that mark lines of the configuration."""

FORMATS: dict[str, dict[type, str]] = {
    "text": {
        pages.PlanPage: "reconciler.views.text.plan",
        pages.ExplanationPage: "reconciler.views.text.explanation",
        pages.ApplyPage: "reconciler.views.text.apply",
        pages.QuestionPage: "reconciler.views.text.question",
        pages.StalePage: "reconciler.views.text.stale",
        pages.CheckPage: "reconciler.views.text.check",
        pages.AgainstPage: "reconciler.views.text.against",
        pages.DriftPage: "reconciler.views.text.drift",
        pages.ReportPage: "reconciler.views.text.report",
        pages.AnswerPage: "reconciler.views.text.answer",
        pages.DiagnosticsPage: "reconciler.views.text.diagnostics",
        pages.ValidPage: "reconciler.views.text.valid",
        pages.RegionsPage: "reconciler.views.text.regions",
        pages.RulePage: "reconciler.views.text.rule",
        pages.RulesPage: "reconciler.views.text.rules",
        pages.VersionPage: "reconciler.views.text.version",
        pages.HistoryPage: "reconciler.views.text.history",
        pages.RunPage: "reconciler.views.text.run",
        pages.FormatPage: "reconciler.views.text.fmt",
        pages.NotePage: "reconciler.views.text.note",
    },
    "json": {
        pages.PlanPage: "reconciler.views.json_.plan",
        pages.ExplanationPage: "reconciler.views.json_.explanation",
        pages.ApplyPage: "reconciler.views.json_.apply",
        pages.StalePage: "reconciler.views.json_.stale",
        pages.CheckPage: "reconciler.views.json_.check",
        pages.AgainstPage: "reconciler.views.json_.against",
        pages.DriftPage: "reconciler.views.json_.drift",
        pages.AnswerPage: "reconciler.views.json_.answer",
        pages.DiagnosticsPage: "reconciler.views.json_.diagnostics",
        pages.ValidPage: "reconciler.views.json_.diagnostics",
        pages.RegionsPage: "reconciler.views.json_.record",
        pages.RulePage: "reconciler.views.json_.record",
        pages.RulesPage: "reconciler.views.json_.record",
        pages.VersionPage: "reconciler.views.json_.record",
        pages.HistoryPage: "reconciler.views.json_.record",
        pages.RunPage: "reconciler.views.json_.record",
        pages.FormatPage: "reconciler.views.json_.fmt",
        pages.NotePage: "reconciler.views.json_.record",
    },
    "ndjson": {
        pages.PlanPage: "reconciler.views.ndjson.plan",
        pages.StepPage: "reconciler.views.ndjson.apply",
        pages.ApplyPage: "reconciler.views.ndjson.apply",
        pages.StalePage: "reconciler.views.ndjson.diagnostics",
        pages.DriftPage: "reconciler.views.ndjson.drift",
        pages.DiagnosticsPage: "reconciler.views.ndjson.diagnostics",
        pages.ValidPage: "reconciler.views.ndjson.diagnostics",
    },
    "sarif": dict.fromkeys(_MARKS_LINES, "reconciler.views.sarif"),
    "github": dict.fromkeys(_MARKS_LINES, "reconciler.views.github"),
    "gitlab": dict.fromkeys(_MARKS_LINES, "reconciler.views.gitlab"),
    "junit": {
        **dict.fromkeys(_MARKS_LINES, "reconciler.views.junit"),
        pages.ApplyPage: "reconciler.views.junit",
        pages.StalePage: "reconciler.views.junit",
    },
    "openmetrics": dict.fromkeys((pages.DriftPage, pages.DiagnosticsPage), "reconciler.views.openmetrics"),
    "csv": dict.fromkeys((pages.DriftPage, pages.DiagnosticsPage), "reconciler.views.csv_"),
    "markdown": {
        pages.PlanPage: "reconciler.views.markdown.plan",
        pages.ApplyPage: "reconciler.views.markdown.apply",
        pages.StalePage: "reconciler.views.markdown.stale",
        pages.CheckPage: "reconciler.views.markdown.stale",
        pages.DriftPage: "reconciler.views.markdown.problems",
        pages.DiagnosticsPage: "reconciler.views.markdown.problems",
        pages.ValidPage: "reconciler.views.markdown.problems",
    },
    "terraform": dict.fromkeys((pages.PlanPage, pages.DiagnosticsPage), "reconciler.views.terraform"),
    "mermaid": dict.fromkeys((pages.PlanPage, pages.DiagnosticsPage), "reconciler.views.mermaid"),
    "dot": dict.fromkeys((pages.PlanPage, pages.DiagnosticsPage), "reconciler.views.dot"),
    "html": {
        pages.ReportPage: "reconciler.views.report.render",
    },
}


class _Renderer(Protocol):
    def render(self, page: Page, style: Style) -> Iterator[str]: ...


def formats(page: type) -> tuple[str, ...]:
    """The formats in which such a page can be shown, in the order of the table."""
    return tuple(name for name, modules in FORMATS.items() if page in modules)


def is_live(name: str) -> bool:
    """Does that format tell the steps of an apply as they happen, one page after the other?"""
    return pages.StepPage in FORMATS[name]


def render(name: str, page: Page, style: Style) -> Iterator[str]:
    """The page in that format, in pieces that end with a line end each; long lists stream.

    ``name`` is one of ``formats(type(page))``: anything else is a KeyError.
    """
    module = cast(_Renderer, import_module(FORMATS[name][type(page)]))
    return module.render(page, style)
