"""One try: look where the name leads, connect to an address that may be, post, and see what is answered.

It ends when its time is up, whatever hangs: the name server, the connection, an answer that comes drop by
drop. Nothing of the answer is read but its head. No proxy is used: it would look the name up by itself.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from http.client import HTTPException

from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from reconciler.notify.target import Target

Resolve = Callable[[str, int], list[str]]
"""Host and port → addresses. Raises OSError."""

_MOST_ADDRESSES = 4


class Answer(Struct, frozen=True):
    """The headers ``Retry-After`` and ``Location``, where there are any."""

    status: int
    retry_after: str | None = None
    location: str | None = None


class Refused(Exception):
    """Trying again would change nothing; says why."""


class Broken(Exception):
    """The connection was not made or did not last; says why."""


def resolved(host: str, port: int) -> list[str]:
    """What the system's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


def exchange(
    target: Target, headers: Mapping[str, str], body: bytes, seconds: float, resolve: Resolve = resolved
) -> Answer:
    """What was answered within ``seconds``. Raises Refused and Broken."""
    one = _Try(target, headers, body, seconds, resolve)
    done: Future[Answer] = Future()
    # Not every step can be given a time, looking up a name least of all; a thread can be left behind.
    threading.Thread(target=_settle, args=(done, one.run), daemon=True).start()
    try:
        return done.result(timeout=seconds)
    except TimeoutError:
        raise Broken(_late(seconds)) from None
    finally:
        one.cut()


def _settle(done: Future[Answer], run: Callable[[], Answer]) -> None:
    try:
        done.set_result(run())
    except BaseException as failure:  # whatever it is, it is raised where it is waited for
        done.set_exception(failure)


class _Try:
    def __init__(
        self, target: Target, headers: Mapping[str, str], body: bytes, seconds: float, resolve: Resolve
    ) -> None:
        self._target = target
        self._headers = {**headers, "Host": target.authority}
        self._body = body
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._resolve = resolve
        self._connection: HTTPConnection | None = None
        self._over = False

    def run(self) -> Answer:
        try:
            self._connection = self._connected(self._addresses())
            if self._over:
                raise Broken("the time was up")
            self._connection.request(
                "POST", self._target.path, self._body, self._headers, preload_content=False
            )
            answer = self._connection.getresponse()
            return Answer(answer.status, answer.headers.get("Retry-After"), answer.headers.get("Location"))
        except ssl.SSLCertVerificationError as failure:
            raise Refused(f"its certificate is not trusted: {failure.verify_message}") from None
        except (OSError, HTTPError, HTTPException, ValueError) as failure:
            raise Broken(_in_words(failure, self._seconds)) from failure
        finally:
            if self._over:  # since before there was a connection to cut
                self.cut()

    def cut(self) -> None:
        """Ends what is still going on; what has ended, it lets go of."""
        self._over = True
        connection = self._connection
        if connection is None:
            return
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _addresses(self) -> list[str]:
        target = self._target
        found = self._resolve(target.host, target.port)
        for address in found:
            if why := target.refuses(address):
                raise Refused(f"{target.host} leads to {address}: {why}")
        return found[:_MOST_ADDRESSES]

    def _connected(self, addresses: list[str]) -> HTTPConnection:
        """To the first that can be connected to, each in its share of the time."""
        failure: Exception = OSError("the name leads nowhere")
        for others, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            self._connection = self._to(address, self._left() / (others + 1))
            try:
                self._connection.connect()
            except ssl.SSLError:
                raise
            except (OSError, HTTPError) as why:
                self._connection.close()
                failure = why
            else:
                self._connection.timeout = self._left()
                return self._connection
        raise failure

    def _left(self) -> float:
        return max(0.001, self._until - time.monotonic())

    def _to(self, address: str, seconds: float) -> HTTPConnection:
        if self._target.scheme == "http":
            return HTTPConnection(address, self._target.port, timeout=seconds)
        return HTTPSConnection(
            address,
            self._target.port,
            timeout=seconds,
            ssl_context=ssl.create_default_context(),
            server_hostname=self._target.host,
        )


def _late(seconds: float) -> str:
    return f"no answer within {seconds:.3g} s"


def _in_words(failure: Exception, seconds: float) -> str:
    """Without what an object of Python looks like."""
    cause: BaseException | None = failure
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, TimeoutError):
        return _late(seconds)
    why = cause.strerror if isinstance(cause, OSError) else None
    return why or f"the connection broke off ({type(failure).__name__})"
