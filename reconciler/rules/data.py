"""The rule on cloning: data stays in its region."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.diff.changes import Change, Clone
from reconciler.model.actual import FactKey
from reconciler.model.knowledge import Unreadable
from reconciler.rules.finding import Finding, cannot_tell
from reconciler.rules.rule import REGIONS, Example, Rule
from reconciler.rules.words import listed
from reconciler.rules.world import World

_THIRD = """
[[projects]]
id = "project-J0000000000000000000003A"
name = "Trial, copies"
region = "aws:us-east-1"
bill_to = "org-lab"
members = { user-alice = "ADMINISTER" }
"""


class ClonedWithinARegion(Rule):
    """Data is cloned only between projects of one region, and only once it is closed.

    What goes along counts too: hidden objects that the cloned ones link to, and what an applet bundles,
    as far as the same project holds it.

    **Why.** The platform has no way to clone across regions and answers InvalidInput; the regions are
    those of the two projects, and no argument of the call changes them. An object that is still open
    is refused with InvalidState.

    **How to mend it.** Take a project in the region of the data as the destination, or make one there.
    Close what is open. Bringing data to another region means downloading and uploading it again: if
    the law that put it where it is allows that, it is done by people and never by this tool.
    """

    id = "REG107"
    title = "data is cloned only within one region"
    source = REGIONS
    breaks = Example(
        """\
# project-J0000000000000000000001A and project-J0000000000000000000003A are in aws:us-east-1,
# project-J0000000000000000000002A is in aws:eu-central-1.
""",
        world=_THIRD,
        command="can-i clone project-J0000000000000000000001A project-J0000000000000000000002A",
    )
    keeps = breaks.changed("1A project-J0000000000000000000002A", "1A project-J0000000000000000000003A")

    def check(self, change: Change, world: World) -> Iterable[Finding]:
        if isinstance(change, Clone):
            yield from self._regions(change, world)
            yield from self._closed(change, world)

    def _regions(self, change: Clone, world: World) -> Iterable[Finding]:
        keys = FactKey(change.source, "region"), FactKey(change.to, "region")
        source, to = world.region(change.source), world.region(change.to)
        for key, region in zip(keys, (source, to), strict=True):
            if isinstance(region, Unreadable):
                yield cannot_tell(self.id, change.address, key, region.reason)
                return
        if source != to:
            what = change.data or change.source
            where = f"lies in {source}" if change.data is None else f"lies in {source} ({change.source})"
            message = f"{what} {where} and {change.to} in {to}: data is cloned only within one region"
            yield Finding(self.id, change.address, "refused", message, facts=keys)

    def _closed(self, change: Clone, world: World) -> Iterable[Finding]:
        if change.data is None:
            yield from self._all_closed(change, world)
            return
        for one in _going_along(change.source, change.data, world):
            key = FactKey(one, "state")
            state = world.value(key)
            if isinstance(state, Unreadable):
                yield cannot_tell(self.id, change.address, key, state.reason)
            elif state != "closed":
                goes = "" if one == change.data else f", and goes along with {change.data}"
                message = f"{one} is {state}{goes}: only what is closed can be cloned"
                yield Finding(self.id, change.address, "refused", message, facts=(key,))

    def _all_closed(self, change: Clone, world: World) -> Iterable[Finding]:
        key = FactKey(change.source, "unclosed")
        unclosed = world.value(key)
        if isinstance(unclosed, Unreadable):
            yield cannot_tell(self.id, change.address, key, unclosed.reason)
        elif isinstance(unclosed, tuple) and unclosed:
            message = f"not all of {change.source} is closed, and only that can be cloned: {listed(unclosed)}"
            yield Finding(self.id, change.address, "refused", message, facts=(key,))
        else:
            yield from self._hidden_closed(change, world)

    def _hidden_closed(self, change: Clone, world: World) -> Iterable[Finding]:
        """A hidden object goes along only where another one links to it: that is not looked up."""
        key = FactKey(change.source, "unclosed_hidden")
        unclosed = world.value(key)
        reason = unclosed.reason if isinstance(unclosed, Unreadable) else None
        if isinstance(unclosed, tuple) and unclosed:
            reason = f"hidden and not closed: {listed(unclosed)}; do others link to it?"
        if reason is not None:
            yield cannot_tell(self.id, change.address, key, reason)


def _going_along(source: str, data: str, world: World) -> Iterator[str]:
    """The object, and all that is cloned with it out of the same project, each once."""
    found, waiting = {data}, [data]
    yield data
    while waiting:
        one = waiting.pop()
        bundled = _ids(world, one, "bundled_depends")
        for other in (*bundled, *_ids(world, one, "links")):
            if other in found or not _is_held(world, other, source):
                continue
            if other in bundled or world.value(FactKey(other, "hidden")) is True:
                found.add(other)
                waiting.append(other)
                yield other


def _ids(world: World, one: str, attribute: str) -> tuple[str, ...]:
    value = world.value(FactKey(one, attribute))
    return value if isinstance(value, tuple) else ()


def _is_held(world: World, one: str, source: str) -> bool:
    """Does the source hold the object, as far as any identity sees? Who sees the source sees all in it."""
    return any(source in _held_by(world, one, user) for user in world.identities)


def _held_by(world: World, one: str, user: str) -> tuple[str, ...]:
    value = world.value(FactKey(one, "held_by", user))
    return value if isinstance(value, tuple) else ()
