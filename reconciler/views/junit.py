"""JUnit XML, for the test page of a pipeline: a suite for each kind, a case for what is not in order.

What is in order is one case with a count, whose name never changes: a pipeline keeps the history of a name.
What XML cannot hold is shown as TOML and JSON write it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Literal, assert_never
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

from reconciler.model.report import WORST_FIRST, StepReport
from reconciler.views.escape import safe, safe_lines
from reconciler.views.pages import (
    ApplyPage,
    DiagnosticsPage,
    DriftPage,
    PlanPage,
    StalePage,
    Style,
    ValidPage,
)
from reconciler.views.problems import Kind, Problem, ProblemsPage, level_of, problems
from reconciler.views.stale import as_errors

Outcome = Literal["failure", "error", "skipped", "passed"]
JUnitPage = ProblemsPage | ApplyPage | StalePage

_KINDS: tuple[Kind, ...] = ("resources", "policies", "configuration")
_STEPS: dict[str, Outcome] = {"done": "passed", "failed": "failure", "uncertain": "error"}
"""Of a step's result; one that was not attempted is skipped."""


class Case(Struct, frozen=True):
    """``type`` is a rule id, the name of a diagnostic or a verdict; ``text`` may have several lines."""

    name: str
    outcome: Outcome
    text: str
    type: str = ""
    seconds: float = 0.0


class Suite(Struct, frozen=True):
    """``cases`` makes them anew: they are counted first, for there may be 100 000."""

    name: str
    counts: Counter[Outcome]
    cases: Callable[[], Iterator[Case]]


def render(page: JUnitPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A case at a time."""
    command, suites = _suites(page)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="reconciler {command}">\n'
    for suite in suites:
        name, counts = f"{command}.{suite.name}", suite.counts
        yield (
            f'<testsuite name="{name}" tests="{counts.total()}" failures="{counts["failure"]}"'
            f' errors="{counts["error"]}" skipped="{counts["skipped"]}">\n'
        )
        for case in suite.cases():
            yield from _xml(case, name)
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _suites(page: JUnitPage) -> tuple[str, list[Suite]]:
    match page:
        case ApplyPage(report=ended):
            beside = _of_problems(DiagnosticsPage(ended.problems), {})
            return "apply", [*_of_steps(ended.steps), *beside]
        case StalePage():
            return "apply", _of_problems(as_errors(page), {})
        case PlanPage(plan=plan):
            done = f"{plan.summary.unchanged} in sync, {len(plan.steps)} steps can be carried out"
            return "plan", _of_problems(page, {"resources": done})
        case DriftPage(report=report):
            fine = (name for name in WORST_FIRST if level_of(name) == "note")
            told = ", ".join(f"{report.summary.get(name, 0)} {name.replace('_', ' ')}" for name in fine)
            return "drift", _of_problems(page, {"resources": told})
        case ValidPage():
            read = f"{page.projects} projects, {page.orgs} orgs, {page.users} users in {page.files} files"
            return "validate", _of_problems(page, {"configuration": read})
        case DiagnosticsPage():
            return "errors", _of_problems(page, {})
        case _:
            assert_never(page)


def _of_steps(steps: tuple[StepReport, ...]) -> list[Suite]:
    if not steps:
        nothing = Case("in order", "passed", "nothing to be done")
        return [Suite("steps", Counter([nothing.outcome]), lambda: iter((nothing,)))]
    return [Suite("steps", Counter(map(_outcome_of_step, steps)), lambda: map(_of_step, steps))]


def _of_problems(page: ProblemsPage, fine: dict[Kind, str]) -> list[Suite]:
    """A suite for each kind that has anything. ``fine``: what is to be said of those that are in order."""
    counts: defaultdict[Kind, Counter[Outcome]] = defaultdict(Counter)
    for problem in problems(page):
        if _shown(page, problem):
            counts[problem.kind][_outcome(problem)] += 1
    for kind in fine:
        counts[kind]["passed"] += 1

    def cases(kind: Kind) -> Callable[[], Iterator[Case]]:
        def of_kind() -> Iterator[Case]:
            if kind in fine:
                yield Case("in order", "passed", fine[kind])
            yield from (_case(one) for one in problems(page) if one.kind == kind and _shown(page, one))

        return of_kind

    return [Suite(kind, counts[kind], cases(kind)) for kind in _KINDS if counts[kind]]


def _shown(page: ProblemsPage, problem: Problem) -> bool:
    """Notes of drift (unmanaged projects, for one) are counted, not listed: but for what cannot be read."""
    return problem.level != "note" or problem.code == "unreadable" or not isinstance(page, DriftPage)


def _outcome(problem: Problem) -> Outcome:
    if problem.code == "unreadable":
        return "skipped" if problem.level == "note" else "error"
    if problem.kind == "configuration":
        return "error" if problem.level == "error" else "passed"
    if problem.code in ("manual", "blocked"):
        return "skipped"
    return "passed" if problem.level == "note" or problem.code == "waiver-expiring" else "failure"


def _case(problem: Problem) -> Case:
    source = problem.source
    place = f"{source.file}:{source.line}:{source.column}" if source else ""
    name = f"{problem.code} {problem.about or place}".rstrip()
    text = f"{problem.message}\nat {place}" if place else problem.message
    return Case(name, _outcome(problem), text, problem.code)


def _outcome_of_step(step: StepReport) -> Outcome:
    return _STEPS.get(step.result, "skipped")


def _of_step(step: StepReport) -> Case:
    said = (step.result.replace("_", " "), step.id, step.message, step.error_type, step.request_id)
    text = "\n".join(filter(None, said))
    name = f"{step.action} {step.address}"
    return Case(name, _outcome_of_step(step), text, step.error_type or step.result, step.seconds)


def _xml(case: Case, suite: str) -> Iterator[str]:
    name, text = quoteattr(safe(case.name)), escape("\n".join(safe_lines(case.text)))
    time = f' time="{case.seconds:.3f}"' if case.seconds else ""
    yield f'<testcase classname="{suite}" name={name}{time}>\n'
    if case.outcome == "passed":
        yield f"<system-out>{text}</system-out>\n"
    else:
        message = quoteattr(safe(case.text.partition("\n")[0]))
        kind = quoteattr(safe(case.type))
        yield f"<{case.outcome} type={kind} message={message}>{text}</{case.outcome}>\n"
    yield "</testcase>\n"
