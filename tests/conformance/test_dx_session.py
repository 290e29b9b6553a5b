"""The session of docs/sandbox.md: what dx says and how it ends, and where everything lies afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.dx_session import PAGE, STEPS, WORLD, Ran, environ, prepare, renewed, session, transcript
from support.sandbox import served

READ_BACK = """\
import json
import dxpy

found = dxpy.find_projects(level="VIEW", describe=True)
print(json.dumps({each["describe"]["name"]: each["describe"]["region"] for each in found}))
app = dxpy.DXApp(name="align_app", alias="1.0.0").describe()
print(json.dumps(sorted(app["regionalOptions"])))
(job,) = dxpy.find_jobs(describe=True)
print(json.dumps(job["describe"]["region"]))
"""


class Session:
    def __init__(self, ran: list[Ran], read_back: list[object]) -> None:
        self.ran = ran
        self.read_back = read_back


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("session")
    prepare(folder)
    world = folder / "world.toml"
    world.write_text(WORLD, encoding="utf-8")
    with served(world) as server:
        ran = list(session(server, folder))
        told = subprocess.run(
            [sys.executable, "-c", READ_BACK],
            env=environ(server, folder),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        yield Session(ran, [json.loads(line) for line in told.stdout.splitlines()])


def test_each_step_ends_as_it_must(done: Session) -> None:
    assert len(done.ran) == len(STEPS)
    for step, code, said in done.ran:
        assert code == (0 if step.error is None else 3), (step.command, said)
        assert step.error is None or f"dxpy.exceptions.{step.error}: " in said, (step.command, said)


def test_dxpy_reads_every_region_back(done: Session) -> None:
    assert done.read_back == [
        {"study": "aws:eu-central-1", "archive-eu": "aws:eu-central-1", "archive-us": "aws:us-east-1"},
        ["aws:eu-central-1", "aws:us-east-1"],
        "aws:us-east-1",
    ]


def test_the_page_shows_this_session(done: Session) -> None:
    page = Path(PAGE).read_text(encoding="utf-8")
    assert page == renewed(page, transcript(done.ran)), "run `make dx-session`"
