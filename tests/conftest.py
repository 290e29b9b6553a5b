"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from mutation.laws import switch_off_as_asked

pytest_plugins = ["support.watch"]

if TYPE_CHECKING:
    from support.postgres import Postgres

# A busy machine makes drawing slow; that is no finding about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

switch_off_as_asked()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started for the first test that asks for it."""
    from support.postgres import running

    with running() as server:
        yield server
