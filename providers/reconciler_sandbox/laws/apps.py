"""Apps and global workflows by their ids, names, versions and tags, as far as the caller may see them.

The platform's documentation: ``app-bwa`` is the version with the tag ``default``, ``app-bwa/1.0.0`` that
version, ``app-bwa/TAG`` the one with that tag; global workflows likewise. A version is its developers'
alone until it is published.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import rights
from .errors import denied, not_found
from .records import App
from .view import Call, View

FAMILIES = ("app-", "globalworkflow-")
DEFAULT = "default"
"""The tag of the version that the bare name means."""


def resolved(view: View, call: Call, written: str) -> App:
    """The version that ``written``, the id in a path, means.

    Raises Refused. By name, a version that the caller may not see is ResourceNotFound: the official
    client takes this for "there is none yet". By id, it is PermissionDenied, as for projects.
    """
    app = view.apps.get(written)
    if app is not None:
        if not rights.may_use_app(view, call, app):
            raise denied(f"{call.user or 'the anonymous user'} may not see {written}")
        return app
    series, _, alias = written.partition("/")
    for app in _meant(view, series, alias):
        if rights.may_use_app(view, call, app):
            return app
    raise not_found(written)


def _meant(view: View, series: str, alias: str) -> Iterator[App]:
    """What may be meant, likeliest first. A bare name whose default version cannot be seen means the
    newest published one, then the newest (inferred)."""
    if series not in view.series:
        return
    tagged = view.series[series].aliases.get(alias or DEFAULT)
    if tagged is not None:
        yield view.apps[tagged]
    newest_first = versions(view, series)
    if alias:
        yield from (app for app in newest_first if app.version == alias)
    else:
        yield from (app for app in newest_first if app.published is not None)
        yield from newest_first


def versions(view: View, series: str) -> list[App]:
    """All versions, the newest first."""
    found = [view.apps[id] for _, id in view.versions_of(series)]
    return sorted(found, key=age, reverse=True)


def age(app: App) -> tuple[int, str]:
    """To sort versions by, the oldest first."""
    return app.created, app.id
