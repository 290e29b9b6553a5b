"""An identity whose token belongs to somebody else: told at its line, before anything is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.tokens import login_of, token_of

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab, Ran

BOB = '[identities.bob]\ntoken_env = "DX_TOKEN_BOB"\n'
SURE = BOB + 'user = "user-bob"\n'
SPEAKS = '[users.user-bob]\ndefault_region = "aws:us-east-1"\nunreadable = "accept"\n'
LOGIN = login_of("user-alice")


@pytest.fixture
def remote(lab: Lab) -> Lab:
    """A workspace that reaches its platform as it would the real one."""
    assert lab.run("plan").code == 0  # starts it
    endpoint = json.loads((lab.folder / ".reconciler" / "sandbox.json").read_text())["endpoint"]
    lab.HEAD = f'workspace = "lab"\n[provider]\ntype = "dnanexus"\nendpoint = "{endpoint}"\n'
    return lab


def run(lab: Lab, *arguments: str, bob: str) -> Ran:
    home = str(lab.folder)
    return lab.run(*arguments, HOME=home, DX_SECURITY_CONTEXT=LOGIN, DX_TOKEN_BOB=bob)


@pytest.mark.parametrize(
    "command", [("plan",), ("apply", "--auto-approve"), ("drift",), ("regions", ".", "--payer", "org-lab")]
)
def test_a_token_of_somebody_else_than_the_toml_says_ends_every_command(
    remote: Lab, command: tuple[str, ...]
) -> None:
    remote.write(remote.HEAD, SURE, remote.CREATE)
    log = remote.folder / ".reconciler" / "sandbox.log"
    before = len(log.read_text().splitlines())
    ran = run(remote, *command, bob=token_of("user-alice"))
    assert ran.code == 1, ran.out + ran.err
    assert "lab.toml:7:8: error: the token of identity bob belongs to user-alice, not to user-bob" in ran.err
    assert 'Put a token of user-bob into DX_TOKEN_BOB, or write user = "user-alice".' in ran.err
    routes = [json.loads(line)["route"] for line in log.read_text().splitlines()[before:]]
    assert set(routes) == {"/system/whoami"}


def test_a_token_of_who_the_toml_says_is_an_identity(remote: Lab) -> None:
    remote.write(remote.HEAD, SURE, SPEAKS)
    ran = run(remote, "plan", bob=token_of("user-bob"))
    assert ran.code == 0, ran.out + ran.err
    assert "warning" not in ran.out


def test_a_token_of_somebody_else_than_the_toml_speaks_of_is_a_warning_of_the_plan(remote: Lab) -> None:
    remote.write(remote.HEAD, BOB, SPEAKS)
    ran = run(remote, "plan", bob=token_of("user-alice"))
    assert ran.code == 0, ran.out + ran.err
    said = "lab.toml:6:13: warning: the token of identity bob belongs to user-alice, and the TOML speaks of"
    assert said in " ".join(ran.out.split())


def test_a_user_alone_is_no_login_to_a_real_platform(remote: Lab) -> None:
    remote.write(remote.HEAD, '[identities.bob]\nuser = "user-bob"\n')
    ran = run(remote, "plan", bob=token_of("user-bob"))
    assert ran.code == 1
    assert "[identities.bob] user: a user alone is a login on the sandbox only" in ran.err
