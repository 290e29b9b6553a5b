"""An estate of 100 000 projects in every format: what is held at once does not grow with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from reconciler.model.diagnostics import SourceRange
from reconciler.model.plan import ConfigRef, Plan, ProviderRef, ReadCost, Refusal, Step, Tool
from reconciler.model.report import DriftItem, DriftReport, EstateRow, StepReport, counted
from reconciler.planfile import dumps
from reconciler.views.markdown.parts import BUDGET
from reconciler.views.pages import DriftPage, Header, PlanPage, StepPage, Style
from reconciler.views.registry import formats, render

COUNT = 3_000
LARGEST = 70_000
"""Bytes that may be in hand at once: what a comment may have, and a little."""


def items() -> Iterator[DriftItem]:
    for number in range(COUNT):
        ident = f"project-{number:024}"
        yield DriftItem(f"projects.p{number}", ident, None, "name", "drifted", "a", "a", "b\x1b<|", None)
        yield DriftItem(None, ident, "gdpr", None, "violation", None, None, "aws:x", "is in aws:x")


def estate() -> Iterator[EstateRow]:
    for number in range(COUNT):
        ident = f"project-{number:024}"
        yield EstateRow(ident, "=x", "aws:x", f"org-{number}", "VIEW", "", None, None, None, "unmanaged")


def places(address: str | None, attribute: str | None) -> SourceRange:
    return SourceRange("lab.toml", 1, 1, 1, f"{address} {attribute}")


@pytest.fixture(scope="module")
def report() -> DriftReport:
    found = tuple(items())
    where, made = ProviderRef("dnanexus", "x"), ConfigRef("", (), None)
    tool, cost = Tool("reconciler", "0"), ReadCost(1, 0.0)
    when = "2026-11-20T17:03:00.000Z"
    return DriftReport(
        "1.0", "drift", when, tool, "w", where, "user-alice", made, counted(found), found, cost
    )


@pytest.mark.parametrize("name", formats(DriftPage))
def test_drift_of_a_large_estate_is_told_in_small_pieces(
    name: str, report: DriftReport, header: Header
) -> None:
    page = DriftPage(report, header, 3, places=places, estate=estate)
    assert max(len(piece.encode()) for piece in render(name, page, Style())) <= LARGEST


@pytest.mark.parametrize("name", formats(PlanPage))
def test_a_large_plan_is_told_in_small_pieces(
    name: str, page: Callable[..., PlanPage], full_plan: Plan, refusal: Refusal, create: Step
) -> None:
    refusals = tuple(replace(refusal, address=f"projects.p{number}") for number in range(COUNT))
    plan = replace(full_plan, refusals=refusals, steps=(create,) * COUNT)
    pieces = list(render(name, page(plan, places=places), Style()))
    assert max(len(piece.encode()) for piece in pieces) <= LARGEST
    if name == "json":
        assert "".join(pieces) == dumps(plan).decode()


@pytest.mark.parametrize("name", ["markdown", "github"])
def test_what_is_shown_in_a_small_place_is_small_whatever_the_estate(
    name: str, report: DriftReport, header: Header
) -> None:
    """And only for what is shown is its place looked for."""
    looked: list[str | None] = []

    def looking(address: str | None, attribute: str | None) -> SourceRange:
        looked.append(address)
        return places(address, attribute)

    text = "".join(render(name, DriftPage(report, header, 3, places=looking), Style()))
    assert len(text.encode()) <= BUDGET
    assert "more" in text
    assert len(looked) < 500


def test_the_events_of_an_apply_are_one_line_each(create: Step) -> None:
    done = StepReport("s1", "projects.a", "create", "done", "project-J1")
    for one in (StepPage(create, "now"), StepPage(create, "now", done)):
        (line,) = render("ndjson", one, Style())
        assert line.endswith("\n")
        assert json.loads(line)["hook"]["step"] == "s1"
