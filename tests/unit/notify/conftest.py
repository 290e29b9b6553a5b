"""Somebody who is notified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.hooks import Hooks, hooks


@pytest.fixture
def hook() -> Iterator[Hooks]:
    with hooks() as make:
        yield make
