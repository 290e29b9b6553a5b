"""Calls to the platform as one identity: what is retried, what never is, and what an answer means.

Reads are repeated, within a bounded time, on lost connections, 5xx and 429. A write is sent exactly
once: the platform has no idempotency key for what we write, so its answer is sorted into known
and unknown instead, and the caller settles the unknown by reading. The one exception is a 429, which says
that the call was counted away and not carried out.

Must not know what the calls mean.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Iterable, Iterator
from email.utils import parsedate_to_datetime
from typing import Literal, TypeVar

import msgspec
import urllib3
from msgspec import Struct
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from reconciler.provider import ProviderError
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.failures import (
    WHOSE_ANSWER,
    PlatformError,
    error_body,
    foreign_answer,
    platform_error,
    printable,
)
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.traffic import Traffic
from reconciler_dnanexus.transport import Transport

T = TypeVar("T")

_CONNECT_SECONDS = 10.0
_ATTEMPT_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
_NEVER_REACHED_SECONDS = 5.0
"""A server that has not answered once and refuses connections is absent, not restarting."""

_CHUNK = 1 << 18
_HEADERS = {
    "Content-Type": "application/json",
    "DNAnexus-API": "1.0.0",
    "Accept-Encoding": "identity",
    "User-Agent": "region-reconciler",
}


class Reply(Struct, frozen=True):
    """An HTTP answer that came whole."""

    url: str
    status: int
    body: bytes
    request_id: str | None
    retry_after: float | None


class Written(Struct, frozen=True):
    """What became of a write. ok: the platform accepted it (``body`` is its answer); refused: its own
    error; unsent: it cannot have happened; unknown: it may have."""

    result: Literal["ok", "refused", "unsent", "unknown"]
    body: bytes = b""
    message: str = ""
    error_type: str | None = None
    request_id: str | None = None


def unhindered() -> None:
    """Nothing speaks against sending."""


class Session:
    """One identity at one place. ``label`` names it in messages; ``patience`` is the total time in
    seconds that one call may take, retries included. Safe to use from several threads."""

    def __init__(
        self,
        place: Place,
        *,
        token: Secret,
        label: str,
        traffic: Traffic,
        transport: Transport,
        patience: float,
    ) -> None:
        self.label = label
        self._place = place
        self._headers = {**_HEADERS, "Authorization": f"Bearer {token.reveal()}"}
        self._traffic = traffic
        self._patience = patience
        self._reached = False
        self._reads = transport.pool(place.url)
        # Each write gets a connection of its own: one that the server closes while it idles would
        # make an outcome unknown that is not.
        self._writes = transport.pool(place.url)

    def close(self) -> None:
        self._reads.clear()
        self._writes.clear()

    def read(self, route: str, query: object, decoder: msgspec.json.Decoder[T]) -> T:
        """POST a call that changes nothing. Raises PlatformError for the platform's own errors that are
        no passing ones, ProviderError for everything else."""
        body = msgspec.json.encode(query)
        until = time.monotonic() + self._patience
        attempt = 0
        while True:
            outcome = self._try_read(route, body, until)
            if isinstance(outcome, Reply):
                return self._decode(outcome, decoder)
            if not outcome.again:
                raise outcome.error
            pause = outcome.after if outcome.after is not None else _pause(attempt)
            if time.monotonic() + pause >= until or self._absent(outcome, until):
                raise _given_up(outcome, attempt + 1, pause)
            time.sleep(pause)
            attempt += 1

    def write(self, route: str, query: object, before_sending: Callable[[], None] = unhindered) -> Written:
        """POST a call that changes something, once. Never raises for what the platform answers.

        ``before_sending`` is called whenever it is about to be sent; what it raises comes out.
        """
        body = msgspec.json.encode(query)
        until = time.monotonic() + self._patience
        while True:
            written, pause = self._try_write(route, body, until, before_sending)
            if pause is None or time.monotonic() + pause >= until:
                return written
            time.sleep(pause)

    def _try_read(self, route: str, body: bytes, until: float) -> Reply | _Failure:
        url = self._place.url + route
        limit = min(until, time.monotonic() + min(_ATTEMPT_SECONDS, max(self._patience / 2, 0.1)))
        try:
            reply = self._send(self._reads, url, body, limit, {})
        except HTTPError as error:
            if _never_sent(error) and self._place.revive(url.removesuffix(route)):
                return _Failure(_unreachable(url, error), again=True, after=0.0)
            return _Failure(_unreachable(url, error), again=not _hopeless(error), absent=_never_sent(error))
        if 200 <= reply.status < 300:
            return reply
        failure = self._error(reply)
        return _Failure(failure, again=reply.status >= 500 or reply.status == 429, after=reply.retry_after)

    def _try_write(
        self, route: str, body: bytes, until: float, before_sending: Callable[[], None]
    ) -> tuple[Written, float | None]:
        """The outcome, and after how many seconds it may be sent again although it is a write: only
        where it is known that nothing was done."""
        url = self._place.url + route
        # What an earlier write has left in the pool may just be closing at the server's end.
        self._writes.clear()
        try:
            headers = {"Connection": "close", "Content-Length": str(len(body))}
            reply = self._send(self._writes, url, _held_back(body, before_sending), until, headers)
        except HTTPError as error:
            why = _unreachable(url, error).message
            if not _never_sent(error):
                return Written("unknown", message=f"{why}; it may have been carried out"), None
            again = 0.0 if self._revived(url.removesuffix(route)) else None
            return Written("unsent", message=why), again
        return _sort(reply, self._error(reply)), _write_again(reply)

    def _revived(self, gone: str) -> bool:
        try:
            return self._place.revive(gone)
        except ProviderError:
            return False

    def _send(
        self,
        pool: urllib3.PoolManager,
        url: str,
        body: bytes | Iterable[bytes],
        until: float,
        headers: dict[str, str],
    ) -> Reply:
        self._traffic.take()
        rest = max(until - time.monotonic(), 0.05)
        response = pool.request(
            "POST",
            url,
            body=body,
            headers={**self._headers, **headers},
            timeout=urllib3.Timeout(connect=min(rest, _CONNECT_SECONDS), read=rest),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        self._reached = True
        try:
            content = _whole(response, until)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        self._note_time(response.headers.get("Date"))
        request_id = response.headers.get("X-Request-ID")
        return Reply(
            url,
            response.status,
            content,
            printable(request_id) if request_id else None,
            _retry_after(response.headers.get("Retry-After")),
        )

    def _note_time(self, date: str | None) -> None:
        if date:
            try:
                self._traffic.told(int(parsedate_to_datetime(date).timestamp() * 1000))
            except (ValueError, OverflowError):
                return

    def _decode(self, reply: Reply, decoder: msgspec.json.Decoder[T]) -> T:
        try:
            return decoder.decode(reply.body)
        except msgspec.ValidationError as error:
            message = f"{reply.url} answered something that is not as documented: {printable(str(error))}"
            raise ProviderError(message, WHOSE_ANSWER, reply.request_id) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise foreign_answer(reply.url, reply.status, reply.body, reply.request_id) from None

    def _error(self, reply: Reply) -> ProviderError:
        error = error_body(reply.body)
        if error is None:
            return foreign_answer(reply.url, reply.status, reply.body, reply.request_id)
        return platform_error(reply.url, reply.status, error, self.label, reply.request_id)

    def _absent(self, failure: _Failure, until: float) -> bool:
        spent = self._patience - (until - time.monotonic())
        return failure.absent and not self._reached and spent > _NEVER_REACHED_SECONDS


def _held_back(body: bytes, before_sending: Callable[[], None]) -> Iterator[bytes]:
    """The body, which is asked for once the connection stands and the head is sent: without it the server can
    do nothing. However long it took to get here, no later moment can be had."""
    before_sending()
    yield body


class _Failure(Struct, frozen=True):
    """A read that did not work. ``again``: it may work later; ``after``: the seconds that the server asked
    for; ``absent``: nobody listened."""

    error: ProviderError
    again: bool
    after: float | None = None
    absent: bool = False


def _sort(reply: Reply, error: ProviderError) -> Written:
    """What a write's answer says about whether it was carried out."""
    if 200 <= reply.status < 300:
        if _is_object(reply.body):
            return Written("ok", reply.body, request_id=reply.request_id)
        return Written("unknown", message=error.message, request_id=reply.request_id)
    kind, message = None, error.message
    if isinstance(error, PlatformError):
        kind, message = error.type, f"{error.said} ({error.type}, {error.status})"
    known = reply.status == 429 or (kind is not None and 400 <= reply.status < 500)
    result: Literal["refused", "unknown"] = "refused" if known else "unknown"
    return Written(result, message=message, error_type=kind, request_id=reply.request_id)


