"""An apply that a lost token, a lost right or a rival hinders at one call: running it again is not enough.

Looked at: what the disturbed apply says of each step and its exit code, whether the next plan tells the same,
and the world after the hindrance is gone and the apply has been run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from faults import rivals
from faults.mixed import Call, Story
from faults.rivals import Act
from faults.troubles import Trouble
from msgspec import Struct
from support.command import Ran

Found = Iterator[str]


class Place(Struct, frozen=True):
    """A trouble at the ``number``-th write, the call ``call``. ``created``: what that creates, if it does."""

    trouble: Trouble
    number: int
    call: Call
    created: str = ""

    @property
    def act(self) -> Act | None:
        """What the rival does, if there is one."""
        if self.trouble.effect != "rival":
            return None
        acts = rivals.BEFORE if self.trouble.when == "before" else rivals.AFTER
        return acts[self.number - 1]


class Hindered:
    """``wrong``: in words, what is not as it must be; ``leaves``: the world that there must be in the end."""

    def __init__(self, story: Story, place: Place, wanted: dict[str, Any]) -> None:
        self._story = story
        self._place = place
        self._act = place.act
        self.leaves = wanted if self._act is None else self._act.leaves(wanted)
        self.code = 0 if self._act is None else self._act.then
        """With which the last apply must end."""

    def wrong(self) -> Found:
        """Carries it out."""
        story, place = self._story, self._place
        calls = () if self._act is None else self._act.calls(place.created)
        fault = place.trouble.fault(place.call, calls)
        assert fault is not None
        story.play(fault)
        first = story.apply("--format", "json")
        yield from self._of_report(first)
        self._mend()
        plan = story.run("plan", "--format", "json")
        if first.code in (0, 4):
            yield from _of_plan(first.json["steps"], plan)
        last = story.apply()
        if last.code != self.code:
            yield f"the next apply ended with {last.code}: {last.out[-300:]}{last.err[-300:]}"

    def _mend(self) -> None:
        """Another login, or the right given back: by who else administers what the call was about."""
        if self._place.trouble.effect == "expire_token":
            self._story.log_in_anew()
        if self._place.trouble.effect == "deny":
            self._give_back()

    def _give_back(self) -> None:
        """The rival, who administers all there is, invites the caller again."""
        (struck,) = (call for call in self._story.calls() if call["fault"])
        route, user = struck["route"], struck["user"]
        if route.endswith("/acceptTransfer") and self._place.trouble.when == "before":
            return  # who is no member yet has lost nothing
        entity = struck["input"]["billTo"] if route == "/project/new" else route.split("/")[1]
        level = "ADMIN" if entity.startswith("org-") else "ADMINISTER"
        self._story.call(f"/{entity}/invite", {"invitee": user, "level": level})

    def _of_report(self, first: Ran) -> Found:
        if first.code not in (0, 4):
            yield f"the disturbed apply ended with {first.code}: {first.out[-300:]}{first.err[-300:]}"
            return
        steps: list[dict[str, Any]] = first.json["steps"]
        results = [step["result"] for step in steps]
        if (first.code == 0) != (set(results) == {"done"}):
            yield f"exit code {first.code} for {results}"
        if self._act is not None and first.code != self._act.first:
            yield f"with this rival it ends with {first.code}, not {self._act.first}: {results}"
        for step in steps:
            if step["result"] != "done" and not step["message"]:
                yield f"no word on why {step['address']} is {step['result']}"
        struck = steps[self._place.number - 1]
        match self._place.trouble.effect, self._place.trouble.when:
            case "expire_token", _:
                yield from _stopped(steps)
                yield from _failed_with(struck, "InvalidAuthentication", self._place.trouble.when)
            case "deny", when:
                yield from _failed_with(struck, "PermissionDenied", when)
            case _:
                pass


def _failed_with(step: Mapping[str, Any], error_type: str, when: str) -> Found:
    """What was struck before it was carried out has failed, with the platform's word on it."""
    if when == "before" and (step["result"], step["error_type"]) != ("failed", error_type):
        yield f"{step['address']} is {step['result']} ({step['error_type']}), not failed ({error_type})"


def _stopped(steps: list[dict[str, Any]]) -> Found:
    """Once a token is not accepted, nothing more is attempted."""
    undone = [step["result"] for step in steps if step["result"] != "done"]
    if undone[1:] != ["not_attempted"] * len(undone[1:]):
        yield f"it went on without a token: {undone}"


def _of_plan(steps: list[dict[str, Any]], plan: Ran) -> Found:
    """The next plan has what was not attempted, and nothing of an address where all is done."""
    planned = {(step["action"], step["address"]) for step in plan.json["steps"]}
    undone = {step["address"] for step in steps if step["result"] != "done"}
    for step in steps:
        key = (step["action"], step["address"])
        if step["address"] not in undone and key in planned:
            yield f"{key} was done, and is planned again"
        if step["result"] == "not_attempted" and key not in planned:
            yield f"{key} was not attempted, and is not planned"
