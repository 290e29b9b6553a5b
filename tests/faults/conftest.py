"""The embedded platform, which plays faults, and the client that meets them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from reconciler_dnanexus.endpoint import Place
from reconciler_dnanexus.login import Secret
from reconciler_dnanexus.reader import Credential
from reconciler_dnanexus.steps import DNAnexusWriter
from support.faults import Stage
from support.sandbox import Served, served
from support.tokens import long, token_of

WORLD = long("""
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
""")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("platform") / "world.toml"
    path.write_text(WORLD)
    with served(path, "--control") as running:
        yield running


@pytest.fixture
def stage(server: Served) -> Stage:
    return Stage(server)


@pytest.fixture
def client(stage: Stage) -> Iterator[DNAnexusWriter]:
    """With little patience; it has met the platform already."""
    running = _client(stage.url)
    running.identities()
    yield running
    running.close()


@pytest.fixture
def other(stage: Stage) -> Iterator[DNAnexusWriter]:
    """Another client, to see what really happened."""
    running = _client(stage.url)
    yield running
    running.close()


def _client(url: str) -> DNAnexusWriter:
    credentials = [Credential("alice", Secret(token_of("user-alice")))]
    return DNAnexusWriter(Place(url), credentials, {"RECONCILER_READ_RETRY_SECONDS": "2"})
