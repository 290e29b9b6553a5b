"""The answer to a question as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import AnswerPage, Style


def render(page: AnswerPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The answer as it is."""
    yield from document(page.answer)
