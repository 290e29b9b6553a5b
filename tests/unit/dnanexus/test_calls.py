"""One call: what is retried, what is said about what went wrong, and how fast calls may follow."""

from __future__ import annotations

import time

import pytest
from reconciler_dnanexus.traffic import BURST, CALLS_PER_SECOND, Traffic
from reconciler_dnanexus.transport import Transport

from reconciler.model.actual import Scope
from reconciler.provider import ProviderError

from .stub import DATE_MS, Answer, Asked, Handler, Stub, error, writer


def times(count: int, first: object) -> Handler:
    """A handler that gives ``first`` so many times, then who it is."""

    def handler(_asked: Asked) -> object:
        nonlocal count
        count -= 1
        return first if count >= 0 else {"id": "user-alice"}

    return handler


@pytest.mark.parametrize(
    "answer",
    [
        error("InternalError", 500),
        error("ServiceUnavailable", 503),
        Answer(b"<html>bad gateway</html>", 502),
        Answer(b"", 504),
        Answer({"error": {"type": "RateLimitConditional", "message": ""}}, 429, {"Retry-After": "0"}),
    ],
)
def test_a_read_survives_passing_errors(stub: Stub, answer: Answer) -> None:
    stub.handler = times(2, answer)
    reader = writer(stub.url, "alice")
    assert reader.identities() == ("user-alice",)
    assert len(stub.log) == 3
    reader.close()


def test_a_read_waits_as_long_as_it_is_asked_to(stub: Stub) -> None:
    stub.handler = times(1, Answer({}, 503, {"Retry-After": "1"}))
    started = time.monotonic()
    reader = writer(stub.url, "alice")
    reader.identities()
    assert time.monotonic() - started >= 1
    reader.close()


def test_a_wait_that_is_too_long_is_not_begun(stub: Stub) -> None:
    stub.handler = lambda _: Answer({}, 503, {"Retry-After": "20"})
    reader = writer(stub.url, "alice")
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"tried once, and it asks to wait 20 s"):
        reader.identities()
    assert time.monotonic() - started < 1
    reader.close()


def test_errors_that_last_end_the_read_in_time(stub: Stub) -> None:
    stub.handler = lambda _: error("InternalError", 500, "boom\x1b[2J")
    reader = writer(stub.url, "alice", patience="1")
    started = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        reader.identities()
    assert time.monotonic() - started < 2
    assert r"InternalError (500): boom\x1b[2J" in caught.value.message
    assert f"tried {len(stub.log)} times" in caught.value.message
    assert len(stub.log) > 1
    reader.close()


@pytest.mark.parametrize("status", [400, 404, 422])
def test_errors_of_the_platform_that_last_are_not_repeated(stub: Stub, status: int) -> None:
    stub.handler = lambda _: error("InvalidInput", status)
    reader = writer(stub.url, "alice")
    with pytest.raises(ProviderError, match="InvalidInput"):
        reader.identities()
    assert len(stub.log) == 1
    reader.close()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            Answer(b"<!doctype html><p>Please\x1b sign in" + b"x" * 500),
            '"<!doctype html><p>Please\\x1b sign in',
        ),
        (Answer(b'{"id": "user-al'), '"{"id": "user-al"'),
        (Answer(b""), "it is empty"),
        (Answer(b"\xff\xfe"), "�"),
        (Answer({"user": "user-alice"}), "not as documented: Object missing required field `id`"),
        (Answer(b"moved", 302, {"Location": "http://127.0.0.1:1/"}), "answered 302 with something"),
        (Answer(b"forbidden", 403), "answered 403 with something"),
    ],
)
def test_an_answer_that_is_not_the_platforms_is_named(stub: Stub, answer: Answer, said: str) -> None:
    stub.handler = lambda _: answer
    reader = writer(stub.url, "alice")
    with pytest.raises(ProviderError) as caught:
        reader.identities()
    message = caught.value.message
    assert said in message
    assert f"{stub.url}/system/whoami" in message
    assert len(message) < 300
    assert len(stub.log) == 1
    reader.close()


def test_nobody_listening_is_said_soon() -> None:
    reader = writer("http://127.0.0.1:1", "alice", patience="60")
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"http://127.0.0.1:1/system/whoami cannot be reached: .*refused"):
        reader.identities()
    assert time.monotonic() - started < 15
    reader.close()


def test_the_time_is_that_of_the_providers_last_answer(stub: Stub) -> None:
    stub.handler = lambda _: {"id": "user-alice"}
    reader = writer(stub.url, "alice")
    snapshot = reader.read(Scope())
    assert snapshot.provider_time == DATE_MS
    assert abs(snapshot.read_at - time.time() * 1000) < 60_000
    assert snapshot.calls == 1
    assert reader.read(Scope()).calls == 0
    reader.close()


def test_the_headers_are_what_the_platform_documents(stub: Stub) -> None:
    stub.handler = lambda _: {"id": "user-alice"}
    reader = writer(stub.url, "alice")
    reader.identities()
    headers = stub.log[0].headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept-Encoding"] == "identity"
    assert headers["DNAnexus-API"] == "1.0.0"
    assert stub.log[0].body == {}
    reader.close()


def test_no_second_sees_more_calls_than_the_platform_allows() -> None:
    now = 0.0
    sent: list[float] = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    traffic = Traffic(clock=lambda: now, sleep=sleep)
    for _ in range(1000):
        traffic.take()
        sent.append(now)
    most = max(sum(start <= at < start + 1 for at in sent) for start in sent)
    assert most <= CALLS_PER_SECOND + BURST <= 180
    assert sent[-1] <= 1000 / CALLS_PER_SECOND
    assert traffic.calls == 1000


def test_a_proxy_is_used_for_the_platform_but_never_for_this_machine() -> None:
    transport = Transport(
        {"HTTPS_PROXY": "http://u:p@proxy.example:3128", "http_proxy": "proxy.example:3128"}
    )
    platform = transport.pool("https://api.dnanexus.com")
    assert str(platform.proxy) == "http://proxy.example:3128"
    assert str(transport.pool("http://platform.example").proxy) == "http://proxy.example:3128"
    for url in ("http://127.0.0.1:8080", "http://localhost", "https://[::1]:1"):
        assert transport.pool(url).proxy is None
    excepted = Transport({"HTTPS_PROXY": "http://proxy.example", "NO_PROXY": "other.example,.dnanexus.com"})
    assert excepted.pool("https://api.dnanexus.com").proxy is None


def test_certificates_are_verified() -> None:
    import ssl

    pool = Transport({}).pool("https://api.dnanexus.com")
    context = pool.connection_pool_kw["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
