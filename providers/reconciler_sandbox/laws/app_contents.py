"""The container of an app or global workflow in one region: what the version needs lies in it.

The platform's documentation: ``resources`` names projects whose objects are copied into a container that
belongs to the app, one a region. That the executable and what it bundles lie there too, in a folder of
their own, is inferred: an app outlives the project that it was built in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct, structs

from . import contents, executables, holders, links, regions
from .effects import Drop, Effect, Put
from .errors import Refused, denied
from .records import App, Container, Copy, Enabled
from .view import Call, View

EXECUTABLES = "/.executables"
"""The folder of what the version runs, apart from the files that its makers put in."""


class Wish(Struct, frozen=True):
    """What a version is to be in one region. ``resources``: ids of projects and containers."""

    executable: str
    resources: tuple[str, ...] = ()
    options: dict[str, object] = {}


class Made(Struct, frozen=True):
    """``effects`` put the container and the copies that it holds, whose objects are ``held``."""

    enabled: Enabled
    effects: tuple[Effect, ...]
    held: frozenset[str]


def made(view: View, call: Call, app: App, region: str, wish: Wish) -> Made:
    """What enables an app in one region: L16, L18, and L13 for what is copied. Raises Refused."""
    container = Container(
        id=call.new_id("container"),
        name=f"{app.name} {app.version} in {region}",
        region=regions.region_of_container(region),
        bill_to=app.bill_to,
        kind="resources",
        created=call.now,
        modified=call.now,
        app=app.id,
    )
    copies: dict[str, Copy] = {}
    folders: set[str] = {EXECUTABLES}
    for source in wish.resources:
        held = holders.see(view, call, source)
        _may_leave(view, source, {source})
        regions.cloned_within_a_region(held, container)
        folders.update(held.folders)
        for copy in holders.copies_in(view, source):
            _closed(view, copy.object)
            copies.setdefault(copy.object, structs.replace(copy, holder=container.id))
    for id in _behind(view, call, wish.executable, region):
        copy = structs.replace(_a_copy(view, call, id), holder=container.id, folder=EXECUTABLES)
        copies.setdefault(id, copy)
    container = structs.replace(container, folders=tuple(sorted(folders)))
    return Made(
        Enabled(wish.executable, container.id, wish.options),
        (Put(container), *map(Put, copies.values())),
        frozenset(copies),
    )


def _a_copy(view: View, call: Call, id: str) -> Copy:
    """One that the caller sees: its name and properties are taken over."""
    return next(holders.visible_copies(view, call, id))


def _may_leave(view: View, what: str, places: Collection[str]) -> None:
    """As for a clone: nothing leaves a restricted project, and an app has no place for PHI. ``places``:
    what holds it."""
    flags = [set(holders.flags(view, holders.holder(view, held))) for held in places]
    if all("restricted" in each for each in flags):
        raise denied(f"{what} is restricted to its project: an app cannot take it along")
    if all(each & {"restricted", "containsPHI"} for each in flags):
        raise denied(f"{what} is in a project that contains PHI: an app cannot take it along")


def _closed(view: View, object: str) -> None:
    if view.objects[object].state != "closed":
        raise Refused("InvalidState", f"{object} is not closed")


def _behind(view: View, call: Call, executable: str, region: str) -> list[str]:
    """The executable, the executables of its stages, and what these bundle, as far as the caller sees it
    there: who uses the app may read it."""
    found: dict[str, None] = {}
    waiting = [executable]
    while waiting:
        id = waiting.pop()
        if id in found:
            continue
        places = executables.seen_in(view, call, links.Link(id))
        _may_leave(view, id, places)
        regions.executable_lies_there(view, id, set(places.values()), region)
        _closed(view, id)
        found[id] = None
        object = view.objects[id]
        found |= dict.fromkeys(
            link.id for link in executables.bundled(object) if _taken(view, call, link.id, region)
        )
        waiting += _stages(object.spec.get("stages"))
    return list(found)


def _taken(view: View, call: Call, bundled: str, region: str) -> bool:
    """Does the bundled object go along? Raises Refused for one that must stay, or is not closed."""
    seen = [holders.holder(view, copy.holder) for copy in holders.visible_copies(view, call, bundled)]
    places = [holder.id for holder in seen if holder.region == region]
    if not places:
        return False
    _may_leave(view, bundled, places)
    _closed(view, bundled)
    return True


def _stages(stages: object) -> Iterator[str]:
    """Applets and workflows; the apps of other stages are there by themselves."""
    for stage in stages if isinstance(stages, list) else ():
        executable = stage.get("executable")
        if isinstance(executable, str) and executable.startswith(("applet-", "workflow-")):
            yield executable


def cleared(view: View, containers: Collection[str], kept: Collection[str] = ()) -> tuple[Effect, ...]:
    """Removes containers and what only they hold, but for the objects that are ``kept`` elsewhere."""
    copies = [copy for id in containers for copy in holders.copies_in(view, id)]
    gone = contents.dropped(view, containers, copies, kept)
    return (*gone, *(Drop(view.containers[id]) for id in containers))
