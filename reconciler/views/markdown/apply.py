"""What an apply did, as Markdown for the comment after a merge: what is not done before what is."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from reconciler.model.report import StepReport
from reconciler.views.markdown.parts import (
    BUDGET,
    PROBLEMS,
    TAIL,
    cut,
    folded,
    mark,
    next_command,
    plain,
    problem_item,
    table,
)
from reconciler.views.pages import ApplyPage, DiagnosticsPage, Style
from reconciler.views.problems import problems

_BESIDE = 4_000


def render(page: ApplyPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ``BUDGET`` bytes: cut at whole items, and what is left out is counted."""
    report = page.report
    parts = [
        *_head(page),
        cut(_undone, (step for step in report.steps if step.result != "done"), PROBLEMS),
        cut(problem_item, problems(DiagnosticsPage(report.problems)), _BESIDE),
    ]
    if page.manual:
        parts.append(f"\n{len(page.manual)} left to people; the plan has the texts.\n")
    room = BUDGET - TAIL - sum(len(part.encode()) for part in parts)
    yield from parts
    yield folded("Done", cut(_done, (step for step in report.steps if step.result == "done"), room))
    yield from next_command(page.next)


def _head(page: ApplyPage) -> Iterator[str]:
    report = page.report
    yield mark("apply", workspace=report.workspace)
    yield f"\n### Applied to {plain(report.workspace)}\n\n"
    yield table(asdict(report.summary)) if report.steps else "There was nothing to do.\n\n"
    yield f"Plan {plain(report.plan_id)}, by {plain(report.identity)}, {plain(report.finished_at)}\n\n"
    if report.interrupted:
        yield "Interrupted: what had not begun was not attempted.\n\n"


def _undone(step: StepReport) -> str:
    said = (step.message, step.error_type, step.request_id and f"request {step.request_id}")
    why = ", ".join(word for word in said if word)
    return f"- **{step.result.replace('_', ' ')}** {step.action} {plain(step.address)}: {plain(why)}\n"


def _done(step: StepReport) -> str:
    ident = f" {plain(step.id)}" if step.id else ""
    return f"- {step.action} {plain(step.address)}{ident}{', already so' if step.skipped else ''}\n"
