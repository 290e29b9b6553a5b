"""Diagnostics as JSON: one shape for ``validate`` and for an error of any command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from reconciler.model.diagnostics import Diagnostic, Severity
from reconciler.views.json_.document import document
from reconciler.views.pages import DiagnosticsPage, Style, ValidPage


class Entry(Struct, frozen=True):
    """A diagnostic with its place beside it; null where it has none."""

    severity: Severity
    code: str
    summary: str
    detail: str | None
    file: str | None
    line: int | None
    column: int | None
    snippet: str | None
    suggestion: str | None


class Validation(Struct, frozen=True):
    kind: Literal["validate"]
    valid: bool
    diagnostics: tuple[Entry, ...]


def render(page: DiagnosticsPage | ValidPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """Valid as long as no diagnostic is an error."""
    found = page.warnings if isinstance(page, ValidPage) else page.diagnostics
    valid = all(diagnostic.severity != "error" for diagnostic in found)
    yield from document(Validation("validate", valid, tuple(map(entry, found))))


def entry(diagnostic: Diagnostic) -> Entry:
    """The flat form of a diagnostic."""
    source = diagnostic.source
    return Entry(
        diagnostic.severity,
        diagnostic.code,
        diagnostic.summary,
        diagnostic.detail,
        source.file if source else None,
        source.line if source else None,
        source.column if source else None,
        source.snippet if source else None,
        diagnostic.suggestion,
    )
