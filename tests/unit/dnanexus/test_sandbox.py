"""The provider ``sandbox``: which server, started or joined, and who it is asked as."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.actual import Scope
from reconciler.model.desired import IdentityTable, ProviderTable
from reconciler.model.diagnostics import DiagnosticsError, SourceRange
from reconciler.model.plan import Step
from reconciler.provider import ProviderError, Settings, find

from .stub import Stub

WORLD = """
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[users.user-bob]
permitted_regions = ["aws:us-east-1"]

[[tokens]]
token = "alice-token"
user = "user-alice"

[[tokens]]
token = "bob-token"
user = "user-bob"
"""
NOBODY = {"HOME": "/nowhere", "DX_USER_CONF_DIR": "/nowhere"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace with a world; the server that it leaves behind is ended."""
    (tmp_path / "world.toml").write_text(WORLD)
    yield tmp_path
    end(tmp_path)


def pid(workspace: Path) -> int | None:
    try:
        return int(json.loads((workspace / ".reconciler" / "sandbox.json").read_text())["pid"])
    except FileNotFoundError:
        return None


def end(workspace: Path, number: int = signal.SIGTERM) -> None:
    running = pid(workspace)
    if running is None:
        return
    try:
        os.kill(running, number)
        until = time.monotonic() + 10
        while Path(f"/proc/{running}").exists() and time.monotonic() < until:
            time.sleep(0.01)
    except ProcessLookupError:
        return


def settings(workspace: Path, environ: dict[str, str] | None = None, **more: Any) -> Settings:
    table = more.pop("table", ProviderTable("sandbox", world="world.toml"))
    return Settings(
        str(workspace),
        table,
        more.pop("identities", {}),
        {**NOBODY, **(environ or {})},
        more.pop("identity", None),
    )


def refused(given: Settings) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        find("sandbox").reader(given)
    return caught.value


def test_the_first_command_starts_a_server_and_the_next_one_joins_it(workspace: Path) -> None:
    first = find("sandbox").reader(settings(workspace))
    assert first.identities() == ("user-alice",)
    assert first.endpoint.startswith("sandbox:")
    assert first.touches == "nothing outside this machine is touched"
    started = pid(workspace)
    second = find("sandbox").reader(settings(workspace))
    assert (second.endpoint, second.address) == (first.endpoint, first.address)
    assert pid(workspace) == started
    state = workspace / ".reconciler"
    assert (state / ".gitignore").read_text() == "*\n"
    assert (state / "sandbox.json").stat().st_mode & 0o777 == 0o600
    assert os.getsid(started or 0) != os.getsid(0)
    first.close()
    second.close()


def test_a_server_that_ended_is_brought_back_with_its_state(workspace: Path) -> None:
    client = find("sandbox").writer(settings(workspace))
    client.identities()
    after = {"name": "A", "region": "aws:us-east-1", "bill_to": "user-alice", "mark": "w/projects.a"}
    for number, number_of_end in enumerate((signal.SIGTERM, signal.SIGKILL)):
        before = pid(workspace)
        end(workspace, number_of_end)
        outcome = client.execute(Step("s1", "projects.a", "create", "user-alice", None, after))
        assert outcome.result == "done"
        assert pid(workspace) not in (None, before)
        end(workspace, number_of_end)
        assert len(client.read(Scope(marks=("w/projects.a",))).projects) == number + 1
    client.close()


def test_a_state_that_was_thrown_away_meanwhile_is_not_mistaken_for_the_old_one(workspace: Path) -> None:
    reader = find("sandbox").reader(settings(workspace))
    reader.identities()
    end(workspace)
    for name in ("sandbox.db", "sandbox.db-wal", "sandbox.db-shm"):
        (workspace / ".reconciler" / name).unlink(missing_ok=True)
    with pytest.raises(ProviderError, match="was reset while this command was running"):
        reader.read(Scope(profiles=("user-alice",)))
    reader.close()


