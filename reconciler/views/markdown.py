"""Markdown for the comment on a pull request: counts first, then what is wrong, then the changes, folded.

The first line is a hidden mark with the workspace, by which a later run finds its own comment again.
Foreign text stands between ``<code>`` tags with its punctuation as entities: there it is plain text
everywhere, and the platforms look for no mention and no link in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import assert_never
from urllib.parse import quote

from reconciler.model.plan import Step
from reconciler.views.escape import safe, safe_lines
from reconciler.views.pages import DiagnosticsPage, DriftPage, PlanPage, Style, ValidPage
from reconciler.views.problems import Problem, ProblemsPage, problems

BUDGET = 60_000
"""Bytes of the whole; GitHub takes 65 536 characters of a comment."""
_PROBLEMS = 40_000
_REGIONS = 2_000
_TAIL = 2_000
_PUNCTUATION = re.compile(r"[!-+.:-@\[-`{-~]")


def plain(text: str) -> str:
    """Foreign text of one line or several, as inline Markdown that shows just that text."""
    one_line = " ".join(safe_lines(text))
    return f"<code>{_PUNCTUATION.sub(lambda found: f'&#{ord(found[0])};', one_line)}</code>"


def render(page: ProblemsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ``BUDGET`` bytes: cut at whole items, and what is left out is counted."""
    parts = [*_head(page), _cut(map(_problem, problems(page)), _PROBLEMS)]
    if isinstance(page, PlanPage) and page.plan.steps:
        created = {step.after["region"] for step in page.plan.steps if step.action == "create"}
        if created:
            parts.append("\nCreated in regions that can never be changed:\n\n")
            parts.append(_cut((f"- {plain(region)}\n" for region in sorted(created)), _REGIONS))
        parts.append("\n<details><summary>Changes</summary>\n\n")
        room = BUDGET - _TAIL - sum(len(part.encode()) for part in parts)
        parts.append(_cut(map(_step, page.plan.steps), room))
        parts.append("\n</details>\n")
    yield from parts
    if isinstance(page, PlanPage | DriftPage) and page.next is not None:
        yield _cut([f"\nNext: {plain(page.next.command)}\n"], _TAIL - 100)


def _head(page: ProblemsPage) -> Iterator[str]:
    match page:
        case PlanPage(plan=plan):
            yield _mark("plan", workspace=plan.workspace)
            yield _mark("reviewed", plan=plan.plan_id, digest=plan.digest)
            yield f"\n### Plan for {plain(plan.workspace)}\n\n"
            counts = {name: getattr(plan.summary, name) for name in plan.summary.__struct_fields__}
            yield _table(counts)
            yield f"Plan {plain(plan.plan_id)}, digest {plain(plan.digest[:19])}\n\n"
            yield _partial(plan.read.partial)
        case DriftPage(report=report):
            yield _mark("drift", workspace=report.workspace)
            yield f"\n### Drift of {plain(report.workspace)}\n\n"
            yield _table(report.summary)
            yield _partial(report.read.partial)
        case DiagnosticsPage():
            yield _mark("diagnostics")
            errors = sum(one.severity == "error" for one in page.diagnostics)
            yield "\n### Errors and warnings\n\n"
            yield _table({"errors": errors, "warnings": len(page.diagnostics) - errors})
            if page.closing:
                yield f"{plain(page.closing)}\n\n"
        case ValidPage():
            yield _mark("validate", workspace=page.workspace)
            yield f"\n### {plain(page.workspace)} is valid\n\n"
            yield _table({"files": page.files, "projects": page.projects, "warnings": len(page.warnings)})
        case _:
            assert_never(page)


def _mark(kind: str, **fields: str) -> str:
    """A hidden line; no value in it can end the comment."""
    told = "".join(
        f" {name}={quote(safe(value), safe='').replace('-', '%2D')}" for name, value in fields.items()
    )
    return f"<!-- reconciler:{kind}{told} -->\n"


def _table(counts: dict[str, int]) -> str:
    shown = {name.replace("_", " "): number for name, number in counts.items() if number}
    if not shown:
        return "Nothing found.\n\n"
    rows = "".join(f"| {name} | {number} |\n" for name, number in shown.items())
    return f"| what | count |\n|---|---:|\n{rows}\n"


def _partial(payers: Iterable[str]) -> str:
    return _cut((f"- The list of {plain(payer)} may be incomplete.\n" for payer in payers), 4_000)


def _problem(problem: Problem) -> str:
    source = problem.source
    place = f" at {plain(f'{source.file}:{source.line}:{source.column}')}" if source else ""
    return f"- **{problem.level}** {plain(problem.code)}{place}: {plain(problem.message)}\n"


def _step(step: Step) -> str:
    values = ", ".join(f"{name} = {value}" for name, value in step.after.items())
    return f"- {step.action} {plain(step.address)}: {plain(values)}\n"


def _cut(items: Iterable[str], room: int) -> str:
    """The first items that fit into so many bytes, and how many more there are."""
    kept: list[str] = []
    left = 0
    for item in items:
        room -= len(item.encode())
        if left or room < 0:
            left += 1
        else:
            kept.append(item)
    return "".join(kept) + (f"- and {left} more\n" if left else "")
