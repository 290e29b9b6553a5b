"""An apply as it is often written: it repeats a call until an answer comes, looks for no mark before it
creates, and keeps no journal. Of no use but to show what the soak finds."""

from __future__ import annotations

from reconciler.apply import ApplyRequest
from reconciler.model.outcome import Outcome
from reconciler.model.plan import FORMAT_VERSION, Step
from reconciler.model.report import ApplyReport, ApplySummary, StepReport
from reconciler.provider import Writer

TRIES = 5


def run(request: ApplyRequest) -> ApplyReport:
    """Stands in for ``reconciler.apply.run``."""
    plan = request.plan
    steps = tuple(_report(step, _sent(request.writer, step)) for step in plan.steps)
    done = sum(step.result == "done" for step in steps)
    return ApplyReport(
        format_version=FORMAT_VERSION,
        kind="apply",
        plan_id=plan.plan_id,
        workspace=plan.workspace,
        provider=plan.provider,
        identity=plan.actor,
        started_at=request.started.at,
        finished_at=request.started.at,
        interrupted=False,
        summary=ApplySummary(done, len(steps) - done, 0, 0),
        steps=steps,
        problems=(),
    )


def _sent(writer: Writer, step: Step) -> Outcome:
    for _ in range(TRIES):
        outcome = writer.execute(step)
        if outcome.result == "done":
            break
    return outcome


def _report(step: Step, outcome: Outcome) -> StepReport:
    return StepReport(
        step=step.id,
        address=step.address,
        action=step.action,
        result="done" if outcome.result == "done" else "failed",
        id=outcome.project_id or step.subject,
        message=outcome.message,
        error_type=outcome.error_type,
        request_id=outcome.request_id,
        seconds=0.0,
        skipped=False,
    )
