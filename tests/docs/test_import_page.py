"""docs/import.md is what ``import`` and ``snapshot`` print and write today."""

from __future__ import annotations

from pathlib import Path

from docs.importing import PAGE, renewed


def test_the_page_shows_this_session(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == renewed(page, tmp_path), "run `make import-session`, and review what has changed"
