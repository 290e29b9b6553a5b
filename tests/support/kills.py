"""Killing a server under load, and judging what it has kept.

Each client calls on things of its own only, one call after the other. The platform's clock moves by a
millisecond with each write and shows in the id of the answer: so the acknowledged writes have an order,
and where the clock moved without an acknowledgement, a write in flight was carried out. What was kept
must be, record for record, what a platform in memory makes of exactly these calls.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.records import Record
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Database, Memory
from reconciler_sandbox.world.model import World

from support.bare import Bare, bare

USERS = ("user-alice", "user-bob", "user-carol", "user-dave")
REGIONS = ("aws:us-east-1", "aws:eu-central-1")
PAUSE_SECONDS = 0.02
"""At most so long after the last call that was waited for: kills come at any point of a call."""

READS = ("describe", "findProjects", "listFolder")


def world_file() -> str:
    users = "".join(
        f'[users.{user}]\npermitted_regions = ["{REGIONS[0]}", "{REGIONS[1]}"]\n'
        f'default_region = "{REGIONS[0]}"\n[[tokens]]\ntoken = "{user}"\nuser = "{user}"\n'
        for user in USERS
    )
    return f"format = 1\nseed = 1\nnow = 2026-01-15T09:00:00Z\n[switches]\nrate_limit = 0\n{users}"


class Sent(NamedTuple):
    """A call of one client. ``clock``: what the platform's showed after it; None: no answer came."""

    user: str
    route: str
    given: Mapping[str, object]
    clock: int | None = None
    status: int = 0

    @property
    def writes(self) -> bool:
        return not self.route.endswith(READS)


class Seen(NamedTuple):
    """Of one kill. ``done`` and ``not_done``: the writes that were in flight, as they were found."""

    acknowledged: int
    writes: int
    done: int
    not_done: int
    projects: int

    def __add__(self, other: object) -> Seen:
        assert isinstance(other, Seen)
        sums = [one + two for one, two in zip(self, other, strict=True)]
        return Seen(*sums[:-1], projects=other.projects)


NOTHING = Seen(0, 0, 0, 0, 0)


