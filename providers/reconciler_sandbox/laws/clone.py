"""Cloning: data objects and folders into another project or container of the same region.

The platform's documentation: VIEW on the source and UPLOAD on the destination; nothing leaves a restricted
source; what contains PHI goes only where PHI may be. A clone has the id of its original, but a name, a
folder, tags and properties of its own. Nothing has been cloned if anything is refused (inferred).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, structs

from . import classes, contents, folders, holders, inputs, regions
from .effects import Put
from .errors import Refused, denied
from .records import DATA_CLASSES, Copy, Holder, copy_id
from .route import Route, Table, for_each
from .view import Answer, Call, View

KEYS = frozenset({"project", "objects", "folders", "destination", "parents", "targetFileRelocation"})

CLASH = "If cloned, a folder would conflict with the route of an existing folder"
"""The platform's own message, as the official client's tests have it."""


class _Asked(Struct, frozen=True):
    project: str
    objects: list[str]
    folders: list[str]
    destination: str
    parents: bool


def clone(view: View, call: Call) -> Answer:
    """``exists`` names the objects that were there already and stay as they are.

    To clone nothing is no error: the official client does it for an empty folder. Raises Refused.
    """
    asked = _asked(call.input)
    source = holders.holder(view, call.entity)
    destination = holders.see(view, call, asked.project)
    _may_leave(view, source, destination)
    holders.need_level(view, call, destination, "UPLOAD")
    regions.cloned_within_a_region(source, destination)
    for folder in asked.folders:
        folders.need(source, folder)
    after = folders.with_folder(destination, asked.destination, parents=asked.parents)
    tops = _tops(source, destination, asked)
    copies = _copies(view, source, asked, tops)
    exists = [copy.object for copy in copies if copy_id(copy.object, destination.id) in view.copies]
    new = [copy for copy in copies if copy_id(copy.object, destination.id) not in view.copies]
    after = _with_folders(after, source, tops)
    return Answer(
        {"id": source.id, "project": destination.id, "exists": exists},
        (
            *(() if after is destination else (Put(after),)),
            *(Put(structs.replace(copy, holder=destination.id)) for copy in new),
        ),
    )


def _asked(given: Mapping[str, object]) -> _Asked:
    project = inputs.need_text(given, "project")
    classes.need(project, "project", ("project", "container"))
    objects = inputs.texts(given, "objects") or []
    for id in objects:
        classes.need(id, "each of objects", DATA_CLASSES)
    wanted = [folders.normal(folder) for folder in inputs.texts(given, "folders") or []]
    inputs.flag(given, "targetFileRelocation")
    return _Asked(
        project=project,
        objects=list(dict.fromkeys(objects)),
        folders=list(dict.fromkeys(wanted)),
        destination=folders.normal(inputs.text(given, "destination") or folders.ROOT),
        parents=inputs.flag(given, "parents") or False,
    )


def _may_leave(view: View, source: Holder, destination: Holder) -> None:
    if source.id == destination.id:
        return
    flags = holders.flags(view, source)
    if "restricted" in flags:
        raise denied(f"{source.id} is restricted: nothing can be cloned out of it")
    if "containsPHI" in flags and "containsPHI" not in holders.flags(view, destination):
        raise denied(f"{source.id} contains PHI, but {destination.id} may not: nothing can be cloned there")


def _tops(source: Holder, destination: Holder, asked: _Asked) -> dict[str, str]:
    """Where the folders asked for go, by their paths in the source. Raises Refused.

    The platform's documentation: the root is no folder of its own in the destination, its contents are
    cloned right into the folder there.
    """
    tops: dict[str, str] = {}
    for folder in asked.folders:
        if folder == folders.ROOT:
            tops[folder] = asked.destination
        for top in folders.children(source, folder) if folder == folders.ROOT else (folder,):
            tops[top] = folders.joined(asked.destination, folders.name(top))
    made = [path for folder, path in tops.items() if folder != folders.ROOT]
    for path in made:
        if path in destination.folders or made.count(path) > 1:
            raise Refused("InvalidState", f"{CLASH}: {path} in {destination.id}")
    return tops


def _with_folders(holder: Holder, source: Holder, tops: Mapping[str, str]) -> Holder:
    """The destination with all folders that are cloned."""
    cloned = (folder for folder in source.folders if any(folders.within(folder, top) for top in tops))
    paths = {folders.normal(folders.rebased(folder, tops)) for folder in cloned}
    return structs.replace(holder, folders=tuple(sorted({*holder.folders, *paths}))) if paths else holder


def _copies(view: View, source: Holder, asked: _Asked, tops: Mapping[str, str]) -> list[Copy]:
    """What is cloned, in its new folders, once each. Raises Refused.

    The platform's documentation: hidden objects that what is cloned links to go along, and so does what
    an applet bundles, as far as the source holds it; hidden objects of a cloned folder go only so.
    What goes along keeps its place in a cloned folder, or comes into the destination's folder.
    """
    wanted = [contents.copy_in(view, source, id) for id in _found(view, source, asked.objects)]
    inside = [
        copy
        for copy in (holders.copies_in(view, source.id) if tops else ())
        if any(folders.within(copy.folder, top) for top in tops)
    ]
    start = [copy.object for copy in wanted]
    start += [copy.object for copy in inside if not view.objects[copy.object].hidden]
    places = {copy.object: folders.rebased(copy.folder, tops) for copy in inside}
    places |= {copy.object: asked.destination for copy in wanted}
    return [
        structs.replace(contents.copy_in(view, source, id), folder=places.get(id, asked.destination))
        for id in contents.reached(view, source, start)
        if _closed(view, id)
    ]


def _found(view: View, source: Holder, objects: list[str]) -> list[str]:
    if view.switches.clone_partial == "partial":
        return [id for id in objects if copy_id(id, source.id) in view.copies]
    return objects


def _closed(view: View, object: str) -> bool:
    """Is it to be cloned? Only what is closed can be. Raises Refused."""
    if view.objects[object].state == "closed":
        return True
    if view.switches.clone_partial == "partial":
        return False
    raise Refused("InvalidState", f"{object} is {view.objects[object].state}; only what is closed is cloned")


ROUTES: Table = for_each(("project-", "container-"), "clone", Route(clone, KEYS, scoped=True))
