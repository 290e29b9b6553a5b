"""Drift on random worlds, held against their dumps; ``make prove-drift`` runs a thousand."""

from __future__ import annotations

from typing import get_args

from model.prove_drift import prove

from reconciler.model.report import DriftVerdict


def test_drift_names_each_difference_with_its_verdict_and_calls_nothing_else_in_sync() -> None:
    assert set(prove(range(30, 90))) == set(get_args(DriftVerdict))
