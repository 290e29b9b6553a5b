"""A small emulated platform in memory, and a served one in a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import structs
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.records import Member, Org, Project, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Memory
from reconciler_sandbox.world.catalogue import REGIONS
from reconciler_sandbox.world.model import Clock, Token, World
from reconciler_sandbox.world.switches import parsed

from support import coverage

NOW = 1_768_467_600_000
US, EU, AZURE, RETIRED = "aws:us-east-1", "aws:eu-central-1", "azure:westus", "aws:me-south-1"
PROJECT = "project-J00000000000000000000001"

USERS = ("user-alice", "user-bob", "user-carol", "user-dave")
"""Of org-lab: an ADMIN, a MEMBER who may bill, a MEMBER who may not, a stranger."""


class Got(NamedTuple):
    status: int
    body: dict[str, Any]
    law: str | None

    @property
    def error(self) -> str | None:
        error = self.body.get("error")
        return None if error is None else str(error["type"])


class Lab:
    """Calls go through the whole platform but the sockets; a user's token is the user's id."""

    def __init__(self, world: World) -> None:
        self.time = 0.0
        self.log = CallLog()
        coverage.note_switches(world.switches)
        self.platform = Platform(world, Memory(), self.log, monotonic=lambda: self.time)

    def call(self, user: str, path: str, given: object = None, /, **inputs: object) -> Got:
        body = json.dumps(inputs if given is None else given).encode()
        reply = self.platform.answer(path, body, "application/json", f"Bearer {user}", {})
        entry = json.loads(bytes(self.log.recent()[-1]))
        coverage.note_call(path, entry["law"])
        return Got(reply.status, json.loads(reply.body), entry["law"])

    def project(self, id: str = PROJECT) -> Project:
        return self.platform.state.projects[id]

    def change(self, id: str = PROJECT, **fields: Any) -> None:
        """Put a project into a state by hand."""
        from reconciler_sandbox.laws.effects import Put

        self.platform.change((Put(structs.replace(self.project(id), **fields)),))

    def change_org(self, id: str = "org-lab", **fields: Any) -> None:
        from reconciler_sandbox.laws.effects import Put

        self.platform.change((Put(structs.replace(self.platform.state.orgs[id], **fields)),))

    def change_user(self, id: str, **fields: Any) -> None:
        from reconciler_sandbox.laws.effects import Put

        self.platform.change((Put(structs.replace(self.platform.state.users[id], **fields)),))


def a_project(number: int, **fields: Any) -> Project:
    """A project of org-lab in US that user-alice administers."""
    base = Project(
        id=f"project-J{number:023}",
        name=f"project {number}",
        region=US,
        bill_to="org-lab",
        created_by="user-alice",
        created=NOW - 1000 * number,
        modified=NOW - 1000 * number,
        members={"user-alice": "ADMINISTER"},
        properties={},
    )
    return structs.replace(base, **fields)


def a_world(projects: list[Project] | None = None, **switches: Any) -> World:
    """Four users, who may use US and AZURE; org-lab, which may use US, EU and a retired region; org-rival,
    which is nobody's but user-dave's; one project of org-lab."""
    coverage.named.update(switches)
    orgs = {
        "org-lab": Org(
            id="org-lab",
            name="Lab",
            members={
                "user-alice": Member("ADMIN"),
                "user-bob": Member("MEMBER", allow_billable_activities=True),
                "user-carol": Member("MEMBER"),
            },
            policies={"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"},
            permitted_regions=(US, EU, RETIRED),
            default_region=EU,
        ),
        "org-rival": Org(
            id="org-rival",
            name="Rival",
            members={"user-dave": Member("ADMIN")},
            policies={"memberListVisibility": "PUBLIC", "restrictProjectTransfer": "MEMBER"},
            permitted_regions=(AZURE,),
        ),
    }
    users = {
        user: User(
            user,
            user,
            first=user.removeprefix("user-").title(),
            email=f"{user.removeprefix('user-')}@example.org",
            permitted_regions=(US, AZURE),
            default_region=US,
        )
        for user in USERS
    }
    return World(
        seed=1,
        clock=Clock(NOW),
        switches=msgspec.convert({"rate_limit": 0, **switches}, Switches),
        regions=dict(REGIONS),
        tokens=tuple(Token(user, user) for user in USERS),
        users=users,
        orgs=orgs,
        projects=[a_project(1)] if projects is None else projects,
    )


def a_lab(projects: list[Project] | None = None, **switches: Any) -> Lab:
    return Lab(a_world(projects, **switches))


class Served(NamedTuple):
    port: int
    key: str | None
    process: subprocess.Popen[str]

    def post(
        self,
        path: str,
        given: object = None,
        *,
        token: str | None = "alice-token",
        body: bytes | None = None,
        method: str = "POST",
        headers: Mapping[str, str] = {},
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers (names lowered)."""
        coverage.note_call(path, None)
        sent = {"Content-Type": "application/json", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            data = json.dumps({} if given is None else given).encode() if body is None else body
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            text = answer.read()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, json.loads(text), names

    def control(self, route: str, given: object = None) -> Any:
        status, body, _ = self.post(
            f"/emulator/{route}", given, token=None, headers={"X-Emulator-Key": self.key or ""}
        )
        assert status == 200, body
        return body


@contextlib.contextmanager
def served(world: Path, *arguments: str, log: Path | None = None) -> Iterator[Served]:
    """`reconciler sandbox serve`, ended by SIGINT; it must then end with exit code 0."""
    switches = [after for option, after in pairwise(arguments) if option == "--switch"]
    coverage.note_switches(msgspec.convert(dict(map(parsed, switches)), Switches))
    command = [str(Path(sys.executable).parent / "reconciler"), "sandbox", "serve", "--world", str(world)]
    with open(log or "/dev/null", "w", encoding="utf-8") as diagnostics:
        process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=diagnostics, text=True
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            assert line.startswith("listening on http://127.0.0.1:"), line
            key = process.stdout.readline().split()[-1] if "--control" in arguments else None
            yield Served(int(line.rpartition(":")[2]), key, process)
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=20)
            process.stdout.close()
        assert code == 0
