"""Whether a saved plan may be applied now, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from reconciler.model.actual import FactValue
from reconciler.model.diagnostics import DiagnosticEntry, entry_of
from reconciler.model.knowledge import Absent, Maybe, Unreadable
from reconciler.planfile import Difference, StaleFact, differences
from reconciler.views.json_.document import document
from reconciler.views.pages import CheckPage, Style


class Trouble(Struct, frozen=True):
    """Something that is wrong, with the exit code that it stands for."""

    exit_code: int
    diagnostic: DiagnosticEntry


class Value(Struct, frozen=True):
    """As in a plan: ``value`` is null unless ``state`` is "known"."""

    state: Literal["known", "absent", "unreadable"]
    value: Any = None


class ChangedFact(Struct, frozen=True):
    """A fact of the plan that is no longer so. ``read_at`` and ``read_by``: when it was, and who saw it."""

    id: str
    subject: str
    attribute: str
    then: Value
    now: Value
    read_at: str
    read_by: str
    differences: tuple[Difference, ...]


class Checked(Struct, frozen=True):
    """``at_target`` are ids of steps that have nothing left to do."""

    format_version: str
    kind: Literal["check"]
    plan_id: str
    workspace: str
    signed_by: str | None
    holds: bool
    exit_code: int
    errors: tuple[Trouble, ...]
    files: tuple[str, ...]
    facts: tuple[ChangedFact, ...]
    facts_read: int
    at_target: tuple[str, ...]


def render(page: CheckPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """All that was found, in the order in which it is told."""
    yield from document(
        Checked(
            "1.0",
            "check",
            page.plan.plan_id,
            page.plan.workspace,
            page.header.signed_by,
            page.exit_code == 0,
            page.exit_code,
            tuple(Trouble(code, entry_of(diagnostic)) for code, diagnostic in page.trouble),
            page.files,
            tuple(map(_changed, page.facts)),
            page.facts_read,
            tuple(step.id for step in page.at_target),
        )
    )


def _changed(fact: StaleFact) -> ChangedFact:
    return ChangedFact(
        fact.id,
        fact.subject,
        fact.attribute,
        _value(fact.then),
        _value(fact.now),
        fact.then_at,
        fact.read_by,
        differences(fact.then, fact.now),
    )


def _value(value: Maybe[FactValue]) -> Value:
    if isinstance(value, Absent):
        return Value("absent")
    return Value("unreadable") if isinstance(value, Unreadable) else Value("known", value)
