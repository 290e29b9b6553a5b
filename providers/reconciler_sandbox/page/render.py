"""From the platform to the bytes of the page. The template library is loaded with the first page."""

from __future__ import annotations

import base64
import functools
import hashlib
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import jinja2
from markupsafe import Markup

from reconciler_sandbox.platform import Platform, moment

from .estate import estate
from .laws import LAWS
from .query import Query
from .recent import SHOWN, last_calls

_FOLDER = Path(__file__).parent
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%230b5f7a'/%3E%3C/svg%3E"
)


def page(platform: Platform, asked: Mapping[str, str]) -> bytes:
    """HTML that is well-formed XML too. ``asked``: what stands behind the question mark."""
    query = Query.of(asked)
    text = _template().render(
        estate=estate(platform.state, query),
        calls=last_calls(platform.log, refused_only=query.calls == "refused"),
        calls_shown=SHOWN,
        query=query,
        laws=LAWS,
        now=moment(platform.now),
        style=Markup(_style()),  # a file of ours
        icon=_ICON,
    )
    return text.encode("utf-8", "replace")


@functools.cache
def headers() -> Mapping[str, str]:
    """No script, nothing from anywhere else, and no page of somebody else's around this one."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    policy = (
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(policy),
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


@functools.cache
def _style() -> str:
    return (_FOLDER / "page.css").read_text(encoding="utf-8")


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
    environment.filters.update(day=_day, cut=_cut)
    return environment.get_template("page.html")


def _shown(value: object) -> object:
    """Names may hold anything; what no document can hold is shown as such."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return "".join("\N{REPLACEMENT CHARACTER}" if _unfit(char) else char for char in value)
    return value


def _unfit(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs") or char in "\ufffe\uffff"


def _day(ms: int) -> str:
    return moment(ms)[:10]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length] + "…"
