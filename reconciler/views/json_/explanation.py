"""Why an address gets its verdict, as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import ExplanationPage, Style


def render(page: ExplanationPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The explanation as it is."""
    yield from document(page.explanation)
