"""What a person is told before being asked: how much will happen and what of it can never be undone."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.plan import Step
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import QuestionPage, Style
from reconciler.views.text.layout import count, lines


def render(page: QuestionPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The irreversible parts, then the question without a line end."""
    steps = page.plan.steps
    created = [step for step in steps if step.action == "create"]
    moved = [step for step in steps if step.action in ("transfer", "accept") or "bill_to" in _changed(step)]
    yield "\n"
    yield from lines(_created(created))
    yield from lines(_billed(moved))
    yield "\n"
    what = "this step" if len(steps) == 1 else f"these {count(len(steps), 'step')}"
    yield f'Apply {what}? Only "yes" is accepted: '


def _changed(step: Step) -> dict[str, str]:
    return step.after if step.action == "update" else {}


def _created(steps: list[Step]) -> Iterator[str]:
    if not steps:
        return
    its = "Its region" if len(steps) == 1 else "Their regions"
    yield f"  {count(len(steps), 'project')} will be created. {its} can never be changed:"
    names = [safe(step.after.get("name", step.address)) for step in steps]
    width = min(max(columns(name) for name in names), 40)
    for name, step in zip(names, steps, strict=True):
        yield f"      {padded(name, width)}   {safe(step.after.get('region', ''))}"


def _billed(steps: list[Step]) -> Iterator[str]:
    if not steps:
        return
    verb = "gets" if len(steps) == 1 else "get"
    yield f"  {count(len(steps), 'project')} {verb} another payer, who alone can give it back:"
    for step in steps:
        yield f"      {safe(step.address)}   {safe(step.after.get('bill_to', step.action))}"
