"""Where a ledger is kept, as it may be shown: a PostgreSQL URL without its password."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

from reconciler.model.diagnostics import error

FOLDER = ".reconciler"
FILE = "ledger.db"
HIDDEN = "***"

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_LOGIN = re.compile(r"^([a-z+]*://[^/?#]*?):([^/?#]*)@", re.IGNORECASE)
_QUERY = re.compile(r"([?&]password=)([^&#]*)", re.IGNORECASE)


def file_of(directory: str) -> str:
    """The local ledger beside the TOML."""
    return os.path.join(directory, FOLDER, FILE)


def want_url(url: str) -> str:
    """The URL in the form that SQLAlchemy takes. Raises DiagnosticsError for any other kind of URL."""
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in _SCHEMES or not separator:
        detail = 'Write [provider] ledger = "postgresql://user@host/database", or leave it out: a local file.'
        raise error("ledger", f"cannot open the ledger {shown(url)}: this is no PostgreSQL URL", detail)
    return f"postgresql+psycopg://{rest}"


def shown(url: str) -> str:
    """The URL for people's eyes."""
    return _QUERY.sub(rf"\1{HIDDEN}", _LOGIN.sub(rf"\1:{HIDDEN}@", url))


def without_password(text: str, url: str) -> str:
    """``text`` (a driver's error) without the URL's password in any spelling of it."""
    for found in (_LOGIN.search(url), _QUERY.search(url)):
        raw = found.group(2) if found else ""
        for secret in {raw, unquote(raw)} - {""}:
            text = text.replace(secret, HIDDEN)
    return text
