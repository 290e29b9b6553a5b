"""A saved plan that no longer holds, as the diagnostics list that every error is."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import Diagnostic
from reconciler.planfile import StaleFact, differences
from reconciler.views.json_ import diagnostics
from reconciler.views.pages import DiagnosticsPage, StalePage, Style
from reconciler.views.text.facts import difference_text, maybe_text, name_text, then_text


def render(page: StalePage, style: Style) -> Iterator[str]:
    """One error for each fact and each file that changed."""
    detail = f"Make a new one: {page.next.command}" if page.next else None
    found = [Diagnostic("error", "stale-fact", _changed(fact), detail) for fact in page.facts]
    found += [Diagnostic("error", "stale-config", name, detail) for name in page.files]
    yield from diagnostics.render(DiagnosticsPage(tuple(found)), style)


def _changed(fact: StaleFact) -> str:
    inside = ", ".join(map(difference_text, differences(fact.then, fact.now)))
    said = f"{name_text(fact)} {then_text(fact)}, is {maybe_text(fact.now)}"
    return f"{said} ({inside})" if inside else said
