"""A saved plan that no longer holds, as errors: for the formats that have no page of their own for it."""

from __future__ import annotations

from reconciler.model.diagnostics import Diagnostic
from reconciler.planfile import StaleFact, differences
from reconciler.views.pages import DiagnosticsPage, StalePage
from reconciler.views.text.facts import difference_text, maybe_text, name_text, then_text


def as_errors(page: StalePage) -> DiagnosticsPage:
    """One error for each fact and each file that changed."""
    detail = f"Make a new one: {page.next.command}" if page.next else None
    found = [Diagnostic("error", "stale-fact", _changed(fact), detail) for fact in page.facts]
    found += [Diagnostic("error", "stale-config", name, detail) for name in page.files]
    return DiagnosticsPage(tuple(found))


def _changed(fact: StaleFact) -> str:
    inside = ", ".join(map(difference_text, differences(fact.then, fact.now)))
    said = f"{name_text(fact)} {then_text(fact)}, is {maybe_text(fact.now)}"
    return f"{said} ({inside})" if inside else said
