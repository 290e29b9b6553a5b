"""What a describe of a project shows, field by field.

The defaults are those that the official client and its tests need; ``properties`` and
``permissions`` come only when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import contents, fields, files, folders
from .records import FLAGS, Project
from .view import View

Getter = Callable[[Project, str], object]
"""From a project and the caller's level on it to the value of one field."""


def _flag(name: str) -> Getter:
    return lambda project, _: name in project.flags


def _extra(name: str) -> Getter:
    return lambda project, _: (project.extras or {}).get(name)


def _constant(value: object) -> Getter:
    return lambda _project, _level: value


GETTERS: Mapping[str, Getter] = {
    "id": lambda project, _: project.id,
    "class": _constant("project"),
    "name": lambda project, _: project.name,
    "summary": lambda project, _: project.summary,
    "description": lambda project, _: project.description,
    "region": lambda project, _: project.region,
    "billTo": lambda project, _: project.bill_to,
    "level": lambda _, level: level,
    "version": lambda project, _: project.version,
    **{name: _flag(name) for name in FLAGS},
    "databaseResultsRestricted": _extra("databaseResultsRestricted"),
    "created": lambda project, _: project.created,
    "modified": lambda project, _: project.modified,
    "createdBy": lambda project, _: {"user": project.created_by},
    "sponsoredDataUsage": _constant(0),
    "totalSponsoredEgressBytes": _constant(0),
    "consumedSponsoredEgressBytes": _constant(0),
    "storageCost": _constant(0),
    "atSpendingLimit": _constant(False),
    "tags": lambda project, _: project.tags,
    "allowedExecutables": _extra("allowedExecutables"),
    "defaultSymlink": _extra("defaultSymlink"),
    "pendingTransfer": lambda project, _: project.pending_transfer,
    "properties": lambda project, _: project.properties,
    "permissions": lambda project, _: project.members,
    "folders": lambda project, _: (folders.ROOT, *project.folders),
    "appCaches": _constant({}),
    "fileUploadParameters": _constant(files.UPLOAD_PARAMETERS),
    "monthlyComputeLimit": _extra("monthlyComputeLimit"),
    "monthlyStorageLimit": _extra("monthlyStorageLimit"),
    "monthlyEgressBytesLimit": _extra("monthlyEgressBytesLimit"),
    "httpsAppIsolatedBrowsing": _extra("httpsAppIsolatedBrowsing"),
    "httpsAppIsolatedBrowsingOptions": _extra("httpsAppIsolatedBrowsingOptions"),
}

_OF_CONTENTS: Mapping[str, Callable[[View, Project], object]] = {
    "dataUsage": contents.usage,
    "objects": lambda view, project: len(view.held_by(project.id)),
}

LEGACY = ("properties", "permissions", "folders", "appCaches")
_ON_REQUEST = (
    *LEGACY,
    "objects",
    "fileUploadParameters",
    "monthlyComputeLimit",
    "monthlyStorageLimit",
    "monthlyEgressBytesLimit",
    "httpsAppIsolatedBrowsing",
    "httpsAppIsolatedBrowsingOptions",
)
NAMES = (*GETTERS, *_OF_CONTENTS)
DEFAULTS = tuple(name for name in NAMES if name not in _ON_REQUEST)
DESCRIBE_KEYS = frozenset({"fields", "defaultFields", *LEGACY})

BASIC = frozenset({"id", "class", "name", "region", "billTo", "created", "modified", "level"})
"""Shown of a project to the ADMIN of its payer who has no access to it."""

ADMIN_ONLY = "pendingTransfer"
"""Shown to those who administer the project and to the one whom it is offered."""


def _getter(view: View, name: str) -> Getter:
    of_contents = _OF_CONTENTS.get(name)
    return GETTERS[name] if of_contents is None else lambda project, _: of_contents(view, project)


class Describer:
    """One selection of fields, made once, then applied to many projects."""

    def __init__(self, view: View, given: Mapping[str, object], names: tuple[str, ...] = NAMES) -> None:
        chosen = fields.chosen(given, names, DEFAULTS, LEGACY, view.switches)
        self._all = tuple((name, _getter(view, name)) for name in chosen)
        self._members = tuple(pair for pair in self._all if pair[0] != ADMIN_ONLY)
        self._basic = tuple(pair for pair in self._all if pair[0] in BASIC)

    def full(self, project: Project, level: str) -> dict[str, object]:
        """All that a caller of that level may see."""
        pairs = self._all if level == "ADMINISTER" else self._members
        return {name: get(project, level) for name, get in pairs}

    def offered(self, project: Project, level: str) -> dict[str, object]:
        """What the recipient of the pending transfer sees."""
        return {name: get(project, level) for name, get in self._all}

    def basic(self, project: Project, level: str) -> dict[str, object]:
        return {name: get(project, level) for name, get in self._basic}
