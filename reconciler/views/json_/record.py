"""Small documents (catalogues, version, notes) as JSON: ``kind`` and then what the page holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import structs

from reconciler.views import pages
from reconciler.views.json_.document import document

_KINDS: dict[type, str] = {
    pages.RegionsPage: "regions",
    pages.RulePage: "rule",
    pages.RulesPage: "rules",
    pages.VersionPage: "version",
    pages.HistoryPage: "history",
    pages.RunPage: "run",
}


def render(page: pages.Page, style: pages.Style) -> Iterator[str]:  # noqa: ARG001 (one shape for all)
    """The page's own fields, without what only a text needs."""
    fields: dict[str, Any] = {
        name: value for name, value in structs.asdict(page).items() if name not in ("header", "next")
    }
    kind = _KINDS.get(type(page))
    yield from document(fields if kind is None else {"kind": kind, **fields})
