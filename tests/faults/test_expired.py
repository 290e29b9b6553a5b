"""A token that expires while an apply still reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.mixed import is_write
from faults.nearby import NearbyStory
from reconciler_sandbox.faults.record import Fault


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many there are before the first write of an apply that nothing disturbs."""
    story = NearbyStory(tmp_path_factory.mktemp("calm"))
    assert story.apply().code == 0
    return next(number for number, call in enumerate(story.calls()) if is_write(call["route"]))


def test_whichever_read_meets_an_expired_token_nothing_is_sent_and_it_says_how_to_get_another(
    tmp_path: Path, reads: int
) -> None:
    assert reads > 20
    for number in range(1, reads + 1):
        story = NearbyStory(tmp_path / str(number))
        story.play(Fault("*", "expire_token", "before", nth=number))
        ran = story.apply()
        assert (number, ran.code, story.struck(), story.writes()) == (number, 1, 1, [])
        assert "answered InvalidAuthentication (401)" in ran.err
        assert "`dx login`" in ran.err
        assert ran.err.endswith("1 error. Nothing was sent.\n")


def test_a_plan_whose_last_read_by_somebody_meets_an_expired_token_is_none(tmp_path: Path) -> None:
    story = NearbyStory(tmp_path)
    story.play(Fault("/user-alice/describe", "expire_token", "before", nth=2))
    ran = story.run("plan")
    assert (ran.code, ran.out, story.struck()) == (1, "", 1)
    assert "/user-alice/describe answered InvalidAuthentication (401)" in ran.err
    assert "`dx login`" in ran.err
