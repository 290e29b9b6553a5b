"""The server as a process: what travels, how it starts and how it ends."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sandbox import Served, served

WORLD = """\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[orgs.org-lab]
permitted_regions = ["aws:us-east-1"]
[orgs.org-lab.members]
user-alice = { level = "ADMIN" }
"""

COMMAND = str(Path(sys.executable).parent / "reconciler")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def server(world: Path) -> Iterator[Served]:
    with served(world, "--control") as running:
        yield running


def test_answers_carry_the_headers_that_clients_look_at(server: Served) -> None:
    status, body, headers = server.post(
        "/system/whoami", headers={"DNAnexus-API": "1.0.0", "Accept-Encoding": "gzip"}
    )
    assert (status, body) == (200, {"id": "user-alice"})
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(b'{"id":"user-alice"}'))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["dnanexus-api"] == "1.0.0"
    assert re.fullmatch(r"\d{13}-\d{1,6}", headers["x-request-id"])
    assert not {"content-encoding", "server", "retry-after"} & headers.keys()


def test_the_date_is_the_worlds(server: Served) -> None:
    server.control("clock", {"now": "2026-02-01T00:00:00Z"})
    assert server.post("/system/whoami")[2]["date"] == "Sun, 01 Feb 2026 00:00:00 GMT"
    server.control("clock", {"advance_ms": 61_000})
    assert server.post("/system/nothing")[2]["date"] == "Sun, 01 Feb 2026 00:01:01 GMT"


def test_errors_have_the_platforms_shape(server: Served) -> None:
    status, body, headers = server.post("/system/nothing")
    assert status == 404
    assert body == {
        "error": {"type": "ResourceNotFound", "message": "The route /system/nothing could not be found"}
    }
    assert headers["content-type"] == "application/json"
    assert "x-request-id" in headers


def test_query_strings_are_ignored_and_other_methods_are_not_found(server: Served) -> None:
    assert server.post("/system/whoami?token=x")[0] == 200
    for method in ("GET", "PUT", "DELETE"):
        assert server.post("/system/whoami", method=method)[0] == 404


@pytest.mark.covers("system/headers")
def test_the_requests_headers_are_echoed(server: Served) -> None:
    body = server.post("/system/headers", headers={"X-Thing": "yes", "DNAnexus-API": "1.0.0"})[1]
    assert (body["X-Thing"], body["DNAnexus-API"]) == ("yes", "1.0.0")


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "example.org:80", "", "0.0.0.0"])
def test_only_loopback_names_are_answered(server: Served, host: str) -> None:
    assert server.post("/system/whoami", headers={"Host": host})[0] == 400
    key = {"X-Emulator-Key": server.key or ""}
    assert server.post("/emulator/calls", headers={"Host": host, **key})[0] == 400


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:8080"])
def test_any_loopback_name_is_answered(server: Served, host: str) -> None:
    assert server.post("/system/whoami", headers={"Host": host})[0] == 200


def test_a_body_that_is_too_long_is_refused(server: Served) -> None:
    status, body, _ = server.post("/system/whoami", body=b" " * (16 * 1024 * 1024 + 1))
    assert (status, body["error"]["type"]) == (413, "InvalidInput")
    assert server.post("/system/whoami")[0] == 200


def test_a_body_in_pieces_is_read_whole(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(
            b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice-token\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
        )
        answer = b""
        while part := raw.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"id":"user-alice"}')


@pytest.mark.covers("rate_limit", "retry_after_s")
def test_a_burst_is_429_with_the_seconds_to_wait(world: Path) -> None:
    with served(world, "--switch", "rate_limit=2", "--switch", "retry_after_s=9") as limited:
        answers = [limited.post("/system/whoami") for _ in range(4)]
    assert [status for status, _, _ in answers][:2] == [200, 200]
    status, body, headers = answers[-1]
    assert (status, body["error"]["type"], headers["retry-after"]) == (429, "RateLimitConditional", "9")


def raw_answer(running: Served, accept: str) -> tuple[bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    with contextlib.closing(connection):
        headers = {"Authorization": "Bearer alice-token", "Accept-Encoding": accept}
        connection.request("POST", "/system/whoami", b"{}", headers)
        answer = connection.getresponse()
        return answer.read(), {name.lower(): value for name, value in answer.getheaders()}


@pytest.mark.covers("gzip_responses")
def test_answers_are_compressed_for_who_asks_where_the_platform_says_so(world: Path) -> None:
    with served(world, "--switch", "gzip_responses=on") as running:
        for accept in ("gzip", "deflate, GZIP;q=0.5", "gzip; q=1.0, identity"):
            body, headers = raw_answer(running, accept)
            assert gzip.decompress(body) == b'{"id":"user-alice"}'
            assert (headers["content-encoding"], headers["content-length"]) == ("gzip", str(len(body)))
        for accept in ("identity", "", "deflate", "gzip;q=0", "gzip; q=0.0"):
            body, headers = raw_answer(running, accept)
            assert body == b'{"id":"user-alice"}'
            assert "content-encoding" not in headers


def test_control_routes_want_the_key(server: Served) -> None:
    for key in ("", "0" * 32):
        status, body, _ = server.post("/emulator/calls", headers={"X-Emulator-Key": key})
        assert (status, body["error"]["type"]) == (401, "PermissionDenied")
    assert server.post("/emulator/nothing", headers={"X-Emulator-Key": server.key or ""})[0] == 404


def test_without_control_there_are_no_control_routes(world: Path) -> None:
    with served(world) as plain:
        assert plain.post("/emulator/calls")[0] == 404


def test_calls_are_logged_without_the_token(server: Served) -> None:
    server.post("/project/new", {"name": "n", "region": "azure:westus"})
    (entry,) = server.control("calls")["results"][-1:]
    assert entry["user"] == "user-alice"
    assert entry["input"] == {"name": "n", "region": "azure:westus"}
    assert (entry["route"], entry["status"]) == ("/project/new", 401)
    assert (entry["error"], entry["law"]) == ("PermissionDenied", "L5")
    assert "alice-token" not in json.dumps(server.control("calls"))


@pytest.mark.parametrize("profile", ["user-alice", "org-lab"])
def test_the_sales_desk_grants_and_takes_regions(server: Served, profile: str) -> None:
    def permitted() -> object:
        return server.post(f"/{profile}/describe")[1]["permittedRegions"]

    server.control("grant", {"profile": profile, "region": "azure:westus"})
    server.control("grant", {"profile": profile, "region": "azure:westus"})
    assert permitted() == ["aws:us-east-1", "azure:westus"]
    server.control("grant", {"profile": profile, "region": "azure:westus", "remove": True})
    assert permitted() == ["aws:us-east-1"]


@pytest.mark.parametrize(
    ("route", "given", "status"),
    [
        ("grant", {"profile": "user-nobody", "region": "azure:westus"}, 404),
        ("grant", {"profile": "user-alice", "region": "azure:nowhere"}, 422),
        ("grant", {"profile": "user-alice"}, 422),
        ("clock", {"now": "tomorrow"}, 422),
        ("clock", {"advance_ms": "1"}, 422),
        ("clock", {"advance_ms": 10**18}, 422),
        ("clock", {"advance_ms": -(10**18)}, 422),
        ("clock", {"advance": 1}, 422),
        ("faults", {"fault": []}, 422),
        ("reset", {"now": True}, 422),
        ("calls", [], 422),
    ],
)
def test_control_routes_refuse_nonsense(server: Served, route: str, given: object, status: int) -> None:
    key = {"X-Emulator-Key": server.key or ""}
    assert server.post(f"/emulator/{route}", given, headers=key)[0] == status
    assert server.post("/system/whoami")[0] == 200


def test_reset_goes_back_to_the_world_file(world: Path) -> None:
    with served(world, "--control") as running:
        made = running.post("/project/new", {"name": "n"})[1]["id"]
        running.control("reset")
        assert running.control("calls")["results"] == []
        assert running.post(f"/{made}/describe")[0] == 404
        assert running.post("/project/new", {"name": "n"})[1]["id"] == made
        assert running.control("clock")["now"] == "2026-01-15T09:00:00.001Z"


def test_serve_says_how_to_point_dx_at_it(world: Path, tmp_path: Path) -> None:
    with served(world, log=tmp_path / "stderr") as running:
        running.post("/system/whoami")
    text = (tmp_path / "stderr").read_text()
    assert f"DX_APISERVER_PROTOCOL=http DX_APISERVER_HOST=127.0.0.1 DX_APISERVER_PORT={running.port}" in text
    assert "export DX_SECURITY_CONTEXT=" in text
    assert f"\n  http://127.0.0.1:{running.port}/\n" in text
    assert json.loads(text.splitlines()[-1])["route"] == "/system/whoami"


def test_serve_says_which_logins_are_not_what_they_seem(tmp_path: Path) -> None:
    """Of many logins the first are printed."""
    extra = """
