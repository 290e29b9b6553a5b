"""A saved plan that no longer holds, as text: what it was, what it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.planfile import StaleFact, differences
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import StalePage, Style
from reconciler.views.text.facts import difference_text, maybe_text, name_text, then_text
from reconciler.views.text.layout import lines, moment


def render(page: StalePage, style: Style) -> Iterator[str]:
    """The changed facts or files, then that nothing was sent and how to go on."""
    yield from lines(_lines(page, style))


def _lines(page: StalePage, style: Style) -> Iterator[str]:
    made = moment(style, page.plan.created_at, whole=True)
    yield f"This plan no longer holds. It was made {made} by {safe(page.plan.identity)}; since then:"
    for name in page.files:
        yield f"  {safe(name)}"
    yield from changed_facts(style, page.facts)
    new = f" Make a new one: {safe(page.next.command)}" if page.next else ""
    yield f"Nothing was sent.{new}"


def changed_facts(style: Style, facts: Sequence[StaleFact]) -> Iterator[str]:
    """Each fact with its value then and now, what changed inside it, and since when that may be."""
    width = min(max((columns(safe(name_text(fact))) for fact in facts), default=0), 40)
    for fact in facts:
        name = safe(name_text(fact))
        then, now = safe(then_text(fact)), f"is {safe(maybe_text(fact.now))}"
        if columns(name) + columns(then) + columns(now) + 8 <= style.width:
            yield f"  {padded(name, width)}   {then}   {now}"
        else:
            yield f"  {name}"
            yield f"      {then}"
            yield f"      {now}"
        for one in differences(fact.then, fact.now):
            yield f"      {safe(difference_text(one))}"
        yield f"      read {moment(style, fact.then_at, whole=True)} by {safe(fact.read_by)}"
