"""Files: parts announced, received, put together; fetched whole or in ranges; and which bytes are kept."""

from __future__ import annotations

import contextlib
import hashlib
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from reconciler_sandbox import exchange
from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Copy
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.reply import Reply
from reconciler_sandbox.store import Database
from support.sandbox import PROJECT, Lab, a_lab, a_project, a_world, served

WORLD = f"""\
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1"]

[[tokens]]
token = "alice-token"
user = "user-alice"

[[projects]]
id = "{PROJECT}"
name = "work"
region = "aws:us-east-1"
bill_to = "user-alice"
members = {{ user-alice = "ADMINISTER" }}
"""

OTHER = "project-J00000000000000000000002"


def new(lab: Lab, user: str = "user-alice", **given: Any) -> str:
    return str(lab.call(user, "/file/new", {"project": PROJECT, **given}).body["id"])


def announced(lab: Lab, id: str, data: bytes, index: int | None = None) -> str:
    """The path to send the part to."""
    given: dict[str, object] = {"size": len(data), "md5": hashlib.md5(data).hexdigest()}
    if index is not None:
        given["index"] = index
    got = lab.call("user-alice", f"/{id}/upload", given)
    assert got.status == 200, got
    assert got.body["headers"] == {}
    return urlsplit(got.body["url"]).path


def put(lab: Lab, path: str, data: bytes) -> Reply:
    return exchange.answer(lab.platform, "PUT", path, data, None)


def sent(lab: Lab, id: str, data: bytes, index: int | None = None) -> None:
    assert put(lab, announced(lab, id, data, index), data).status == 200


def filled(lab: Lab, *parts: bytes, **given: Any) -> str:
    """A closed file."""
    id = new(lab, **given)
    for index, data in enumerate(parts, 1):
        sent(lab, id, data, index)
    assert lab.call("user-alice", f"/{id}/close").body == {"id": id}
    return id


def offered(lab: Lab, id: str, user: str = "user-alice", **given: Any) -> str:
    """The path to fetch the file from."""
    got = lab.call(user, f"/{id}/download", given)
    assert got.status == 200, got
    return urlsplit(got.body["url"]).path


def fetched(lab: Lab, path: str, wanted: str | None = None) -> Reply:
    return exchange.answer(lab.platform, "GET", path, b"", wanted)


def state_of(lab: Lab, id: str) -> dict[str, Any]:
    fields = dict.fromkeys(("state", "size", "parts"), True)
    return lab.call("user-alice", f"/{id}/describe", fields=fields).body


@pytest.mark.covers("file/new", "file-/upload", "file-/close", "file-/download", "file-/describe")
def test_a_file_is_the_parts_in_the_order_of_their_numbers() -> None:
    lab = a_lab()
    id = new(lab)
    sent(lab, id, b"world", 3)
    sent(lab, id, b"hello ", 2)
    assert state_of(lab, id)["state"] == "open"
    assert state_of(lab, id)["size"] == 11
    assert lab.call("user-alice", f"/{id}/close").body == {"id": id}
    assert state_of(lab, id) == {
        "id": id,
        "state": "closed",
        "size": 11,
        "parts": {
            "2": {"state": "complete", "size": 6, "md5": hashlib.md5(b"hello ").hexdigest()},
            "3": {"state": "complete", "size": 5, "md5": hashlib.md5(b"world").hexdigest()},
        },
    }
    reply = fetched(lab, offered(lab, id))
    assert (reply.status, reply.body) == (200, b"hello world")


@pytest.mark.covers("file-/close")
def test_a_file_without_a_part_or_with_one_that_has_not_come_cannot_be_closed() -> None:
    lab = a_lab()
    id = new(lab)
    assert lab.call("user-alice", f"/{id}/close").error == "InvalidState"
    sent(lab, id, b"one", 1)
    path = announced(lab, id, b"two", 2)
    assert state_of(lab, id)["parts"]["2"]["state"] == "pending"
    got = lab.call("user-alice", f"/{id}/close")
    assert got.error == "InvalidState"
    assert "part 2" in got.body["error"]["message"]
    assert state_of(lab, id)["state"] == "open"
    assert put(lab, path, b"two").status == 200
    assert [lab.call("user-alice", f"/{id}/close").status for _ in range(2)] == [200, 200]


