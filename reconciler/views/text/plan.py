"""A plan as text: a legend of the symbols used, a block per resource, the fixed last line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from reconciler.model.diagnostics import diagnostic_of
from reconciler.model.plan import Forgotten, Plan, Refusal, Step, Summary, UnreadableEntry
from reconciler.views.pages import PlanPage, Style
from reconciler.views.text import blocks
from reconciler.views.text.diagnostics import diagnostic_lines
from reconciler.views.text.facts import right_text
from reconciler.views.text.layout import INDENT, count, first_lines, lines, next_lines, prose
from reconciler.views.text.unreadable import Hidden, unreadable_block
from reconciler.views.text.violations import counted, violation_blocks

_LEGEND = (
    ("+", "create"),
    ("~", "update"),
    ("=", "adopt"),
    ("@", "transfer or accept"),
    (">", "manual"),
    ("|", "blocked"),
    ("!", "refused"),
    ("?", "unreadable"),
    (".", "forgotten"),
)

T = TypeVar("T", Step, Refusal, UnreadableEntry)

NOTHING = "No changes. The platform matches the configuration."
NOTHING_THERE = "No changes. The platform matches the configuration in what this plan covers."
NO_STEP = "No changes to apply."


def render(page: PlanPage, style: Style) -> Iterator[str]:
    """The whole plan; with ``style.quiet`` only its last line."""
    if style.quiet:
        yield from lines(last_lines(page.plan))
        return
    yield from lines(first_lines(style, page.header))
    yield "\n"
    yield from lines(_legend(page, style))
    yield from lines(resource_blocks(page, style))
    yield from lines(_to_confirm(page.plan, style))
    yield from lines(violation_blocks(style, page))
    yield from lines(_warnings(page.plan, style))
    yield from lines(_read(page, style))
    yield from lines(last_lines(page.plan))
    yield from lines(next_lines(style, page.next))


def summary_line(summary: Summary) -> str:
    """``Plan: 2 to create, 1 to update, …, 1 forgotten.``, parts of zero left out; "" if all are."""
    parts = (
        (summary.create, "to create"),
        (summary.update, "to update"),
        (summary.adopt, "to adopt"),
        (summary.transfer, "to transfer"),
        (summary.manual, "manual"),
        (summary.blocked, "blocked"),
        (summary.refused, "refused"),
        (summary.unreadable, "unreadable"),
        (summary.forget, "forgotten"),
    )
    told = ", ".join(f"{number} {words}" for number, words in parts if number)
    return f"Plan: {told}." if told else ""


def last_lines(plan: Plan) -> Iterator[str]:
    """What it comes to: violations, and the fixed last line; no name stands in them."""
    if plan.violations:
        yield counted(plan.violations)
    line = summary_line(plan.summary)
    if not line:
        yield NOTHING_THERE if plan.targets else NOTHING
        return
    if not plan.steps:
        yield NO_STEP
    yield line


def _forgotten(page: PlanPage, style: Style) -> tuple[Forgotten, ...]:
    return (*page.plan.forgotten, *(page.recorded if style.verbose else ()))


def _used(page: PlanPage, style: Style) -> set[str]:
    plan = page.plan
    used = {blocks.symbol(step.action) for step in plan.steps}
    rest = ((">", plan.manual), ("|", plan.blocked), ("!", plan.refusals))
    used |= {sign for sign, entries in rest if entries}
    used |= {sign for sign, entries in (("?", plan.unreadable), (".", _forgotten(page, style))) if entries}
    return used


def _legend(page: PlanPage, style: Style) -> Iterator[str]:
    used = _used(page, style)
    line = ""
    for sign, word in _LEGEND:
        if sign not in used:
            continue
        entry = f"{sign} {word}"
        if len(line) + len(entry) + 3 > style.width:
            yield f"  {line}"
            line = ""
        line += ("   " if line else "") + entry
    if line:
        yield f"  {line}"
        yield ""


def resource_blocks(page: PlanPage, style: Style) -> Iterator[str]:
    """A block per resource with an empty line after it. Steps come in the order of the plan."""
    plan = page.plan
    facts = {fact.id: fact for fact in plan.facts}
    for steps in _by_address(plan.steps).values():
        yield from blocks.step_block(style, plan, facts, steps)
        yield ""
    for manual in plan.manual:
        yield from blocks.manual_block(style, manual)
        yield ""
    for blocked in plan.blocked:
        yield from blocks.blocked_block(style, plan, blocked)
        yield ""
    for refusals in _by_address(plan.refusals).values():
        yield from blocks.refusal_block(style, page, facts, refusals)
        yield ""
    hidden = Hidden(plan)
    for address, entries in _by_address(plan.unreadable).items():
        yield from unreadable_block(style, hidden, address, entries)
        yield ""
    for forgotten in _forgotten(page, style):
        yield from blocks.forgotten_block(style, forgotten)
        yield ""


def _to_confirm(plan: Plan, style: Style) -> Iterator[str]:
    """Rights that could not be read: what each must be when the plan is applied."""
    facts = {fact.id: fact for fact in plan.facts} if plan.to_confirm else {}
    for one in plan.to_confirm:
        subject = facts[one.fact].subject if one.fact in facts else one.fact
        told = right_text(plan.apply_as, subject, one.needs)
        yield from prose(style, f"to be confirmed at apply: {told}", "  ", INDENT)
    if plan.to_confirm:
        yield ""


def _by_address(entries: Iterable[T]) -> dict[str, list[T]]:
    """One block a resource, in the order of their first entries."""
    found: dict[str, list[T]] = {}
    for entry in entries:
        found.setdefault(entry.address, []).append(entry)
    return found


def _warnings(plan: Plan, style: Style) -> Iterator[str]:
    for warning in plan.warnings:
        yield from diagnostic_lines(diagnostic_of(warning), style)
    if plan.warnings:
        yield ""


def _read(page: PlanPage, style: Style) -> Iterator[str]:
    read = page.plan.read
    what = ""
    if page.read is not None:
        projects, payers = page.read
        what = f" {count(projects, 'project')} of {count(payers, 'payer')}"
    yield f"Read{what} in {count(read.calls, 'call')}, {read.seconds:.1f} s."
    for payer in read.partial:
        text = f"The list of {payer} may be incomplete: only an ADMIN of an org sees all its projects."
        yield from prose(style, text, "")
