"""SARIF 2.1.0, for code scanning: what has a place is a result, anything else a notification.

A result is at most one of ``MOST``, which is what GitHub takes of a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

import msgspec

from reconciler.views.escape import safe_json
from reconciler.views.pages import Style
from reconciler.views.problems import Problem, ProblemsPage, problems

MOST = 25_000
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(page: ProblemsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """One run; a result a line. The list is gone through twice and never held, for it may be long."""
    codes, placed, unplaced = set[str](), 0, list[Problem]()
    for problem in problems(page):
        codes.add(problem.code)
        if problem.source is not None:
            placed += 1
        elif len(unplaced) < MOST:
            unplaced.append(problem)
    if placed > MOST:
        left = f"and {placed - MOST} more, for which there is no room in one file"
        unplaced.append(Problem("warning", "cut", left))
    driver = {"name": "reconciler", "rules": [_rule(code) for code in sorted(codes)]}
    failed = any(problem.level == "error" for problem in unplaced)
    invocation = {"executionSuccessful": not failed, "toolExecutionNotifications": [*map(_note, unplaced)]}
    head = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "invocations": [invocation]}
    opening = _json({"$schema": _SCHEMA, "version": "2.1.0"})[:-1]
    yield f'{opening},"runs":[{_json(head)[:-1]},"results":['
    before = "\n"
    for problem in islice((one for one in problems(page) if one.source is not None), MOST):
        yield before + _json(_result(problem))
        before = ",\n"
    yield "\n]}]}\n"


def _rule(code: str) -> dict[str, object]:
    from reconciler import rules

    rule = rules.find(code)
    if rule is None:
        return {"id": code, "shortDescription": {"text": code.replace("-", " ")}}
    return {"id": code, "shortDescription": {"text": rule.title}, "help": {"text": rule.text}}


def _note(problem: Problem) -> dict[str, object]:
    about = {"descriptor": {"id": problem.code}, "level": problem.level}
    return {**about, "message": {"text": problem.text}}


def _result(problem: Problem) -> dict[str, object]:
    source = problem.source
    assert source is not None
    region = {"startLine": source.line, "startColumn": source.column}
    if source.length > 1:
        region["endColumn"] = source.column + source.length
    physical = {"artifactLocation": _artifact(source.file), "region": region}
    return {
        "ruleId": problem.code,
        "level": problem.level,
        "message": {"text": problem.text},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"reconciler/v1": problem.fingerprint},
    }


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path, errors="replace")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _json(value: object) -> str:
    return safe_json(msgspec.json.encode(value).decode())
