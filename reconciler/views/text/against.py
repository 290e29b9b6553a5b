"""How two plans differ, as text: part by part, an entry a line, what changed in it below."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from reconciler.planfile import PlanDifference
from reconciler.views.escape import safe
from reconciler.views.pages import AgainstPage, Style
from reconciler.views.text.facts import SIGNS, difference_text, value_text
from reconciler.views.text.layout import count, lines, paint

_TELLING = {
    "steps": "after",
    "manual": "text",
    "blocked": "change",
    "refusals": "message",
    "unreadable": "reason",
    "forgotten": "id",
    "violations": "region",
    "facts": "value",
}
"""What says most of an entry that only one plan has."""


def render(page: AgainstPage, style: Style) -> Iterator[str]:
    """The whole comparison; with ``style.quiet`` only its last line."""
    yield from lines(iter([_last(page)]) if style.quiet else _lines(page, style))


def _lines(page: AgainstPage, style: Style) -> Iterator[str]:
    if page.differences:
        yield f"  + only in {safe(page.name)}   - only in {safe(page.other)}   ~ differs"
    for part, found in groupby(page.differences, key=lambda one: one.part):
        yield ""
        yield paint(style, "strong", part)
        for one in found:
            yield from _entry(one)
    if page.differences:
        yield ""
    yield _last(page)


def _entry(one: PlanDifference) -> Iterator[str]:
    yield f"  {SIGNS[one.kind]} {safe(one.name)}"
    if one.inside:
        yield from (f"      {safe(difference_text(inside))}" for inside in one.inside)
    elif (value := one.entry.get(_TELLING[one.part])) is not None:
        yield from (f"      {safe(line)}" for line in value_text(value).splitlines())


def _last(page: AgainstPage) -> str:
    if not page.differences:
        return f"{safe(page.name)} and {safe(page.other)} plan the same, on the same facts."
    return f"{count(len(page.differences), 'difference')}."
