"""Who may clone data, or run something: the identity that would send the call.

The platform's permission matrix: VIEW on the source of a clone and UPLOAD on its destination; a run
needs CONTRIBUTE on its project, leave to use what runs, and sight of its inputs. Nothing leaves a
restricted project, and what contains PHI goes only where PHI may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from reconciler.diff.changes import Clone, DataLink, Run
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Unreadable
from reconciler.rules.actor import Actor, Answer, No, Unsure, every, first_of, has_level
from reconciler.rules.needs import Need, executables, is_app
from reconciler.rules.world import World


def who_may(change: Clone | Run, world: World) -> Actor | No | Unsure:
    """The first identity that may; else what stands in the way of all of them."""
    if isinstance(change, Run):
        return first_of(world, lambda user: _may_run(user, change, world))
    leaves = _may_leave(change, world)
    if isinstance(leaves, No):
        return leaves
    who = first_of(world, lambda user: _may_clone(user, change, world))
    return who if leaves is None or isinstance(who, No) else leaves


def _may_clone(user: str, change: Clone, world: World) -> Answer:
    data = () if change.data is None else (DataLink(change.data, change.source),)
    return every(
        lambda: has_level(user, change.source, "VIEW", world),
        *(partial(_sees, user, link, world) for link in data),
        lambda: has_level(user, change.to, "UPLOAD", world),
    )


def _may_leave(change: Clone, world: World) -> No | Unsure | None:
    """May anything of the source get out, and into this destination?"""
    if change.source == change.to:
        return None
    key = FactKey(change.source, "restricted")
    restricted = world.value(key)
    if isinstance(restricted, Unreadable):
        return Unsure(key, restricted.reason)
    if restricted is True:
        return No(f"{change.source} is restricted: nothing can be cloned out of it", (key,))
    phi = tuple(FactKey(one, "contains_phi") for one in (change.source, change.to))
    source, to = (world.value(key) for key in phi)
    if source is False or to is True:
        return None
    for key, value in zip(phi, (source, to), strict=True):
        if isinstance(value, Unreadable):
            return Unsure(key, value.reason)
    return No(f"{change.source} contains PHI, and {change.to} may not", phi)


def _may_run(user: str, change: Run, world: World) -> Answer:
    return every(
        lambda: has_level(user, change.project, "CONTRIBUTE", world),
        *(partial(_uses, user, one, world) for one in _by_name(change, world)),
        *(partial(_sees, user, link, world) for link in change.inputs),
        *(partial(_takes_out, user, link, change.project, world) for link in change.inputs),
    )


def _by_name(change: Run, world: World) -> Iterable[str]:
    """What the user has to know of: the executable, and the stages of a workflow that is no app's."""
    region = world.region(change.project)
    if isinstance(region, Unreadable):
        return (change.executable,)
    found = executables(change, region, world)
    return dict.fromkeys(need.id for need in found if isinstance(need, Need) and not need.behind)


def _uses(user: str, executable: str, world: World) -> Answer:
    if not is_app(executable):
        return _sees(user, DataLink(executable), world)
    key = FactKey(executable, "usable", user)
    usable = world.value(key)
    if isinstance(usable, Unreadable):
        return Unsure(key, usable.reason)
    return None if usable is True else No(f"{user} may not use {executable}", (key,))


def _sees(user: str, link: DataLink, world: World) -> Answer:
    key = FactKey(link.id, "held_by", user)
    held_by = world.value(key)
    if isinstance(held_by, Unreadable):
        return Unsure(key, held_by.reason)
    if isinstance(held_by, tuple) and _named(held_by, link):
        return None
    where = "" if link.project is None else f" in {link.project}"
    return No(f"{user} does not see {link.id}{where}", (key,))


def _takes_out(user: str, link: DataLink, project: str, world: World) -> Answer:
    """Results may not leave a restricted project: the input must be had from another, or stay in it."""
    held_by = world.value(FactKey(link.id, "held_by", user))
    closed: list[FactKey] = []
    unsure: Unsure | None = None
    for holder in _named(held_by, link) if isinstance(held_by, tuple) else ():
        key = FactKey(holder, "restricted")
        restricted = False if holder == project else world.value(key)
        if restricted is False:
            return None
        if isinstance(restricted, Unreadable):
            unsure = unsure or Unsure(key, restricted.reason)
        closed.append(key)
    lacks = f"{link.id} is in a restricted project, which results may not leave"
    return unsure or No(lacks, tuple(closed))


def _named(held_by: tuple[str, ...], link: DataLink) -> tuple[str, ...]:
    return tuple(one for one in held_by if link.project in (None, one))
