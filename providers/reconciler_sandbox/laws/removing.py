"""Routes that take data out of a project or container: removeFolder, removeObjects.

CONTRIBUTE is needed (inferred), and ADMINISTER where the project is protected. An object that lies in
no other project or container is gone for good.
"""

from __future__ import annotations

from msgspec import structs

from . import classes, contents, folders, holders, inputs
from .effects import Put
from .errors import Refused, invalid
from .records import DATA_CLASSES, Copy, Holder, Level, Project, copy_id
from .route import Route, Table, for_each
from .view import Answer, Call, View

FAMILIES = ("project-", "container-")
FOLDER_KEYS = frozenset({"folder", "recurse", "force", "partial"})
OBJECTS_KEYS = frozenset({"objects", "force"})

MOST = 10_000
"""Objects in one call (the platform's documentation; which error, is inferred)."""


def remove_folder(view: View, call: Call) -> Answer:
    """``force``: no error where there is no such folder. ``partial``: no more than ``MOST`` objects are
    removed at a time; ``completed`` then says whether the folder is gone.

    The root stays; with ``recurse``, with which the official client asks for it, it is emptied.
    """
    given = call.input
    folder = folders.normal(inputs.need_text(given, "folder"))
    recurse, force, partial = (inputs.flag(given, key) or False for key in ("recurse", "force", "partial"))
    if folder == folders.ROOT and not recurse:
        raise invalid("the root folder cannot be removed")
    held = holders.holder(view, call.entity)
    _may_remove(view, call, held)
    done: dict[str, object] = {"id": held.id} | ({"completed": True} if partial else {})
    if folder != folders.ROOT and folder not in held.folders:
        if force:
            return Answer(done)
        raise folders.missing(held, folder)
    copies = list(contents.within(view, held, folder))
    if not recurse and (copies or any(folders.children(held, folder))):
        raise Refused("InvalidState", f'Folder "{folder}" in {held.id} is not empty')
    if len(copies) > MOST:
        if not partial:
            raise Refused("InvalidState", f'Folder "{folder}" in {held.id} holds more than {MOST} objects')
        return Answer({"id": held.id, "completed": False}, contents.removed(view, held, copies[:MOST]))
    kept = tuple(path for path in held.folders if not folders.within(path, folder))
    after = structs.replace(held, folders=kept)
    return Answer(done, (*contents.removed(view, held, copies), Put(after)))


def remove_objects(view: View, call: Call) -> Answer:
    """``force``: no error for objects that are not there."""
    given = call.input
    wanted = inputs.texts(given, "objects")
    force = inputs.flag(given, "force") or False
    if wanted is None:
        raise invalid("objects is required")
    for id in wanted:
        classes.need(id, "each of objects", DATA_CLASSES)
    if len(wanted) > MOST:
        raise invalid(f"at most {MOST} objects are removed at a time, not {len(wanted)}")
    held = holders.holder(view, call.entity)
    _may_remove(view, call, held)
    copies: list[Copy] = [
        contents.copy_in(view, held, id)
        for id in dict.fromkeys(wanted)
        if not force or copy_id(id, held.id) in view.copies
    ]
    return Answer({"id": held.id}, contents.removed(view, held, copies))


def _may_remove(view: View, call: Call, held: Holder) -> None:
    protected = isinstance(held, Project) and "protected" in held.flags
    level: Level = "ADMINISTER" if protected else "CONTRIBUTE"
    holders.need_level(view, call, held, level)


ROUTES: Table = {
    **for_each(FAMILIES, "removeFolder", Route(remove_folder, FOLDER_KEYS, scoped=True)),
    **for_each(FAMILIES, "removeObjects", Route(remove_objects, OBJECTS_KEYS, scoped=True)),
}
