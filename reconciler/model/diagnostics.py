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
