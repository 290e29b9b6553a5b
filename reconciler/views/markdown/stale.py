"""A saved plan that no longer holds, and whether one does, as Markdown: each fact then and now."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.planfile import StaleFact, differences
from reconciler.views.markdown.parts import (
    PROBLEMS,
    cut,
    item,
    mark,
    next_command,
    plain,
    problem_item,
)
from reconciler.views.pages import CheckPage, DiagnosticsPage, StalePage, Style
from reconciler.views.problems import problems
from reconciler.views.text.check import verdict
from reconciler.views.text.facts import difference_text, maybe_text, name_text, then_text

_FILES = 5_000
_TROUBLE = 10_000


def render(page: StalePage | CheckPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ``BUDGET`` bytes: cut at whole items, and what is left out is counted."""
    yield from _stale(page) if isinstance(page, StalePage) else _checked(page)
    yield from next_command(page.next)


def _stale(page: StalePage) -> Iterator[str]:
    yield mark("stale", workspace=page.plan.workspace)
    yield f"\n### The plan for {plain(page.plan.workspace)} no longer holds\n\n"
    yield from _since(page)
    yield "\nNothing was sent. It is to be planned again.\n"


def _checked(page: CheckPage) -> Iterator[str]:
    yield mark("check", workspace=page.plan.workspace)
    holds = "still holds" if page.exit_code == 0 else "is not to be applied"
    yield f"\n### The plan for {plain(page.plan.workspace)} {holds}\n\n"
    yield f"{plain(verdict(page))}\n\n"
    found = DiagnosticsPage(tuple(diagnostic for _, diagnostic in page.trouble))
    yield cut(problem_item, problems(found), _TROUBLE)
    yield from _since(page)


def _since(page: StalePage | CheckPage) -> Iterator[str]:
    plan = page.plan
    yield f"Plan {plain(plan.plan_id)} was made {plain(plan.created_at)} by {plain(plan.identity)}.\n\n"
    yield cut(item, page.files, _FILES)
    yield cut(_fact, page.facts, PROBLEMS)


def _fact(fact: StaleFact) -> str:
    inside = "".join(f"  - {plain(difference_text(one))}\n" for one in differences(fact.then, fact.now))
    said = f"{plain(name_text(fact))} {plain(then_text(fact))}, is {plain(maybe_text(fact.now))}"
    return f"- {said} (read {plain(fact.then_at)} by {plain(fact.read_by)})\n{inside}"
