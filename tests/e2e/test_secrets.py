"""No token and no password shows in anything that the tool says, saves or keeps."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.command import Ran, environment
from support.ledgers import ledger_file
from support.postgres import Postgres
from support.sandbox import Served, served
from support.tokens import given_away, in_files, token_of

from reconciler.ledger import open_ledger, owner_here

from .conftest import WORLD

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

ALICE, BOB, EXPIRED, STRANGER, PASSWORD = map(token_of, ("alice", "bob", "expired", "stranger", "password"))
IDENTITIES = '[identities.bob]\ntoken_env = "BOBS_TOKEN"\nuser = "user-bob"\n'
OFFERED = """
[projects.trial]
id = "project-J0000000000000000000001A"
bill_to = "user-bob"
"""


class Watched:
    """A workspace with the logins of two people; all that each command says is looked through."""

    def __init__(self, lab: Lab, server: Served) -> None:
        self.lab = lab
        self.url = f"http://127.0.0.1:{server.port}"
        self.ran: list[Ran] = []

    def write(self, *parts: str, url: str | None = None, ledger: str = "") -> None:
        kept = f'ledger = "{ledger}"\n' if ledger else ""
        provider = f'[provider]\ntype = "dnanexus"\nendpoint = "{url or self.url}"\n{kept}'
        self.lab.write('workspace = "lab"\n', provider, IDENTITIES, *parts)

    def environ(self, token: str = ALICE) -> dict[str, str]:
        login = json.dumps({"auth_token_type": "Bearer", "auth_token": token})
        return {
            "HOME": str(self.lab.folder.parent),
            "DX_SECURITY_CONTEXT": login,
            "BOBS_TOKEN": BOB,
            "RECONCILER_DEBUG": "1",
            "RECONCILER_READ_RETRY_SECONDS": "0.5",
            "RECONCILER_SETTLE_SECONDS": "0.2",
        }

    def run(self, code: int, *arguments: str, token: str = ALICE, **environ: str) -> Ran:
        """The command with ``RECONCILER_DEBUG=1``, which must end like this and give nothing away."""
        ran = self.lab.run(*arguments, **{**self.environ(token), **environ})
        assert ran.code == code, (arguments, ran)
        assert given_away(ran.out + ran.err) == set(), arguments
        return ran


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    more = f"""
[[tokens]]
token = "{EXPIRED}"
user = "user-alice"
expires = 2025-12-31T00:00:00Z
"""
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD + more)
    with served(path, "--control") as running:
        yield running


@pytest.fixture
def watched(lab: Lab, server: Served) -> Watched:
    server.control("reset")
    made = Watched(lab, server)
    made.write(lab.CREATE, OFFERED)
    return made


@pytest.fixture
def nobody() -> Iterator[str]:
    """The URL of a platform that is not there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def everything(watched: Watched) -> None:
    """A day with the tool, from the first plan to the history."""
    run = watched.run
    run(0, "plan", "-v", "-o", "plan.json", "--write", "json=told.json")
    run(0, "show", "plan.json")
    run(0, "check", "plan.json")
    run(0, "apply", "plan.json", "--auto-approve", "-v", "--write", "json=report.json")
    run(5, "apply", "plan.json", "--auto-approve")
    run(0, "plan", "--format", "json")
    run(0, "drift", "--write", "json=drift.json")
    history = run(0, "history", "--format", "json").json
    run(0, "history", "--run", history["runs"][0]["started"]["run"], "--format", "json")
    run(0, "explain", "projects.rnaseq")
    run(0, "can-i", "create", "--region", "aws:us-east-1", "--bill-to", "org-lab")
    run(0, "regions", "--payer", "org-lab")


def test_no_token_is_given_away_by_a_day_with_the_tool(watched: Watched) -> None:
    """The ledger stays open beside it, so that its write-ahead log is there to be looked into."""
    with contextlib.closing(open_ledger(str(watched.lab.folder), "lab")) as beside:
        beside.baseline()
        everything(watched)
        assert ledger_file(watched.lab.folder).with_name("ledger.db-wal").exists()
        assert in_files(watched.lab.folder) == {}
        owner = owner_here("reconciler apply elsewhere")
        with contextlib.suppress(Exception), beside.lock(owner):
            watched.run(6, "apply", "--auto-approve")
            watched.run(0, "unlock", owner.id)
    assert in_files(watched.lab.folder) == {}


@pytest.mark.parametrize("token", [EXPIRED, STRANGER], ids=["expired", "unknown"])
def test_a_token_that_is_not_accepted_is_not_given_away(watched: Watched, token: str) -> None:
    for command in (["plan"], ["apply", "--auto-approve"], ["drift"], ["explain", "projects.rnaseq"]):
        ran = watched.run(1, *command, token=token)
        assert "Traceback" in ran.err
    watched.run(1, "plan", "--format", "json", token=token)
    watched.run(1, "plan", token=f"{ALICE}\n")
    watched.run(1, "plan", token=f"{ALICE} {BOB}")
    watched.run(1, "plan", DX_SECURITY_CONTEXT=f'{{"auth_token": "{ALICE}')
    watched.run(1, "plan", BOBS_TOKEN=STRANGER)
    assert in_files(watched.lab.folder) == {}


