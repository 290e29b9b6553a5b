"""The whole command line in this process, on an embedded platform without a socket: a plan takes
milliseconds. Only the server's process and the connection to it are left out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.launch import Launcher, Running
from reconciler_sandbox.laws.records import Org, Project, User
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.store import Memory
from reconciler_sandbox.world.dump import dump
from reconciler_sandbox.world.reader import load

from reconciler.cli import entry
from support.command import Ran, environment
from support.inprocess import URL, without_sockets

HEAD = """\
workspace = "lab"

[provider]
type = "sandbox"
world = "world/world.toml"
"""

_READING = ("whoami", "describe", "findProjects", "findOrgs", "findMembers", "findDataObjects", "listFolder")


class Desk:
    """A workspace in a folder, and the platform that it is about."""

    def __init__(self, folder: Path, world: str) -> None:
        """``world``: the text of a world file. Raises WorldError where it is wrong."""
        self.folder = folder
        (folder / "world").mkdir(parents=True)
        file = folder / "world" / "world.toml"
        file.write_text(world, encoding="utf-8")
        self.platform = Platform(load(file, {"rate_limit": 0}).world, Memory(), CallLog())

    def write(self, toml: str) -> None:
        """The whole desired state anew, after the common head."""
        (self.folder / "lab.toml").write_text(f"{HEAD}\n{toml}", encoding="utf-8")

    def run(self, *arguments: str) -> Ran:
        """The command in the folder of the workspace, without a terminal."""
        out, err = io.StringIO(), io.StringIO()
        running = Running(URL, os.getpid(), "desk")
        with (
            without_sockets(self.platform),
            mock.patch.object(Launcher, "server", return_value=running),
            mock.patch.object(sys, "argv", ["reconciler", *arguments]),
            mock.patch.object(sys, "stdin", io.StringIO()),
            mock.patch.dict(os.environ, environment({}), clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = entry.run(arguments)
        return Ran(code, out.getvalue(), err.getvalue())

    def plan(self, toml: str | None = None, code: int | None = 0) -> Any:
        """The document of the plan, of this TOML if it is given. ``code``: what it must end with."""
        if toml is not None:
            self.write(toml)
        ran = self.run("plan", "--format", "json")
        assert code is None or ran.code == code, (ran.code, ran.out, ran.err)
        return ran.json

    def apply(self, toml: str | None = None, code: int = 0, then: int = 0) -> Any:
        """The report of an apply, after which nothing is left that could be sent. ``then``: what the
        plan after it ends with."""
        if toml is not None:
            self.write(toml)
        ran = self.run("apply", "--auto-approve", "--skip-refused", "--format", "json")
        assert ran.code == code, (ran.code, ran.out, ran.err)
        assert self.plan(code=then)["steps"] == []
        return ran.json

    def project(self, project_id: str) -> Project:
        return self.platform.state.projects[project_id]

    def named(self, name: str) -> Project:
        """The one project of that name."""
        (found,) = (p for p in self.platform.state.projects.values() if p.name == name)
        return found

    def profile(self, profile_id: str) -> User | Org:
        state = self.platform.state
        return state.users[profile_id] if profile_id.startswith("user-") else state.orgs[profile_id]

    def dump(self) -> str:
        """The platform's whole state as a world file."""
        return dump(self.platform.world()).text

    def writes(self) -> list[tuple[str, str]]:
        """(user, route) of each call that could change something, in their order."""
        calls = [json.loads(bytes(line)) for line in self.platform.log.recent()]
        return [
            (call["user"], call["route"]) for call in calls if call["route"].split("/")[-1] not in _READING
        ]
