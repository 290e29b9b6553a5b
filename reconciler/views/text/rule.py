"""One rule as text: what it checks, why, how to mend it, and where the law is written."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe, safe_lines
from reconciler.views.pages import RulePage, Style
from reconciler.views.text.layout import paint


def render(page: RulePage, style: Style) -> Iterator[str]:
    """The page of the rule as it is kept beside its code."""
    yield paint(style, "strong", safe(f"{page.id}: {page.title}")) + "\n\n"
    for line in safe_lines(page.text.strip("\n")):
        yield line + "\n"
    yield f"\nSource: {safe(page.source)}\n"