@pytest.mark.covers("file-/close", "file-/upload")
def test_only_those_who_may_upload_fill_and_close_a_file() -> None:
    members = {"user-alice": "ADMINISTER", "user-carol": "UPLOAD", "user-dave": "VIEW"}
    lab = a_lab([a_project(1, members=members)])
    id = new(lab)
    sent(lab, id, b"x")
    given = {"size": 1, "md5": "0" * 32}
    assert lab.call("user-dave", f"/{id}/upload", given).error == "PermissionDenied"
    assert lab.call("user-dave", f"/{id}/close").error == "PermissionDenied"
    assert lab.call("user-carol", f"/{id}/upload", given).status == 200
    mine = new(lab, "user-carol")
    sent(lab, mine, b"y")
    assert lab.call("user-carol", f"/{mine}/close").status == 200


@pytest.mark.covers("file-/upload")
def test_what_differs_from_its_announcement_is_refused_and_stores_nothing() -> None:
    lab = a_lab()
    id = new(lab)
    path = announced(lab, id, b"hello")
    before = (dict(lab.platform.state.objects), dict(lab.platform.state.contents))
    for data in (b"hell", b"hello!", b"jello", b""):
        reply = put(lab, path, data)
        assert (reply.status, reply.media) == (422, "application/json")
        assert b"InvalidInput" in reply.body
    assert (lab.platform.state.objects, lab.platform.state.contents) == before
    assert put(lab, path, b"hello").status == 200
    shorter = {"size": 4, "md5": hashlib.md5(b"other").hexdigest()}
    url = lab.call("user-alice", f"/{id}/upload", shorter).body["url"]
    assert put(lab, urlsplit(url).path, b"other").status == 422


@pytest.mark.covers("file-/upload")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"size": 1},
        {"md5": "0" * 32},
        {"size": "1", "md5": "0" * 32},
        {"size": True, "md5": "0" * 32},
        {"size": -1, "md5": "0" * 32},
        {"size": 16 * 1024 * 1024 + 1, "md5": "0" * 32},
        {"size": 1, "md5": "0" * 31},
        {"size": 1, "md5": "G" * 32},
        {"size": 1, "md5": "0" * 32, "index": 0},
        {"size": 1, "md5": "0" * 32, "index": 10_001},
        {"size": 1, "md5": "0" * 32, "index": 1.5},
    ],
)
def test_a_part_is_announced_with_its_size_and_md5(given: dict[str, object]) -> None:
    lab = a_lab()
    id = new(lab)
    assert lab.call("user-alice", f"/{id}/upload", given).error == "InvalidInput"
    assert state_of(lab, id)["parts"] == {}


@pytest.mark.covers("file-/upload")
def test_a_file_of_more_than_16_mb_is_refused() -> None:
    lab = a_lab()
    id = new(lab)
    most = 16 * 1024 * 1024
    given = {"size": most, "md5": "0" * 32}
    assert lab.call("user-alice", f"/{id}/upload", {**given, "index": 1}).status == 200
    got = lab.call("user-alice", f"/{id}/upload", {**given, "index": 2, "size": 1})
    assert got.error == "InvalidInput"
    assert str(most) in got.body["error"]["message"]
    assert lab.call("user-alice", f"/{id}/upload", {**given, "index": 1}).status == 200


@pytest.mark.covers("file-/upload")
def test_of_a_part_that_is_sent_again_the_last_one_that_arrived_counts() -> None:
    lab = a_lab()
    id = new(lab)
    first, second = announced(lab, id, b"first"), announced(lab, id, b"the second")
    assert put(lab, second, b"the second").status == 200
    assert put(lab, first, b"first").status == 200
    announced(lab, id, b"the third, which never comes")
    assert lab.call("user-alice", f"/{id}/close").status == 200
    assert fetched(lab, offered(lab, id)).body == b"first"
    assert [content.data for content in lab.platform.state.contents.values()] == [b"first"]


