"""Errors as events: of any command, and of a saved plan that no longer holds; and that there are none."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.moment import this_moment
from reconciler.views.ndjson import events
from reconciler.views.ndjson.lines import diagnostics, line
from reconciler.views.pages import DiagnosticsPage, StalePage, Style, ValidPage
from reconciler.views.stale import as_errors


def render(page: DiagnosticsPage | StalePage | ValidPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A line for each; the time is now."""
    match page:
        case DiagnosticsPage():
            yield from diagnostics(page.diagnostics)
        case StalePage():
            yield from diagnostics(as_errors(page).diagnostics)
        case ValidPage():
            yield from diagnostics(page.warnings)
            yield line(
                events.Validated(
                    message=f"{page.workspace} is valid",
                    timestamp=this_moment(),
                    workspace=page.workspace,
                    files=page.files,
                    projects=page.projects,
                    orgs=page.orgs,
                    users=page.users,
                )
            )
