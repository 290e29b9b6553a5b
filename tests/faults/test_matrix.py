"""A slice of the matrix: each trouble once, on the ledgers in turn. ``make faults`` does all."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.matrix import LEDGERS, Calm, Slice, disturbed, run, undisturbed
from faults.nearby import NearbyStory
from faults.troubles import FAULTS, HINDRANCES, KILLS, Trouble


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Calm:
    return undisturbed(NearbyStory(tmp_path_factory.mktemp("calm")))


@pytest.mark.parametrize(("turn", "ledger"), list(enumerate(LEDGERS)))
def test_whatever_goes_wrong_at_a_call_the_next_run_ends_as_if_nothing_had(
    tmp_path: Path, turn: int, ledger: str
) -> None:
    troubles = (*KILLS, *FAULTS)[turn :: len(LEDGERS)]
    part = Slice((ledger,), troubles, quick=True)
    found = list(run(part, tmp_path))
    assert len(found) == len(troubles)
    assert [(one.trouble, one.call, one.wrong) for one in found if one.wrong] == []


@pytest.mark.parametrize("trouble", HINDRANCES, ids=lambda trouble: trouble.name)
def test_a_lost_login_a_lost_right_and_a_rival_are_reported_at_each_call_and_the_next_apply_goes_on(
    tmp_path: Path, calm: Calm, trouble: Trouble
) -> None:
    part = Slice(("sqlite",), (trouble,))
    for _, _, number in part.places():
        found = disturbed(NearbyStory(tmp_path / str(number)), calm.place(trouble, number), calm.world)
        assert (number, found.wrong) == (number, ())