@pytest.mark.covers("file-/upload", "file-/close")
def test_an_empty_file_has_one_empty_part_and_a_full_one_is_not_emptied() -> None:
    """The official client sends an empty first part before it closes, and goes on after InvalidState; had
    it got no address, it would ask for one again and again, for three quarters of a minute."""
    lab = a_lab()
    empty = filled(lab, b"")
    assert state_of(lab, empty)["size"] == 0
    assert fetched(lab, offered(lab, empty)).body == b""
    full = new(lab)
    sent(lab, full, b"x", 1)
    refused = put(lab, announced(lab, full, b"", 1), b"")
    assert (refused.status, b"InvalidState" in refused.body) == (422, True)
    announced(lab, full, b"", 2)
    assert lab.call("user-alice", f"/{full}/close").status == 200
    assert fetched(lab, offered(lab, full)).body == b"x"


@pytest.mark.covers("file-/upload", "file-/download")
def test_a_closed_file_takes_no_part_and_an_open_one_gives_no_bytes() -> None:
    lab = a_lab()
    id = new(lab)
    path = announced(lab, id, b"x")
    got = lab.call("user-alice", f"/{id}/download")
    assert (got.error, got.status) == ("InvalidState", 422)
    assert put(lab, path, b"x").status == 200
    assert lab.call("user-alice", f"/{id}/close").status == 200
    given = {"size": 1, "md5": "0" * 32}
    assert lab.call("user-alice", f"/{id}/upload", given).error == "InvalidState"
    late = put(lab, path, b"x")
    assert (late.status, b"InvalidState" in late.body) == (422, True)


@pytest.mark.covers("file-/download")
@pytest.mark.parametrize(
    ("wanted", "body", "range"),
    [
        ("bytes=0-4", b"01234", "bytes 0-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_of_a_file_is_fetched(wanted: str, body: bytes, range: str) -> None:
    lab = a_lab()
    reply = fetched(lab, offered(lab, filled(lab, b"0123456789")), wanted)
    assert (reply.status, reply.body, reply.headers["Content-Range"]) == (206, body, range)


@pytest.mark.covers("file-/download")
def test_a_range_outside_is_refused_and_one_of_another_form_is_not_looked_at() -> None:
    lab = a_lab()
    path = offered(lab, filled(lab, b"0123456789"))
    for wanted in ("bytes=10-", "bytes=5-4", "bytes=-0"):
        reply = fetched(lab, path, wanted)
        assert (reply.status, reply.headers["Content-Range"]) == (416, "bytes */10")
    for wanted in ("bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=" + "9" * 5000 + "-"):
        assert (fetched(lab, path, wanted).status, fetched(lab, path, wanted).body) == (200, b"0123456789")


@pytest.mark.covers("file-/download")
def test_a_file_is_fetched_as_an_attachment_of_its_name_and_media_type() -> None:
    lab = a_lab()
    id = filled(lab, b"x", name='a "b"/ü.txt', media="text/html; charset=utf-8")
    reply = fetched(lab, offered(lab, id))
    assert reply.media == "text/html; charset=utf-8"
    assert reply.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%20%22b%22%2F%C3%BC.txt"
    assert "c.txt" in fetched(lab, offered(lab, id, filename="c.txt")).headers["Content-Disposition"]
    odd = filled(lab, b"x", media="text/plain\r\nSet-Cookie: a=b")
    assert fetched(lab, offered(lab, odd)).media == "application/octet-stream"


@pytest.mark.covers("file-/upload", "file-/download")
def test_an_address_that_was_not_given_out_is_worth_nothing() -> None:
    lab = a_lab()
    id = filled(lab, b"secret")
    path = offered(lab, id)
    text, dot, mark = path.removeprefix("/bytes/").partition("/")[0].partition(".")
    forged = [
        path.replace(mark, "0" * 32),
        f"/bytes/{text[:-4]}AAAA{dot}{mark}",
        f"/bytes/{text}",
        "/bytes/",
        "/bytes/é.ü",
        "/bytes/e30." + lab.platform.sign("e30"),
    ]
    for address in forged:
        for reply in (fetched(lab, address), put(lab, address, b"x")):
            assert (reply.status, b"PermissionDenied" in reply.body) == (401, True), address
    elsewhere = a_lab()
    assert filled(elsewhere, b"secret") == id
    assert fetched(elsewhere, path).status == 401
    open_one = new(lab)
    sending = announced(lab, open_one, b"x")
    assert fetched(lab, sending).status == 401
    assert put(lab, path, b"x").status == 401


@pytest.mark.covers("file-/download")
def test_an_address_lasts_as_long_as_its_owner_sees_the_file_in_the_project() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "user-dave": "VIEW"}), a_project(2)])
    id = filled(lab, b"x")
    lab.platform.change((Put(Copy(object=id, holder=OTHER, name="x")),))
    his, hers = offered(lab, id, "user-dave"), offered(lab, id, project=OTHER)
    assert fetched(lab, his).status == fetched(lab, hers).status == 200
    lab.change(members={"user-alice": "ADMINISTER"})
    assert fetched(lab, his).status == 401
    lab.call("user-alice", f"/{OTHER}/removeObjects", objects=[id])
    assert fetched(lab, hers).status == 404
    assert fetched(lab, offered(lab, id)).status == 200


