"""Input that means no good, or cannot be helped: an answer of the platform's, a world that is as it was,
and a server that goes on."""

from __future__ import annotations

import contextlib
import http.client
import json
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from reconciler_sandbox import connection
from support.bare import Bare, bare
from support.sandbox import Served, served

NEW = "/project/new"
GIVEN = {"name": "n", "region": "aws:us-east-1"}
WORLD = """\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[switches]
rate_limit = 0

[users.user-alice]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[[projects]]
id = "project-J00000000000000000000001"
name = "first"
region = "aws:us-east-1"
bill_to = "user-alice"
members = { user-alice = "ADMINISTER" }
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD)
    return path


@pytest.fixture(scope="module")
def server(world: Path) -> Iterator[Served]:
    with served(world) as running:
        yield running


@pytest.fixture
def unchanged(server: Served) -> Iterator[Served]:
    """The server of all tests; after the test it answers, and the world is as it was."""
    before = everything(server)
    yield server
    assert everything(server) == before


def everything(server: Served) -> object:
    found = server.post("/system/findProjects", {"describe": {"fields": {"name": True, "modified": True}}})
    assert found[0] == 200
    return found[1]["results"], server.post("/user-alice/describe")[1]


def connected(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def until_closed(raw: socket.socket) -> bytes:
    """All that comes until the other side ends the connection, one way or the other."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := raw.recv(65536):
            answer += part
    return answer


# Bodies


@pytest.mark.parametrize(
    ("body", "status", "type"),
    [
        (b"", 400, "MalformedJSON"),
        (b"not json", 400, "MalformedJSON"),
        (b'{"name": "n"', 400, "MalformedJSON"),
        (b'{"name": "n"} {}', 400, "MalformedJSON"),
        (b"{'name': 'n'}", 400, "MalformedJSON"),
        (b'{"name": NaN}', 400, "MalformedJSON"),
        (b'{"name": "\xff\xfe"}', 400, "MalformedJSON"),
        (b'{"name": "\xed\xa0\x80"}', 400, "MalformedJSON"),
        (b'{"name": "\\ud800"}', 400, "MalformedJSON"),
        (b'\xef\xbb\xbf{"name": "n"}', 400, "MalformedJSON"),
        ('{"name": "n"}'.encode("utf-16"), 400, "MalformedJSON"),
        (b"\x00", 400, "MalformedJSON"),
        (b"[]", 422, "InvalidInput"),
        (b'[{"name": "n"}]', 422, "InvalidInput"),
        (b'"name"', 422, "InvalidInput"),
        (b"null", 422, "InvalidInput"),
        (b"1e400", 400, "MalformedJSON"),
        (b'{"name": 1' + b"0" * 5000 + b"}", 400, "MalformedJSON"),
        (b'{"name": 123456789012345678901234567890}', 422, "InvalidInput"),
        (b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "MalformedJSON"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "MalformedJSON"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_a_body_that_is_no_input_is_refused(unchanged: Served, body: bytes, status: int, type: str) -> None:
    got, answer, _ = unchanged.post(NEW, body=body)
    assert (got, answer["error"]["type"]) == (status, type)
    assert answer["error"]["message"]


def test_nesting_of_any_depth_is_answered(unchanged: Served) -> None:
    """Where the limit of the one who reads and of the one who writes the log differ, too."""
    for depth in (*range(50, 900, 50), *range(900, 1020, 2)):
        for begin, end in ((b"[", b"]"), (b'{"a":', b"}")):
            body = b'{"name": ' + begin * depth + b"1" + end * depth + b"}"
            status, answer, _ = unchanged.post(NEW, body=body)
            assert (status, answer["error"]["type"]) in ((400, "MalformedJSON"), (422, "InvalidInput"))


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]
)
def test_another_content_type_is_refused(unchanged: Served, media: str) -> None:
    """A web page of another site can send these without asking."""
    status, answer, _ = unchanged.post(NEW, GIVEN, headers={"Content-Type": media})
    assert (status, answer["error"]["type"]) == (400, "MalformedJSON")


def test_a_body_of_16_megabytes_is_read_and_one_byte_more_is_refused(unchanged: Served) -> None:
    longest = 16 * 1024 * 1024
    assert unchanged.post("/system/whoami", body=b"{}" + b" " * (longest - 2))[0] == 200
    status, answer, _ = unchanged.post(NEW, body=b"{}" + b" " * (longest - 1))
    assert (status, answer["error"]["type"]) == (413, "InvalidInput")


def test_a_body_that_never_ends_is_cut_off(unchanged: Served) -> None:
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with connected(unchanged) as raw:
        raw.sendall(f"POST {NEW} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(400):
                raw.sendall(piece)
        assert b" 413 " in raw.recv(65536).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "entity",
    [
        "project-", "project-1", "project-" + "J" * 25, "project-J0000000000000000000000-",
        "Project-" + "J" * 24,
        "file-J00000000000000000000001", "user-alice%00", "project-%2e%2e%2fuser-alice", "project-\u00e9",
        "..", "project-J00000000000000000000001/..", "x" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["describe", "update"])
def test_an_id_that_is_none_is_not_found(unchanged: Served, entity: str, method: str) -> None:
    path = f"/{entity}/{method}".encode().decode("latin-1").replace("\u00c3\u00a9", "%C3%A9")
    status, answer, _ = unchanged.post(path)
    assert status in (404, 422)
    assert answer["error"]["type"] in ("ResourceNotFound", "InvalidInput")


# Connections


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET\r\n\r\n",
        b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /system/whoami HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /system/whoami HTTP/1.1\r\n\r\n",
        b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000 + b"\r\n\r\n",
        b"POST /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\r\n" * 1000 + b"\x00\xff",
    ],
    ids=lambda value: repr(value[:40]),
)
def test_what_is_no_http_is_refused_and_the_connection_ended(unchanged: Served, request_: bytes) -> None:
    with connected(unchanged) as raw:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            raw.sendall(request_)
        answer = until_closed(raw)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431"))


