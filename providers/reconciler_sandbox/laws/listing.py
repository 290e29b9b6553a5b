"""What lies in a folder of a project or container: the route listFolder. VIEW is enough."""

from __future__ import annotations

from collections.abc import Mapping

from . import fields, folders, holders, inputs, object_fields
from .errors import Refused
from .records import Holder
from .route import Route, Table, for_each
from .view import Answer, Call, View

KEYS = frozenset({"folder", "describe", "only", "includeHidden", "hasSubfolderFlag"})

MOST = 400_000
"""Objects in one answer (the platform's documentation; which error, is inferred)."""


def list_folder(view: View, call: Call) -> Answer:
    """The objects and the full paths of the folders right in a folder; never what lies deeper.

    What ``only`` leaves out is an empty array: the official client takes both keys. With
    ``hasSubfolderFlag`` each folder is a pair of its path and whether there are folders in it (inferred
    from the name).
    """
    given = call.input
    folder = folders.normal(inputs.text(given, "folder") or folders.ROOT)
    only = inputs.one_of(given, "only", ("all", "objects", "folders"))
    hidden = inputs.flag(given, "includeHidden") or False
    flagged = inputs.flag(given, "hasSubfolderFlag") or False
    describe = fields.embedded(given)
    held = holders.holder(view, call.entity)
    folders.need(held, folder)
    return Answer(
        {
            "objects": [] if only == "folders" else _objects(view, call, folder, hidden, describe),
            "folders": [] if only == "objects" else _folders(held, folder, flagged),
        }
    )


def _objects(
    view: View, call: Call, folder: str, hidden: bool, describe: Mapping[str, object] | None
) -> list[dict[str, object]]:
    copies = [
        copy
        for copy in holders.copies_in(view, call.entity)
        if copy.folder == folder and (hidden or not view.objects[copy.object].hidden)
    ]
    if len(copies) > MOST:
        raise Refused("InvalidState", f'folder "{folder}" holds more than {MOST} objects')
    if describe is None:
        return [{"id": copy.object} for copy in copies]
    return [{"id": copy.object, "describe": object_fields.described(view, copy, describe)} for copy in copies]


def _folders(held: Holder, folder: str, flagged: bool) -> list[object]:
    below = folders.children(held, folder)
    if not flagged:
        return list(below)
    above = {folders.parent(path) for path in held.folders}
    return [[path, path in above] for path in below]


ROUTES: Table = for_each(
    ("project-", "container-"), "listFolder", Route(list_folder, KEYS, open=True, scoped=True)
)
