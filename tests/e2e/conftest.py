"""The installed command in subprocesses, on small workspaces of their own."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support import born
from support.command import COMMAND, Ran, environment
from support.desk import PEOPLE, Desk
from support.tokens import long, no_token_in, token_of

WORLD = long("""
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-bob]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"

[orgs.org-lab]
name = "Lab"
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"

[orgs.org-lab.members]
user-alice = { level = "ADMIN" }

[orgs.org-broke]
name = "Cannot pay"
billable = false
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[orgs.org-broke.members]
user-alice = { level = "ADMIN" }

[[projects]]
id = "project-J0000000000000000000001A"
name = "Trial"
region = "aws:us-east-1"
bill_to = "org-lab"
created_by = "user-alice"
members = { user-alice = "ADMINISTER" }
""")

HEAD = """
workspace = "lab"

[provider]
type = "sandbox"
world = "world/world.toml"
"""

CREATE = """
[projects.rnaseq]
name = "RNA-seq"
region = "aws:eu-central-1"
bill_to = "org-lab"
"""

REFUSED = """
[projects.trial]
id = "project-J0000000000000000000001A"
region = "aws:eu-central-1"
bill_to = "org-lab"
"""

UNREADABLE = """
[users.user-bob]
default_region = "aws:us-east-1"
"""

MANUAL = """
[orgs.org-lab]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"]
"""

ELSEWHERE = """
workspace = "lab"

[provider]
type = "dnanexus"
endpoint = "http://127.0.0.1:9"
"""


class Lab:
    """A workspace on the embedded platform, and pieces of configuration to write into it."""

    HEAD = HEAD
    CREATE = CREATE
    REFUSED = REFUSED
    UNREADABLE = UNREADABLE
    MANUAL = MANUAL
    ELSEWHERE = ELSEWHERE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "world").mkdir()
        (folder / "world" / "world.toml").write_text(WORLD)

    def write(self, *parts: str, name: str = "lab.toml") -> None:
        """The whole configuration anew, in one file."""
        (self.folder / name).write_text("".join(parts))

    def run(self, *arguments: str, stdin: str = "", **environ: str) -> Ran:
        """The command in the folder of the workspace, without a terminal."""
        return born.run(arguments, self.folder, environment(environ), stdin)

    def typed(
        self, answer: str | signal.Signals, *arguments: str, meanwhile: Callable[[], object] | None = None
    ) -> Ran:
        """The command with a terminal as its stdin, on which ``answer`` is typed at the question;
        a signal is sent instead of an answer. ``meanwhile`` happens before that."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=environment({}),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(theirs)
        out = ""
        try:
            assert process.stdout is not None
            while not out.endswith("accepted: ") and (char := process.stdout.read(1)):
                out += char
            if meanwhile is not None:
                meanwhile()
            if isinstance(answer, signal.Signals):
                process.send_signal(answer)
            else:
                os.write(ours, answer.encode())
            rest, err = process.communicate(timeout=60)
        finally:
            process.kill()
            process.wait()
            os.close(ours)
        no_token_in(f"the terminal of {arguments}", out, rest, err)
        return Ran(process.returncode, out + rest, err)

    def call(self, route: str, token: str = token_of("user-alice"), **data: Any) -> Any:
        """Call the platform behind the tool's back, as any other client."""
        endpoint = json.loads((self.folder / ".reconciler" / "sandbox.json").read_text())["endpoint"]
        request = urllib.request.Request(
            endpoint + route,
            data=json.dumps(data).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def projects(self) -> list[str]:
        """Names of all projects at the platform, sorted."""
        found = self.call("/org-lab/findProjects", describe={"fields": {"name": True}})["results"]
        return sorted(project["describe"]["name"] for project in found)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A workspace with nothing in it yet; its platform is stopped in the end."""
    folder = tmp_path / "lab"
    folder.mkdir()
    made = Lab(folder)
    made.write(HEAD)
    yield made
    stop_server(folder)


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    """Makes a workspace on a platform of PEOPLE and these further tables of a world file."""
    return lambda *tables: Desk.new(tmp_path / "lab", "".join([PEOPLE, *tables]))


def stop_server(folder: Path) -> None:
    """End the embedded platform that the commands have started: its state is thrown away anyway."""
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, ProcessLookupError):
        os.kill(json.loads((folder / ".reconciler" / "sandbox.json").read_text())["pid"], signal.SIGKILL)
