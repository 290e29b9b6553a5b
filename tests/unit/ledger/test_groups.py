"""What waits while something is written goes into the next transaction together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from reconciler.ledger.groups import GroupWriter


class Slow:
    """A commit that waits for a word."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.failure: Exception | None = None

    def __call__(self, works: Sequence[str]) -> None:
        self.groups.append(list(works))
        self.begun.set()
        assert self.go_on.wait(60)
        if self.failure is not None:
            raise self.failure


def test_all_that_waits_is_written_in_one_transaction_and_nobody_returns_before_its_end() -> None:
    commit = Slow()
    writer = GroupWriter(commit)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(writer.write, "first", 60)
        assert commit.begun.wait(60)
        others = [pool.submit(writer.write, f"w{number}", 60) for number in range(5)]
        while writer._jobs.qsize() < 5:
            assert not any(one.done() for one in (first, *others))
        commit.go_on.set()
        assert all(one.result(60) for one in (first, *others))
    writer.stop(60)
    assert commit.groups[0] == ["first"]
    assert sorted(commit.groups[1]) == [f"w{number}" for number in range(5)]


def test_an_error_goes_to_each_of_the_group_and_the_next_group_is_written() -> None:
    commit = Slow()
    commit.failure = OSError("full")
    writer = GroupWriter(commit)
    commit.go_on.set()
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            writer.write("one", 60)
    commit.failure = None
    assert writer.write("two", 60)
    writer.stop(60)


def test_who_has_waited_long_enough_is_told_that_nothing_is_known() -> None:
    commit = Slow()
    writer = GroupWriter(commit)
    assert not writer.write("one", 0.01)
    commit.go_on.set()
    writer.stop(60)
    assert commit.groups == [["one"]]
