"""Projects and containers alike: finding them and the data objects in them, as far as the caller may.

The platform's documentation: the workspace of a run is seen (VIEW at most) by those who see its
project, the resources of an app by those who may run it. Nobody writes into either by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from . import rights
from .errors import denied, not_found
from .records import RANK, Container, Copy, DataObject, Holder, Level, Project, copy_id
from .view import Call, View


def holder(view: View, id: str) -> Holder:
    """Raises Refused: ResourceNotFound."""
    found: Holder | None = view.projects.get(id) or view.containers.get(id)
    if found is None:
        raise not_found(id)
    return found


def level(view: View, call: Call, held: Holder) -> Level:
    """The caller's level on a project or container."""
    if isinstance(held, Project):
        return rights.level_of(view, call.caller, held)
    return "VIEW" if _sees_container(view, call, held) else "NONE"


def _sees_container(view: View, call: Call, container: Container) -> bool:
    if container.app is not None:
        app = view.apps.get(container.app)
        allowed = rights.within_scope(call.caller, container.id) >= rights.VIEW
        return allowed and app is not None and rights.may_use_app(view, call, app)
    project = view.projects.get(container.project or "")
    return project is not None and rights.level_of(view, call.caller, project) != "NONE"


def see(view: View, call: Call, id: str, *, recipient: bool = False, payer: bool = False) -> Holder:
    """The project or container, if the caller may know of it. Raises Refused."""
    if id.startswith("project-"):
        return rights.see(view, call, id, recipient=recipient, payer=payer)
    found = holder(view, id)
    if level(view, call, found) == "NONE":
        raise denied(f"VIEW permission is required on {id}")
    return found


def flags(view: View, held: Holder) -> tuple[str, ...]:
    """Those of a project hold for the workspaces of its runs too."""
    project = held if isinstance(held, Project) else view.projects.get(held.project or "")
    return () if project is None else project.flags


def need_level(view: View, call: Call, held: Holder, wanted: Level) -> None:
    if RANK[level(view, call, held)] < RANK[wanted]:
        raise denied(f"{wanted} permission is required on {held.id}")


def see_object(view: View, call: Call, id: str) -> DataObject:
    """The object, if the caller sees one of the containers that hold it. Raises Refused."""
    found = view.objects.get(id)
    if found is None:
        raise not_found(id)
    if next(visible_copies(view, call, id), None) is None:
        raise denied(f"VIEW permission is required on {id}")
    return found


def visible_copies(view: View, call: Call, id: str) -> Iterator[Copy]:
    """Of one object, in the order of the ids of what holds them."""
    for held in sorted(view.holders_of(id)):
        if level(view, call, holder(view, held)) != "NONE":
            yield view.copies[copy_id(id, held)]


def copies_in(view: View, id: str) -> Iterator[Copy]:
    """All that a project or container holds, in the order of find routes."""
    for _, copy in view.held_by(id):
        yield view.copies[copy]
