"""What a rival does to the very thing that a write of the mixed apply is about, right before or right after
that call, and what then has to come of it.

What is done before the call is replaced by the call: the platform has nothing to compare with. What is done
after it must still stand when the apply has ended, be reported, and change only by a plan that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faults.mixed import EU, PROJECTS, US
from msgspec import Struct
from reconciler_sandbox.faults.record import RivalCall

World = dict[str, Any]
ALICE, RIVAL = "user-alice", "user-rival"
_MARK = {"properties": {"reconciler": "others/projects.theirs"}}


def _as_it_is(world: World) -> World:
    return world


class Act(Struct, frozen=True):
    """``user`` calls ``route``, in which CREATED stands for what our call has just created. ``first``: the
    exit code of the apply that it disturbs, ``then``: that of the next one. ``leaves``: from the world that
    nothing disturbs, the one after both."""

    route: str
    given: dict[str, object]
    user: str = RIVAL
    first: int = 4
    then: int = 0
    leaves: Callable[[World], World] = _as_it_is

    def calls(self, created: str) -> tuple[RivalCall, ...]:
        """``created``: the id of what our call creates, if it does."""
        return (RivalCall(self.user, self.route.replace("CREATED", created), self.given),)


def _with(name: str, **changed: object) -> Callable[[World], World]:
    """The project of that name with these values; None: without that key."""

    def changing(world: World) -> World:
        projects = [
            {key: value for key, value in {**one, **changed}.items() if value is not None}
            if one["name"] == name
            else one
            for one in world["projects"]
        ]
        return {**world, "projects": projects}

    return changing


def _and_another(name: str, region: str, bill_to: str, user: str) -> Callable[[World], World]:
    """Beside ours a project of the same name and payer that ``user`` has made, without a mark."""
    theirs = {"id": "made", "name": name, "region": region, "bill_to": bill_to, "created_by": user}
    added = {**theirs, "members": {user: "ADMINISTER"}}
    return lambda world: {**world, "projects": [*world["projects"], added]}


def _of(name: str, action: str) -> str:
    return f"/{PROJECTS[name]}/{action}"


BEFORE = (
    Act("/org-lab/update", {"defaultRegion": EU}, first=0),
    Act(_of("adopted", "setProperties"), _MARK, first=0),
    Act(_of("handed", "transfer"), {"invitee": RIVAL}, first=0),
    Act(_of("handed", "transfer"), {"invitee": None}),
    Act(
        "/project/new",
        {"name": "one", "region": EU, "billTo": "org-lab"},
        first=0,
        leaves=_and_another("one", EU, "org-lab", RIVAL),
    ),
    Act(
        _of("rebilled", "update"),
        {"billTo": "org-theirs"},
        then=3,
        leaves=_with("rebilled", bill_to="org-theirs"),
    ),
    Act(_of("renamed", "update"), {"name": "renamed by a rival"}, first=0),
    Act(
        "/project/new",
        {"name": "two", "region": US, "billTo": "org-second"},
        user=ALICE,
        first=0,
        leaves=_and_another("two", US, "org-second", ALICE),
    ),
)
"""By the number of the write. Where the call is carried out all the same, it replaces what the rival did: the
platform has nothing to compare with."""

AFTER = (
    Act("/org-lab/update", {"defaultRegion": US}),
    Act(_of("adopted", "setProperties"), _MARK, then=3, leaves=_with("adopted", **_MARK)),
    Act(_of("handed", "transfer"), {"invitee": None}),
    Act(_of("handed", "update"), {"billTo": "org-lab"}),
    Act("/CREATED/update", {"billTo": "org-second"}, user=ALICE),
    Act(
        _of("rebilled", "update"),
        {"billTo": "org-theirs"},
        then=3,
        leaves=_with("rebilled", bill_to="org-theirs"),
    ),
    Act(_of("renamed", "update"), {"name": "renamed by a rival"}),
    Act(
        "/CREATED/setProperties",
        {"properties": {"reconciler": None}},
        user=ALICE,
        then=3,
        leaves=_with("two", properties=None),
    ),
)
"""By the number of the write. All show when the step is read back: none is replaced before it was planned."""
