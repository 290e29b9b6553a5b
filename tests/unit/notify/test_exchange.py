"""One try against real servers on loopback: what hangs is cut off, what is not trusted is not told."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
import trustme
from support import hooks as stub
from support.hooks import Hook, Hooks

from reconciler.notify.exchange import Answer, Broken, Refused, exchange
from reconciler.notify.target import target

SECONDS = 20.0
SOON = 0.2


def post(url: str, seconds: float = SECONDS) -> Answer:
    return exchange(target(url), {"webhook-id": "drift-1"}, b"{}", seconds)


def test_what_is_posted_arrives_as_it_is_and_the_answer_is_told(hook: Hooks) -> None:
    there: Hook = hook(stub.status(429, "Retry-After: 7"))
    assert post(there.url) == Answer(429, "7", None)
    (posted,) = there.posted
    assert posted.line == "POST /hook?room=drift HTTP/1.1"
    assert posted.headers["host"] == f"127.0.0.1:{there.port}"
    assert posted.headers["webhook-id"] == "drift-1"
    assert posted.body == b"{}"


@pytest.mark.parametrize("answer", [stub.hangs, stub.drips, stub.continues])
def test_an_answer_that_never_comes_to_its_end_is_cut_off(hook: Hooks, answer: stub.Answering) -> None:
    with pytest.raises(Broken, match=r"no answer within 0\.2 s"):
        post(hook(answer).url, SOON)


def test_an_answer_without_an_end_is_not_read(hook: Hooks) -> None:
    assert post(hook(stub.floods).url).status == 200


def test_a_redirect_is_not_followed_but_told(hook: Hooks) -> None:
    inside: Hook = hook()
    there = hook(stub.status(307, f"Location: {inside.url}"))
    assert post(there.url) == Answer(307, None, inside.url)
    assert inside.posted == []


def test_nobody_there_is_told() -> None:
    with pytest.raises(Broken, match="Connection refused"):
        post(stub.nobody())


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200])
def test_what_is_no_answer_is_a_connection_that_broke_off(hook: Hooks, answer: bytes) -> None:
    with pytest.raises(Broken, match=r"broke off|[Rr]eset"):
        post(hook(answer).url)


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::ffff:169.254.169.254"],
        ["8.8.8.8", "127.0.0.1"],
        ["8.8.8.8", "fd00::1"],
    ],
)
def test_a_name_that_leads_inside_even_by_one_of_its_addresses_is_not_connected_to(
    addresses: list[str],
) -> None:
    with pytest.raises(Refused, match=r"^hooks\.example\.org leads to "):
        exchange(target("https://hooks.example.org/"), {}, b"{}", SECONDS, lambda *_: addresses)


def test_the_address_that_was_looked_at_is_the_one_that_is_connected_to(
    hook: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that gives another answer to whoever asks twice is asked once."""
    there: Hook = hook()
    asked: list[str] = []

    def resolve(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    connected: list[object] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    local = target(f"http://localhost:{there.port}/")
    assert exchange(local, {}, b"{}", SECONDS, resolve).status == 204
    assert asked == ["localhost"]
    assert connected == [("127.0.0.1", there.port)]
    assert there.posted[0].headers["host"] == f"localhost:{there.port}"


def test_the_next_address_is_tried_where_one_does_not_answer(hook: Hooks) -> None:
    there: Hook = hook()
    local = target(f"http://localhost:{there.port}/")
    assert exchange(local, {}, b"{}", SECONDS, lambda *_: ["::1", "127.0.0.1"]).status == 204


def test_a_name_that_leads_nowhere_is_told_as_the_system_says_it() -> None:
    def resolve(*_: object) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(Broken, match=r"^Name or service not known$"):
        exchange(target("https://hooks.example.org/"), {}, b"{}", SECONDS, resolve)


def test_a_name_server_that_hangs_is_not_waited_for_and_nothing_is_sent_later(hook: Hooks) -> None:
    there: Hook = hook()
    go_on = threading.Event()

    def resolve(*_: object) -> list[str]:
        go_on.wait()
        return ["127.0.0.1"]

    before = set(threading.enumerate())
    with pytest.raises(Broken, match="no answer within"):
        exchange(target(f"http://localhost:{there.port}/"), {}, b"{}", SOON, resolve)
    (left,) = {thread for thread in threading.enumerate() if thread.daemon} - before
    go_on.set()
    left.join()
    assert there.posted == []


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def secured(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused_and_nothing_is_sent(
    hook: Hooks, authority: trustme.CA
) -> None:
    there: Hook = hook(tls=secured(authority, "127.0.0.1"))
    with pytest.raises(Refused, match="its certificate is not trusted: "):
        post(there.url)
    assert there.posted == []


def test_a_trusted_certificate_counts_for_its_own_name_alone(
    hook: Hooks, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    right, wrong = (hook(tls=secured(authority, name)) for name in ("localhost", "hooks.example.org"))
    assert post(f"https://localhost:{right.port}/").status == 204
    with pytest.raises(Refused, match="Hostname mismatch"):
        post(f"https://localhost:{wrong.port}/")
    assert wrong.posted == []


def test_an_address_that_hangs_leaves_time_for_the_next_one(
    hook: Hooks, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    there: Hook = hook(tls=secured(authority, "localhost"))
    url = target(f"https://localhost:{there.port}/")
    with socket.create_server(("127.0.0.2", there.port)):
        assert exchange(url, {}, b"{}", 1.0, lambda *_: ["127.0.0.2", "127.0.0.1"]).status == 204


def test_a_server_that_speaks_no_tls_is_a_connection_that_broke_off(hook: Hooks) -> None:
    with pytest.raises(Broken):
        post(hook().url.replace("http:", "https:"), 1.0)
