"""Routes that order what lies in a project or container: newFolder, renameFolder, move.

UPLOAD is enough to make a folder. That CONTRIBUTE is needed to move what is there, is inferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from . import classes, contents, folders, holders, inputs
from .effects import Put
from .errors import Refused, invalid
from .records import DATA_CLASSES, Holder
from .route import Route, Table, for_each
from .view import Answer, Call, View

FAMILIES = ("project-", "container-")
NEW_KEYS = frozenset({"folder", "parents"})
RENAME_KEYS = frozenset({"folder", "newpath"})
MOVE_KEYS = frozenset({"objects", "folders", "destination", "targetFileRelocation"})

MOST = 100_000
"""Objects in one move (the platform's documentation; which error, is inferred)."""


def new_folder(view: View, call: Call) -> Answer:
    """A folder that is there already stays: the official client repeats this call without a thought."""
    folder = folders.normal(inputs.need_text(call.input, "folder"))
    parents = inputs.flag(call.input, "parents") or False
    held = holders.holder(view, call.entity)
    holders.need_level(view, call, held, "UPLOAD")
    if not parents:
        folders.need(held, folders.parent(folder))
    after = folders.with_folder(held, folder, parents=True)
    return Answer({"id": held.id}, () if after is held else (Put(after),))


def rename_folder(view: View, call: Call) -> Answer:
    """``newpath`` is a full path, and may lie elsewhere."""
    folder = folders.normal(inputs.need_text(call.input, "folder"))
    path = folders.normal(inputs.need_text(call.input, "newpath"))
    held = holders.holder(view, call.entity)
    holders.need_level(view, call, held, "CONTRIBUTE")
    folders.need(held, folder)
    folders.need(held, folders.parent(path))
    return _moved(view, held, {}, _moves(held, [(folder, path)]))


def move(view: View, call: Call) -> Answer:
    """Objects and whole folders into another folder of the same project or container.

    All or nothing. Of folders within each other, the inner one is moved out of the outer one.
    """
    given = call.input
    wanted = list(dict.fromkeys(inputs.texts(given, "objects") or []))
    tops = [folders.normal(folder) for folder in dict.fromkeys(inputs.texts(given, "folders") or [])]
    destination = folders.normal(inputs.need_text(given, "destination"))
    for id in wanted:
        classes.need(id, "each of objects", DATA_CLASSES)
    if len(wanted) > MOST:
        raise invalid(f"at most {MOST} objects are moved at a time, not {len(wanted)}")
    held = holders.holder(view, call.entity)
    holders.need_level(view, call, held, "CONTRIBUTE")
    for id in wanted:
        contents.copy_in(view, held, id)
    for folder in (*tops, destination):
        folders.need(held, folder)
    moves = _moves(held, ((top, folders.joined(destination, folders.name(top))) for top in tops))
    return _moved(view, held, dict.fromkeys(wanted, destination), moves)


def _moves(held: Holder, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    """New paths by old ones, without those that stay the same. Raises Refused."""
    moves: dict[str, str] = {}
    for folder, path in wanted:
        if folder == folders.ROOT:
            raise invalid("the root folder cannot be moved")
        if path == folder:
            continue
        if folders.within(path, folder):
            raise invalid(f'folder "{folder}" cannot be moved into itself, to "{path}"')
        if path == folders.ROOT or path in held.folders or path in moves.values():
            raise Refused("InvalidState", f'Folder "{path}" exists already in {held.id}')
        moves[folder] = path
    return moves


def _moved(view: View, held: Holder, objects: Mapping[str, str], moves: Mapping[str, str]) -> Answer:
    """``objects``: folders of the objects that are moved by themselves. Raises Refused."""
    paths = {folder: folders.rebased(folder, moves) for folder in held.folders}
    after = tuple(sorted({folders.normal(path) for path in paths.values()}))
    before = list(holders.copies_in(view, held.id)) if moves else []
    placed = {copy.object: paths.get(copy.folder, copy.folder) for copy in before} | dict(objects)
    copies = (contents.copy_in(view, held, id) for id in placed)
    changed = [
        Put(structs.replace(copy, folder=placed[copy.object]))
        for copy in copies
        if copy.folder != placed[copy.object]
    ]
    holder = () if after == held.folders else (Put(structs.replace(held, folders=after)),)
    return Answer({"id": held.id}, (*holder, *changed))


ROUTES: Table = {
    **for_each(FAMILIES, "newFolder", Route(new_folder, NEW_KEYS, scoped=True)),
    **for_each(FAMILIES, "renameFolder", Route(rename_folder, RENAME_KEYS, scoped=True)),
    **for_each(FAMILIES, "move", Route(move, MOVE_KEYS, scoped=True)),
}
