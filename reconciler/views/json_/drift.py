"""A drift report as JSON, its items one after the other: an estate has 100 000 of them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent

import msgspec
from msgspec.structs import replace

from reconciler.model.report import DriftItem
from reconciler.views.escape import safe_json
from reconciler.views.json_.document import document
from reconciler.views.pages import DriftPage, Style

_EMPTY = '  "items": []'


def render(page: DriftPage, style: Style) -> Iterator[str]:
    """The report as it is, with the items that are in sync."""
    report = page.report
    if style.one_line or not report.items:
        yield from document(report, style.one_line)
        return
    (around,) = document(replace(report, items=()))
    before, _, after = around.partition(_EMPTY)
    yield f'{before}  "items": [\n'
    yield from _items(report.items)
    yield f"  ]{after}"


def _items(items: tuple[DriftItem, ...]) -> Iterator[str]:
    last = len(items) - 1
    for number, item in enumerate(items):
        encoded = msgspec.json.format(msgspec.json.encode(item), indent=2).decode()
        yield indent(safe_json(encoded), "    ") + ("\n" if number == last else ",\n")
