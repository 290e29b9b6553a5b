"""Drift, errors, and a valid configuration as Markdown: counts, then what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from reconciler.views.markdown.parts import (
    PROBLEMS,
    cut,
    mark,
    next_command,
    partial,
    plain,
    problem_item,
    table,
)
from reconciler.views.pages import DiagnosticsPage, DriftPage, Style, ValidPage
from reconciler.views.problems import problems


def render(page: DriftPage | DiagnosticsPage | ValidPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ``BUDGET`` bytes."""
    yield from _head(page)
    yield cut(problem_item, problems(page), PROBLEMS)
    if isinstance(page, DriftPage):
        yield from next_command(page.next)


def _head(page: DriftPage | DiagnosticsPage | ValidPage) -> Iterator[str]:
    match page:
        case DriftPage(report=report):
            yield mark("drift", workspace=report.workspace)
            yield f"\n### Drift of {plain(report.workspace)}\n\n"
            yield table(report.summary)
            yield partial(report.read.partial)
        case DiagnosticsPage():
            yield mark("diagnostics")
            errors = sum(one.severity == "error" for one in page.diagnostics)
            yield "\n### Errors and warnings\n\n"
            yield table({"errors": errors, "warnings": len(page.diagnostics) - errors})
            if page.closing:
                yield f"{plain(page.closing)}\n\n"
        case ValidPage():
            yield mark("validate", workspace=page.workspace)
            yield f"\n### {plain(page.workspace)} is valid\n\n"
            yield table({"files": page.files, "projects": page.projects, "warnings": len(page.warnings)})
        case _:
            assert_never(page)
