"""A session with the real ``dx`` on the embedded platform: run, kept in docs/sandbox.md, and tested.

``python -m conformance.dx_session`` runs it and writes the transcript into the page.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from support.marks import ROOT
from support.sandbox import Served, served

BIN = Path(sys.executable).parent
PAGE = ROOT / "docs" / "sandbox.md"
BEGIN, END = "<!-- session -->", "<!-- end: session -->"

WORLD = """\
format = 1
seed = 7
now = 2026-01-15T09:00:00Z

[switches]
rate_limit = 0

[users.user-alice]
first = "Alice"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[orgs.org-genomics]
permitted_regions = ["aws:eu-central-1", "aws:us-east-1"]
default_region = "aws:eu-central-1"
members = { user-alice = { level = "ADMIN" } }

[[projects]]
name = "archive-eu"
region = "aws:eu-central-1"
bill_to = "org-genomics"
members = { user-alice = "ADMINISTER" }

[[projects]]
name = "archive-us"
region = "aws:us-east-1"
bill_to = "org-genomics"
members = { user-alice = "ADMINISTER" }
"""

APPLET = {
    "name": "align",
    "dxapi": "1.0.0",
    "inputSpec": [{"name": "reads", "class": "file"}],
    "outputSpec": [],
    "runSpec": {
        "interpreter": "bash",
        "file": "code.sh",
        "distribution": "Ubuntu",
        "release": "24.04",
        "version": "0",
    },
}
APP = APPLET | {
    "name": "align_app",
    "version": "1.0.0",
    "regionalOptions": {
        region: {"systemRequirements": {"*": {"instanceType": "mem1_ssd1_x2"}}}
        for region in ("aws:eu-central-1", "aws:us-east-1")
    },
}


class Step(NamedTuple):
    """``error``: the platform's error type, which goes with exit code 3."""

    command: str
    error: str | None = None


STEPS = (
    Step("dx whoami"),
    Step("dx new project study --region aws:eu-central-1 --bill-to org-genomics --brief"),
    Step("dx new project nowhere --region aws:not-a-region", "InvalidInput"),
    Step("dx new project london --region aws:eu-west-2 --bill-to org-genomics", "PermissionDenied"),
    Step("dx find projects --region aws:eu-central-1"),
    Step("dx upload reads.txt --path study:/reads.txt --brief"),
    Step("dx cat study:/reads.txt"),
    Step("dx cp study:/reads.txt archive-eu:/"),
    Step("dx cp study:/reads.txt archive-us:/", "InvalidInput"),
    Step("dx update project study --bill-to user-alice", "PermissionDenied"),
    Step("dx update project archive-us --bill-to user-alice"),
    Step("dx upload reads.txt --path archive-us:/reads.txt --brief"),
    Step("dx build align --destination archive-us:/align --brief"),
    Step("dx run archive-us:/align --project archive-us -i reads=archive-us:/reads.txt -y --brief"),
    Step(
        "dx run archive-us:/align --project archive-us -i reads=study:/reads.txt -y --brief", "InvalidInput"
    ),
    Step("dx build --app align_app --bill-to org-genomics --brief"),
    Step("dx find apps --unpublished --brief"),
)


class Ran(NamedTuple):
    step: Step
    code: int
    said: str


def environ(server: Served, home: Path) -> dict[str, str]:
    """dx with a home of its own, logged in by environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DX_", "HTTP"))}
    return kept | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(home),
        "DX_USER_CONF_DIR": str(home / "configuration"),
        "DX_APISERVER_PROTOCOL": "http",
        "DX_APISERVER_HOST": "127.0.0.1",
        "DX_APISERVER_PORT": str(server.port),
        "DX_SECURITY_CONTEXT": json.dumps({"auth_token_type": "Bearer", "auth_token": "alice-token"}),
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "100",
    }


def prepare(folder: Path) -> None:
    """What the session works on: a text file, an applet and an app."""
    (folder / "reads.txt").write_text("ACGT\n", encoding="utf-8")
    for name, spec in (("align", APPLET), ("align_app", APP)):
        source = folder / name
        source.mkdir()
        (source / "dxapp.json").write_text(json.dumps(spec), encoding="utf-8")
        (source / "code.sh").write_text("main() { true; }\n", encoding="utf-8")


def session(server: Served, folder: Path) -> Iterator[Ran]:
    variables = environ(server, folder)
    for step in STEPS:
        done = subprocess.run(
            ["bash", "-c", f"{step.command} 2>&1"],
            env=variables,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        yield Ran(step, done.returncode, done.stdout)


_PASSING = re.compile(r"Request Time=[0-9.]+, Request ID=\d+-\d+")


def transcript(ran: list[Ran]) -> str:
    """As a terminal shows it; times and request ids, which differ each time, are left out."""
    lines = []
    for step, code, said in ran:
        lines.append(f"$ {step.command}")
        lines += _PASSING.sub("Request Time=…, Request ID=…", said).strip().splitlines()
        if code:
            lines.append(f"[exit code {code}]")
    return "\n".join(lines)


def run() -> list[Ran]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder)
        world = folder / "world.toml"
        world.write_text(WORLD, encoding="utf-8")
        with served(world) as server:
            return list(session(server, folder))


def renewed(page: str, text: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"the page has no {BEGIN} … {END}"
    return f"{before}{BEGIN}\n```console\n{text}\n```\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), transcript(run())), encoding="utf-8")
