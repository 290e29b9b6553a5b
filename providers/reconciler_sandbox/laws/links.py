"""Links to data objects inside inputs, details and specifications.

The platform's documentation: a link is a hash ``{"$dnanexus_link": …}`` around an object's id, or around
a hash with ``id`` and ``project``. Hashes with other keys refer to what a job, a stage or a workflow's
input will give; they name no object yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from .errors import invalid
from .records import DATA_CLASSES

KEY = "$dnanexus_link"
_OBJECT = re.compile(rf"(?:{'|'.join(DATA_CLASSES)}|database)-[0-9A-Za-z]{{24}}")


class Link(Struct, frozen=True):
    """``project``: the project or container that the link names, if it names one."""

    id: str
    project: str | None = None


def target(value: object) -> Link | None:
    """What the hash links to; None for a reference to something that is no object yet. Raises Refused."""
    inner = value.get(KEY) if isinstance(value, dict) else value
    if isinstance(inner, str) and _OBJECT.fullmatch(inner):
        return Link(inner)
    if isinstance(inner, dict):
        if "id" not in inner:
            return None
        id, project = inner["id"], inner.get("project")
        if isinstance(id, str) and _OBJECT.fullmatch(id) and (project is None or isinstance(project, str)):
            return Link(id, project)
    raise invalid(f"{inner} is no link to a data object")


def inside(value: object) -> Iterator[Link]:
    """The links in a value, however deep, in no special order."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and KEY in item:
            link = target(item)
            if link is not None:
                yield link
        elif isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)


def ids(value: object) -> tuple[str, ...]:
    """Of the objects that a value links to, each once, sorted."""
    return tuple(sorted({link.id for link in inside(value)}))
