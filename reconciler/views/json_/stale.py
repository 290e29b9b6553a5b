"""A saved plan that no longer holds, as the diagnostics list that every error is."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_ import diagnostics
from reconciler.views.pages import StalePage, Style
from reconciler.views.stale import as_errors


def render(page: StalePage, style: Style) -> Iterator[str]:
    """One error for each fact and each file that changed."""
    yield from diagnostics.render(as_errors(page), style)
