"""Which files ``fmt`` changes, a line each, or how, as unified diffs."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import FormatPage, Style
from reconciler.views.text.layout import count, lines, next_lines, paint
from reconciler.views.text.unified import unified

_ROLES = {"+": "+", "-": "!", "@": "faint"}


def render(page: FormatPage, style: Style) -> Iterator[str]:
    """Names of files or diffs; without any, a line that says so."""
    for file in page.changed:
        if page.diff:
            yield from lines(_diff(unified(file.path, file.before, file.after), style))
        else:
            yield safe(file.path) + "\n"
    if style.quiet:
        return
    if not page.changed:
        yield f"Nothing to lay out in {count(page.files, 'file')}.\n"
    yield from lines(next_lines(style, page.next))


def _diff(found: Iterator[str], style: Style) -> Iterator[str]:
    for line in found:
        role = _ROLES.get(line[:1])
        yield safe(line) if role is None else paint(style, role, safe(line))
