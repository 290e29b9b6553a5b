"""No token and no password shows in anything that the tool says, saves or keeps."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.command import Ran
from support.ledgers import ledger_file
from support.postgres import Postgres
from support.sandbox import Served, served

from reconciler.ledger import open_ledger, owner_here

from .conftest import WORLD

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

ALICE, BOB, EXPIRED, STRANGER, PASSWORD = (secrets.token_hex(32) for _ in range(5))
SECRETS = (ALICE, BOB, EXPIRED, STRANGER, PASSWORD)
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

    def run(self, code: int, *arguments: str, token: str = ALICE, **environ: str) -> Ran:
        """The command with ``RECONCILER_DEBUG=1``, which must end like this and give nothing away."""
        login = json.dumps({"auth_token_type": "Bearer", "auth_token": token})
        given: Mapping[str, str] = {
            "HOME": str(self.lab.folder.parent),
            "DX_SECURITY_CONTEXT": login,
            "BOBS_TOKEN": BOB,
            "RECONCILER_DEBUG": "1",
            "RECONCILER_READ_RETRY_SECONDS": "0.5",
            "RECONCILER_SETTLE_SECONDS": "0.2",
        }
        ran = self.lab.run(*arguments, **{**given, **environ})
        assert ran.code == code, (arguments, ran)
        assert given_away((ran.out + ran.err).encode()) == [], arguments
        return ran


def given_away(data: bytes) -> list[str]:
    """The secrets that can be read in it, whole or for half of their length."""
    return [secret for secret in SECRETS if secret[:32].encode() in data or secret[32:].encode() in data]


def in_files(folder: Path) -> dict[str, list[str]]:
    """By file below ``folder``, whatever it is: what can be read in it."""
    found = {str(file): given_away(file.read_bytes()) for file in folder.rglob("*") if file.is_file()}
    assert found
    return {file: names for file, names in found.items() if names}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    more = f"""
[[tokens]]
token = "{EXPIRED}"
user = "user-alice"
expires = 2025-12-31T00:00:00Z
"""
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD.replace("alice-token", ALICE).replace("bob-token", BOB) + more)
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
            assert given_away((ran.out + ran.err).encode()) == [], (command, ran)
