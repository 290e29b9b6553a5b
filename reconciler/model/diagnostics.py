"""A diagnostic is a value that travels from where an error is known to where it is shown.

The fields are those of ``validate --format json``. Must not know how anything is printed.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Severity = Literal["error", "warning"]


class SourceRange(Struct, frozen=True):
    """A place in a configuration file.

    ``file`` is the path as it is shown to a person; ``line`` and ``column`` count from 1 and
    ``column`` counts characters, not bytes; ``length`` is the number of characters to mark in
    ``snippet``, the whole source line without its line end.
    """

    file: str
    line: int
    column: int
    length: int = 1
    snippet: str = ""


class Diagnostic(Struct, frozen=True):
    """One error or warning: ``summary`` alone must make sense, ``detail`` says why and what to do.

    ``code`` is a rule id (``REG002``) or a short kebab-case name (``unknown-key``).
    ``suggestion`` is the value that was probably meant ("did you mean").
    """

    severity: Severity
    code: str
    summary: str
    detail: str | None = None
    source: SourceRange | None = None
    suggestion: str | None = None


class DiagnosticEntry(Struct, frozen=True):
    """A diagnostic as documents hold it, with its place beside it; null where it has none."""

    severity: Severity
    code: str
    summary: str
    detail: str | None
    file: str | None
    line: int | None
    column: int | None
    snippet: str | None
    suggestion: str | None


def entry_of(diagnostic: Diagnostic) -> DiagnosticEntry:
    """The flat form of a diagnostic."""
    source = diagnostic.source
    return DiagnosticEntry(
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


def diagnostic_of(entry: DiagnosticEntry) -> Diagnostic:
    """The diagnostic of an entry. How much of the line was marked is not part of documents."""
    source = None
    if entry.file is not None and entry.line is not None and entry.column is not None:
        source = SourceRange(entry.file, entry.line, entry.column, 1, entry.snippet or "")
    return Diagnostic(entry.severity, entry.code, entry.summary, entry.detail, source, entry.suggestion)


class DiagnosticsError(Exception):
    """A command cannot go on; carries every diagnostic that was found, errors and warnings."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(d.summary for d in diagnostics))
        self.diagnostics = diagnostics


def error(
    code: str, summary: str, detail: str | None = None, source: SourceRange | None = None
) -> DiagnosticsError:
    """A single error, ready to raise."""
    return DiagnosticsError((Diagnostic("error", code, summary, detail, source),))