def test_what_is_not_http_stops_nobody_when_nobody_reads_the_servers_words(world: Path) -> None:
    """Each such request is a word on the standard error stream, and a pipe takes so many only."""
    command = [str(Path(sys.executable).parent / "reconciler"), "sandbox", "serve", "--world", str(world)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    running = Served(int(process.stdout.readline().rpartition(":")[2]), None, process)
    for _ in range(2500):
        with connected(running) as raw:
            raw.sendall(b"\x00\r\n\r\n")
            until_closed(raw)
    assert running.post("/system/whoami")[0] == 200
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_thousand_connections_at_once_are_all_answered(unchanged: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    call = b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice-token\r\n"
    call += b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
    try:
        with contextlib.ExitStack() as open_:
            connections = [open_.enter_context(connected(unchanged)) for _ in range(1000)]
            for raw in connections:
                raw.sendall(call[:-1])
            assert unchanged.post("/system/whoami")[0] == 200
            for raw in connections:
                raw.sendall(call[-1:])
            answers = [until_closed(raw) for raw in connections]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert {answer.rpartition(b"\r\n")[2] for answer in answers} == {b'{"id":"user-alice"}'}


def test_only_the_loopback_address_is_listened_on(server: Served) -> None:
    for address in ("127.0.0.2", "127.1.1.1"):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((address, server.port), timeout=5)


def impatient(world: Path, tmp_path: Path, seconds: float) -> Bare:
    before = f"from reconciler_sandbox import connection; connection.PATIENCE_SECONDS = {seconds}"
    return bare(world, tmp_path / "x.db", before=before)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /project/new HTTP/1.1\r\nHost: localh",
        b"POST /project/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n",
        b'POST /project/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{"name',
        b"POST /project/new HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{",
    ],
    ids=["nothing", "headers", "no body", "body", "chunks"],
)
def test_a_request_that_does_not_go_on_is_given_up(world: Path, tmp_path: Path, begun: bytes) -> None:
    running = impatient(world, tmp_path, 0.3)
    with connected(running.served) as raw:
        raw.sendall(begun)
        assert until_closed(raw) == b""
    assert running.served.post("/system/whoami")[0] == 200
    running.stop()
    assert running.stderr.read_text() == ""


