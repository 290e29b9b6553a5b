"""The embedded platform, a proxy before it that plays faults, and the client behind that proxy."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter

from .proxy import Proxy

WORLD = """
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[users.user-alice]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"

[[tokens]]
token = "alice-token"
user = "user-alice"

[orgs.org-genomics]
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]
default_region = "aws:us-east-1"
members = { user-alice = { level = "ADMIN" } }

[[projects]]
id = "project-000000000000000000000001"
name = "First"
region = "aws:us-east-1"
bill_to = "org-genomics"
created_by = "user-alice"
members = { user-alice = "ADMINISTER" }
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an embedded platform."""
    folder = tmp_path_factory.mktemp("platform")
    (folder / "world.toml").write_text(WORLD)
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "reconciler_sandbox.server", "--world", str(folder / "world.toml")]
    # It ends by itself, too: nobody may be left to end it.
    server = subprocess.Popen([*command, "--idle-seconds", "30", "--ready-file", str(ready)])
    try:
        yield _endpoint(ready, server)
    finally:
        server.terminate()
        server.wait(10)


def _endpoint(ready: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + 30
    while not ready.exists():
        assert server.poll() is None
        assert time.monotonic() < until
        time.sleep(0.01)
    told: dict[str, str] = msgspec.json.decode(ready.read_bytes())
    return told["endpoint"]


@pytest.fixture
def proxy(platform: str) -> Iterator[Proxy]:
    running = Proxy(platform)
    yield running
    running.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[DNAnexusWriter]:
    """Behind the proxy, with little patience; it has met the platform already."""
    running = _client(proxy.url)
    running.identities()
    yield running
    running.close()


@pytest.fixture
def direct(platform: str) -> Iterator[DNAnexusWriter]:
    """Straight at the platform: what really happened."""
    running = _client(platform)
    yield running
    running.close()


def _client(url: str) -> DNAnexusWriter:
    credentials = [Credential("alice", Secret("alice-token"))]
    return DNAnexusWriter(Place(url), credentials, {"RECONCILER_READ_RETRY_SECONDS": "2"})
