"""A command that cannot go on: the exit code and the diagnostics that say why."""

from __future__ import annotations

from reconciler.model.diagnostics import Diagnostic


class Stop(Exception):
    """Ends the command with ``code`` after showing ``diagnostics``. Nothing was sent."""

    def __init__(self, code: int, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(diagnostic.summary for diagnostic in diagnostics))
        self.code = code
        self.diagnostics = diagnostics


def stop(code: int, name: str, summary: str, detail: str | None = None) -> Stop:
    """A single reason, ready to raise."""
    return Stop(code, (Diagnostic("error", name, summary, detail),))
