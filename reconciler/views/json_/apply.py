"""The report of an apply as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import ApplyPage, Style


def render(page: ApplyPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The report as it is."""
    yield from document(page.report)
