"""A plain message about something done."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe_lines
from reconciler.views.pages import NotePage, Style
from reconciler.views.text.layout import lines, next_lines


def render(page: NotePage, style: Style) -> Iterator[str]:
    """The message, then the next command."""
    for line in safe_lines(page.message):
        yield line + "\n"
    if not style.quiet:
        yield from lines(next_lines(style, page.next))
