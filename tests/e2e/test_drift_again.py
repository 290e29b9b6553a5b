"""``drift --since-last`` and ``--watch``, what they may not touch, and that no lock stops them."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from msgspec.structs import replace
from reconciler_sandbox.reply import Reply
from support.command import COMMAND, environment
from support.desk import EU, HEAD, Desk, a_project, pid
from support.ledgers import ledger_file
from support.postgres import Postgres

from reconciler import provider
from reconciler.ledger import Ledger, open_ledger, owner_here
from reconciler.model.desired import ProviderTable
from reconciler.provider import Reader, Settings
from tests.e2e.conftest import Lab

Desks = Callable[..., Desk]

TWO = f"""
[projects.one]
id = "{pid(1)}"
name = "One"
[projects.two]
id = "{pid(2)}"
name = "Two"
"""


@pytest.fixture
def ours(desk: Desks) -> Desk:
    """Two projects whose names were applied."""
    found = desk(a_project(1, "One"), a_project(2, "Two"))
    found.apply(TWO)
    return found


def ledger_of(desk: Desk) -> Ledger:
    return open_ledger(str(desk.folder), "lab")


def drift(desk: Desk, code: int, *options: str) -> Any:
    ran = desk.run("drift", "--format", "json", *options)
    assert ran.code == code, (ran.code, ran.out, ran.err)
    return ran.json


def told(document: Any) -> list[tuple[str, str, bool | None]]:
    return [(i["address"] or i["id"], i["verdict"], i["new"]) for i in document["items"]]


def test_the_first_run_without_a_baseline_says_so_and_judges_what_is_wanted_against_what_is_there(
    desk: Desks,
) -> None:
    found = desk(a_project(1, "One"))
    found.write(f'[projects.one]\nid = "{pid(1)}"\nname = "Uno"\n')
    document = drift(found, 2)
    assert [warning["code"] for warning in document["warnings"]] == ["no-baseline"]
    assert [item["verdict"] for item in document["items"]] == ["pending"]
    text = found.run("drift").out
    assert "warning: nothing is known to have been applied yet" in text
    found.apply()
    assert drift(found, 0)["warnings"] == []


def test_since_last_shows_only_what_is_new_and_its_code_is_that_of_what_it_shows(ours: Desk) -> None:
    first = drift(ours, 0, "--since-last")
    assert [warning["code"] for warning in first["warnings"]] == ["no-earlier-run"]
    assert first["since"] is None
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    assert told(drift(ours, 2, "--since-last")) == [("projects.one", "drifted", True)]
    quiet = drift(ours, 0, "--since-last")
    assert (quiet["items"], sum(quiet["summary"].values())) == ([], 0)
    assert (quiet["since"]["known"], quiet["since"]["only_new"]) == (1, True)
    ours.call("user-alice", f"/{pid(2)}/update", name="Due")
    assert told(drift(ours, 2, "--since-last")) == [("projects.two", "drifted", True)]
    ours.call("user-alice", f"/{pid(1)}/update", name="Ein")
    assert told(drift(ours, 2, "--since-last")) == [("projects.one", "drifted", True)]
    ours.call("user-alice", f"/{pid(1)}/update", name="One")
    assert drift(ours, 0, "--since-last")["since"]["gone"] == 1


def test_a_run_that_shows_all_tells_what_is_new_in_it_and_remembers_nothing(ours: Desk) -> None:
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    assert drift(ours, 2, "--since-last")["items"]
    ours.call("user-alice", f"/{pid(2)}/update", name="Due")
    for _ in range(2):
        assert told(drift(ours, 2)) == [("projects.one", "drifted", False), ("projects.two", "drifted", True)]
    text = ours.run("drift").out
    assert "\nSince the run of " in text
    assert ": 1 new, 1 known, 0 gone.\n" in text
    assert text.count("(new)") == 1


def test_nothing_new_is_said_in_so_many_words(ours: Desk) -> None:
    ours.run("drift", "--since-last")
    assert ours.run("drift", "--since-last").out.endswith("\nNothing new.   exit 0\n")


def test_a_violation_is_new_once(desk: Desks) -> None:
    found = desk(a_project(1, "One"))
    found.write(
        f'[orgs.org-lab]\n[[policies]]\nid = "gdpr"\nmatch = {{ bill_to = "org-lab" }}\nregions = ["{EU}"]\n'
    )
    assert told(drift(found, 3, "--since-last"))[-1] == (pid(1), "violation", None)
    assert drift(found, 0, "--since-last")["items"] == []
    assert told(drift(found, 3))[-1] == (pid(1), "violation", False)


def test_what_was_changed_at_the_platform_is_told_with_when_and_what_nobody_manages_with_who_made_it(
    desk: Desks,
) -> None:
    found = desk(a_project(1, "One"), a_project(2, "Stray", created_by="user-bob"))
    found.apply(f'[projects.one]\nid = "{pid(1)}"\nname = "One"\nbill_to = "org-lab"\n')
    found.call("user-alice", f"/{pid(1)}/update", name="Uno")
    items = {item["id"]: item for item in drift(found, 2)["items"] if item["verdict"] != "in_sync"}
    assert "; last modified there 2026-01-15T09:00:00." in items[pid(1)]["message"]
    assert "; made by user-bob " in items[pid(2)]["message"]


@contextmanager
def locked(desk: Desk) -> Iterator[None]:
    """A live process holds the lock of the workspace."""
    with closing(ledger_of(desk)) as ledger, ledger.lock(owner_here("apply")):
        yield


def test_a_held_lock_stops_neither_looking_nor_remembering(ours: Desk) -> None:
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    with locked(ours):
        assert ours.run("apply", "--auto-approve").code == 6
        assert told(drift(ours, 2, "--since-last"))
        assert drift(ours, 0, "--since-last")["since"]["known"] == 1


def test_what_cannot_be_remembered_is_a_warning_and_what_was_found_stands(
    ours: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.ledger import database

    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    with closing(sqlite3.connect(ledger_file(ours.folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ran = ours.run("drift", "--since-last", "--format", "json")
    assert ran.code == 2
    assert [item["verdict"] for item in ran.json["items"] if item["verdict"] != "in_sync"] == ["drifted"]
    assert ran.err.startswith("warning: this run is not remembered: cannot write ")


def test_a_ledger_on_a_server_remembers_for_machines_that_are_thrown_away(
    ours: Desk, postgres: Postgres
) -> None:
    (ours.folder / "lab.toml").write_text(f'{HEAD}ledger = "{postgres.new_room()}"\n{TWO}')
    assert ours.run("apply", "--auto-approve").code == 0
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    ledger_file(ours.folder).unlink()
    assert told(drift(ours, 2, "--since-last"))
    assert drift(ours, 0, "--since-last")["since"]["known"] == 1
    assert not ledger_file(ours.folder).exists()


def test_a_platform_that_is_down_is_1_and_what_was_remembered_stands(ours: Desk) -> None:
    drift(ours, 0, "--since-last")
    before = ledger_of(ours).seen()
    ours.settings["RECONCILER_READ_RETRY_SECONDS"] = "0.05"
    ours.wire = Down()
    ran = ours.run("drift", "--since-last")
    assert (ran.code, ran.out) == (1, "")
    assert "(tried once" in ran.err
    assert before is not None
    assert ledger_of(ours).seen() == before


def test_payers_that_cannot_be_read_are_7_and_named(desk: Desks) -> None:
    found = desk(HIDDEN, a_project(1, "One"), a_project(2, "Two", bill_to="org-clinic", region=EU))
    found.write(HALF)
    document = drift(found, 7)
    unreadable = {(i["address"], i["attribute"]) for i in document["items"] if i["verdict"] == "unreadable"}
    assert unreadable == {
        ("orgs.org-hidden", "default_region"),
        ("users.user-bob", "default_region"),
        ("policies.eu", "org-hidden.estate"),
        ("policies.eu", "user-bob.estate"),
    }
    assert document["read"]["partial"] == ["org-hidden", "user-bob"]
    assert document["summary"]["in_sync"] == 2
    text = found.run("drift").out
    assert "  users.user-bob " in text
    assert "      default_region   only user-bob can read it\n" in text


HIDDEN = """
[orgs.org-hidden]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
members = { user-bob = { level = "ADMIN" } }
"""
HALF = """
[orgs.org-lab]
default_region = "aws:us-east-1"
[orgs.org-clinic]
default_region = "aws:eu-central-1"
[orgs.org-hidden]
default_region = "aws:us-east-1"
[users.user-bob]
default_region = "aws:us-east-1"
[[policies]]
id = "eu"
match = { name = "EU *" }
regions = ["aws:eu-central-1"]
"""


class Down:
    """A platform that is being mended."""

    now = 0

    def answer(self, *_: object) -> Reply:
        return Reply(503, b"{}")


READING = {"whoami", "describe", "findProjects"}


def test_no_run_of_drift_sends_anything_but_reading_calls_or_changes_the_world(ours: Desk) -> None:
    ours.call("user-alice", f"/{pid(1)}/update", name="Uno")
    ours.call("user-alice", f"/{pid(2)}/destroy")
    before, calls = ours.dump(), len(ours.platform.log.recent())
    for options in ([], ["--since-last"], ["--since-last"], ["-v", "--write", "json=drift.json"]):
        ours.run("drift", *options)
    sent = [json.loads(bytes(line))["route"] for line in ours.platform.log.recent()][calls:]
    assert sent
    assert {route.split("/")[-1] for route in sent} <= READING
    assert ours.dump() == before


def test_a_plain_run_leaves_no_byte_of_the_workspace_changed(ours: Desk) -> None:
    def files() -> dict[Path, bytes]:
        there = (path for path in ours.folder.rglob("*") if path.is_file() and path.suffix != ".db-shm")
        return {path: data for path in there if (data := path.read_bytes())}

    before = files()
    assert ours.run("drift").code == 0
    assert files() == before


def test_the_object_that_drift_reads_by_has_no_method_that_writes(desk: Desks) -> None:
    """By its type (mypy holds the protocol that ``drift`` asks for) and when it runs."""
    found = desk(a_project(1, "One"))
    table = ProviderTable("sandbox", endpoint="http://127.0.0.1:1")
    settings = Settings(str(found.folder), replace(table, world="world/world.toml"), {}, {})
    with closing(provider.find("sandbox").reader(settings)) as reader:
        public = {name for name in dir(reader) if not name.startswith("_")}
    assert public == {name for name in vars(Reader) if not name.startswith("_")}
    assert "execute" not in public


class Watching:
    """``drift --watch`` in a process of its own."""

    def __init__(self, lab: Lab, *options: str, settings: dict[str, str]) -> None:
        words = [COMMAND, "drift", "--watch", "0.2", *options]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            words, cwd=lab.folder, env=environment(settings), stdout=pipe, stderr=pipe, text=True
        )

    def heartbeat(self) -> str:
        """The next one on stderr."""
        for line in _stream(self.process.stderr):
            if " drift: " in line:
                return line
        raise AssertionError("it has ended")

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@contextmanager
def watching(lab: Lab, *options: str, settings: dict[str, str] | None = None) -> Iterator[Watching]:
    """``settings``: variables of its environment."""
    found = Watching(lab, *options, settings=settings or {})
    try:
        yield found
    finally:
        found.process.kill()
        found.process.communicate()


def test_watch_looks_again_reads_the_toml_anew_outlives_errors_and_ends_at_sigterm_with_the_last_code(
    lab: Lab,
) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve").code == 0
    with watching(lab, "--format", "json", "--write", "json=drift.json") as job:
        assert "exit 0; again every 0.2 s" in job.heartbeat()
        lab.write(lab.HEAD, lab.CREATE.replace("RNA-seq", "RNA"))
        assert any("1 pending, " in job.heartbeat() for _ in range(9))
        lab.write("nonsense")
        assert any("The round failed. exit 1" in job.heartbeat() for _ in range(9))
        assert json.loads((lab.folder / "drift.json").read_text())["kind"] == "validate"
        lab.write(lab.HEAD, lab.CREATE.replace("RNA-seq", "RNA"))
        assert any("exit 2" in job.heartbeat() for _ in range(9))
        code, out = job.end(signal.SIGTERM)
    assert code == 2
    documents = [json.loads(line) for line in out.splitlines()]
    assert {document["kind"] for document in documents} == {"drift", "validate"}
    assert lab.run("drift", "--format", "json").json["since"]["known"] >= 1


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e9"])
def test_what_is_no_pause_between_two_looks_is_wrong_usage(ours: Desk, seconds: str) -> None:
    ran = ours.typed("drift", "--watch", seconds)
    assert ran.code == 64
    assert f"{float(seconds):g} is not at most 86400 seconds" in ran.out


def test_watch_ends_at_an_interrupt_with_130(lab: Lab) -> None:
    lab.write(lab.HEAD)
    with watching(lab) as job:
        job.heartbeat()
        assert job.end(signal.SIGINT)[0] == 130
