"""How two plans differ, as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import AgainstPage, Style


def render(page: AgainstPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """The two files and each entry that differs."""
    yield from document(
        {
            "format_version": "1.0",
            "kind": "against",
            "file": page.name,
            "against": page.other,
            "differences": page.differences,
        }
    )
