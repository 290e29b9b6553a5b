"""A plan as JSON: the very document that ``plan -o`` writes."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.planfile import dumps
from reconciler.views.escape import safe_json
from reconciler.views.pages import PlanPage, Style


def render(page: PlanPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The plan document as it is."""
    yield safe_json(dumps(page.plan).decode())
