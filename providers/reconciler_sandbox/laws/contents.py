"""What lies in projects and containers: which copies are where, what goes with them, what is left.

Must not know who may do what.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from . import executables, folders, holders
from .effects import Drop, Effect
from .errors import Refused
from .records import Copy, Holder, Project, copy_id
from .view import View


def copy_in(view: View, holder: Holder, object: str) -> Copy:
    """Raises Refused: ResourceNotFound."""
    copy = view.copies.get(copy_id(object, holder.id))
    if copy is None:
        raise Refused("ResourceNotFound", f"The entity {object} could not be found in {holder.id}")
    return copy


def within(view: View, holder: Holder, folder: str) -> Iterator[Copy]:
    """All copies in a folder and below, in the order of find routes."""
    return (copy for copy in holders.copies_in(view, holder.id) if folders.within(copy.folder, folder))


def usage(view: View, holder: Holder) -> float:
    """The bytes of all files, in GB of 2^30 bytes."""
    return sum(view.objects[copy.object].size for copy in holders.copies_in(view, holder.id)) / 2**30


def reached(view: View, holder: Holder, objects: Iterable[str]) -> list[str]:
    """The objects and what belongs to them: hidden ones that they link to, what applets bundle, and so
    on, as far as the same project or container holds it."""
    found = dict.fromkeys(objects)
    waiting = list(found)
    while waiting:
        current = view.objects[waiting.pop()]
        bundled = [link.id for link in executables.bundled(current)]
        for id in (*current.links, *bundled):
            held = copy_id(id, holder.id) in view.copies
            if id not in found and held and (id in bundled or view.objects[id].hidden):
                found[id] = None
                waiting.append(id)
    return list(found)


def removed(view: View, holder: Holder, copies: Iterable[Copy]) -> tuple[Effect, ...]:
    """Drops copies of one holder, then each object that nothing else holds.

    The platform's documentation: hidden objects that they link to go too, if no visible object of the
    same project or container reaches them any more.
    """
    gone = {copy.object: copy for copy in copies}
    orphans = [id for id in reached(view, holder, gone) if id not in gone and view.objects[id].hidden]
    if orphans:
        stay = (copy.object for copy in holders.copies_in(view, holder.id) if copy.object not in gone)
        kept = set(reached(view, holder, (id for id in stay if not view.objects[id].hidden)))
        gone |= {id: copy_in(view, holder, id) for id in orphans if id not in kept}
    return dropped(view, {holder.id}, gone.values())


def emptied(view: View, project: Project) -> tuple[Effect, ...]:
    """Drops what is a project's: its copies, its containers with theirs, its jobs."""
    containers = sorted(view.containers_of(project.id))
    holding = (project.id, *containers)
    return (
        *dropped(view, holding, [copy for id in holding for copy in holders.copies_in(view, id)]),
        *(Drop(view.containers[id]) for id in containers),
        *(Drop(view.jobs[id]) for _, id in view.jobs_in(project.id)),
    )


def dropped(
    view: View, holding: Collection[str], copies: Collection[Copy], kept: Collection[str] = ()
) -> tuple[Effect, ...]:
    """``holding``: what holds the copies now; each object has all of its copies there in ``copies``.
    ``kept``: objects that the same call gives another place."""
    objects = dict.fromkeys(copy.object for copy in copies if copy.object not in kept)
    lost = (object for object in objects if all(id in holding for id in view.holders_of(object)))
    return (*map(Drop, copies), *(Drop(view.objects[object]) for object in lost))
