"""docs/refusals.md is what the tool says and does today."""

from __future__ import annotations

from docs.refusals import CASES, PAGE, page


def test_the_worked_refusals_are_those_of_the_tool() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make refusals`, and review what has changed"


def test_at_least_ten_rules_are_worked_through_once_each() -> None:
    ids = [case.rule for case in CASES]
    assert len(ids) >= 10
    assert sorted(set(ids)) == ids
