"""Data and executables as a provider reports them: read only where a question asks about them.

A data object has one region, that of whatever holds it, and may lie in many projects. What may be
done with it depends on who asks: what each identity sees is kept apart. Must not know how anything
is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

if TYPE_CHECKING:
    from reconciler.model.actual import FactKey, FactValue, Level

NOT_ASKED = Unreadable("not read")


class Container(Struct, frozen=True):
    """A project or container as what holds data.

    ``exists`` is False when the platform says that there is none. ``restricted``: nothing may be
    cloned out of it; ``contains_phi``: only to where that may be too (a container has the flags of
    its project). ``levels``: by identity. ``unclosed`` and ``unclosed_hidden`` are ids of objects in
    it that cannot be cloned yet, read only for ``Scope.contents``.
    """

    id: str
    exists: bool | Unreadable
    region: str | Unreadable
    restricted: bool | Unreadable
    contains_phi: bool | Unreadable
    levels: dict[str, Level]
    read_by: str
    unclosed: tuple[str, ...] | Unreadable = NOT_ASKED
    unclosed_hidden: tuple[str, ...] | Unreadable = NOT_ASKED


class DataObject(Struct, frozen=True):
    """A file, record, applet or workflow.

    exists:          False when the platform says that there is none.
    regions:         where it lies, as far as an identity at hand sees what holds it.
    held_by:         identity → the projects and containers where it sees the object.
    links:           ids of what its details link to: the hidden ones go along with a clone.
    bundled_depends: ids of what an applet bundles.
    inputs:          ids of the default inputs of an applet, or of what a workflow binds.
    stages:          executables of a workflow's stages.
    instance_types:  that these stages ask for.
    """

    id: str
    exists: bool | Unreadable
    regions: tuple[str, ...] | Unreadable
    held_by: dict[str, tuple[str, ...]]
    read_by: str
    state: str | Unreadable = NOT_ASKED
    hidden: bool | Unreadable = NOT_ASKED
    links: tuple[str, ...] | Unreadable = NOT_ASKED
    bundled_depends: tuple[str, ...] | Unreadable = NOT_ASKED
    inputs: tuple[str, ...] | Unreadable = NOT_ASKED
    stages: tuple[str, ...] | Unreadable = NOT_ASKED
    instance_types: tuple[str, ...] | Unreadable = NOT_ASKED


class AppRegion(Struct, frozen=True):
    """An app or global workflow in one region: the applet or workflow behind it, and what the app
    itself says of that one's needs, for those who may not see it."""

    behind: Maybe[str]
    bundled_depends: tuple[str, ...] | Unreadable
    inputs: tuple[str, ...] | Unreadable


class App(Struct, frozen=True):
    """A version of an app or global workflow; ``id`` is what was asked for, a name too.

    ``usable``: by identity; Unreadable where the name means another version to that identity.
    ``regions``: by region, where it is enabled.
    """

    id: str
    exists: bool | Unreadable
    usable: dict[str, bool | Unreadable]
    bill_to: str | Unreadable
    regions: dict[str, AppRegion] | Unreadable
    read_by: str


Datum: TypeAlias = Container | DataObject | App

_OF_CONTAINERS = ("exists", "region", "restricted", "contains_phi", "unclosed", "unclosed_hidden")
_OF_OBJECTS = (
    "exists",
    "regions",
    "state",
    "hidden",
    "links",
    "bundled_depends",
    "inputs",
    "stages",
    "instance_types",
)
_OF_APPS = ("exists", "bill_to")
_BY_REGION = ("behind", "bundled_depends", "inputs")

ATTRIBUTES = frozenset(
    {*_OF_CONTAINERS, *_OF_OBJECTS, *_OF_APPS, *_BY_REGION, "held_by", "usable"}
    - {"exists", "region", "bill_to"}
)
"""Attributes that only a datum has."""


def value_of(datum: Datum, key: FactKey) -> Maybe[FactValue] | None:
    """The attribute of that key; None where such a datum has none of the name."""
    match datum:
        case Container():
            if key.attribute == "level":
                return datum.levels.get(key.identity, "NONE")
            return _plain(datum, key.attribute, _OF_CONTAINERS)
        case DataObject():
            if key.attribute == "held_by":
                return datum.held_by.get(key.identity, ())
            return _plain(datum, key.attribute, _OF_OBJECTS)
        case App():
            return _of_app(datum, key)


def _plain(datum: Datum, attribute: str, known: tuple[str, ...]) -> Maybe[FactValue] | None:
    if attribute not in known:
        return None
    value: Maybe[FactValue] = getattr(datum, attribute)
    return value


def _of_app(app: App, key: FactKey) -> Maybe[FactValue] | None:
    attribute, _, region = key.attribute.partition(":")
    if attribute == "usable":
        return app.usable.get(key.identity, False)
    if attribute == "regions":
        return app.regions if isinstance(app.regions, Unreadable) else tuple(sorted(app.regions))
    if attribute in _BY_REGION:
        if isinstance(app.regions, Unreadable):
            return app.regions
        enabled = app.regions.get(region)
        value: Maybe[FactValue] = ABSENT if enabled is None else getattr(enabled, attribute)
        return value
    return _plain(app, attribute, _OF_APPS)
