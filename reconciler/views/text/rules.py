"""The catalogue of rules as a table."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.pages import RulesPage, Style
from reconciler.views.text.layout import lines
from reconciler.views.text.table import table


def render(page: RulesPage, style: Style) -> Iterator[str]:
    """A row a rule: its id and what it says."""
    yield from lines(table(["id", "rule"], [[rule.id, rule.title] for rule in page.rules]))
    if not style.quiet:
        yield "\nreconciler explain RULE   what it checks, why, and how to mend it\n"
