"""Figures of the embedded platform (``make bench-sandbox``): a served world of 1 000 and of 100 000 projects.

One client, one connection, a state on disk. The targets are calls per second on two cores; a figure
that misses its target ends the run with 1.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tabulate import tabulate

SIZES = (1_000, 100_000)
SEEDING = 30.0
"""At most so many seconds for the largest world."""

WORLD = """\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z
[switches]
rate_limit = 0
[users.user-alice]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
[[tokens]]
token = "alice-token"
user = "user-alice"
[[bulk_projects]]
count = {count}
name = "study-{{n:06}}"
region = "aws:us-east-1"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}
properties = {{ reconciler = "bench/projects.p{{n}}" }}
"""


class Figure(NamedTuple):
    what: str
    projects: int
    a_second: float
    at_least: float


class Client:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": "Bearer alice-token", "Content-Type": "application/json"}

    def post(self, path: str, given: object) -> dict[str, Any]:
        self._connection.request("POST", path, json.dumps(given), self._headers)
        answer = self._connection.getresponse()
        body: dict[str, Any] = json.loads(answer.read())
        assert answer.status == 200, body
        return body


def a_second(work: Callable[[int], object], seconds: float) -> float:
    started, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds:
        work(count)
        count += 1
    return count / spent


@contextlib.contextmanager
def served(count: int) -> Iterator[tuple[Client, float]]:
    """A client, and the seconds from the start to the first answer: reading, seeding, indexing."""
    with tempfile.TemporaryDirectory() as folder:
        world, ready = Path(folder, "world.toml"), Path(folder, "ready.json")
        world.write_text(WORLD.format(count=count), encoding="utf-8")
        started = time.perf_counter()
        arguments = ["--world", str(world), "--db", f"{folder}/state.db", "--ready-file", str(ready)]
        server = subprocess.Popen([sys.executable, "-m", "reconciler_sandbox.server", *arguments])
        try:
            while not ready.exists():
                assert server.poll() is None
                time.sleep(0.01)
            client = Client(int(json.loads(ready.read_text())["endpoint"].rpartition(":")[2]))
            client.post("/system/whoami", {})
            yield client, time.perf_counter() - started
        finally:
            server.terminate()
            server.wait()


def measured(client: Client, count: int) -> Iterator[Figure]:
    first = client.post("/system/findProjects", {"limit": 1000, "level": "VIEW"})
    ids = [entry["id"] for entry in first["results"]]
    describe = a_second(lambda n: client.post(f"/{ids[n % len(ids)]}/describe", {}), 3)
    yield Figure("describe", count, describe, 500)
    new = a_second(lambda n: client.post("/project/new", {"name": f"n{n}", "region": "aws:us-east-1"}), 3)
    yield Figure("project/new, durable", count, new, 100)
    following: list[object] = [None]

    def page(_number: int) -> None:
        given = {"limit": 1000, "level": "VIEW", "describe": {"fields": {"name": True, "region": True}}}
        if following[0] is not None:
            given["starting"] = following[0]
        following[0] = client.post("/system/findProjects", given)["next"]

    yield Figure("findProjects, pages of 1000", count, a_second(page, 3), 20)


def main() -> int:
    rows, missed = [], False
    for count in SIZES:
        with served(count) as (client, seeding):
            for figure in measured(client, count):
                met = figure.a_second >= figure.at_least
                missed = missed or not met
                rows.append(
                    [
                        figure.what,
                        count,
                        f"{figure.a_second:.0f}/s",
                        f"{figure.at_least:.0f}/s",
                        _verdict(met),
                    ]
                )
        late = count == SIZES[-1] and seeding > SEEDING
        missed = missed or late
        rows.append(
            [
                "seeding, start to first answer",
                count,
                f"{seeding:.1f} s",
                f"{SEEDING:.0f} s",
                _verdict(not late),
            ]
        )
    headers = ["work", "projects", "seen", "target", ""]
    print(tabulate(rows, headers=headers, disable_numparse=True, colalign=("left", *["right"] * 3, "left")))
    return 1 if missed else 0


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
