"""Describing many entities in one call: results in the order of the input, an error in its place.

The shape is that of ``/system/describeDataObjects``, which the official client uses; that describeProjects
has it too is inferred, and so is that there is such a route at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec import structs

from . import fields, inputs, projects, rights
from .errors import Refused, invalid
from .records import Project
from .route import Route, Table
from .view import Answer, Call, View

PROJECTS_KEYS = frozenset({"projects", "objects", "describe"})
MOST = 1000

T = TypeVar("T")


def described(
    given: Mapping[str, object],
    key: str,
    find: Callable[[str], T],
    show: Callable[[T, Mapping[str, object]], Mapping[str, object]],
) -> Answer:
    """``key``: of the array of ids, or of hashes with ``id`` and perhaps ``describe``; ``objects`` is
    another name for it. ``describe`` beside the array is for all that name none of their own. What
    ``find`` refuses is an error in its place; what ``show`` refuses, a selection of fields of a wrong
    shape, is one of the call."""
    common = fields.embedded(given) or {}
    results: list[dict[str, object]] = []
    for entry in entries(given, key):
        id, own = inputs.need_text(entry, "id"), fields.embedded(entry)
        try:
            found = find(id)
        except Refused as refused:
            results.append(in_place(refused))
        else:
            results.append({"describe": show(found, common if own is None else own)})
    return Answer({"results": results})


def entries(given: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """The array at ``key``, or at ``objects``, with a hash for each bare id."""
    named = given.get(key, given.get("objects"))
    if not isinstance(named, list) or len(named) > MOST:
        raise invalid(f"{key} must be an array of at most {MOST} ids or hashes with id")
    return [each if isinstance(each, dict) else {"id": each} for each in named]


def in_place(refused: Refused) -> dict[str, object]:
    """The error of one entry among the results."""
    error = {"type": refused.type, "message": refused.message}
    return {"error": error, "statusCode": refused.status}


def describe_projects(view: View, call: Call) -> Answer:
    def find(id: str) -> Project:
        return rights.see(view, call, id, recipient=True)

    def show(project: Project, given: Mapping[str, object]) -> Mapping[str, object]:
        return projects.describe(view, structs.replace(call, entity=project.id, input=given)).body

    return described(call.input, "projects", find, show)


ROUTES: Table = {
    ("system", "describeProjects"): Route(
        describe_projects,
        PROJECTS_KEYS,
        open=True,
        scoped=True,
        there=lambda switches: switches.describe_projects == "on",
    ),
}
