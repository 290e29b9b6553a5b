"""An apply as events, each as it happens; at its end what went wrong beside the steps, and the counts."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.report import StepReport
from reconciler.views.ndjson import events
from reconciler.views.ndjson.lines import diagnostics, line
from reconciler.views.pages import ApplyPage, StepPage, Style
from reconciler.views.text.apply import tally


def render(page: StepPage | ApplyPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """One line of a step. The end has none for them: each had its own."""
    if isinstance(page, StepPage):
        yield line(_started(page) if page.report is None else _ended(page, page.report))
        return
    report = page.report
    yield from diagnostics(report.problems, report.finished_at)
    yield line(
        events.ApplyCounts(
            level="info" if page.exit_code == 0 else "error",
            message=tally(report.summary),
            timestamp=report.finished_at,
            changes=report.summary,
            interrupted=report.interrupted,
            exit_code=page.exit_code,
        )
    )


def _started(page: StepPage) -> events.Event:
    step = page.step
    hook = events.Hook(events.Resource.at(step.address), step.action, step.id, step.subject)
    return events.ApplyStart(message=f"{step.address}: {step.action} …", timestamp=page.at, hook=hook)


def _ended(page: StepPage, report: StepReport) -> events.Event:
    resource = events.Resource.at(report.address)
    hook = events.Hook(resource, report.action, report.step, report.id, report.seconds)
    told = f"{report.address}: {report.action} {report.result.replace('_', ' ')}"
    if report.result == "done":
        return events.ApplyComplete(message=told, timestamp=page.at, hook=hook, skipped=report.skipped)
    return events.ApplyErrored(
        level="warn" if report.result == "not_attempted" else "error",
        message=f"{told}: {report.message}",
        timestamp=page.at,
        hook=hook,
        result=report.result,
        reason=report.message,
        error_type=report.error_type,
        request_id=report.request_id,
    )
