"""Settings that creation and update of a project share: their shapes and how they fit together."""

from __future__ import annotations

from collections.abc import Mapping

from . import inputs
from .errors import invalid
from .records import FLAGS

LIMITS = ("monthlyComputeLimit", "monthlyStorageLimit", "monthlyEgressBytesLimit")
EXTRAS = (
    "allowedExecutables",
    "databaseResultsRestricted",
    "defaultSymlink",
    "httpsAppIsolatedBrowsing",
    "httpsAppIsolatedBrowsingOptions",
    *LIMITS,
)
TEXTS = ("summary", "description")
KEYS = frozenset({"name", *TEXTS, *FLAGS, *EXTRAS})


def flags(given: Mapping[str, object], before: tuple[str, ...]) -> tuple[str, ...]:
    """The flags that are on afterwards.

    The official client's tests: turning downloadRestricted on turns previewViewerRestricted on with
    it; turning the former off while the latter stays on is an error.
    """
    after = set(before)
    wanted = {name: inputs.flag(given, name) for name in FLAGS}
    if wanted["previewViewerRestricted"] is None and wanted["downloadRestricted"]:
        wanted["previewViewerRestricted"] = True
    for name, value in wanted.items():
        if value is not None:
            (after.add if value else after.discard)(name)
    if "previewViewerRestricted" in after and wanted["downloadRestricted"] is False:
        raise invalid("previewViewerRestricted must be false before downloadRestricted can be")
    return tuple(name for name in FLAGS if name in after)


def extras(given: Mapping[str, object], before: dict[str, object] | None) -> dict[str, object] | None:
    """The other settings afterwards; null takes one away."""
    named = [name for name in EXTRAS if name in given]
    if not named:
        return before
    after = dict(before or {})
    for name in named:
        value = given[name]
        _check(name, value)
        if value is None:
            after.pop(name, None)
        else:
            after[name] = value
    return after or None


def _check(name: str, value: object) -> None:
    if value is None:
        return
    if name in LIMITS or name == "databaseResultsRestricted":
        if not inputs.is_int(value) and not isinstance(value, float):
            raise invalid(f"{name} must be a number or null")
    elif name == "allowedExecutables":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid(f"{name} must be an array of strings or null")
    elif name == "httpsAppIsolatedBrowsing":
        if not isinstance(value, bool):
            raise invalid(f"{name} must be a boolean")
    elif not isinstance(value, dict):
        raise invalid(f"{name} must be a hash or null")
