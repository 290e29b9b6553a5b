from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from support import coverage

_LAW = re.compile(r"L\d+")


@pytest.fixture(autouse=True)
def _covers_what_it_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test marked with a route has called it; with a switch, has set it: one that goes through
    several values may set the default among them. What a law forbids not all laws refuse: whether a
    test hangs on its law is shown by switching the law off."""
    coverage.seen.clear()
    coverage.named.clear()
    yield
    said = {name for mark in request.node.iter_markers("covers") for name in mark.args}
    touched = coverage.seen | coverage.named if hasattr(request.node, "callspec") else coverage.seen
    missing = {name for name in said if not _LAW.fullmatch(name)} - touched
    assert not missing, f"marked as covered, but not touched: {sorted(missing)}"
