"""Past applies as a table: when, by whom, as whom, and how the steps ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciler.views.escape import safe
from reconciler.views.pages import HistoryPage, Style
from reconciler.views.text.layout import count, lines, moment, next_lines
from reconciler.views.text.table import table

if TYPE_CHECKING:
    from reconciler.ledger import Finished, Run


def render(page: HistoryPage, style: Style) -> Iterator[str]:
    """A row an apply, newest first."""
    yield from lines(_lines(page, style))


def _lines(page: HistoryPage, style: Style) -> Iterator[str]:
    if not page.runs:
        yield f"Nothing was applied to {safe(page.workspace)} yet, by the ledger {safe(page.location)}."
        return
    yield from table(["run", "started", "by", "as", "steps"], [_row(run, style) for run in page.runs])
    if style.quiet:
        return
    if page.more:
        yield f"These are the last {len(page.runs)}; --last N shows more."
    yield from next_lines(style, page.next)


def _row(run: Run, style: Style) -> list[str]:
    who = run.started
    when = moment(style, who.at, whole=True)
    return [who.run, when, f"{who.user}@{who.host}", who.identity, outcome(run)]


def outcome(run: Run) -> str:
    """How an apply ended, in a few words."""
    if run.finished is None:
        return f"{count(run.started.steps, 'step')}; under way, or was killed"
    told = _counts(run.finished) or "nothing to do"
    return f"{told}; interrupted" if run.finished.interrupted else told


def _counts(end: Finished) -> str:
    parts = {
        "done": end.done,
        "failed": end.failed,
        "not attempted": end.not_attempted,
        "uncertain": end.uncertain,
    }
    return ", ".join(f"{number} {word}" for word, number in parts.items() if number)
