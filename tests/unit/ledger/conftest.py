"""A ledger of each kind: a local file, and a PostgreSQL database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.postgres import Postgres

from tests.unit.ledger.samples import Place


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where a ledger may be kept; nothing is there yet."""
    url = None
    if request.param == "server":
        url = request.getfixturevalue("postgres").new_room()
    found = Place(str(tmp_path), url)
    yield found
    found.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Place]:
    found = Place(str(tmp_path), None)
    yield found
    found.close()


@pytest.fixture
def shared(postgres: Postgres, tmp_path: Path) -> Iterator[Place]:
    found = Place(str(tmp_path), postgres.new_room())
    yield found
    found.close()
