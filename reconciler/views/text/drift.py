"""Drift as text: a line per finding, then a count per verdict. What is in sync is only counted."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import diagnostic_of
from reconciler.model.report import WORST_FIRST, DriftItem, DriftReport
from reconciler.views.difference import difference
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import DriftPage, Style
from reconciler.views.text.diagnostics import diagnostic_lines
from reconciler.views.text.layout import count, first_lines, grouped, lines, moment, next_lines, paint, prose
from reconciler.views.text.violations import policy_note

_COLOUR = {"violation": "!", "waiver_expired": "!", "destroyed": "!", "drifted": "~", "conflict": "~"}
_VERDICT = 12


def render(page: DriftPage, style: Style) -> Iterator[str]:
    """Every item that is not in sync (with ``style.verbose`` all), then the tally and the exit code."""
    report = page.report
    if not style.quiet:
        yield from lines(first_lines(style, page.header))
        yield "\n"
        shown = [item for item in report.items if style.verbose or item.verdict != "in_sync"]
        width = min(max((columns(_subject(item)) for item in shown), default=0), 32)
        mixed = any(item.new is False for item in shown)
        for item in shown:
            yield from lines(_item(item, width, style, mixed))
        if shown:
            yield "\n"
        for name, note in page.policies.items():
            yield from lines(policy_note(style, name, note))
        if page.policies:
            yield "\n"
        for warning in report.warnings:
            yield from lines(diagnostic_lines(diagnostic_of(warning), style))
        if report.warnings:
            yield "\n"
        yield from lines(_since(report, style))
        read = report.read
        yield f"Read in {count(read.calls, 'call')}, {read.seconds:.1f} s.\n"
        for payer in read.partial:
            yield f"The list of {safe(payer)} may be incomplete.\n"
    yield f"{tally(report)}   exit {page.exit_code}\n"
    if not style.quiet:
        yield from lines(next_lines(style, page.next))


def tally(report: DriftReport) -> str:
    """``1 drifted, 1 pending, 4 177 in sync.``: verdicts with none left out."""
    parts = [
        f"{grouped(report.summary[verdict])} {verdict.replace('_', ' ')}"
        for verdict in WORST_FIRST
        if report.summary.get(verdict)
    ]
    nothing = "Nothing new" if report.since is not None and report.since.only_new else "Nothing is managed"
    return (", ".join(parts) or nothing) + "."


def _since(report: DriftReport, style: Style) -> Iterator[str]:
    since = report.since
    if since is not None:
        told = f"{grouped(since.new)} new, {grouped(since.known)} known, {grouped(since.gone)} gone"
        yield f"Since the run of {moment(style, since.at, whole=True)}: {told}."


def _subject(item: DriftItem) -> str:
    return safe(item.address or item.id or item.policy or "")


def _item(item: DriftItem, width: int, style: Style, tell_new: bool) -> Iterator[str]:
    word = item.verdict.replace("_", " ")
    state = paint(style, _COLOUR.get(item.verdict, "faint"), word) + " " * max(0, _VERDICT - len(word))
    subject = _subject(item)
    text = safe("   ".join(difference(item)) + ("   (new)" if tell_new and item.new else ""))
    used = 2 + max(columns(subject), width) + 3 + max(_VERDICT, len(word)) + 1
    opening = f"  {padded(subject, width)}   {state}"
    if used + columns(text) <= style.width:
        yield f"{opening} {text}".rstrip()
    else:
        yield opening.rstrip()
        yield from prose(style, text, " " * 6)
