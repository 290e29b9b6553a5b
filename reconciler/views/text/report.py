"""The residency report in a terminal: where it is, and its first sentence."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import ReportPage, Style
from reconciler.views.report import facts


def render(page: ReportPage, style: Style) -> Iterator[str]:
    """Two lines; quiet, the second alone."""
    if not style.quiet:
        yield f"Written: {safe(page.file)}\n"
    yield f"{facts.summary(page)}.\n"
