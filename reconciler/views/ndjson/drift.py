"""A drift run as events: one for each item that is not in sync, then the counts."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import diagnostic_of
from reconciler.model.report import DriftItem
from reconciler.views.ndjson import events
from reconciler.views.ndjson.lines import diagnostics, line, version
from reconciler.views.pages import DriftPage, Style
from reconciler.views.problems import level_of

_LEVELS: dict[str, events.Level] = {"error": "error", "warning": "warn", "note": "info"}


def render(page: DriftPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """One after the other, for there may be 100 000. The time is that of the report."""
    report = page.report
    at = report.created_at
    yield version(report.tool, report.workspace, at)
    for item in report.items:
        if item.verdict != "in_sync":
            yield line(_event(item, at))
    yield from diagnostics(map(diagnostic_of, report.warnings), at)
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in report.summary.items() if count)
    yield line(
        events.DriftCounts(
            message=f"Drift: {told or 'nothing'}; exit code {page.exit_code}",
            timestamp=at,
            counts=report.summary,
            partial=report.read.partial,
            exit_code=page.exit_code,
        )
    )


def _event(item: DriftItem, at: str) -> events.Event:
    subject = item.address or item.id or item.policy
    words = (subject, item.attribute, item.verdict.replace("_", " "), item.message)
    return events.ResourceDrift(
        level=_LEVELS[level_of(item.verdict)],
        message=" ".join(word for word in words if word),
        timestamp=at,
        address=item.address,
        id=item.id,
        policy=item.policy,
        attribute=item.attribute,
        verdict=item.verdict,
        baseline=item.baseline,
        desired=item.desired,
        actual=item.actual,
        reason=item.message,
        new=item.new,
    )