@pytest.mark.covers("file-/download")
def test_a_preauthenticated_address_is_for_everybody_until_it_expires() -> None:
    lab = a_lab()
    id = filled(lab, b"x")
    got = lab.call("user-alice", f"/{id}/download", preauthenticated=True, duration=60)
    now = lab.platform.now
    assert got.body["expires"] == now + 60_000
    path = urlsplit(got.body["url"]).path
    lab.change(members={"user-dave": "ADMINISTER"})
    assert fetched(lab, path).body == b"x"
    lab.platform.set_clock(now + 59_999)
    assert fetched(lab, path).status == 200
    lab.platform.set_clock(now + 60_000)
    assert fetched(lab, path).status == 401
    lab.change(members={"user-alice": "ADMINISTER"})
    day = lab.call("user-alice", f"/{id}/download", preauthenticated=True).body
    assert day["expires"] == lab.platform.now + 86_400_000
    assert "expires" not in lab.call("user-alice", f"/{id}/download").body


@pytest.mark.covers("file-/download")
def test_a_download_is_refused_where_the_file_is_not_seen_or_not_to_leave() -> None:
    lab = a_lab(
        [
            a_project(1, flags=("downloadRestricted",)),
            a_project(2),
            a_project(3, members={"user-dave": "VIEW"}),
        ]
    )
    id = filled(lab, b"x")
    assert lab.call("user-alice", f"/{id}/download").error == "PermissionDenied"
    assert lab.call("user-dave", f"/{id}/download").error == "PermissionDenied"
    assert lab.call("user-alice", f"/{id}/download", project=OTHER).error == "ResourceNotFound"
    assert lab.call("user-alice", f"/{id}/download", project="project-none").error == "ResourceNotFound"
    lab.platform.change((Put(Copy(object=id, holder=OTHER, name="x")),))
    assert lab.call("user-alice", f"/{id}/download", project=PROJECT).error == "PermissionDenied"
    assert fetched(lab, offered(lab, id)).body == b"x"
    assert fetched(lab, offered(lab, id, project=OTHER)).body == b"x"
    for given in (
        {"duration": 0},
        {"duration": 2**63},
        {"duration": "1"},
        {"filename": ""},
        {"preauthenticated": 1},
    ):
        assert lab.call("user-alice", f"/{id}/download", given).error == "InvalidInput"


@pytest.mark.covers("file-/download")
def test_a_public_file_is_fetched_by_everybody() -> None:
    lab = a_lab([a_project(1, members={"user-alice": "ADMINISTER", "PUBLIC": "VIEW"})])
    id = filled(lab, b"x")
    assert fetched(lab, offered(lab, id, "PUBLIC")).body == b"x"
    lab.change(members={"user-alice": "ADMINISTER"})
    assert lab.call("PUBLIC", f"/{id}/download").error == "PermissionDenied"


@pytest.mark.covers("file-/close", "project-/removeObjects")
def test_bytes_are_kept_once_and_as_long_as_a_file_has_them() -> None:
    lab = a_lab()
    contents = lab.platform.state.contents
    first, second = filled(lab, b"same"), filled(lab, b"sa", b"me")
    assert [content.data for content in contents.values()] == [b"same"]
    lab.call("user-alice", f"/{PROJECT}/removeObjects", objects=[first])
    assert fetched(lab, offered(lab, second)).body == b"same"
    half = new(lab)
    sent(lab, half, b"half")
    assert len(contents) == 2
    lab.call("user-alice", f"/{PROJECT}/removeObjects", objects=[second, half])
    assert contents == {}


