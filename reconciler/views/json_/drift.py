"""A drift report as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import DriftPage, Style


def render(page: DriftPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The report as it is, with the items that are in sync."""
    yield from document(page.report)
