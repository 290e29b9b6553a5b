"""A command that cannot go on: the exit code and the diagnostics that say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, error

if TYPE_CHECKING:
    from reconciler.provider import ProviderError


UNWRITTEN = "output-file"
"""The code of an answer that could not be written: it says nothing about what was sent."""


class Stop(Exception):
    """Ends the command with ``code`` after showing ``diagnostics``. Nothing was sent."""

    def __init__(self, code: int, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(diagnostic.summary for diagnostic in diagnostics))
        self.code = code
        self.diagnostics = diagnostics


def stop(code: int, name: str, summary: str, detail: str | None = None) -> Stop:
    """A single reason, ready to raise."""
    return Stop(code, (Diagnostic("error", name, summary, detail),))


def provider_trouble(failure: ProviderError) -> Diagnostic:
    """What a person is told of a provider that cannot be asked."""
    request = f"The platform's id of the failing call: {failure.request_id}"
    detail = "\n".join(filter(None, [failure.advice, request if failure.request_id else None]))
    return Diagnostic("error", "provider", failure.message, detail or None)


def unwritten(path: str, failure: OSError) -> DiagnosticsError:
    """A file of ``--write`` that cannot be written, ready to raise."""
    return error(UNWRITTEN, f"cannot write {path}: {failure.strerror or failure}")
