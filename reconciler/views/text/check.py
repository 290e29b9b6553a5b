"""Whether a saved plan may be applied now, as text: all that is wrong, then one line and what to type."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import CheckPage, Style
from reconciler.views.text.diagnostics import diagnostic_lines
from reconciler.views.text.layout import count, first_lines, lines, moment, next_lines
from reconciler.views.text.stale import changed_facts


def render(page: CheckPage, style: Style) -> Iterator[str]:
    """The whole page; with ``style.quiet`` only the line that says yes or no."""
    if style.quiet:
        yield verdict(page) + "\n"
        return
    yield from lines(_lines(page, style))


def _lines(page: CheckPage, style: Style) -> Iterator[str]:
    yield from first_lines(style, page.header)
    yield ""
    made = moment(style, page.plan.created_at, whole=True)
    yield f"The plan was made {made} by {safe(page.plan.identity)}."
    for _, diagnostic in page.trouble:
        yield from diagnostic_lines(diagnostic, style)
    if page.files or page.facts:
        yield "Since then:"
        yield from (f"  {safe(name)}" for name in page.files)
        yield from changed_facts(style, page.facts)
    yield from _at_target(page)
    yield ""
    yield verdict(page)
    yield from next_lines(style, page.next)


def _at_target(page: CheckPage) -> Iterator[str]:
    width = min(max((columns(safe(step.address)) for step in page.at_target), default=0), 40)
    for step in page.at_target:
        yield f"  {padded(safe(step.address), width)}   {step.action:8}   already at its target"


def verdict(page: CheckPage) -> str:
    """One line that says yes or no, and what was looked at."""
    read = f"{count(page.facts_read, 'fact')} read again"
    if page.exit_code == 0:
        left = len(page.plan.steps) - len(page.at_target)
        return f"Still true: {read}, {count(left, 'step')} to apply."
    parts = []
    if page.trouble:
        parts.append(count(len(page.trouble), "error"))
    if page.files:
        parts.append(f"{count(len(page.files), 'file')} of the configuration changed")
    if page.facts:
        parts.append(f"{count(len(page.facts), 'fact')} changed")
    asked = read if page.facts_read else "no fact was read again"
    return f"Not to be applied: {', '.join(parts)}; {asked}."
