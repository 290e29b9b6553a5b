"""The region catalogue as a table; with a payer: what that payer may use and does use."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.escape import safe
from reconciler.views.pages import RegionRow, RegionsPage, Style
from reconciler.views.text.layout import first_lines, lines, prose
from reconciler.views.text.table import table


def render(page: RegionsPage, style: Style) -> Iterator[str]:
    """A row a region."""
    yield from lines(_lines(page, style))


def _lines(page: RegionsPage, style: Style) -> Iterator[str]:
    if page.header is not None:
        yield from first_lines(style, page.header)
        yield ""
    headers = ["provider", "code", "name", "status"]
    if page.payer is None:
        rows = [[r.provider, r.code, r.name, r.status] for r in page.regions]
    else:
        # Without the names: with them a row is wider than 80 columns.
        headers = ["code", "status", "permitted", "default", "price list", "projects"]
        rows = [
            [r.code, r.status, _yes(r.permitted), _yes(r.default), _yes(r.priced), _number(r)]
            for r in page.regions
        ]
        yield f"Regions of {safe(page.payer)}"
        yield ""
    yield from table(headers, rows)
    for note in page.notes:
        yield from prose(style, note, "")


def _yes(value: bool | None) -> str:
    return "?" if value is None else "yes" if value else ""


def _number(row: RegionRow) -> str:
    return "?" if row.projects is None else str(row.projects or "")
