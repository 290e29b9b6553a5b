"""What a run needs: its executable, the executables of a workflow's stages, all that these bundle and are
bound to, and the inputs that it is given.

Whoever may use an app need not see the applet behind it; what a workflow's maker has bound need not be
seen either. What cannot be seen by anybody at hand is said to be hidden, and never left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from reconciler.diff.changes import Run
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Unreadable
from reconciler.rules.world import World


class Need(Struct, frozen=True):
    """``role`` says in words what it is to the run; ``behind``: who runs need not see it."""

    id: str
    role: str
    behind: bool

    @property
    def is_app(self) -> bool:
        return is_app(self.id)


class Hidden(Struct, frozen=True):
    """Whether more is needed hangs on a fact that could not be read."""

    key: FactKey
    reason: str


def is_app(executable: str) -> bool:
    """Is it an app or global workflow, which is enabled region by region?"""
    return executable.startswith(("app-", "globalworkflow-"))


def needs(change: Run, region: str, world: World) -> Iterator[Need | Hidden]:
    """All that the run needs in the region, whether it is there or not."""
    yield from executables(change, region, world)
    for link in change.inputs:
        yield Need(link.id, "an input of the run", False)


def executables(change: Run, region: str, world: World) -> Iterator[Need | Hidden]:
    """What runs, and what comes with it; of these only executables are not ``behind`` something."""
    yield from _executable(Need(change.executable, "what is to run", False), region, world, ())


def _executable(need: Need, region: str, world: World, within: tuple[str, ...]) -> Iterator[Need | Hidden]:
    yield need
    if need.id in within:
        return
    within = (*within, need.id)
    if not need.is_app:
        yield from _parts(need.id, need.behind, region, world, within)
        return
    enabled = world.value(FactKey(need.id, "regions"))
    if isinstance(enabled, tuple) and region in enabled:
        yield from _of_app(need.id, region, world, within)


def _of_app(app: str, region: str, world: World, within: tuple[str, ...]) -> Iterator[Need | Hidden]:
    """Of the applet or workflow behind the app where somebody sees that, else as the app itself tells."""
    inner = world.value(FactKey(app, f"behind:{region}"))
    if isinstance(inner, str) and world.exists(inner) is True:
        yield from _parts(inner, True, region, world, within)
        return
    yield from _listed(app, f"bundled_depends:{region}", f"bundled by {app}", world)
    yield from _listed(app, f"inputs:{region}", f"a default input of {app}", world)


def _parts(
    executable: str, behind: bool, region: str, world: World, within: tuple[str, ...]
) -> Iterator[Need | Hidden]:
    if world.exists(executable) is not True:
        return  # where it lies cannot be told, or it is gone: that is found by its region
    yield from _listed(executable, "bundled_depends", f"bundled by {executable}", world)
    yield from _listed(executable, "inputs", f"a default input of {executable}", world)
    stages = world.value(FactKey(executable, "stages"))
    for stage in stages if isinstance(stages, tuple) else ():
        yield from _executable(Need(stage, f"a stage of {executable}", behind), region, world, within)


def _listed(subject: str, attribute: str, role: str, world: World) -> Iterator[Need | Hidden]:
    key = FactKey(subject, attribute)
    value = world.value(key)
    if isinstance(value, Unreadable):
        yield Hidden(key, value.reason)
    for one in value if isinstance(value, tuple) else ():
        yield Need(one, role, True)
