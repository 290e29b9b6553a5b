"""One past apply, step by step, as its journal has it."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.ledger import Ended, Intent
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import RunPage, Style
from reconciler.views.text.history import outcome
from reconciler.views.text.layout import lines, moment, prose

_WIDEST = 40


def render(page: RunPage, style: Style) -> Iterator[str]:
    """Who, as whom, what, from where; a line before and after each call; how it ended."""
    yield from lines(_lines(page, style))


def _lines(page: RunPage, style: Style) -> Iterator[str]:
    who = page.run.started
    yield f"Run {safe(who.run)} · workspace {safe(page.workspace)} · as {safe(who.identity)}"
    yield f"  started  {moment(style, who.at, whole=True)} by {safe(who.user)}@{safe(who.host)}"
    yield f"  command  {safe(who.command)}"
    yield f"  plan     {safe(who.plan_id)}"
    if who.commit is not None:
        yield f"  commit   {safe(who.commit)}"
    yield ""
    width = min(max((columns(safe(entry.address)) for entry in page.journal), default=0), _WIDEST)
    for entry in page.journal:
        yield from _entry(entry, width, style)
    if page.journal:
        yield ""
    yield outcome(page.run)


def _entry(entry: Intent | Ended, width: int, style: Style) -> Iterator[str]:
    opening = f"  {moment(style, entry.at)}  {padded(safe(entry.address), width)}  {entry.action:8}"
    if isinstance(entry, Intent):
        yield f"{opening}  sent as {safe(entry.as_)}"
        return
    word = "already so" if entry.call is None and entry.result == "done" else entry.result.replace("_", " ")
    yield f"{opening}  {word} {safe(entry.id or '')}".rstrip()
    if entry.message:
        yield from prose(style, entry.message, " " * 6)
