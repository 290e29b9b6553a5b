"""CSV of the estate, for a spreadsheet: RFC 4180, a row for each project, and one for each payer who may have
more than could be listed. An error has a head of its own.

A spreadsheet takes some cells for formulas: those get an apostrophe in front. Where its language writes a
decimal comma it cuts at semicolons instead, wherever quotes stand: what follows one may be a cell, too.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import DiagnosticsPage, DriftPage, Style

_FORMULA = re.compile('(^|;"*)(?=[=+@＝＋－＠-])')
_UNREADABLE = "(unreadable)"
_ESTATE = ("id", "name", "region", "bill_to", "address", "verdict", "policies", "waiver", "created_at")
_ERRORS = ("severity", "code", "summary", "detail", "file", "line")


def render(page: DriftPage | DiagnosticsPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (one shape for every renderer)
    """A row at a time, the head first."""
    for cells in _of_estate(page) if isinstance(page, DriftPage) else _of_failure(page):
        yield _line(cells)


def _of_estate(page: DriftPage) -> Iterator[Iterable[str]]:
    yield _ESTATE
    for row in page.estate() if page.estate else ():
        read = (_UNREADABLE if text is None else text for text in (row.name, row.region, row.bill_to))
        policies = " ".join(row.policies)
        yield (row.id, *read, row.address or "", row.verdict, policies, row.waiver or "", row.created_at)
    for payer in page.report.read.partial:
        yield (_UNREADABLE, _UNREADABLE, _UNREADABLE, payer, "", "unreadable", "", "", "")


def _of_failure(page: DiagnosticsPage) -> Iterator[Iterable[str]]:
    yield _ERRORS
    for one in page.diagnostics:
        file, line = (one.source.file, str(one.source.line)) if one.source else ("", "")
        yield one.severity, one.code, one.summary, one.detail or "", file, line


def _line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def _cell(text: str) -> str:
    return _FORMULA.sub(r"\1'", safe(text))