@pytest.mark.covers("file-/close", "project-/destroy")
def test_bytes_go_with_their_project() -> None:
    lab = a_lab()
    filled(lab, b"x")
    assert lab.call("user-alice", f"/{PROJECT}/destroy").status == 200
    assert lab.platform.state.contents == {}
    assert lab.platform.state.objects == {}


@pytest.mark.covers("file-/download")
def test_bytes_outlive_the_process(tmp_path: Path) -> None:
    store = Database(tmp_path / "state.db")
    world = a_world()
    store.seed(world, "")
    lab = a_lab()
    lab.platform = Platform(world, store, lab.log)
    id = filled(lab, b"lasting")
    store.close()
    again = Database(tmp_path / "state.db")
    kept = again.load()
    assert kept is not None
    lab.platform = Platform(kept, again, lab.log)
    assert fetched(lab, offered(lab, id)).body == b"lasting"
    again.close()


@pytest.mark.covers("file-/download")
def test_the_log_of_calls_names_the_file_and_never_the_address() -> None:
    lab = a_lab()
    id = filled(lab, b"x")
    path = offered(lab, id)
    fetched(lab, path, "bytes=0-0")
    put(lab, path, b"x")
    fetched(lab, "/bytes/forged")
    lines = [bytes(line).decode() for line in lab.log.recent()]
    assert f'"route":"/bytes/{id}","input":{{"range":"bytes=0-0"}},"status":206' in lines[-3]
    assert '"status":401' in lines[-2]
    assert "forged" not in lines[-1]
    assert not any(path.rpartition(".")[2][:32] in line for line in lines)


@pytest.mark.covers("project-/describe")
def test_a_project_tells_how_files_are_cut_into_parts() -> None:
    lab = a_lab()
    fields = {"fileUploadParameters": True}
    told = lab.call("user-alice", f"/{PROJECT}/describe", fields=fields).body["fileUploadParameters"]
    assert told["emptyLastPartAllowed"] is True
    assert told["minimumPartSize"] < told["maximumPartSize"] == 16 * 1024 * 1024
    assert told["maximumNumParts"] == 10_000
    assert "fileUploadParameters" not in lab.call("user-alice", f"/{PROJECT}/describe").body


def test_the_address_is_on_the_host_that_was_called() -> None:
    lab = a_lab()
    id = filled(lab, b"x")
    reply = lab.platform.answer(
        f"/{id}/download", b"{}", "application/json", "Bearer user-alice", {"Host": "127.0.0.1:4711"}
    )
    assert reply.body.startswith(b'{"url":"http://127.0.0.1:4711/bytes/')


def test_bytes_travel_over_http_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text(WORLD, encoding="utf-8")
    with served(tmp_path / "world.toml", "--switch", "gzip_responses=on") as server:
        data = bytes(range(256)) * 100
        id = server.post("/file/new", {"project": PROJECT, "name": "x"})[1]["id"]
        part = {"size": len(data), "md5": hashlib.md5(data).hexdigest()}
        sending = urlsplit(server.post(f"/{id}/upload", part)[1]["url"])
        assert sending.netloc == f"127.0.0.1:{server.port}"

        def ask(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, HTTPMessage]:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
            with contextlib.closing(connection):
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read(), answer.headers

        assert ask("PUT", sending.path, b"x" * (16 * 1024 * 1024 + 1))[0] == 413
        assert ask("PUT", sending.path, data, Host="evil.example")[0] == 400
        assert server.post(sending.path)[0] == 404
        assert ask("PUT", sending.path, data)[0] == 200
        assert server.post(f"/{id}/close")[0] == 200
        path = urlsplit(server.post(f"/{id}/download")[1]["url"]).path
        status, body, headers = ask("GET", path, **{"Accept-Encoding": "gzip"})
        assert (status, body, headers["Content-Encoding"]) == (200, data, None)
        status, body, headers = ask("GET", path, Range="bytes=256-511")
        assert (status, body, headers["Content-Range"]) == (206, data[256:512], "bytes 256-511/25600")
        status, body, headers = ask("HEAD", path)
        assert (status, body, headers["Content-Length"]) == (200, b"", "25600")