def test_a_platform_that_is_not_there_gives_no_token_away(watched: Watched, nobody: str) -> None:
    watched.write(watched.lab.CREATE, url=nobody)
    for command in (["plan"], ["apply", "--auto-approve"], ["drift"]):
        ran = watched.run(1, *command)
        assert "cannot be reached" in ran.err
        assert "Traceback" in ran.err
    assert in_files(watched.lab.folder) == {}


def test_answers_that_are_lost_leave_no_token_in_the_journal(watched: Watched, server: Served) -> None:
    fault = {"route": "/project/new", "effect": "close", "when": "before"}
    server.control("faults", {"faults": [fault]})
    ran = watched.run(4, "apply", "--auto-approve")
    assert "1 uncertain" in ran.out
    watched.run(0, "history")
    assert in_files(watched.lab.folder) == {}


def test_a_ledger_on_a_server_keeps_no_token_and_no_password_is_said(
    watched: Watched, postgres: Postgres
) -> None:
    url = postgres.new_room().replace("postgres:@", f"postgres:{PASSWORD}@")
    assert PASSWORD in url
    watched.write(watched.lab.CREATE, OFFERED, ledger=url)
    everything(watched)
    owner = owner_here("reconciler apply elsewhere")
    with contextlib.closing(open_ledger(str(watched.lab.folder), "lab", url)) as kept, kept.lock(owner):
        watched.run(6, "apply", "--auto-approve")
    postgres.run("CHECKPOINT")
    assert in_files(postgres.folder) == {}
    (watched.lab.folder / "lab.toml").unlink()  # where somebody has written the password
    assert in_files(watched.lab.folder) == {}


def test_a_ledger_that_is_not_there_does_not_give_its_password_away(watched: Watched, nobody: str) -> None:
    port = nobody.rpartition(":")[2]
    for address in (f"127.0.0.1:{port}/db", "127.0.0.1:notaport/db", f"127.0.0.1:{port}/db?nonsense=1"):
        watched.write(watched.lab.CREATE, ledger=f"postgresql://user:{PASSWORD}@{address}")
        for command in (["plan"], ["apply", "--auto-approve"], ["history"], ["unlock", "0123abcd"]):
            ran = watched.lab.run(
                *command, DX_SECURITY_CONTEXT=json.dumps({"auth_token": ALICE}), RECONCILER_DEBUG="1"
            )
            assert ran.code != 0, command
            assert given_away(ran.out + ran.err) == set(), (command, ran)
    (watched.lab.folder / "lab.toml").unlink()  # where somebody has written the password


BROKEN = """
import os, sys
from reconciler_dnanexus.session import Session
from reconciler.cli import main

def broken(self, *_):
    sent = dict(self._headers)
    assert "-token-" in sent["Authorization"]
    {how}

Session._try_read = broken
main()
"""


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ('raise RuntimeError("out of order")', "RuntimeError: out of order"),
        ("os.abort()", "Fatal Python error: Aborted"),
        ("sys.setrecursionlimit(200); return broken(self)", "RecursionError"),
    ],
    ids=["exception", "abort", "recursion"],
)
def test_an_error_within_the_client_shows_where_it_was_and_no_token(
    watched: Watched, how: str, said: str
) -> None:
    """The token is in a local variable of the frame that fails."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", BROKEN.format(how=how), "plan"],
        cwd=watched.lab.folder,
        env=environment(watched.environ()),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode not in (0, 2), done
    assert said in done.stderr
    assert "broken" in done.stderr
    assert given_away(done.stdout + done.stderr) == set()


LEAKING = """
import logging, subprocess, sys
from support.tokens import token_of

def test_prints():
    print(token_of("user-alice"))

def test_logs():
    logging.warning("called with %s", token_of("user-bob")[-16:])

def test_a_child_prints():
    code = "from support.tokens import token_of; print(token_of('user-carol'))"
    subprocess.run([sys.executable, "-c", code], capture_output=True)

def test_writes(tmp_path):
    (tmp_path / "plan.json").write_text(token_of("user-dave"))

def test_makes_a_world(tmp_path):
    (tmp_path / "world.toml").write_text(token_of("user-eve"))
"""


def test_a_test_that_gives_a_token_away_fails_whatever_way_it_takes() -> None:
    """Its own run, in a place that this one does not look into in the end."""
    with tempfile.TemporaryDirectory() as name:
        Path(name, "test_leaks.py").write_text(LEAKING)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "support.watch", "-p", "no:cacheprovider", "-n", "0",
             "--show-capture=no", "--basetemp", f"{name}/files", "--rootdir", name, name],
            cwd=name,
            env=environment({"PYTHONPATH": str(Path(__file__).parents[1])}),
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    said = done.stdout
    assert done.returncode == 1, said
    for line in (
        "test_prints: captured stdout call gives away the token of ['alice']",
        "test_logs: captured log call gives away the token of ['somebody']",
        "gives away the token of carol",
        "test_writes0/plan.json: the token of dave",
        "1 failed, 4 passed, 3 errors",
    ):
        assert line in said, said
    assert "eve" not in said
    assert given_away(said) == set()
