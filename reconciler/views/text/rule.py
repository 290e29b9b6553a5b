"""One rule as text: what it checks, why, how to mend it, and where the law is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.views.escape import safe, safe_lines
from reconciler.views.pages import RulePage, Style
from reconciler.views.text.layout import paint

if TYPE_CHECKING:
    from reconciler.rules.rule import Example


def render(page: RulePage, style: Style) -> Iterator[str]:
    """The page of the rule as it is kept beside its code."""
    yield paint(style, "strong", safe(f"{page.id}: {page.title}")) + "\n\n"
    for line in safe_lines(page.text.strip("\n")):
        yield line + "\n"
    yield from _example(style, "Breaks it", page.breaks)
    yield from _example(style, "Keeps it", page.keeps)
    yield f"\nSource: {safe(page.source)}\n"


def _example(style: Style, label: str, example: Example) -> Iterator[str]:
    yield "\n" + paint(style, "strong", f"{label} (reconciler {safe(example.command)}):") + "\n\n"
    for line in safe_lines(example.toml.strip("\n")):
        yield f"    {line}".rstrip() + "\n"
