"""What a person is told before being asked: how much will happen and what of it can never be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.plan import Step
from reconciler.views.escape import columns, padded, safe
from reconciler.views.pages import QuestionPage, Style
from reconciler.views.text.layout import count, lines


def render(page: QuestionPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The irreversible parts, then the question without a line end."""
    steps = page.plan.steps
    created = [step for step in steps if step.action == "create"]
    taken = [step for step in steps if step.action == "adopt" and "mark" in (step.before or {})]
    yield "\n"
    yield from lines(_created(created))
    yield from lines(_billed(_payers(steps)))
    yield from lines(_taken_over(taken))
    yield from lines(_released([step for step in steps if step.action == "release"]))
    yield "\n"
    what = "this step" if len(steps) == 1 else f"these {count(len(steps), 'step')}"
    yield f'Apply {what}? Only "yes" is accepted: '


def _payers(steps: Iterable[Step]) -> dict[str, str]:
    """Address → who will be billed, for every project that gets another payer."""
    found: dict[str, str] = {}
    for step in steps:
        match step.action:
            case "transfer":
                found.setdefault(step.address, f"offered to {step.after.get('invitee', '')}")
            case "accept":
                found[step.address] = f"{step.after.get('bill_to', '')}, accepted by {step.as_}"
            case "update" if "bill_to" in step.after:
                found[step.address] = step.after["bill_to"]
            case _:
                pass
    return found


def _created(steps: list[Step]) -> Iterator[str]:
    if not steps:
        return
    its = "Its region" if len(steps) == 1 else "Their regions"
    yield f"  {count(len(steps), 'project')} will be created. {its} can never be changed:"
    names = [safe(step.after.get("name", step.address)) for step in steps]
    width = min(max(columns(name) for name in names), 40)
    for name, step in zip(names, steps, strict=True):
        yield f"      {padded(name, width)}   {safe(step.after.get('region', ''))}"


def _billed(payers: Mapping[str, str]) -> Iterator[str]:
    if not payers:
        return
    verb = "gets" if len(payers) == 1 else "get"
    yield f"  {count(len(payers), 'project')} {verb} another payer, who alone can give it back:"
    for address, payer in payers.items():
        yield f"      {safe(address)}   {safe(payer)}"


def _taken_over(steps: list[Step]) -> Iterator[str]:
    if not steps:
        return
    verb = "is" if len(steps) == 1 else "are"
    yield f"  {count(len(steps), 'project')} {verb} taken away from another workspace:"
    for step in steps:
        yield f"      {safe(step.address)}   {safe((step.before or {}).get('mark', ''))}"


def _released(steps: list[Step]) -> Iterator[str]:
    if steps:
        yield "  What bears no mark belongs to nobody, and any workspace may adopt it:"
    for step in steps:
        yield f"      {safe(step.address)}   {safe(step.subject or '')}"
