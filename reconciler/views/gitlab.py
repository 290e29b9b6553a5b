"""A Code Quality report of GitLab: one JSON list, shown in a merge request.

GitLab wants a file of each entry: what has no place is told at the folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from reconciler.views.escape import safe_json
from reconciler.views.pages import Style
from reconciler.views.problems import Level, Problem, ProblemsPage, problems

_SEVERITIES: dict[Level, Literal["critical", "major", "info"]] = {
    "error": "critical",
    "warning": "major",
    "note": "info",
}


class Lines(Struct, frozen=True):
    begin: int


class Location(Struct, frozen=True):
    path: str
    lines: Lines


class Entry(Struct, frozen=True):
    """GitLab takes two entries with one fingerprint for the same."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def render(page: ProblemsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """An entry a line."""
    before = "["
    for problem in problems(page):
        yield f"{before}\n{safe_json(msgspec.json.encode(_entry(problem)).decode())}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _entry(problem: Problem) -> Entry:
    source = problem.source
    path = source.file.encode("utf-8", "backslashreplace").decode() if source else "."
    return Entry(
        problem.text,
        problem.code,
        problem.fingerprint,
        _SEVERITIES[problem.level],
        Location(path, Lines(source.line if source else 1)),
    )
