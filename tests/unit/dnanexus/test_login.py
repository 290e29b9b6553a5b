"""dx's login, read as dx reads it, and never shown."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from reconciler_dnanexus import login as login_module
from reconciler_dnanexus.login import login_token, read_login

from reconciler.provider import ProviderError

SECRET = "s3cr3t-of-alice"


@pytest.fixture(autouse=True)
def _no_global_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_module, "GLOBAL_DIRECTORY", str(tmp_path / "etc"))


def context(secret: str) -> str:
    return json.dumps({"auth_token_type": "Bearer", "auth_token": secret})


def written(directory: Path, **values: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "environment.json").write_text(json.dumps(values))


def test_the_later_place_wins_one_variable_at_a_time(tmp_path: Path) -> None:
    user = tmp_path / "user"
    written(
        tmp_path / "etc",
        DX_APISERVER_PROTOCOL="http",
        DX_APISERVER_HOST="etc.example",
        DX_APISERVER_PORT="1",
        DX_SECURITY_CONTEXT=context("etc"),
    )
    written(
        user, DX_APISERVER_HOST="user.example", DX_APISERVER_PORT="2", DX_SECURITY_CONTEXT=context("user")
    )
    written(user / "sessions" / "20", DX_APISERVER_PORT="3", DX_SECURITY_CONTEXT=context("session"))
    environ = {"DX_USER_CONF_DIR": str(user), "DX_SECURITY_CONTEXT": context("environment")}

    found = read_login(environ, iter([30, 20, 10]))

    assert found.endpoint == "http://user.example:3"
    assert login_token(found).reveal() == "environment"
    assert found.found_in == "the environment"
    del environ["DX_SECURITY_CONTEXT"]
    assert login_token(read_login(environ, iter([30, 20, 10]))).reveal() == "session"
    assert login_token(read_login(environ, iter([30]))).reveal() == "user"
    assert login_token(read_login({"DX_USER_CONF_DIR": "/nowhere"}, iter([]))).reveal() == "etc"


def test_the_session_of_the_nearest_ancestor_counts(tmp_path: Path) -> None:
    for pid in ("20", "10"):
        written(tmp_path / "sessions" / pid, DX_SECURITY_CONTEXT=context(f"session {pid}".replace(" ", "-")))
    environ = {"DX_USER_CONF_DIR": str(tmp_path)}
    assert login_token(read_login(environ, iter([30, 20, 10]))).reveal() == "session-20"


def test_the_ancestors_of_this_process_are_found(tmp_path: Path) -> None:
    written(tmp_path / "sessions" / str(os.getppid()), DX_SECURITY_CONTEXT=context("parent"))
    written(tmp_path / "sessions" / str(os.getpid()), DX_SECURITY_CONTEXT=context("own"))
    assert login_token(read_login({"DX_USER_CONF_DIR": str(tmp_path)})).reveal() == "parent"


def test_the_home_directory_is_that_of_the_environment(tmp_path: Path) -> None:
    written(tmp_path / ".dnanexus_config", DX_SECURITY_CONTEXT=context("home"))
    assert login_token(read_login({"HOME": str(tmp_path)}, iter([]))).reveal() == "home"


def test_without_any_configuration_the_platform_is_the_real_one(tmp_path: Path) -> None:
    assert read_login({"HOME": str(tmp_path)}, iter([])).endpoint == "https://api.dnanexus.com:443"
    assert read_login({"HOME": str(tmp_path), "DX_APISERVER_PORT": ""}, iter([])).endpoint == (
        "https://api.dnanexus.com"
    )


def test_no_login_says_how_to_log_in(tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as caught:
        login_token(read_login({"HOME": str(tmp_path)}, iter([])))
    assert "no login" in caught.value.message
    assert "dx login" in (caught.value.advice or "")
    assert "DX_SECURITY_CONTEXT" in (caught.value.advice or "")


def test_after_dx_logout_nobody_is_logged_in(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "DX_SECURITY_CONTEXT": context("PUBLIC")}
    with pytest.raises(ProviderError, match="nobody is logged in"):
        login_token(read_login(environ, iter([])))


def test_a_broken_file_is_named_where_no_login_is_left(tmp_path: Path) -> None:
    directory = tmp_path / ".dnanexus_config"
    directory.mkdir()
    (directory / "environment.json").write_text(f'{{"DX_SECURITY_CONTEXT": "{SECRET}')
    with pytest.raises(ProviderError) as caught:
        login_token(read_login({"HOME": str(tmp_path)}, iter([])))
    assert str(directory / "environment.json") in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f'{{"auth_token": "{SECRET}", "auth_token_type": "Basic"}}',
        f'{{"auth_token": ["{SECRET}"]}}',
        f'{{"auth_token": "{SECRET}\\n"}}',
        f'{{"auth_token": "{SECRET}é"}}',
        "\udcff" + SECRET,
    ],
)
def test_a_context_that_cannot_be_used_is_never_shown(tmp_path: Path, text: str) -> None:
    login = read_login({"HOME": str(tmp_path), "DX_SECURITY_CONTEXT": text}, iter([]))
    with pytest.raises(ProviderError) as caught:
        login_token(login)
    shown = f"{caught.value!r} {caught.value} {caught.value.advice} {login!r} {caught.value.__cause__!r}"
    assert SECRET not in shown
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_reading_the_login_writes_and_deletes_nothing(tmp_path: Path) -> None:
    directory = tmp_path / ".dnanexus_config"
    written(directory / "sessions" / "999999999", DX_SECURITY_CONTEXT=context("dead"))
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    read_login({"HOME": str(tmp_path)})
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before
