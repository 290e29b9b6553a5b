"""A slice of the matrix: each trouble once on each ledger, at another call each. ``make faults`` does all."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.matrix import FAULTS, KILLS, run


@pytest.mark.parametrize("ledger", ["sqlite", "postgresql"])
def test_whatever_goes_wrong_at_a_call_the_next_run_ends_as_if_nothing_had(tmp_path: Path, ledger: str):
    found = list(run(quick=True, folder=tmp_path, ledgers=(ledger,)))
    assert len(found) == len(KILLS) + len(FAULTS)
    assert [(one.trouble, one.call, one.wrong) for one in found if one.wrong] == []