def _write_again(reply: Reply) -> float | None:
    if reply.status != 429:
        return None
    return reply.retry_after if reply.retry_after is not None else _LONGEST_PAUSE


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(body), dict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _whole(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The body, read piece by piece so that a server that drips cannot hold us for ever."""
    parts: list[bytes] = []
    while part := response.read1(_CHUNK):
        parts.append(part)
        if time.monotonic() > until:
            raise HTTPError("the answer did not come to an end in time")
    return b"".join(parts)


def _never_sent(error: HTTPError) -> bool:
    """Is it certain that the server saw nothing of the request?"""
    # A TLS error counts only where the certificate was refused: others can come after the request.
    return isinstance(error, NewConnectionError | ConnectTimeoutError | ProxyError) or _hopeless(error)


def _hopeless(error: HTTPError) -> bool:
    """Will the same call fail the same way for ever?"""
    return isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


def _unreachable(url: str, error: HTTPError) -> ProviderError:
    advice = "Is the server up, and is its address right?"
    if _hopeless(error):
        advice = "If your network has a certificate authority of its own, name its file in DX_CA_CERT."
    return ProviderError(f"{url} cannot be reached: {_cause(error)}", advice)


def _cause(error: HTTPError) -> str:
    # A refused connection is a kind of time-out to urllib3.
    if not isinstance(error, NewConnectionError):
        if isinstance(error, ConnectTimeoutError):
            return "no connection could be made in time"
        if isinstance(error, urllib3.exceptions.TimeoutError):
            return "no answer came in time"
    inner = error.__cause__ or error.__context__
    if isinstance(inner, http.client.RemoteDisconnected):
        return "the connection was closed before an answer came"
    if isinstance(inner, http.client.IncompleteRead):
        return "the connection was closed half way through the answer"
    if isinstance(inner, OSError) and inner.strerror:
        return printable(inner.strerror)
    return printable(str(inner or error))


def _given_up(failure: _Failure, attempts: int, pause: float) -> ProviderError:
    error = failure.error
    times = "once" if attempts == 1 else f"{attempts} times"
    asked = f", and it asks to wait {pause:.0f} s" if failure.after is not None and pause else ""
    error.message = f"{error.message} (tried {times}{asked})"
    error.args = (error.message,)
    return error


def _retry_after(header: str | None) -> float | None:
    """Seconds, from a number or an HTTP date."""
    if not header:
        return None
    if header.strip().isdigit():
        return float(header[:9])
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def _pause(attempt: int) -> float:
    """Exponential backoff with jitter, so that many clients do not come back at one moment."""
    ceiling = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
    return random.uniform(ceiling / 2, ceiling)
