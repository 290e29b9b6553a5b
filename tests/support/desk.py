"""The whole command line in this process, on an embedded platform without a socket: a plan takes
milliseconds. Only the server's process and the connection to it are left out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from unittest import mock

from msgspec import structs
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.launch import Launcher, Running
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Org, Project, User
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Memory
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.reader import load

from reconciler.cli import entry
from support.command import Ran, environment
from support.inprocess import URL, Answering, without_sockets
from support.tokens import long, no_token_in

US, EU, UK = "aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"

PEOPLE = long("""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-bob]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"

[users.user-carol]
permitted_regions = ["aws:us-east-1"]

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"

[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
members = { user-alice = { level = "ADMIN" } }

[orgs.org-clinic]
permitted_regions = ["aws:eu-central-1", "aws:eu-west-2"]
default_region = "aws:eu-central-1"
members = { user-alice = { level = "ADMIN" } }

[orgs.org-guests]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
members = { user-alice = { allowBillableActivities = true }, user-bob = { level = "ADMIN" } }

[orgs.org-partner]
permitted_regions = ["aws:us-east-1"]
members = { user-alice = {}, user-bob = { level = "ADMIN" } }
""")
"""Who there is: we are user-alice. ADMIN of org-lab and org-clinic, a MEMBER of org-guests who may do
billable activities, and one of org-partner who may not."""

HEAD = """\
workspace = "lab"

[provider]
type = "sandbox"
world = "world/world.toml"
"""

_READING = (
    "whoami",
    "describe",
    "findProjects",
    "findOrgs",
    "findMembers",
    "findDataObjects",
    "listFolder",
    "listProjects",
)


def a_project(number: int, name: str, region: str = US, bill_to: str = "org-lab", **more: object) -> str:
    """The table of a project that user-alice administers; ``more`` are keys of it with their values."""
    keys = {"id": pid(number), "name": name, "region": region, "bill_to": bill_to}
    keys |= {"members": {"user-alice": "ADMINISTER"}, **more}
    return "\n[[projects]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in keys.items())


def pid(number: int) -> str:
    return f"project-J{number:022}A"


def marked(address: str, workspace: str = "lab") -> dict[str, str]:
    """The properties of a project that bears the mark of an address."""
    return {"reconciler": f"{workspace}/projects.{address}"}


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


class _Screen(io.StringIO):
    """Whoever looks at it ends a command that goes on for ever after its first round."""

    def write(self, text: str) -> int:
        written = super().write(text)
        if "; again every " in text:
            signal.raise_signal(signal.SIGTERM)
        return written


class _Keyboard(io.StringIO):
    """What is typed is shown."""

    def __init__(self, answer: str, screen: io.StringIO) -> None:
        super().__init__(f"{answer}\n")
        self._screen = screen

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:
        line = super().readline(size)
        self._screen.write(line)
        return line


def at_a_terminal(folder: Path, environ: dict[str, str], *arguments: str, answer: str | None = None) -> Ran:
    """The command in this process, at a terminal, which shows both streams as they come: all of it is
    ``out``. ``answer``: what is typed where it asks; without one there is no keyboard."""
    screen = _Screen()
    stdin = io.StringIO() if answer is None else _Keyboard(answer, screen)
    return Ran(_ran(folder, environ, arguments, (screen, screen, stdin)), screen.getvalue(), "")


def _ran(
    folder: Path,
    environ: dict[str, str],
    arguments: tuple[str, ...],
    streams: tuple[io.StringIO, io.StringIO, io.StringIO],
) -> int:
    """The exit code. ``streams``: stdout, stderr, stdin."""
    out, err, stdin = streams
    with (
        mock.patch.object(sys, "argv", ["reconciler", *arguments]),
        mock.patch.object(sys, "stdin", stdin),
        mock.patch.dict(os.environ, environ, clear=True),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = entry.run(arguments)
    no_token_in(f"the output of {arguments}", out.getvalue(), err.getvalue())
    return code


class Desk:
    """A workspace in a folder, and the platform that it is about. ``wire``: what the command's requests
    reach, the platform itself unless something is put between; ``settings``: variables of its environment."""

    def __init__(self, folder: Path) -> None:
        """``folder`` has a world file where it belongs. Raises WorldError where that is wrong."""
        self.folder = folder
        world = load(folder / "world" / "world.toml", {"rate_limit": 0}).world
        self._tokens = {login.user: login.token for login in reversed(world.tokens)}
        self.platform = Platform(world, Memory(), CallLog())
        self.wire: Answering = self.platform
        self.settings: dict[str, str] = {}

    @classmethod
    def new(cls, folder: Path, world: str) -> Self:
        """``world``: the text of a world file."""
        (folder / "world").mkdir(parents=True)
        (folder / "world" / "world.toml").write_text(world, encoding="utf-8")
        return cls(folder)

    def write(self, toml: str) -> None:
        """The whole desired state anew, after the common head."""
        (self.folder / "lab.toml").write_text(f"{HEAD}\n{toml}", encoding="utf-8")

    def run(self, *arguments: str) -> Ran:
        """The command in the folder of the workspace, without a terminal."""
        out, err, nobody = io.StringIO(), io.StringIO(), io.StringIO()
        with self._reached():
            code = _ran(self.folder, environment(self.settings), arguments, (out, err, nobody))
        return Ran(code, out.getvalue(), err.getvalue())

    def typed(self, *arguments: str, answer: str | None = None) -> Ran:
        """The command at a terminal, as ``at_a_terminal`` has it."""
        with self._reached():
            return at_a_terminal(self.folder, environment(self.settings), *arguments, answer=answer)

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        """Commands of this process reach the platform meanwhile."""
        running = Running(URL, os.getpid(), "desk")
        with without_sockets(self.wire), mock.patch.object(Launcher, "server", return_value=running):
            yield

    def plan(self, toml: str | None = None, code: int = 0) -> Any:
        """The document of the plan, of this TOML if it is given. ``code``: what it must end with."""
        if toml is not None:
            self.write(toml)
        ran = self.run("plan", "--format", "json")
        assert ran.code == code, (ran.code, ran.out, ran.err)
        return ran.json

    def apply(self, toml: str | None = None, code: int = 0, then: int = 0) -> list[tuple[str, str]]:
        """Applies what can be, and looks that no step is left. What was done: (action, address) in that
        order. ``code``: what it must end with; ``then``: what the plan after it must."""
        if toml is not None:
            self.write(toml)
        ran = self.run("apply", "--auto-approve", "--skip-refused", "--format", "json")
        assert ran.code == code, (ran.code, ran.out, ran.err)
        assert {step["result"] for step in ran.json["steps"]} <= {"done"}
        assert self.plan(code=then)["steps"] == []
        return [(step["action"], step["address"]) for step in ran.json["steps"]]

    def refused(self, toml: str) -> dict[str, list[str]]:
        """The rules that refuse each address. Neither plan nor apply may change anything."""
        before = self.dump()
        found: dict[str, list[str]] = {}
        for refusal in self.plan(toml, code=3)["refusals"]:
            found.setdefault(refusal["address"], []).append(refusal["rule"])
        assert self.run("apply", "--auto-approve", "--skip-refused").code == 0
        assert self.dump() == before
        return found

    def unreadable(self, toml: str) -> list[tuple[str, str]]:
        """(address, attribute) of what cannot be told. Neither plan nor apply may change anything."""
        before = self.dump()
        found = [(one["address"], one["attribute"]) for one in self.plan(toml, code=7)["unreadable"]]
        assert self.run("apply", "--auto-approve").code == 7
        assert self.dump() == before
        return found

    def call(self, user: str, route: str, **inputs: object) -> Any:
        """Call the platform behind the tool's back. ``user``: user-alice or user-bob."""
        token = f"Bearer {self._tokens[user]}"
        reply = self.platform.answer(route, json.dumps(inputs).encode(), "application/json", token, {})
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def change(self, record: Org | User, **fields: object) -> None:
        """What only the platform's own people can do: change a profile."""
        self.platform.change((Put(structs.replace(record, **fields)),))

    def project(self, project_id: str) -> Project:
        return self.platform.state.projects[project_id]

    def named(self, name: str) -> Project:
        """The one project of that name."""
        (found,) = (p for p in self.platform.state.projects.values() if p.name == name)
        return found

    def org(self, org_id: str) -> Org:
        return self.platform.state.orgs[org_id]

    def user(self, user_id: str) -> User:
        return self.platform.state.users[user_id]

    def dump(self) -> str:
        """The platform's whole state as a world file."""
        return dump(self.platform.world()).text

    def writes(self) -> list[tuple[str, str]]:
        """(user, route) of each call that could change something, in their order."""
        calls = [json.loads(bytes(line)) for line in self.platform.log.recent()]
        return [
            (call["user"], call["route"]) for call in calls if call["route"].split("/")[-1] not in _READING
        ]