def test_several_commands_at_once_start_one_server(workspace: Path) -> None:
    code = (
        "import sys\n"
        "from reconciler.model.desired import ProviderTable\n"
        "from reconciler.provider import Settings, find\n"
        "table = ProviderTable('sandbox', world='world.toml')\n"
        "reader = find('sandbox').reader(Settings(sys.argv[1], table, {}, {}))\n"
        "print(reader.address, *reader.identities())\n"
    )
    command = [sys.executable, "-c", code, str(workspace)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    said = {one.communicate(timeout=60)[0] for one in running}
    assert all(one.returncode == 0 for one in running)
    assert len(said) == 1
    assert said.pop().endswith(" user-alice\n")


def test_a_stale_note_of_a_server_is_not_believed(workspace: Path, stub: Stub) -> None:
    state = workspace / ".reconciler"
    state.mkdir()
    (state / "sandbox.db").touch()
    note = {"endpoint": stub.url, "pid": os.getpid(), "store": "x"}
    (state / "sandbox.json").write_text(json.dumps(note))
    reader = find("sandbox").reader(settings(workspace))
    assert reader.identities() == ("user-alice",)
    assert reader.address != stub.url
    assert stub.log == []
    reader.close()


def test_an_error_in_the_world_file_is_shown_with_its_place(workspace: Path) -> None:
    (workspace / "world.toml").write_text(WORLD + '\n[orgs.org-x]\nnmae = "X"\n')
    with pytest.raises(DiagnosticsError) as caught:
        find("sandbox").reader(settings(workspace))
    (told,) = caught.value.diagnostics
    assert told.summary == "orgs.org-x.nmae: unknown key"
    assert told.source == SourceRange(str(workspace / "world.toml"), 22, 1, 1, 'nmae = "X"')
    (workspace / "world.toml").write_text("users = [")
    with pytest.raises(DiagnosticsError, match=r"world.toml:1:10: not TOML"):
        find("sandbox").reader(settings(workspace))


def test_identities_name_users_of_the_world(workspace: Path) -> None:
    identities = {"bob": IdentityTable(user="user-bob"), "t": IdentityTable(token_env="DX_TOKEN_T")}
    reader = find("sandbox").reader(settings(workspace, identities=identities))
    assert reader.identities() == ("user-alice", "user-bob")
    assert reader.logins() == {"bob": "user-bob"}
    reader.close()
    reader = find("sandbox").reader(settings(workspace, identities=identities, identity="bob"))
    assert reader.identities() == ("user-bob", "user-alice")
    reader.close()
    table = ProviderTable("sandbox", world="world.toml", user="user-bob")
    reader = find("sandbox").reader(settings(workspace, table=table))
    assert reader.identities() == ("user-bob",)
    reader.close()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"table": ProviderTable("sandbox")}, "names no world"),
        ({"table": ProviderTable("sandbox", world="w/none.toml")}, "w/none.toml, but there is no such file"),
        ({"table": ProviderTable("sandbox", world="world.toml", user="user-eve")}, "no token of that user"),
        ({"identities": {"eve": IdentityTable(user="user-eve")}}, "[identities.eve] user is user-eve"),
        ({"identity": "eve"}, 'no identity "eve"'),
        ({"environ": {"RECONCILER_SANDBOX": "https://api.dnanexus.com"}}, "not on this machine"),
        ({"environ": {"RECONCILER_SANDBOX": "8080"}}, "RECONCILER_SANDBOX is no URL"),
        ({"table": ProviderTable("sandbox", endpoint="http://127.0.0.1:1")}, "there is no login"),
    ],
)
def test_what_cannot_be_is_said_and_no_server_is_started(
    workspace: Path, more: dict[str, Any], message: str
) -> None:
    assert message in refused(settings(workspace, **more)).message
    assert not (workspace / ".reconciler" / "sandbox.json").exists()


@pytest.fixture
def whoami(stub: Stub) -> Callable[..., str]:
    """Who the provider acts as, at a server that somebody else runs."""
    stub.handler = lambda asked: {"id": f"user-of-{asked.token}"}

    def asked(given: Settings) -> str:
        reader = find("sandbox").reader(given)
        assert (reader.endpoint, reader.address) == (stub.url, stub.url)
        try:
            return reader.identities()[0]
        finally:
            reader.close()

    return asked


@pytest.mark.parametrize(("token", "user"), [(None, "user-bob"), ("alice-token", "user-alice")])
def test_where_token_and_user_are_written_the_token_counts_if_it_is_at_hand(
    workspace: Path, token: str | None, user: str
) -> None:
    """The user is compared with it by who asked; without the token the world has one of that user."""
    identities = {"bob": IdentityTable("DX_TOKEN_BOB", "user-bob")}
    environ = {} if token is None else {"DX_TOKEN_BOB": token}
    reader = find("sandbox").reader(settings(workspace, environ, identities=identities))
    assert reader.logins() == {"bob": user}
    reader.close()


def test_a_given_server_is_used_and_none_is_started(
    workspace: Path, stub: Stub, whoami: Callable[..., str]
) -> None:
    by_variable = settings(workspace, {"RECONCILER_SANDBOX": stub.url})
    assert whoami(by_variable) == "user-of-alice-token"
    elsewhere = ProviderTable("sandbox", world="world.toml", endpoint="http://127.0.0.1:1")
    assert (
        whoami(settings(workspace, {"RECONCILER_SANDBOX": stub.url}, table=elsewhere))
        == "user-of-alice-token"
    )
    table = ProviderTable("sandbox", world="world.toml", endpoint=stub.url)
    assert whoami(settings(workspace, table=table)) == "user-of-alice-token"
    assert not (workspace / ".reconciler").exists()


def test_at_a_given_server_the_login_of_the_environment_serves_where_no_world_does(
    workspace: Path, stub: Stub, whoami: Callable[..., str]
) -> None:
    context = json.dumps({"auth_token_type": "Bearer", "auth_token": "carol-token"})
    table = ProviderTable("sandbox", endpoint=stub.url)
    assert whoami(settings(workspace, {"DX_SECURITY_CONTEXT": context}, table=table)) == "user-of-carol-token"
    with_world = ProviderTable("sandbox", endpoint=stub.url, world="world.toml")
    found = whoami(settings(workspace, {"DX_SECURITY_CONTEXT": context}, table=with_world))
    assert found == "user-of-alice-token"


def test_importing_the_provider_starts_and_imports_nothing() -> None:
    code = (
        "import sys, reconciler_sandbox.entry as e; p = e.provider(); assert p.reproducible();"
        "print({'urllib3', 'starlette', 'sqlite3', 'subprocess'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
