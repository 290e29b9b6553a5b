"""A plan as events: first what can be, then what cannot, then the counts."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from reconciler.model import plan as model
from reconciler.model.diagnostics import diagnostic_of
from reconciler.views.ndjson import events
from reconciler.views.ndjson.events import Resource
from reconciler.views.ndjson.lines import diagnostics, line, version
from reconciler.views.pages import PlanPage, Style
from reconciler.views.text.facts import right_text


def render(page: PlanPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A line for each step and for each part that is no step. The time is that of the plan."""
    plan = page.plan
    at = plan.created_at
    yield version(plan.tool, plan.workspace, at)
    for step in plan.steps:
        change = events.Change(
            Resource.at(step.address), step.action, step.id, step.as_, step.before, step.after
        )
        message = f"{step.address}: {step.action}"
        yield line(events.PlannedChange(message=message, timestamp=at, change=change))
    yield from map(line, _no_steps(plan, at))
    yield from diagnostics(map(diagnostic_of, plan.warnings), at)
    yield line(_counts(plan, at))


def _no_steps(plan: model.Plan, at: str) -> Iterator[events.Event]:
    for refusal in plan.refusals:
        yield events.Refusal(
            level="error",
            message=f"{refusal.address}: {refusal.rule} {refusal.message}",
            timestamp=at,
            resource=Resource.at(refusal.address),
            rule=refusal.rule,
            reason=refusal.message,
            source=refusal.source,
            alternatives=tuple(way.text for way in refusal.alternatives),
        )
    for entry in plan.unreadable:
        yield events.Unreadable(
            level="warn",
            message=f"{entry.address}: cannot tell {entry.attribute}: {entry.reason}",
            timestamp=at,
            resource=Resource.at(entry.address),
            attribute=entry.attribute,
            reason=entry.reason,
        )
    for manual in plan.manual:
        yield events.Manual(
            level="warn",
            message=f"{manual.address}: to be done by {manual.who}",
            timestamp=at,
            resource=Resource.at(manual.address),
            who=manual.who,
            text=manual.text,
            unblocks=manual.unblocks,
        )
    for blocked in plan.blocked:
        yield events.Blocked(
            level="warn",
            message=f"{blocked.address}: waits: {blocked.change}",
            timestamp=at,
            resource=Resource.at(blocked.address),
            reason=blocked.change,
        )
    for left in plan.forgotten:
        yield events.Forgotten(
            message=f"{left.address}: forgotten, {left.id} stays",
            timestamp=at,
            resource=Resource.at(left.address),
            id=left.id,
        )
    subjects = {fact.id: fact.subject for fact in plan.facts} if plan.to_confirm else {}
    for right in plan.to_confirm:
        subject = subjects.get(right.fact, right.fact)
        yield events.ToConfirm(
            level="warn",
            message=f"to be confirmed at apply: {right_text(plan.apply_as, subject, right.needs)}",
            timestamp=at,
            user=plan.apply_as,
            subject=subject,
            needs=right.needs,
        )
    for one in plan.violations:
        yield events.Violation(
            level="info" if one.waiver else "error",
            message=f"policy {one.policy}: {one.project} is in {one.region}",
            timestamp=at,
            policy=one.policy,
            project=one.project,
            region=one.region,
            waiver=one.waiver,
            new=one.new,
        )


def _counts(plan: model.Plan, at: str) -> events.Event:
    told = ", ".join(f"{count} {name}" for name, count in asdict(plan.summary).items() if count) or "nothing"
    return events.PlanCounts(
        message=f"Plan: {told}", timestamp=at, changes=plan.summary, partial=plan.read.partial
    )
