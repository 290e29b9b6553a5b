"""The embedded platform with the WORLD of a file of tests, if it has one, and a client on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import minimum
from support.official import Client
from support.sandbox import Served, served


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(getattr(request.module, "WORLD", minimum.WORLD), encoding="utf-8")
    with served(path, "--control", "--switch", "rate_limit=0") as running:
        yield running


@pytest.fixture
def alice(server: Served, tmp_path: Path) -> Client:
    """In a fresh world: tests leave things behind."""
    server.control("reset")
    return Client(server, tmp_path / "alice", "alice")
