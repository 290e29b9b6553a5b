"""Annotations of GitHub: workflow commands, printed by a step and shown at the lines of a pull request.

GitHub shows ten of a level for each step; what is left out here is counted in the last one.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import Style
from reconciler.views.problems import Level, Problem, ProblemsPage, problems

MOST = 10
_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(page: ProblemsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """At most ten commands a level, a line each."""
    seen: dict[Level, int] = dict.fromkeys(_COMMANDS, 0)
    last: dict[Level, Problem] = {}
    for problem in problems(page):
        seen[problem.level] += 1
        if seen[problem.level] < MOST:
            yield _command(problem)
        else:
            last.setdefault(problem.level, problem)
    for level, problem in last.items():
        left = seen[level] - MOST + 1
        yield _command(problem) if left == 1 else f"::{_COMMANDS[level]} title=reconciler::and {left} more\n"


def _command(problem: Problem) -> str:
    source = problem.source
    place = f"file={_property(source.file)},line={source.line},col={source.column}," if source else ""
    message = _data(problem.text)
    return f"::{_COMMANDS[problem.level]} {place}title={_property(problem.code)}::{message}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(safe(text)).replace(":", "%3A").replace(",", "%2C")
