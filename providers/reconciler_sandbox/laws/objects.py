"""Data objects as far as all classes are alike: making them, and in which container they are, for whom.

A data object has no region of its own: it lies where the project or container lies that holds it, and
each of these has its own name, folder, tags and properties for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from . import folders, holders, inputs, links, metadata
from .effects import Effect, Put
from .errors import Refused, denied
from .records import DATA_CLASSES, RANK, Copy, DataClass, DataObject, Holder, copy_id
from .route import Route, Table, for_each
from .view import Answer, Call, View

FAMILIES = tuple(f"{klass}-" for klass in DATA_CLASSES)

NEW_KEYS = frozenset(
    {"project", "name", "folder", "parents", "tags", "properties", "types", "hidden", "details", "nonce"}
)
"""What every class's creation takes: see ``created``."""


class Made(Struct, frozen=True):
    """A new object in its one container; ``effects`` make both, and folders where they are asked for."""

    object: DataObject
    copy: Copy
    effects: tuple[Effect, ...]

    @property
    def answer(self) -> Answer:
        return Answer({"id": self.object.id}, self.effects)


def destination(view: View, call: Call) -> Holder:
    """The container that a creation names as ``project``, seen by the caller. Raises Refused."""
    return holders.see(view, call, inputs.need_text(call.input, "project"))


def created(
    view: View,
    call: Call,
    klass: DataClass,
    spec: Mapping[str, object] | None = None,
    *,
    state: Literal["open", "closed"] = "open",
    media: str = "",
) -> Made:
    """A new object of a class, from the input's ``NEW_KEYS``. UPLOAD is enough.

    ``spec``: what makes an applet or workflow, its shape checked before. An object without a name gets
    its id as the name (the official client's tests). It takes the region of what holds it (L15). Raises
    Refused.
    """
    given, switches = call.input, view.switches
    holder = destination(view, call)
    name = inputs.text(given, "name", empty=False)
    folder = folders.normal(inputs.text(given, "folder") or folders.ROOT)
    parents = inputs.flag(given, "parents") or False
    tags = inputs.tags(given, switches) or []
    properties = inputs.properties(given, switches, deletable=False) or {}
    types = inputs.texts(given, "types") or []
    hidden = inputs.flag(given, "hidden") or False
    details = given.get("details", {})
    linked = links.ids(details)
    holders.need_level(view, call, holder, "UPLOAD")
    after = folders.with_folder(holder, folder, parents=parents)
    found = DataObject(
        id=call.new_id(klass),
        created_by=call.user,
        created=call.now,
        modified=call.now,
        state=state,
        hidden=hidden,
        types=metadata.added((), types),
        details=details,
        links=linked,
        media=media,
        spec=dict(spec or {}),
    )
    copy = Copy(
        object=found.id,
        holder=holder.id,
        name=name or found.id,
        folder=folder,
        properties=metadata.merged({}, properties),
        tags=metadata.added((), tags),
    )
    made_folders = () if after is holder else (Put(after),)
    return Made(found, copy, (*made_folders, Put(found), Put(copy)))


def new_record(view: View, call: Call) -> Answer:
    close = inputs.flag(call.input, "close")
    return created(view, call, "record", state="closed" if close else "open").answer


def preferred_copy(view: View, call: Call, id: str, place: str | None) -> Copy:
    """The object in the container ``place``, which the caller sees, or else in any.

    The official client needs it so: it names its own project, and looks whether the answer is of that.
    """
    if place is not None:
        holders.see(view, call, place)
        if copy_id(id, place) not in view.copies:
            place = None
    return seen_copy(view, call, id, place)


def seen_copy(view: View, call: Call, id: str, place: str | None) -> Copy:
    """The object in the container ``place``; without one, in any that the caller sees, projects first.

    Raises Refused: ResourceNotFound where the container does not hold it, and as to see either.
    """
    if place is None:
        holders.see_object(view, call, id)
        copies = holders.visible_copies(view, call, id)
        return min(copies, key=lambda copy: (copy.holder.startswith("container-"), copy.holder))
    holders.see(view, call, place)
    copy = view.copies.get(copy_id(id, place))
    if copy is None:
        raise Refused("ResourceNotFound", f"The entity {id} could not be found in {place}")
    return copy


def need_upload(view: View, call: Call, found: DataObject) -> None:
    """UPLOAD on one of the containers that hold the object is enough to write what is open of it."""
    levels = (
        holders.level(view, call, holders.holder(view, held)) for held in sorted(view.holders_of(found.id))
    )
    if all(RANK[level] < RANK["UPLOAD"] for level in levels):
        raise denied(f"UPLOAD permission is required on a project that holds {found.id}")


def need_open(found: DataObject) -> None:
    if found.state != "open":
        raise Refused("InvalidState", f"{found.id} is {found.state}; only an open object can be changed")


def list_projects(view: View, call: Call) -> Answer:
    """The containers that hold the object and that the caller sees, with the caller's level on each."""
    return Answer(
        {
            copy.holder: holders.level(view, call, holders.holder(view, copy.holder))
            for copy in holders.visible_copies(view, call, call.entity)
        }
    )


ROUTES: Table = {
    ("record", "new"): Route(new_record, NEW_KEYS | {"close"}, scoped=True, nonce=True),
    **for_each(FAMILIES, "listProjects", Route(list_projects, frozenset(), open=True, scoped=True)),
}
