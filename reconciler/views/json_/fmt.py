"""Which files ``fmt`` changes, as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.json_.document import document
from reconciler.views.pages import FormatPage, Style


def render(page: FormatPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (JSON has no layout)
    """How many files were looked at, and the names of those that change or were changed."""
    names = [file.path for file in page.changed]
    yield from document({"kind": "fmt", "files": page.files, "written": page.written, "changed": names})
