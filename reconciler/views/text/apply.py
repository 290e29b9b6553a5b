"""What an apply did, as text: one line a step, then the fixed tally."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.report import ApplySummary, StepReport
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import ApplyPage, Style
from reconciler.views.text.diagnostics import diagnostic_lines
from reconciler.views.text.layout import count, lines, next_lines, paint, prose

_DONE = {
    "create": "created",
    "update": "updated",
    "adopt": "adopted",
    "transfer": "offered",
    "accept": "accepted",
    "release": "released",
}
_STATE = 14
_COLOUR = {"done": "+", "failed": "error", "uncertain": "warning", "not_attempted": "faint"}


def render(page: ApplyPage, style: Style) -> Iterator[str]:
    """A line per step, the tally, what went wrong beside them, what is left to people, the next command."""
    steps = page.report.steps
    if steps and not style.quiet:
        yield "\n"
        width = min(max(columns(safe(step.address)) for step in steps), 40)
        ids = max((columns(_ident(step)) for step in steps), default=0)
        for step in steps:
            yield from lines(_step(step, width, ids, style))
        yield "\n"
    yield tally(page.report.summary) + "\n"
    for problem in page.report.problems:
        yield from lines(diagnostic_lines(problem, style))
    if style.quiet:
        return
    if page.report.interrupted:
        yield "Interrupted: what had not begun was not attempted.\n"
    if page.manual:
        left = count(len(page.manual), "manual part is", "manual parts are")
        yield f"{left} left to people: reconciler plan shows the texts.\n"
    yield from lines(next_lines(style, page.next))


def tally(summary: ApplySummary) -> str:
    """``Applied 2 of 2: 2 done, 0 failed, 0 not attempted, 0 uncertain.``"""
    total = summary.done + summary.failed + summary.not_attempted + summary.uncertain
    return (
        f"Applied {summary.done} of {total}: {summary.done} done, {summary.failed} failed, "
        f"{summary.not_attempted} not attempted, {summary.uncertain} uncertain."
    )


def _step(step: StepReport, width: int, ids: int, style: Style) -> Iterator[str]:
    word = step.result.replace("_", " ")
    if step.result == "done":
        word = "already so" if step.skipped else _DONE[step.action]
    state = paint(style, _COLOUR[step.result], word) + " " * max(0, _STATE - len(word))
    opening = f"  {padded(safe(step.address), width)}   {state}"
    if step.result == "done":
        yield f"{opening} {padded(_ident(step), ids)}{'  ' if ids else ''} {step.seconds:.1f} s"
        return
    message = _message(step)
    if columns(safe(step.address)) + _STATE + 6 + columns(message) <= style.width:
        yield f"{opening} {message}"
    else:
        yield opening.rstrip()
        yield from prose(style, message, " " * 6)


def _ident(step: StepReport) -> str:
    """The id that a creation gave; the others' stand in the plan."""
    return safe(step.id) if step.id and step.action == "create" and step.result == "done" else ""


def _message(step: StepReport) -> str:
    """The reason with the platform's error type and request id, unless its words hold them already."""
    text = safe(step.message)
    if step.error_type and step.error_type not in text:
        text = f"{safe(step.error_type)}: {text}"
    if step.request_id and step.request_id not in text:
        text += f" (request {safe(step.request_id)})"
    return text
