"""The platform's answers about data and executables, and the data objects that they link to.

A link is a hash ``{"$dnanexus_link": …}`` around an object's id, or around a hash with ``id``. Hashes with
other keys refer to what a job or a workflow's input will give: they name no object yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from reconciler.model.actual import Level

LINK = "$dnanexus_link"
_OBJECT = re.compile(r"(record|file|applet|workflow|database)-[0-9A-Za-z]{24}", re.ASCII)


class ContainerDescription(Struct, rename="camel"):
    """Of a project or a container; a project tells the caller's ``level``, a container of a run its
    ``project``."""

    region: str | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    restricted: bool | UnsetType = UNSET
    contains_phi: bool | UnsetType = field(name="containsPHI", default=UNSET)
    project: str | UnsetType | None = UNSET


class ListedContainer(Struct):
    id: str
    describe: ContainerDescription | UnsetType = UNSET


class Containers(Struct):
    results: list[ListedContainer]


class RunSpec(Struct, rename="camel"):
    bundled_depends: list[Any] | None = None
    bundled_depends_by_region: dict[str, list[Any] | None] | None = None


class Stage(Struct, rename="camel"):
    executable: str | None = None
    input: Any = None
    system_requirements: Any = None


class ObjectDescription(Struct, rename="camel"):
    """Of a file, record, applet or workflow."""

    state: str | UnsetType = UNSET
    hidden: bool = False
    links: list[Any] = []
    run_spec: RunSpec | None = None
    input_spec: list[Any] | None = None
    inputs: list[Any] | None = None
    stages: list[Stage] | None = None


class AppDescription(Struct, rename="camel"):
    """Of an app or a global workflow. ``region``: that of which the rest speaks."""

    id: str
    bill_to: str | UnsetType = UNSET
    region: str | None = None
    regional_options: dict[str, dict[str, Any]] | UnsetType = UNSET
    run_spec: RunSpec | None = None
    input_spec: list[Any] | None = None


class Found(Struct):
    id: str
    project: str


class FoundObjects(Struct):
    results: list[Found]


CONTAINER = msgspec.json.Decoder(ContainerDescription)
CONTAINERS = msgspec.json.Decoder(Containers)
OBJECT = msgspec.json.Decoder(ObjectDescription)
APP = msgspec.json.Decoder(AppDescription)
HELD_BY = msgspec.json.Decoder(dict[str, Level])
FOUND = msgspec.json.Decoder(FoundObjects)


def linked(value: object) -> tuple[str, ...]:
    """Ids of the data objects that a value links to, however deep, each once, sorted."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            target = item.get(LINK)
            inner = target.get("id") if isinstance(target, dict) else target
            if isinstance(inner, str) and _OBJECT.fullmatch(inner):
                found.add(inner)
            elif target is None:
                waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return tuple(sorted(found))


def defaults(spec: Iterable[Any] | None) -> tuple[str, ...]:
    """Ids of the data objects that an input specification has as defaults."""
    return linked([entry.get("default") for entry in spec or () if isinstance(entry, dict)])


def instance_types(stages: Iterable[Stage]) -> tuple[str, ...]:
    """That the stages of a workflow ask for, at any entry point."""
    found: set[str] = set()
    for stage in stages:
        wanted = stage.system_requirements
        for entry in wanted.values() if isinstance(wanted, dict) else ():
            name = entry.get("instanceType") if isinstance(entry, dict) else None
            if isinstance(name, str):
                found.add(name)
    return tuple(sorted(found))
