"""The real client against the embedded platform without a socket: thousands of worlds a minute.

Everything of ours runs as in production but the connection: requests are handed to the platform
as bytes, and its answers come back as bytes.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Mapping
from email.utils import formatdate
from typing import Protocol
from unittest import mock

from reconciler_dnanexus import reader as reader_module
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter
from reconciler_sandbox.calls import CallLog
from reconciler_sandbox.laws.records import Org, Project, Region, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.reply import Reply
from reconciler_sandbox.store import Memory
from reconciler_sandbox.world.model import Clock, Token, World

URL = "http://127.0.0.1:1"
REGIONS = ("aws:us-east-1", "aws:eu-central-1", "aws:ap-southeast-2", "aws:eu-west-2")
PEOPLE = ("user-alice", "user-bob", "user-carol")


def world(
    users: Mapping[str, User], orgs: Mapping[str, Org], projects: tuple[Project, ...], switches: Switches
) -> World:
    """A world whose every user has a token: ``token-of-user-alice``."""
    return World(
        seed=1,
        clock=Clock(1_768_467_600_000),
        switches=switches,
        regions={code: Region() for code in REGIONS},
        tokens=tuple(Token(f"token-of-{user}", user) for user in users),
        users=dict(users),
        orgs=dict(orgs),
        projects=projects,
    )


class Answering(Protocol):
    """A platform, or what stands between it and its clients."""

    @property
    def now(self) -> int: ...

    def answer(
        self,
        path: str,
        body: bytes,
        content_type: str | None,
        authorization: str | None,
        headers: Mapping[str, str],
    ) -> Reply: ...


class _Response(io.BytesIO):
    def __init__(self, reply: Reply, now: int) -> None:
        super().__init__(reply.body)
        self.status = reply.status
        self.headers = {"Date": formatdate(now // 1000, usegmt=True), "X-Request-ID": f"{now}-1"}
        if reply.retry_after is not None:
            self.headers["Retry-After"] = str(reply.retry_after)

    def release_conn(self) -> None:
        """There is no connection."""


def _whole(body: Iterable[bytes] | bytes) -> bytes:
    return body if isinstance(body, bytes) else b"".join(body)


class _Pool:
    def __init__(self, platform: Answering) -> None:
        self._platform = platform

    def request(
        self,
        _method: str,
        url: str,
        body: Iterable[bytes] | bytes,
        headers: Mapping[str, str],
        **_rest: object,
    ) -> _Response:
        reply = self._platform.answer(
            url.removeprefix(URL), _whole(body), "application/json", headers["Authorization"], {}
        )
        return _Response(reply, self._platform.now)

    def clear(self) -> None:
        """There is no connection."""


class _Transport:
    def __init__(self, platform: Answering) -> None:
        self._platform = platform

    def pool(self, _url: str) -> _Pool:
        return _Pool(self._platform)


class _Unlimited(reader_module.Traffic):
    def take(self) -> None:
        self.calls += 1


def platform_of(given: World) -> Platform:
    return Platform(given, Memory(), CallLog())


@contextlib.contextmanager
def without_sockets(platform: Answering) -> Iterator[None]:
    """Clients that are made meanwhile call this platform, wherever they think that they connect to."""
    with (
        mock.patch.object(reader_module, "Transport", return_value=_Transport(platform)),
        mock.patch.object(reader_module, "Traffic", _Unlimited),
    ):
        yield


def client(platform: Platform, users: tuple[str, ...]) -> DNAnexusWriter:
    """The production client, acting as these users of the platform, the first by default."""
    credentials = [Credential(user, Secret(f"token-of-{user}")) for user in users]
    with without_sockets(platform):
        return DNAnexusWriter(Place(URL), credentials, {})
