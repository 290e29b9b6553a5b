"""A plan with nothing in it, and a step to put into it."""

from __future__ import annotations

import pytest

from reconciler.model.plan import ConfigRef, Plan, ProviderRef, ReadCost, Step, Summary, Tool


@pytest.fixture
def empty_plan() -> Plan:
    return Plan(
        format_version="1.0",
        kind="plan",
        plan_id="plan-1",
        digest="d",
        created_at="2026-01-15T09:00:00.000Z",
        tool=Tool("reconciler", "0"),
        workspace="w",
        provider=ProviderRef("dnanexus", "https://api.dnanexus.com"),
        identity="user-alice",
        config=ConfigRef("", (), None),
        applyable=True,
        summary=Summary(),
        steps=(),
        manual=(),
        blocked=(),
        refusals=(),
        unreadable=(),
        forgotten=(),
        violations=(),
        warnings=(),
        facts=(),
        read=ReadCost(0, 0.0),
    )


@pytest.fixture
def step() -> Step:
    return Step("s1", "users.user-bob", "update", "user-bob", {}, {"default_region": "aws:us-east-1"})
