"""Errors as events: of any command, and of a saved plan that no longer holds."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.ndjson.lines import diagnostics
from reconciler.views.pages import DiagnosticsPage, StalePage, Style
from reconciler.views.stale import as_errors


def render(page: DiagnosticsPage | StalePage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A line for each."""
    yield from diagnostics((as_errors(page) if isinstance(page, StalePage) else page).diagnostics)
