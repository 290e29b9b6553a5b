"""One apply of every sort of step, on a served platform, with the ledger where a test wants it.

[orgs.org-lab]     its default region                   update, by alice
projects.one, two  made                                 create
projects.adopted   found by name                        adopt
projects.renamed   ours by its mark                     update
projects.rebilled  from one org of alice to another     update
projects.handed    from alice's org to bob's            transfer, accept

user-rival administers all that is there already.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import rtoml
from reconciler_sandbox.faults.record import Fault
from support import born
from support.command import COMMAND, Ran, environment
from support.desk import Desk, pid
from support.faults import Controlled, Stage
from support.tokens import token_of

PROJECTS = {name: pid(number) for number, name in enumerate(("adopted", "renamed", "rebilled", "handed"), 1)}
SETTLE_SECONDS = 2.0
"""How long a creation is looked for: the platform's lists show it at once, unless a fault says otherwise."""

READ_SECONDS = 1.5
"""The patience of one call."""

TIMEOUT = 60.0

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
"""Where the figures are kept."""

EU, US = "aws:eu-central-1", "aws:us-east-1"

TOKENS = (
    (token_of("user-alice"), "user-alice"),
    (token_of("user-bob"), "user-bob"),
    (f"next-{token_of('user-alice')}", "user-alice"),
    (f"next-{token_of('user-bob')}", "user-bob"),
    (token_of("user-rival"), "user-rival"),
)
"""The first of a user is used, as long as the world file of the workspace has it."""

WORLD = (
    f"""
format = 1
seed = 1
now = 2026-01-15T09:00:00Z
[switches]
rate_limit = 0
[users.user-alice]
permitted_regions = ["{US}", "{EU}"]
default_region = "{US}"
[users.user-bob]
permitted_regions = ["{US}", "{EU}"]
default_region = "{US}"
[users.user-rival]
permitted_regions = ["{US}"]
"""
    + "".join(f'[[tokens]]\ntoken = "{token}"\nuser = "{user}"\n' for token, user in TOKENS)
    + "".join(
        f"""
[orgs.{name}]
name = "{name}"
permitted_regions = ["{US}", "{EU}"]
default_region = "{US}"
policies = {{ restrictProjectTransfer = "MEMBER" }}
members = {{ {member} = {{ level = "ADMIN" }}, user-rival = {{ level = "ADMIN" }} }}
"""
        for name, member in (
            ("org-lab", "user-alice"),
            ("org-second", "user-alice"),
            ("org-theirs", "user-bob"),
        )
    )
    + "".join(
        f"""
[[projects]]
id = "{project_id}"
name = "{name}"
region = "{US}"
bill_to = "org-lab"
created_by = "user-alice"
members = {{ user-alice = "ADMINISTER", user-rival = "ADMINISTER" }}
{'properties = { reconciler = "mixed/projects.renamed" }' if name == "renamed" else ""}
"""
        for name, project_id in PROJECTS.items()
    )
)

_TOML = f"""
workspace = "mixed"
[provider]
type = "sandbox"
world = "world/world.toml"
%s
[identities.bob]
user = "user-bob"
[orgs.org-lab]
default_region = "{EU}"
[orgs.org-second]
[orgs.org-theirs]
[projects.one]
region = "{EU}"
bill_to = "org-lab"
[projects.two]
region = "{US}"
bill_to = "org-second"
[projects.adopted]
adopt = true
bill_to = "org-lab"
[projects.renamed]
name = "renamed by us"
bill_to = "org-lab"
[projects.rebilled]
id = "{PROJECTS["rebilled"]}"
bill_to = "org-second"
[projects.handed]
id = "{PROJECTS["handed"]}"
bill_to = "org-theirs"
"""


def toml(ledger: str | None = None) -> str:
    """The desired state; ``ledger``: the URL of one, or None for the file."""
    return _TOML % ("" if ledger is None else f'ledger = "{ledger}"')


class Call(NamedTuple):
    """The ``nth`` call of that route (from 1)."""

    route: str
    nth: int


class Platformed(Controlled, Protocol):
    """A platform that faults are played on, and that the rival calls."""

    def post(self, path: str, given: object, *, token: str) -> tuple[int, Any, Mapping[str, str]]:
        """Status, body and headers."""
        ...


