"""A plan as JSON: the very document that ``plan -o`` writes."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import streamed
from reconciler.views.pages import PlanPage, Style

_LONG = (
    "steps",
    "manual",
    "blocked",
    "refusals",
    "unreadable",
    "forgotten",
    "violations",
    "warnings",
    "facts",
)


def render(page: PlanPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The plan document as it is, entry by entry."""
    yield from streamed(page.plan, _LONG)
