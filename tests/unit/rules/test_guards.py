"""How much one plan may change at once."""

from __future__ import annotations

import pytest

from reconciler.model.desired import Guards
from reconciler.model.plan import Action, Step
from reconciler.rules.guards import held_back


def step(number: int, action: Action = "update", address: str | None = None) -> Step:
    before = None if action == "create" else {"id": f"project-{number}"}
    return Step(f"s{number}", address or f"projects.p{number}", action, "user-alice", before, {"name": "n"})


def keys(guards: Guards, steps: list[Step], recorded: int = 20, managed: int = 20) -> list[str | None]:
    found = list(held_back(guards, steps, recorded, managed))
    assert all((f.rule, f.address, f.verdict) == ("REG302", "guards", "refused") for f in found)
    return [finding.attribute for finding in found]


def test_more_steps_than_max_changes_are_held_back_creations_included() -> None:
    guards = Guards(max_changes=2)
    assert keys(guards, [step(1), step(2, "create")]) == []
    assert keys(guards, [step(1), step(2, "create"), step(3, "adopt")]) == ["max_changes"]


def test_the_message_tells_how_many_there_are_and_how_many_may_be() -> None:
    (found,) = held_back(Guards(max_changes=0), [step(1)], 0, 1)
    assert found.message == "this plan has 1 step: max_changes allows 0"


def test_a_percentage_counts_changes_of_what_exists_over_what_is_recorded() -> None:
    guards = Guards(max_change_percent=30)
    six = [step(n) for n in range(6)]
    assert keys(guards, six, recorded=20) == []
    assert keys(guards, [*six, step(6)], recorded=20) == ["max_change_percent"]
    assert keys(guards, [*six, step(6, "create"), step(7, "adopt")], recorded=20) == []


def test_several_steps_on_one_resource_are_one_change_of_a_percentage() -> None:
    pair = [
        step(1, "transfer", "projects.a"),
        step(2, "accept", "projects.a"),
        step(3, "update", "projects.a"),
    ]
    assert keys(Guards(max_change_percent=10), pair, recorded=10) == []


@pytest.mark.parametrize(("recorded", "held"), [(9, []), (10, ["max_change_percent"])])
def test_a_percentage_says_nothing_of_fewer_than_ten_resources(recorded: int, held: list[str]) -> None:
    assert keys(Guards(max_change_percent=0), [step(1)], recorded) == held


def test_an_emptied_workspace_is_held_back_where_that_is_written() -> None:
    guards = Guards(allow_empty=False)
    assert keys(guards, [], recorded=1, managed=0) == ["allow_empty"]
    assert keys(guards, [], recorded=0, managed=0) == []
    assert keys(guards, [], recorded=1, managed=1) == []
    assert keys(Guards(), [], recorded=1, managed=0) == []


def test_every_guard_that_is_broken_is_told() -> None:
    guards = Guards(max_changes=0, max_change_percent=0, allow_empty=False)
    assert keys(guards, [step(1)], managed=0) == ["max_changes", "max_change_percent", "allow_empty"]