def test_a_request_that_comes_byte_by_byte_is_given_up_and_stops_nobody(world: Path, tmp_path: Path) -> None:
    running = impatient(world, tmp_path, 1.0)
    head = b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nX-Filler: " + b"x" * 100_000
    with contextlib.ExitStack() as open_:
        slow = [open_.enter_context(connected(running.served)) for _ in range(50)]
        ended = 0
        for byte in head:
            for raw in slow:
                try:
                    raw.sendall(bytes([byte]))
                except (BrokenPipeError, ConnectionResetError):
                    ended += 1
            assert running.served.post("/system/whoami")[0] == 200
            if ended:
                break
        assert ended
        # Not one of them got an answer.
        assert {until_closed(raw) for raw in slow} == {b""}
    running.stop()


def test_a_request_in_good_time_is_not_given_up_nor_is_the_next_on_its_connection(
    world: Path, tmp_path: Path
) -> None:
    running = impatient(world, tmp_path, 0.5)
    client = http.client.HTTPConnection("127.0.0.1", running.served.port, timeout=10)
    client.connect()
    port = client.sock.getsockname()[1]
    until = time.monotonic() + 1.2
    while time.monotonic() < until:
        client.request("POST", "/system/whoami", b"{}", {"Authorization": "Bearer alice-token"})
        answer = client.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"id":"user-alice"}')
    assert client.sock.getsockname()[1] == port
    client.close()
    running.stop()


def test_the_patience_is_a_matter_of_seconds() -> None:
    assert 5 <= connection.PATIENCE_SECONDS <= 60


def test_a_client_that_leaves_half_way_is_nobodys_error(world: Path, tmp_path: Path) -> None:
    with served(world, log=tmp_path / "stderr") as running:
        for begun in (b"", b"{", b'{"name": "n"'):
            with connected(running) as raw:
                raw.sendall(
                    b"POST /project/new HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n" + begun
                )
        for _ in range(3):
            with connected(running) as raw:
                raw.sendall(b"POST /system/whoami HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        assert running.post("/system/whoami")[0] == 200
    said = (tmp_path / "stderr").read_text()
    assert "Traceback" not in said
    assert NEW not in said


# The disk


def test_a_full_disk_is_an_error_of_the_platform_and_loses_nothing(world: Path, tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))"
    running = bare(world, db, before=full)
    made, refused = [], []
    for number in range(400):
        status, answer, _ = running.served.post(NEW, {**GIVEN, "name": f"n{number}"})
        if status == 200:
            made.append(answer["id"])
        else:
            refused.append((status, answer["error"]["type"], answer["error"]["message"]))
    assert made
    assert len(refused) > 5
    (only,) = set(refused)
    assert only[:2] == (500, "InternalError")
    assert f"{db}: " in only[2]
    shown = projects(running.served)
    assert shown == {*made, "project-J00000000000000000000001"}
    running.stop()
    assert "Traceback" not in running.stderr.read_text()
    again = bare(world, db)
    assert projects(again.served) == shown
    assert again.served.post(NEW, GIVEN)[0] == 200
    again.stop()


def projects(server: Served) -> set[str]:
    return {project["id"] for project in server.post("/system/findProjects")[1]["results"]}


def test_a_log_that_cannot_be_written_takes_no_answer_away(world: Path, tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    db.with_suffix(".log").write_bytes(b"x" * 100_000 + b"\n")
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_500, 100_500))"
    running = bare(world, db, before=full)
    assert [running.served.post("/system/whoami")[0] for _ in range(10)] == [200] * 10
    running.stop()
    assert running.stderr.read_text().startswith("the log of calls cannot be written: ")
    again = bare(world, db)
    assert again.served.post("/system/nothing")[0] == 404
    again.stop()
    # The line that was torn stays alone.
    assert json.loads(db.with_suffix(".log").read_bytes().splitlines()[-1])["route"] == "/system/nothing"


@pytest.mark.parametrize("size", [0, 10, 5000])
def test_a_disk_that_is_full_at_the_start_is_told_in_a_line(world: Path, tmp_path: Path, size: int) -> None:
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"
    code = f"{full}; import sys; from reconciler_sandbox.server import main; sys.exit(main())"
    arguments = ["--world", world, "--db", tmp_path / "x.db", "--ready-file", tmp_path / "ready"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path / 'x.db'}: ")
    assert len(done.stderr.splitlines()) == 1
