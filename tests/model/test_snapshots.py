"""Snapshots made from records are what the real client reads: on this the whole proof rests."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from model.random_worlds import LARGE, SMALL, Size
from model.reading import both_ways


@given(st.integers(0, 10**9), st.sampled_from([SMALL, LARGE]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_snapshot_made_from_records_is_what_the_client_reads(seed: int, size: Size, more: bool):
    made, read = both_ways(Random(seed), size, more=more)
    assert made == read
