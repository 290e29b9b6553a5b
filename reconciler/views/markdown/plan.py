"""A plan as Markdown: what is wrong before what changes; ways out, texts for people, changes are folded."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import asdict

from reconciler.model.plan import Alternative, ManualStep, Plan, Refusal, Step
from reconciler.views.markdown.parts import (
    BUDGET,
    PROBLEMS,
    TAIL,
    block,
    cut,
    folded,
    item,
    mark,
    next_command,
    partial,
    plain,
    problem_item,
    table,
)
from reconciler.views.pages import PlanPage, Style
from reconciler.views.problems import problems
from reconciler.views.text.facts import right_text
from reconciler.views.text.plan import last_lines

_REGIONS = 2_000
_RIGHTS = 2_000
_WAYS = 10_000
_TEXTS = 6_000


def render(page: PlanPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ``BUDGET`` bytes: cut at whole items, and what is left out is counted."""
    plan = page.plan
    parts = [
        *_head(plan),
        cut(problem_item, problems(page), PROBLEMS),
        cut(_right, _rights(plan), _RIGHTS),
        folded("Ways out of what is refused", cut(_way, _ways(plan.refusals), _WAYS)),
        folded("Texts for people", cut(_text, plan.manual, _TEXTS)),
        *_created(plan),
    ]
    room = BUDGET - TAIL - sum(len(part.encode()) for part in parts)
    yield from parts
    yield folded("Changes", cut(_step, plan.steps, room))
    yield from next_command(page.next)


def _head(plan: Plan) -> Iterator[str]:
    yield mark("plan", workspace=plan.workspace)
    yield mark("reviewed", plan=plan.plan_id, digest=plan.digest)
    yield f"\n### Plan for {plain(plan.workspace)}\n\n"
    yield from (f"**{line}**\n\n" for line in last_lines(plan))
    counts = asdict(plan.summary)
    if any(counts.values()):
        yield table(counts)
    yield f"Plan {plain(plan.plan_id)}, digest {plain(plan.digest[:19])}\n\n"
    yield partial(plan.read.partial)


def _rights(plan: Plan) -> Iterator[str]:
    facts = {fact.id: fact for fact in plan.facts} if plan.to_confirm else {}
    for one in plan.to_confirm:
        subject = facts[one.fact].subject if one.fact in facts else one.fact
        yield right_text(plan.apply_as, subject, one.needs)


def _right(told: str) -> str:
    return f"- to be confirmed at apply: {plain(told)}\n"


def _ways(refusals: tuple[Refusal, ...]) -> Iterator[tuple[str, Alternative]]:
    return ((refusal.address, way) for refusal in refusals for way in refusal.alternatives)


def _way(one: tuple[str, Alternative]) -> str:
    address, way = one
    toml = f"\n{block(way.toml, 'toml')}" if way.toml else ""
    return f"{plain(address)}: {plain(way.text)}\n{toml}\n"


def _text(manual: ManualStep) -> str:
    unblocks = f", unblocks {plain(', '.join(manual.unblocks))}" if manual.unblocks else ""
    return f"{plain(manual.address)}, by {plain(manual.who)}{unblocks}:\n\n{block(manual.text)}\n"


def _created(plan: Plan) -> Iterator[str]:
    regions = {step.after["region"] for step in plan.steps if step.action == "create"}
    if regions:
        yield "\nCreated in regions that can never be changed:\n\n"
        yield cut(item, sorted(regions), _REGIONS)


def _step(step: Step) -> str:
    before = step.before or {}
    values = (
        f"{name} = {before[name]} → {value}" if name in before else f"{name} = {value}"
        for name, value in step.after.items()
    )
    return f"- {step.action} {plain(step.address)}: {plain(', '.join(values))}\n"
