"""From the page to HTML, in pieces. The template library is loaded with the first report."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

import jinja2
from markupsafe import Markup

from reconciler.model.desired import Match
from reconciler.model.report import DriftItem
from reconciler.views.escape import safe
from reconciler.views.pages import ReportPage, Style
from reconciler.views.report import facts
from reconciler.views.report.map import world

_FOLDER = Path(__file__).parent
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%230b5f7a'/%3E%3C/svg%3E"
)
_PAGE = 100
"""Rows of a table that are shown at a time; the script has the same number."""
_AT_ONCE = 100
"""Lines of the template in one piece."""


def render(page: ReportPage, style: Style) -> Iterator[str]:  # noqa: ARG001 (each renderer takes one)
    """One HTML document; foreign text is only ever text in it."""
    estate, told = facts.Estate(page), facts.found(page.drift.report.items)
    stream = _template().stream(
        page=page,
        report=page.drift.report,
        estate=estate,
        told=told,
        sentence=facts.sentence(estate, told),
        map=world(estate.regions, page.regions),
        citations=facts.Citations(page),
        words=facts.WORDS,
        page_rows=_PAGE,
        policy=_policy(),
        css=Markup(_file("report.css")),  # files of ours
        js=Markup(_file("report.js")),
        icon=_ICON,
    )
    stream.enable_buffering(_AT_ONCE)
    yield from stream
    yield "\n"


def _policy() -> str:
    """What the page may do: its own style and its own script, and nothing from anywhere."""
    style, script = (_digest(_file(name)) for name in ("report.css", "report.js"))
    allowed = ("default-src 'none'", f"style-src {style}", f"script-src {script}", "img-src data:")
    return "; ".join((*allowed, "base-uri 'none'", "form-action 'none'"))


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@functools.cache
def _file(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(grouped=facts.grouped, counted=facts.counted, value=_value, moment=_moment)
    environment.globals.update(subject=_subject, match=_match, NOT_READABLE=facts.NOT_READABLE)
    return environment.get_template("report.html")


def _shown(value: object) -> object:
    """Names may hold anything: what moves, hides or turns text around is written out."""
    return safe(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _value(value: object) -> str:
    if value is None:
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _moment(stamp: str) -> str:
    """``2026-11-20 17:03 UTC``."""
    return f"{stamp[:10]} {stamp[11:16]} UTC"


def _match(match: Match) -> str:
    """Of which projects a policy or waiver speaks."""
    keys = ((key, getattr(match, key)) for key in match.__struct_fields__)
    return ", ".join(f"{key} {value}" for key, value in keys if value is not None) or "all"


def _subject(item: DriftItem) -> str:
    return item.address or item.id or item.policy or ""
