"""Errors and warnings as text: all at once, each with its place, its source line and what was meant."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.diagnostics import Diagnostic
from reconciler.views.escape import columns, safe
from reconciler.views.pages import DiagnosticsPage, Style
from reconciler.views.text.layout import count, lines, paint, prose
from reconciler.views.text.snippet import place, snippet


def render(page: DiagnosticsPage, style: Style) -> Iterator[str]:
    """Every diagnostic in the order given, then how many errors there are in how many files."""
    for diagnostic in page.diagnostics:
        yield from lines(diagnostic_lines(diagnostic, style))
    yield from lines(_closing(page))


def diagnostic_lines(diagnostic: Diagnostic, style: Style) -> Iterator[str]:
    """One diagnostic: its place and summary, its source line, its detail."""
    source = diagnostic.source
    severity = paint(style, diagnostic.severity, diagnostic.severity)
    opening = f"{place(source)}: " if source else ""
    yield f"{opening}{severity}: {safe(diagnostic.summary)}"
    meant = f'did you mean "{diagnostic.suggestion}"?' if diagnostic.suggestion else ""
    if source is not None and source.snippet:
        yield from snippet(style, source, meant)
    elif meant:
        yield f"  {safe(meant)}"
    for paragraph in (diagnostic.detail or "").splitlines():
        # A line that is laid out (TOML to paste) stays as it is; prose is wrapped.
        if paragraph.startswith((" ", "[")) or columns(paragraph) <= style.width - 2:
            yield f"  {safe(paragraph)}".rstrip()
        else:
            yield from prose(style, paragraph, "  ")


def _closing(page: DiagnosticsPage) -> Iterator[str]:
    errors = [d for d in page.diagnostics if d.severity == "error"]
    warnings = len(page.diagnostics) - len(errors)
    files = {d.source.file for d in errors if d.source}
    if not page.closing and not files:
        return
    parts = []
    if errors:
        parts.append(count(len(errors), "error") + (f" in {count(len(files), 'file')}" if files else ""))
    if warnings:
        parts.append(count(warnings, "warning"))
    tally = ", ".join(parts) + ". " if parts else ""
    yield ""
    yield f"{tally}{page.closing or ''}".rstrip()
