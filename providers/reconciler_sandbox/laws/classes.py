"""The classes of entities, as they stand in front of an id: ``project-…``."""

from __future__ import annotations

import re
from collections.abc import Collection

from .errors import Refused

CLASSES = (
    "user",
    "org",
    "project",
    "container",
    "record",
    "file",
    "applet",
    "workflow",
    "app",
    "globalworkflow",
    "job",
    "analysis",
)
_ID = re.compile(rf"({'|'.join(CLASSES)})-.+", re.DOTALL)


def need(id: str, key: str, classes: Collection[str]) -> None:
    """The platform's documentation: the id of an entity of another class is InvalidType.

    What does not look like an id is for others to judge. ``key`` is for the message.
    """
    match = _ID.fullmatch(id)
    if match is not None and match[1] not in classes:
        raise Refused("InvalidType", f"{key} must be the id of a {' or '.join(classes)}, not {id}")