class Client(threading.Thread):
    """Calls until the server is gone. ``projects`` and ``records``: what it has, by its own count."""

    def __init__(self, port: int, user: str, kept: World, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.user = user
        self.acknowledged: list[Sent] = []
        self.in_flight: Sent | None = None
        self._port = port
        self._chance = chance
        self._projects = [project.id for project in kept.projects if project.created_by == user]
        self._records: list[str] = []
        self._numbers = itertools.count()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        head = {"Authorization": f"Bearer {self.user}", "Content-Type": "application/json"}
        try:
            while True:
                route, given = self._next()
                self.in_flight = Sent(self.user, route, given)
                connection.request("POST", route, json.dumps(given), head)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                clock = int(answer.headers["X-Request-ID"].partition("-")[0])
                self.acknowledged.append(self.in_flight._replace(clock=clock, status=answer.status))
                self.in_flight = None
                if answer.status == 200:
                    self._learn(route, body)
        except (OSError, http.client.HTTPException):
            return

    def _learn(self, route: str, body: Mapping[str, str]) -> None:
        if route == "/project/new":
            self._projects.append(body["id"])
        elif route == "/record/new":
            self._records.append(body["id"])
        elif route.endswith("/destroy"):
            self._projects.remove(route.split("/")[1])

    def _next(self) -> tuple[str, dict[str, object]]:
        chance, number = self._chance, next(self._numbers)
        if not self._projects or chance.random() < 0.3:
            given = {"name": f"p{number}", "region": chance.choice(REGIONS), "properties": {"n": str(number)}}
            return "/project/new", given
        project = chance.choice(self._projects)
        if self._records and chance.random() < 0.2:
            return f"/{chance.choice(self._records)}/rename", {"project": project, "name": f"r{number}"}
        method, inputs = chance.choice(
            (
                ("update", {"name": f"name {number}", "summary": "s" * chance.randrange(2000)}),
                ("setProperties", {"properties": {f"k{chance.randrange(5)}": str(number)}}),
                ("addTags", {"tags": [f"t{chance.randrange(20)}"]}),
                ("removeTags", {"tags": [f"t{chance.randrange(20)}"]}),
                (
                    "invite",
                    {"invitee": chance.choice(USERS), "level": "VIEW", "suppressEmailNotification": True},
                ),
                ("transfer", {"invitee": chance.choice(USERS)}),
                ("update", {"region": REGIONS[0], "billTo": "user-nobody"}),
                ("destroy", {}),
                ("describe", {}),
                ("record", {}),
            )
        )
        if method == "record":
            return "/record/new", {"project": project, "name": f"r{number}", "nonce": f"{self.user}{number}"}
        return f"/{project}/{method}", inputs


class Killer:
    """One database, killed and served again as often as asked, each time after at most ``calls`` calls
    and a moment. ``seed`` makes the load the same; what is in flight at a kill is the machine's business."""

    def __init__(self, folder: Path, seed: int, calls: int) -> None:
        self._calls = calls
        self._world = folder / "world.toml"
        self._world.write_text(world_file())
        self._db = folder / "platform.db"
        self._chance = random.Random(seed)
        self._server = bare(self._world, self._db)
        self._kept = self._reloaded()

    def kill(self) -> Seen:
        """Raises AssertionError saying what was lost, or came from nowhere."""
        clients = [
            Client(self._server.served.port, user, self._kept, random.Random(self._chance.random()))
            for user in USERS
        ]
        for client in clients:
            client.start()
        enough = self._chance.randrange(self._calls)
        while sum(len(client.acknowledged) for client in clients) < enough:
            assert any(client.is_alive() for client in clients)
            time.sleep(0.001)
        time.sleep(self._chance.uniform(0, PAUSE_SECONDS))
        self._server.kill()
        for client in clients:
            client.join(20)
            assert not client.is_alive()
        kept = self._reloaded()
        calls = [sent for client in clients for sent in client.acknowledged]
        in_flight = [one for client in clients if (one := client.in_flight) is not None and one.writes]
        done = carried_out(self._kept, kept, calls, in_flight)
        self._kept = kept
        writes = sum(sent.writes and sent.status == 200 for sent in calls)
        return Seen(len(calls), writes, len(done), len(in_flight) - len(done), len(kept.projects))

    def close(self) -> None:
        self._server.stop()

    def _reloaded(self) -> World:
        """What the file holds; the server has been started on it again, and shows the same."""
        if self._server.served.process.poll() is None:
            self._server.kill()
        store = Database(self._db)
        kept = store.load()
        store.close()
        assert kept is not None
        self._server = bare(self._world, self._db)
        assert _shown(self._server) == {project.id for project in kept.projects}
        return kept


def _shown(server: Bare) -> set[str]:
    """The ids of all projects, as their creators find them."""
    found = set()
    for user in USERS:
        given: dict[str, object] = {"level": "ADMINISTER", "limit": 1000}
        while True:
            status, body, _ = server.served.post("/system/findProjects", given, token=user)
            assert status == 200, body
            found |= {project["id"] for project in body["results"]}
            if body["next"] is None:
                break
            given["starting"] = body["next"]
    return found


def carried_out(before: World, after: World, acknowledged: list[Sent], in_flight: list[Sent]) -> list[Sent]:
    """Which of the calls in flight were carried out, so that the world became what it is; at most one of
    each client. Raises AssertionError if that cannot be."""
    wanted = _facts(after)
    nearest: list[object] = []
    for extra in _guesses(before, after, acknowledged, in_flight):
        order = sorted([*acknowledged, *extra], key=lambda sent: sent.clock or 0)
        made = _facts(replayed(before, order))
        if made == wanted:
            return extra
        nearest = [key for key in {*made, *wanted} if made.get(key) != wanted.get(key)]
    raise AssertionError(f"no calls in flight explain what was kept: {nearest[:10]}; {in_flight}")


def _guesses(
    before: World, after: World, acknowledged: Iterable[Sent], in_flight: list[Sent]
) -> Iterator[list[Sent]]:
    """The calls in flight, put where the clock moved without an acknowledgement, in every way."""
    told = {sent.clock for sent in acknowledged}
    gaps = [ms for ms in range(before.clock.ms + 1, after.clock.ms + 1) if ms not in told]
    for chosen in itertools.permutations(in_flight, len(gaps)):
        yield [sent._replace(clock=ms) for sent, ms in zip(chosen, gaps, strict=True)]


def replayed(before: World, calls: Iterable[Sent]) -> World:
    platform = Platform(before, Memory(), CallLog())
    for sent in calls:
        body = json.dumps(sent.given).encode()
        reply = platform.answer(sent.route, body, None, f"Bearer {sent.user}", {})
        assert sent.status in (0, reply.status), (sent, reply)
    return platform.world()


def _facts(world: World) -> dict[object, object]:
    facts: dict[object, object] = {("clock",): world.clock, ("issued",): world.issued}
    records: Iterable[Record] = world.everything()
    facts.update({(type(record).__name__, record.id): record for record in records})
    return facts