[[tokens]]
token = "narrow-token"
user = "user-alice"
scope = { projects = { "*" = "VIEW" } }

[[tokens]]
token = "former-token"
user = "user-alice"
revoked = true
"""
    many = "".join(f'\n[[tokens]]\ntoken = "token-{n}"\nuser = "user-alice"\n' for n in range(30))
    (tmp_path / "world.toml").write_text(WORLD + extra + many, encoding="utf-8")
    with served(tmp_path / "world.toml", log=tmp_path / "stderr"):
        pass
    logins = (tmp_path / "stderr").read_text().partition("one of the logins.\n")[2].splitlines()[1:]
    assert [login.partition("  # ")[2] for login in logins[:4]] == [
        "user-alice",
        "user-alice, not for everything: VIEW on *",
        "user-alice, revoked",
        "user-alice",
    ]
    assert logins[20] == "  and 13 more logins in the world"


def start(tmp_path: Path, world: Path, *arguments: str) -> tuple[subprocess.Popen[str], Path]:
    ready = tmp_path / "sandbox.json"
    command = [sys.executable, "-m", "reconciler_sandbox.server", "--world", str(world)]
    process = subprocess.Popen(
        [*command, "--db", str(tmp_path / "sandbox.db"), "--ready-file", str(ready), *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 20
    while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process, ready


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, diagnostics = process.communicate(timeout=20)
    return process.returncode, diagnostics


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_started_server_says_where_it_is_and_takes_it_back(
    tmp_path: Path, world: Path, number: signal.Signals
) -> None:
    process, ready = start(tmp_path, world)
    told = json.loads(ready.read_text())
    assert told.keys() == {"endpoint", "pid", "store"}
    assert told["pid"] == process.pid
    assert stat.S_IMODE(ready.stat().st_mode) == 0o600
    port = int(told["endpoint"].rpartition(":")[2])
    assert Served(port, None, process).post("/system/whoami")[0] == 200
    process.send_signal(number)
    assert ended(process) == (0, "")
    assert not ready.exists()
    again, ready = start(tmp_path, world)
    assert json.loads(ready.read_text())["store"] == told["store"]
    again.send_signal(number)
    assert ended(again)[0] == 0


def test_a_server_leaves_the_description_of_another_one_alone(tmp_path: Path, world: Path) -> None:
    process, ready = start(tmp_path, world)
    ready.write_text('{"pid": 1}')
    process.terminate()
    assert ended(process)[0] == 0
    assert ready.read_text() == '{"pid": 1}'


def test_an_idle_server_ends_by_itself_but_not_while_it_is_used(tmp_path: Path, world: Path) -> None:
    process, ready = start(tmp_path, world, "--idle-seconds", "0.8")
    port = int(json.loads(ready.read_text())["endpoint"].rpartition(":")[2])
    running = Served(port, None, process)
    for _ in range(6):
        time.sleep(0.3)
        assert running.post("/system/whoami")[0] == 200
    begin = time.monotonic()
    assert ended(process)[0] == 0
    assert 0.5 < time.monotonic() - begin < 5
    assert not ready.exists()


def test_a_second_server_on_one_database_is_refused(tmp_path: Path, world: Path) -> None:
    process, ready = start(tmp_path, world)
    told = ready.read_text()
    second, _ = start(tmp_path, world)
    code, diagnostics = ended(second)
    assert code == 1
    assert f"{tmp_path / 'sandbox.db'}: in use by another server (process {process.pid})" in diagnostics
    assert ready.read_text() == told
    process.terminate()
    ended(process)


def test_a_world_that_has_changed_since_is_named(tmp_path: Path, world: Path) -> None:
    mine = tmp_path / "world.toml"
    mine.write_text(world.read_text())
    process, _ = start(tmp_path, mine)
    process.terminate()
    ended(process)
    mine.write_text(world.read_text() + "\n")
    process, _ = start(tmp_path, mine)
    process.terminate()
    assert "has changed since the state was seeded" in ended(process)[1]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--world", "absent.toml"], 1, "error: absent.toml: cannot be read"),
        (["--world", "world.toml", "--switch", "nonsense=1"], 1, "error: --switch nonsense: unknown switch"),
        (["--world", "world.toml", "--switch", "nonsense"], 64, "NAME=VALUE"),
        (["--world", "world.toml", "--port", "99999"], 64, "--port"),
        (
            ["--world", "world.toml", "--log", "world.toml"],
            1,
            "world.toml: the log of calls would be written",
        ),
        (["--world", "world.toml", "--db", "kept.log"], 1, "kept.log: the log of calls would be written"),
        (["--world", "world.toml", "--db", "world.toml/x.db"], 1, "error: world.toml/x.db: "),
        ([], 64, "--world"),
    ],
)
def test_serve_refuses_wrong_starts(world: Path, arguments: list[str], code: int, said: str) -> None:
    done = subprocess.run(
        [COMMAND, "sandbox", "serve", *arguments],
        cwd=world.parent, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_named(world: Path, server: Served) -> None:
    command = [COMMAND, "sandbox", "serve", "--world", str(world), "--port", str(server.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr


def sandbox(*arguments: str | Path) -> tuple[int, str, str]:
    command = [COMMAND, "sandbox", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def workspace(tmp_path: Path, world: Path) -> Path:
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "world.toml").write_text(world.read_text())
    provider = '[provider]\ntype = "sandbox"\nworld = "world/world.toml"\n'
    (tmp_path / "reconciler.toml").write_text(f'workspace = "w"\n{provider}')
    (tmp_path / "broken.toml").write_text("[[[")
    return tmp_path


def test_a_workspaces_state_is_seeded_once_and_thrown_away(workspace: Path) -> None:
    db = workspace / ".reconciler" / "sandbox.db"
    assert sandbox("seed", workspace) == (0, f"{db}: 1 users, 1 orgs, 0 projects\n", "")
    assert db.exists()
    code, _, diagnostics = sandbox("seed", workspace / "reconciler.toml")
    assert (code, "there is a state already" in diagnostics) == (1, True)
    assert sandbox("reset", workspace) == (0, f"{db}: removed\n", "")
    assert not db.exists()
    assert sandbox("reset", workspace) == (0, f"{db}: there was no state\n", "")


def test_reset_ends_the_server_that_uses_the_state(workspace: Path) -> None:
    state = workspace / ".reconciler"
    state.mkdir()
    process, _ = start(state, workspace / "world" / "world.toml")
    assert sandbox("reset", workspace)[0] == 0
    assert ended(process)[0] == 0
    assert not (state / "sandbox.json").exists()
    assert not (state / "sandbox.db").exists()


def test_the_log_of_a_workspace_is_printed(workspace: Path) -> None:
    assert sandbox("log", workspace)[:2] == (0, "")
    state = workspace / ".reconciler"
    state.mkdir()
    process, ready = start(state, workspace / "world" / "world.toml")
    port = int(json.loads(ready.read_text())["endpoint"].rpartition(":")[2])
    Served(port, None, process).post("/system/whoami")
    process.terminate()
    ended(process)
    code, lines, _ = sandbox("log", workspace)
    assert code == 0
    assert json.loads(lines)["route"] == "/system/whoami"


def following(workspace: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [COMMAND, "sandbox", "log", "--follow", str(workspace)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_log_is_followed_from_before_its_first_line_to_ctrl_c(workspace: Path) -> None:
    reader = following(workspace)
    assert reader.stdout is not None
    assert reader.stderr is not None
    assert "no calls yet" in reader.stderr.readline()
    state = workspace / ".reconciler"
    state.mkdir()
    process, ready = start(state, workspace / "world" / "world.toml")
    running = Served(int(json.loads(ready.read_text())["endpoint"].rpartition(":")[2]), None, process)
    for path in ("/system/whoami", "/system/greet", "/user-alice/describe"):
        running.post(path)
        assert json.loads(reader.stdout.readline())["route"] == path
    process.terminate()
    ended(process)
    reader.send_signal(signal.SIGINT)
    rest, said = reader.communicate(timeout=20)
    assert (reader.returncode, rest, said) == (0, "", "")


def test_a_log_that_is_followed_may_be_replaced_or_cut_off(workspace: Path) -> None:
    log = workspace / ".reconciler" / "sandbox.log"
    log.parent.mkdir()
    log.write_text("one\ntwo\n")
    reader = following(workspace)
    assert reader.stdout is not None
    assert [reader.stdout.readline() for _ in range(2)] == ["one\n", "two\n"]
    (workspace / "other").write_text("another one\n")
    (workspace / "other").replace(log)
    assert reader.stdout.readline() == "another one\n"
    log.write_text("cut\n")
    assert reader.stdout.readline() == "cut\n"
    reader.send_signal(signal.SIGINT)
    assert (reader.communicate(timeout=20), reader.returncode) == (("", ""), 0)


def test_a_workspace_without_a_world_is_told_what_to_write(tmp_path: Path) -> None:
    code, _, diagnostics = sandbox("seed", tmp_path)
    assert (code, "world =" in diagnostics) == (1, True)
    assert sandbox("seed", tmp_path / "absent")[0] == 1


def test_the_package_is_cheap_to_import() -> None:
    code = "import sys, reconciler_sandbox, reconciler_sandbox.commands; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"starlette", "uvicorn", "sqlite3", "tree_sitter", "rtoml", "asyncio"}


def test_a_reader_that_stops_does_not_stop_the_server(world: Path) -> None:
    """Calls are logged on the standard error stream; nobody has to read it."""
    process = subprocess.Popen(
        [COMMAND, "sandbox", "serve", "--world", str(world), "--switch", "rate_limit=0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    port = int(process.stdout.readline().rpartition(":")[2])
    running = Served(port, None, process)
    for _ in range(60):
        assert running.post("/system/whoami", {"filler": "x" * 2000})[0] == 200
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
