"""Diagnostics as JSON: one shape for ``validate`` and for an error of any command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from reconciler.model.diagnostics import DiagnosticEntry, entry_of
from reconciler.views.json_.document import document
from reconciler.views.pages import DiagnosticsPage, Style, ValidPage


class Validation(Struct, frozen=True):
    kind: Literal["validate"]
    valid: bool
    diagnostics: tuple[DiagnosticEntry, ...]


def render(page: DiagnosticsPage | ValidPage, style: Style) -> Iterator[str]:
    """Valid as long as no diagnostic is an error."""
    found = page.warnings if isinstance(page, ValidPage) else page.diagnostics
    valid = all(diagnostic.severity != "error" for diagnostic in found)
    yield from document(Validation("validate", valid, tuple(map(entry_of, found))), style.one_line)