class Story:
    """A workspace on a platform that is as at its beginning. ``ledger``: a URL, or None for the file;
    ``patience`` (seconds) is that of one call; ``settings``: more variables of the command's environment."""

    def __init__(
        self, server: Platformed, folder: Path, ledger: str | None = None, patience: float = READ_SECONDS
    ) -> None:
        self.folder = folder
        self.ledger = ledger
        self.settings: dict[str, str] = {}
        self._patience = patience
        self._server = server
        server.control("reset")
        self.stage = Stage(server)
        (folder / "world").mkdir(parents=True, exist_ok=True)
        (folder / "world" / "world.toml").write_text(WORLD)
        (folder / "reconciler.toml").write_text(toml(ledger))

    @property
    def environment(self) -> dict[str, str]:
        return environment(
            {
                "RECONCILER_SANDBOX": self.stage.url,
                "RECONCILER_SETTLE_SECONDS": str(SETTLE_SECONDS),
                "RECONCILER_READ_RETRY_SECONDS": str(self._patience),
                "PYTHONPATH": str(Path(__file__).parents[1]),
                **self.settings,
            }
        )

    def apply(self, *more: str) -> Ran:
        return self.run("apply", "--auto-approve", "--parallelism", "1", *more)

    def run(self, *words: str) -> Ran:
        return born.run(words, self.folder, self.environment)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """The command, not waited for."""
        return subprocess.Popen(
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A Python module of the tests in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def play(self, *faults: Fault) -> None:
        self.stage.play(*faults)

    def writes(self) -> list[Call]:
        """The writes that have reached the platform, in order."""
        counts: dict[str, int] = {}
        found: list[Call] = []
        for call in self.calls():
            route = call["route"]
            if is_write(route):
                counts[route] = counts.get(route, 0) + 1
                found.append(Call(route, counts[route]))
        return found

    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._server.control("calls")["results"]
        return found

    def struck(self) -> int:
        """How many calls the faults have struck."""
        return sum(fault["struck"] for fault in self._server.control("faults")["faults"])

    def world(self) -> dict[str, object]:
        """The platform's world by what matters: no time, no id of what was made."""
        return matters(self._server.control("world")["world"])

    def illegal(self) -> list[str]:
        """Writes that the platform refused by its laws."""
        return refused(self.calls())

    def log_in_anew(self) -> None:
        """Alice and bob have another token from now on."""
        world = self.folder / "world" / "world.toml"
        text = world.read_text()
        for token, user in TOKENS[:2]:
            text = text.replace(f'[[tokens]]\ntoken = "{token}"\nuser = "{user}"\n', "")
        world.write_text(text)

    def call(self, route: str, given: Mapping[str, object]) -> None:
        """The rival calls the platform."""
        status, body, _ = self._server.post(route, given, token=TOKENS[-1][0])
        assert status == 200, body

    def clean(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def desk_of(folder: Path, ledger: str | None = None) -> Desk:
    """The same workspace in one process, on a platform without a socket. ``ledger`` as for Story."""
    desk = Desk.new(folder, WORLD)
    (folder / "reconciler.toml").write_text(toml(ledger), encoding="utf-8")
    desk.settings = {"RECONCILER_SETTLE_SECONDS": "0"}
    return desk


def matters(world: str) -> dict[str, object]:
    """A world file by what matters: no time, no id of what was made."""
    found: Mapping[str, Any] = rtoml.loads(world)
    projects = [
        {key: value for key, value in project.items() if key not in ("created", "modified", "version")}
        | {"id": project["id"] if project["id"] in PROJECTS.values() else "made"}
        for project in found["projects"]
    ]
    payers = {
        kind: {name: table.get("default_region") for name, table in found[kind].items()}
        for kind in ("orgs", "users")
    }
    return {**payers, "projects": sorted(projects, key=lambda project: (project["name"], project["id"]))}


def duplicates(world: dict[str, Any]) -> list[str]:
    """Marks that more than one project of a world (as of ``matters``) bears."""
    marks = Counter(
        project["properties"]["reconciler"]
        for project in world["projects"]
        if "reconciler" in project.get("properties", {})
    )
    return [f"{mark} is borne {count} times" for mark, count in marks.items() if count > 1]


def refused(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Writes among the platform's log of calls that it refused by its laws."""
    return [
        f"{call['route']} {call['status']}"
        for call in calls
        if is_write(call["route"]) and call["status"] >= 400 and not call["fault"]
    ]


def commit() -> str:
    """Of which the figures are."""
    command = ["git", "-C", str(PAGE.parent), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "an unknown commit"


def is_write(route: str) -> bool:
    last = route.rpartition("/")[2]
    return last in ("new", "update", "setProperties", "transfer", "acceptTransfer")
