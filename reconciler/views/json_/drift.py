"""A drift report as JSON, its items one after the other: an estate has 100 000 of them."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document, streamed
from reconciler.views.pages import DriftPage, Style


def render(page: DriftPage, style: Style) -> Iterator[str]:
    """The report as it is, with the items that are in sync."""
    yield from document(page.report, True) if style.one_line else streamed(page.report, ("items",))
