"""Which platform and which identities the provider ``dnanexus`` comes to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.model.actual import Scope
from reconciler.model.desired import IdentityTable, ProviderTable
from reconciler.provider import ProviderError, Settings, find

from .stub import Asked, Stub, error

CONTEXT = json.dumps({"auth_token_type": "Bearer", "auth_token": "alice"})


def settings(url: str | None, environ: dict[str, str], **more: Any) -> Settings:
    table = ProviderTable(type="dnanexus", endpoint=url)
    return Settings("/nowhere", table, **{"identities": {}, "environ": environ, **more})


def whoami(asked: Asked) -> object:
    return {"id": f"user-{asked.token}"}


def test_the_login_of_dx_and_the_named_tokens_are_the_identities(stub: Stub, tmp_path: Path) -> None:
    stub.handler = whoami
    environ = {"HOME": str(tmp_path), "DX_SECURITY_CONTEXT": CONTEXT, "DX_TOKEN_BOB": "bob"}
    identities = {"bob": IdentityTable("DX_TOKEN_BOB"), "carol": IdentityTable("DX_TOKEN_CAROL")}
    reader = find("dnanexus").reader(settings(stub.url, environ, identities=identities))
    assert reader.identities() == ("user-alice", "user-bob")
    assert reader.read(Scope()).identity == "user-alice"
    assert stub.routes() == ["/system/whoami"] * 2
    assert (reader.endpoint, reader.address, reader.touches) == (stub.url, stub.url, None)
    reader.close()


def test_a_chosen_identity_is_the_default_and_needs_no_login_of_dx(stub: Stub, tmp_path: Path) -> None:
    stub.handler = whoami
    environ = {"HOME": str(tmp_path), "DX_TOKEN_BOB": "bob"}
    more: dict[str, Any] = {"identities": {"bob": IdentityTable("DX_TOKEN_BOB")}, "identity": "bob"}
    reader = find("dnanexus").reader(settings(stub.url, environ, **more))
    assert reader.identities() == ("user-bob",)
    reader.close()
    environ["DX_SECURITY_CONTEXT"] = CONTEXT
    reader = find("dnanexus").reader(settings(stub.url, environ, **more))
    assert reader.identities() == ("user-bob", "user-alice")
    reader.close()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"identity": "bob", "identities": {"bob": IdentityTable("DX_TOKEN_BOB")}},
            "DX_TOKEN_BOB is not set",
        ),
        ({"identity": "eve"}, 'no identity "eve"'),
        ({"identity": "bob", "identities": {"bob": IdentityTable()}}, "says nothing of a token"),
        ({"identities": {"bob": IdentityTable(user="user-bob")}}, "sandbox only"),
        ({"table": ProviderTable("dnanexus", user="user-bob")}, "sandbox only"),
        ({"table": ProviderTable("dnanexus", endpoint="https://alice:s3cr3t@example.org")}, "no URL"),
        ({"table": ProviderTable("dnanexus", endpoint="ftp://example.org")}, "no URL"),
        ({"table": ProviderTable("dnanexus", endpoint="http://example.org:99999")}, "no URL"),
        ({"environ": {"HOME": "/nowhere", "DX_USER_CONF_DIR": "/nowhere"}}, "no login"),
        (
            {"environ": {"DX_SECURITY_CONTEXT": CONTEXT, "RECONCILER_READ_RETRY_SECONDS": "soon"}},
            'RECONCILER_READ_RETRY_SECONDS is "soon"',
        ),
        ({"environ": {"DX_SECURITY_CONTEXT": CONTEXT, "DX_CA_CERT": "NOVERIFY"}}, "NOVERIFY"),
        ({"environ": {"DX_SECURITY_CONTEXT": CONTEXT, "DX_CA_CERT": "/nowhere.pem"}}, "/nowhere.pem"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(more: dict[str, Any], message: str) -> None:
    environ = {"HOME": "/nowhere", "DX_USER_CONF_DIR": "/nowhere", "DX_SECURITY_CONTEXT": CONTEXT}
    base: dict[str, Any] = {"table": ProviderTable("dnanexus"), "identities": {}, "environ": environ}
    with pytest.raises(ProviderError) as caught:
        find("dnanexus").reader(Settings("/nowhere", **{**base, **more}))
    assert message in caught.value.message
    assert "s3cr3t" not in f"{caught.value} {caught.value.advice}"


def test_whose_each_named_token_is_is_told_by_its_name(stub: Stub, tmp_path: Path) -> None:
    stub.handler = whoami
    environ = {"HOME": str(tmp_path), "DX_SECURITY_CONTEXT": CONTEXT, "T1": "alice", "T2": "carol"}
    identities = {
        "again": IdentityTable("T1"),
        "bob": IdentityTable("T2", "user-bob"),
        "away": IdentityTable("T3", "user-dave"),
    }
    reader = find("dnanexus").reader(settings(stub.url, environ, identities=identities))
    assert reader.logins() == {"again": "user-alice", "bob": "user-carol"}
    assert reader.identities() == ("user-alice", "user-carol")
    assert stub.routes() == ["/system/whoami"] * 3
    reader.close()


def test_a_bad_token_names_its_identity_and_never_itself(stub: Stub, tmp_path: Path) -> None:
    stub.handler = lambda _: error("InvalidAuthentication", 401, "The token could not be found")
    environ = {"HOME": str(tmp_path), "DX_SECURITY_CONTEXT": CONTEXT.replace("alice", "s3cr3t")}
    reader = find("dnanexus").reader(settings(stub.url, environ))
    with pytest.raises(ProviderError) as caught:
        reader.identities()
    said = f"{caught.value} {caught.value.advice}"
    assert "InvalidAuthentication (401): The token could not be found" in said
    assert "dx's login (the environment)" in said
    assert "s3cr3t" not in said
    assert caught.value.request_id == "1768467600000-1"
    assert len(stub.log) == 1
    reader.close()


def test_the_same_server_has_one_name_in_plans(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "DX_USER_CONF_DIR": "/nowhere", "DX_SECURITY_CONTEXT": CONTEXT}
    names = {
        find("dnanexus").reader(settings(url, environ)).endpoint
        for url in (None, "https://api.dnanexus.com", "HTTPS://API.dnanexus.com:443/")
    }
    assert names == {"https://api.dnanexus.com"}


def test_importing_the_provider_imports_no_http_library() -> None:
    code = "import sys, reconciler_dnanexus.entry as e; e.provider(); print('urllib3' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
