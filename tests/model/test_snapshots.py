"""Snapshots made from records are what the real client reads: on this the whole proof rests."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from model.random_worlds import LARGE, SMALL, Size
from model.reading import both_ways


@given(st.randoms(use_true_random=False), st.sampled_from([SMALL, LARGE]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_snapshot_made_from_records_is_what_the_client_reads(rng: Random, size: Size, more: bool):
    made, read = both_ways(rng, size, more=more)
    assert made == read
