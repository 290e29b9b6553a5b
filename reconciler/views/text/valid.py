"""A configuration without errors, as text."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import Style, ValidPage
from reconciler.views.text.diagnostics import diagnostic_lines
from reconciler.views.text.layout import count, lines


def render(page: ValidPage, style: Style) -> Iterator[str]:
    """The warnings, then one line that says what was found valid."""
    for warning in page.warnings:
        yield from lines(diagnostic_lines(warning, style))
    parts = [count(page.projects, "project"), count(page.orgs, "org"), count(page.users, "user")]
    tail = f" {count(len(page.warnings), 'warning')}." if page.warnings else ""
    yield f"Valid: {safe(page.workspace)}, {', '.join(parts)} in {count(page.files, 'file')}.{tail}\n"
