"""What is new since an earlier run, by what it is about, its verdict and its values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.worlds import OPTIONS, Fixed, actual, desired

from reconciler.drift import drift, memory
from reconciler.model.baseline import Baseline
from reconciler.model.report import DriftItem, DriftReport, Seen, counted

EMPTY = drift(desired(), Fixed(actual()), Baseline(), OPTIONS).report
ITEM = DriftItem("projects.a", "project-1", None, "name", "drifted", "x", "x", "y", "said")
SYNC = replace(ITEM, address="projects.b", verdict="in_sync", actual="x")


def report(*items: DriftItem) -> DriftReport:
    return replace(EMPTY, items=items, summary=counted(items))


def after(*before: DriftItem, code: int = 2) -> Seen:
    return memory.seen(report(*before), code, None)


def news(found: DriftReport) -> list[bool | None]:
    return [item.new for item in found.items]


def test_without_an_earlier_run_nothing_is_called_new_and_nothing_left_out() -> None:
    assert memory.beside(report(ITEM, SYNC), None) == report(ITEM, SYNC)
    assert memory.only_new(report(ITEM, SYNC)) == report(ITEM, SYNC)


def test_what_was_so_already_is_known_and_what_is_in_sync_is_neither() -> None:
    found = memory.beside(report(ITEM, SYNC), after(ITEM))
    assert news(found) == [False, None]
    assert found.since is not None
    assert (found.since.new, found.since.known, found.since.gone) == (0, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"actual": "z"},
        {"desired": "z"},
        {"baseline": "z"},
        {"verdict": "conflict"},
        {"attribute": "bill_to"},
        {"id": "project-2"},
        {"address": "projects.c"},
        {"policy": "gdpr"},
    ],
)
def test_what_changed_in_any_value_is_new_and_the_old_one_is_gone(change: dict[str, Any]) -> None:
    found = memory.beside(report(replace(ITEM, **change)), after(ITEM))
    assert news(found) == [True]
    assert found.since is not None
    assert (found.since.new, found.since.known, found.since.gone) == (1, 0, 1)


def test_other_words_for_the_same_are_nothing_new() -> None:
    assert news(memory.beside(report(replace(ITEM, message="later")), after(ITEM))) == [False]


def test_what_is_put_right_is_gone() -> None:
    found = memory.beside(report(replace(SYNC, address="projects.a")), after(ITEM))
    assert found.since is not None
    assert (found.since.new, found.since.gone) == (0, 1)


def test_only_what_is_new_is_left_and_counted() -> None:
    other = replace(ITEM, address="projects.c", verdict="violation")
    found = memory.only_new(memory.beside(report(ITEM, SYNC, other), after(ITEM)))
    assert [item.address for item in found.items] == ["projects.c"]
    assert found.summary == counted(found.items)
    assert found.since is not None
    assert found.since.only_new


def test_what_was_last_delivered_is_kept() -> None:
    before = replace(after(ITEM), notified="said")
    assert memory.seen(report(), 0, before).notified == "said"


names = st.sampled_from(["a", "b", None])
items = st.builds(
    DriftItem, names, names, names, names, st.sampled_from(["drifted", "in_sync", "violation"]), names, names,
    names, names,
)  # fmt: skip


@given(st.lists(items, max_size=4), st.lists(items, max_size=4))
def test_a_run_beside_itself_has_nothing_new_and_the_counts_add_up(
    before: list[DriftItem], now: list[DriftItem]
) -> None:
    found = memory.beside(report(*now), after(*before))
    told = [item for item in found.items if item.verdict != "in_sync"]
    assert found.since is not None
    assert found.since.new + found.since.known == len(told)
    again = memory.beside(report(*now), after(*now))
    assert again.since is not None
    assert (again.since.new, again.since.gone) == (0, 0)
