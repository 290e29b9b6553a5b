"""Faults as a client meets them on its connection."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.sandbox import Served, served

NEW = "/project/new"
GIVEN = {"name": "n", "region": "aws:us-east-1"}

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
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(WORLD)
    with served(path, "--control") as started:
        yield started


@pytest.fixture
def server(running: Served) -> Served:
    running.control("reset")
    return running


def play(server: Served, effect: str, when: str = "before", **more: Any) -> None:
    server.control("faults", {"faults": [{"route": NEW, "effect": effect, "when": when, **more}]})


def made(server: Served) -> int:
    return len(server.post("/system/findProjects")[1]["results"])


def connected(server: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def sent(raw: socket.socket, body: bytes = json.dumps(GIVEN).encode(), length: int | None = None) -> None:
    announced = len(body) if length is None else length
    head = f"POST {NEW} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer alice-token\r\n"
    raw.sendall(f"{head}Content-Length: {announced}\r\n\r\n".encode() + body)


def received(raw: socket.socket) -> tuple[dict[str, str], bytes]:
    """Headers and body of all that comes until the server ends the connection."""
    answer = b""
    while part := raw.recv(65536):
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return {"": lines[0], **headers}, body


@pytest.mark.parametrize(("when", "projects"), [("before", 0), ("after", 1)])
def test_a_connection_is_closed_without_an_answer(server: Served, when: str, projects: int) -> None:
    play(server, "close", when)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.post(NEW, GIVEN)
    assert made(server) == projects


def test_a_connection_is_closed_before_the_body_is_read(server: Served) -> None:
    """The rest of the body never has to come, and what has come of it is nobody's business."""
    play(server, "close")
    with connected(server) as raw:
        sent(raw, b'{"name": ', length=1000)
        assert received(raw) == ({"": ""}, b"")
    (entry,) = server.control("calls")["results"]
    assert (entry["input"], entry["status"], entry["fault"]) == (None, 0, "before close")
    (told,) = server.control("faults")["faults"]
    assert (told["seen"], told["struck"]) == (1, 1)
    assert made(server) == 0


def test_a_fault_that_asks_for_the_input_waits_for_it(server: Served) -> None:
    play(server, "close", match={"name": "other"})
    assert server.post(NEW, GIVEN)[0] == 200
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        server.post(NEW, {**GIVEN, "name": "other"})
    assert made(server) == 1


def test_a_call_that_is_looked_at_twice_is_counted_once(server: Served) -> None:
    """Before its body is read, and after."""
    close = {"route": NEW, "effect": "close", "match": {"name": "other"}}
    server.control("faults", {"faults": [close, {"route": NEW, "effect": "status:500", "nth": 3}]})
    assert [server.post(NEW, GIVEN)[0] for _ in range(4)] == [200, 200, 500, 200]
    assert [told["seen"] for told in server.control("faults")["faults"]] == [0, 4]


@pytest.mark.parametrize(("when", "projects"), [("before", 0), ("after", 1)])
def test_a_connection_is_reset(server: Served, when: str, projects: int) -> None:
    play(server, "reset", when)
    with connected(server) as raw:
        sent(raw)
        with pytest.raises(ConnectionResetError):
            raw.recv(1)
    assert made(server) == projects


@pytest.mark.parametrize(("when", "projects"), [("before", 0), ("after", 1)])
def test_a_connection_hangs_until_the_client_leaves_and_others_do_not(
    server: Served, when: str, projects: int
) -> None:
    play(server, "hang", when)
    with connected(server) as raw:
        sent(raw)
        assert made(server) == projects
        raw.settimeout(0.2)
        with pytest.raises(TimeoutError):
            raw.recv(1)
    assert made(server) == projects


@pytest.mark.parametrize(("when", "projects"), [("before", 0), ("after", 1)])
def test_half_of_the_body_comes_under_the_length_of_the_whole(
    server: Served, when: str, projects: int
) -> None:
    play(server, "truncate", when)
    with connected(server) as raw:
        sent(raw)
        headers, body = received(raw)
    assert headers[""] == "HTTP/1.1 200 OK"
    assert headers["content-type"] == "application/json"
    assert "x-request-id" in headers
    assert int(headers["content-length"]) in (2 * len(body), 2 * len(body) + 1)
    assert body.startswith(b'{"id":"project-' if when == "after" else b'{"results"')
    assert made(server) == projects
    play(server, "truncate", when)
    with pytest.raises(http.client.IncompleteRead):
        server.post(NEW, GIVEN)


@pytest.mark.parametrize(("when", "projects"), [("before", 0), ("after", 1)])
def test_more_comes_than_the_length_says(server: Served, when: str, projects: int) -> None:
    play(server, "wrong_length", when, times=2)
    with connected(server) as raw:
        sent(raw)
        headers, body = received(raw)
    assert json.loads(body)
    assert int(headers["content-length"]) == len(body) // 2
    assert made(server) == projects
    with pytest.raises(json.JSONDecodeError):
        server.post(NEW, GIVEN)


@pytest.mark.parametrize(
    ("effect", "status", "media"),
    [
        ("status:500", 500, "application/json"),
        ("status:502", 502, "text/html"),
        ("html", 200, "text/html"),
        ("garbage", 200, "application/json"),
        ("wrong_type", 200, "application/json"),
    ],
)
def test_a_made_up_answer_is_framed_well_and_the_connection_lives_on(
    server: Served, effect: str, status: int, media: str
) -> None:
    play(server, effect)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    head = {"Authorization": "Bearer alice-token"}
    connection.request("POST", NEW, json.dumps(GIVEN), head)
    answer = connection.getresponse()
    body = answer.read()
    assert (answer.status, answer.getheader("Content-Type")) == (status, media)
    assert answer.getheader("Content-Length") == str(len(body))
    port = connection.sock.getsockname()[1]
    connection.request("POST", NEW, json.dumps(GIVEN), head)
    assert connection.getresponse().status == 200
    assert connection.sock.getsockname()[1] == port
    connection.close()


def test_a_slow_answer_holds_up_nobody_else(server: Served) -> None:
    play(server, "slow:300ms")
    with connected(server) as raw:
        sent(raw)
        # Until its time has come the call has not been carried out.
        assert made(server) == 0
        assert raw.recv(15) == b"HTTP/1.1 200 OK"
    assert made(server) == 1


def test_a_struck_call_leaves_no_word_on_the_servers_error_stream(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(WORLD)
    with served(world, "--control", log=tmp_path / "stderr") as noisy:
        for effect in ("close", "reset", "truncate", "wrong_length"):
            play(noisy, effect)
            with connected(noisy) as raw:
                sent(raw)
                try:
                    received(raw)
                except ConnectionResetError:
                    continue
    lines = (tmp_path / "stderr").read_text().splitlines()
    calls = [json.loads(line)["fault"] for line in lines if line.startswith("{")]
    assert calls == ["before close", "before reset", "before truncate", "before wrong_length"]
    assert "Traceback" not in "".join(lines)
    assert lines[-len(calls) :] == [line for line in lines if line.startswith("{")]
