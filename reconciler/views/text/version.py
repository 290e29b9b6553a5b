"""The version on one line."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.views.pages import Style, VersionPage


def render(page: VersionPage, style: Style) -> Iterator[str]:
    """``reconciler 0.1.0``; with ``style.verbose`` the interpreter too."""
    yield f"{page.name} {page.version}" + (f" (Python {page.python})" if style.verbose else "") + "\n"
