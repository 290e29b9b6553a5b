"""Signed plans with real keys: what OpenSSH's ssh-keygen makes of them, through the whole command line."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.desk import EU, PEOPLE, Desk

NAMESPACE = "reconciler-plan@region-reconciler"
CREATE = f'[projects.rnaseq]\nname = "RNA-seq"\nregion = "{EU}"\nbill_to = "org-lab"\n'
GIVEN = ("--require-signature", "allowed")


def made_key(path: Path, passphrase: str = "") -> str:
    """A new key pair at ``path``; the public half as a line of allowed signers has it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", str(path)]
    subprocess.run(command, check=True)
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


@pytest.fixture
def there(tmp_path: Path) -> Desk:
    """A desk with alice's and mallory's keys; alice is the only allowed signer."""
    desk = Desk.new(tmp_path / "lab", PEOPLE)
    desk.write(CREATE)
    public = made_key(desk.folder / "alice")
    made_key(desk.folder / "mallory")
    (desk.folder / "allowed").write_text(f"alice@example.org {public}\n")
    return desk


def planned(desk: Desk, key: str = "alice", file: str = "plan.json") -> Desk:
    ran = desk.run("plan", "-o", file, "--sign", key)
    assert ran.code == 0, ran.out + ran.err
    return desk


def refused(desk: Desk, why: str, *options: str, code: int = 3) -> None:
    """``check`` and ``apply`` both refuse, and nothing is sent."""
    for command in (["check", "plan.json"], ["apply", "plan.json", "--auto-approve"]):
        ran = desk.run(*command, *(options or GIVEN))
        assert (ran.code, ran.out) == (code, ""), ran.out + ran.err
        assert why in " ".join(ran.err.split()), ran.err
        assert "Traceback" not in ran.err
    assert desk.writes() == []


def test_a_signed_plan_is_applied_and_the_signer_is_named(there: Desk) -> None:
    planned(there)
    for command in (["check", "plan.json"], ["apply", "plan.json", "--auto-approve"]):
        ran = there.run(*command, *GIVEN)
        assert ran.code == 0, ran.out + ran.err
        assert "\n  signed by alice@example.org\n" in ran.out
    assert there.named("RNA-seq").region == EU


def test_check_says_how_to_apply_with_the_same_signature(there: Desk) -> None:
    planned(there)
    (there.folder / "plan.json.sig").rename(there.folder / "elsewhere.sig")
    given = (*GIVEN, "--signature", "elsewhere.sig")
    ran = there.run("check", "plan.json", *given)
    assert ran.out.endswith(f"  reconciler apply plan.json {' '.join(given)}\n")
    assert (
        there.run("check", "plan.json", *given, "--format", "json").json["signed_by"] == "alice@example.org"
    )


def test_plan_and_signature_are_for_their_owner_alone_and_verify_by_hand(there: Desk) -> None:
    planned(there)
    for name in ("plan.json", "plan.json.sig"):
        assert stat.S_IMODE((there.folder / name).stat().st_mode) == 0o600
    command = ["ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-I", "alice@example.org"]
    with (there.folder / "plan.json").open("rb") as plan:
        files = ["-f", str(there.folder / "allowed"), "-s", str(there.folder / "plan.json.sig")]
        assert (
            subprocess.run([*command, *files], stdin=plan, capture_output=True, check=False).returncode == 0
        )


def test_a_plan_without_a_signature_is_3(there: Desk) -> None:
    assert there.run("plan", "-o", "plan.json").code == 0
    refused(there, "plan.json is not signed: there is no plan.json.sig")


def test_another_signer_is_3(there: Desk) -> None:
    planned(there, "mallory")
    refused(there, "plan.json.sig is by nobody whom allowed allows")


def test_a_plan_changed_after_it_was_signed_is_3_even_if_only_its_layout_is(there: Desk) -> None:
    planned(there)
    with (there.folder / "plan.json").open("ab") as file:
        file.write(b"\n")
    refused(there, "plan.json.sig is no signature of plan.json as it is")


def test_the_signature_of_another_plan_is_3(there: Desk) -> None:
    planned(there, file="other.json")
    planned(there)
    shutil.copy(there.folder / "other.json.sig", there.folder / "plan.json.sig")
    refused(there, "plan.json.sig is no signature of plan.json as it is")


def test_what_was_signed_for_something_else_is_3(there: Desk) -> None:
    assert there.run("plan", "-o", "plan.json").code == 0
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(there.folder / "alice")]
    subprocess.run([*command, str(there.folder / "plan.json")], check=True, capture_output=True)
    refused(there, "namespace does not match")


@pytest.mark.parametrize("content", [b"", b"junk\n", b"\xff\xfe\x00" * 1000])
def test_a_broken_signature_is_3(there: Desk, content: bytes) -> None:
    planned(there)
    (there.folder / "plan.json.sig").write_bytes(content)
    refused(there, "ssh-keygen says: ")


def test_a_key_that_is_no_longer_valid_is_3(there: Desk) -> None:
    planned(there)
    allowed = there.folder / "allowed"
    allowed.write_text(allowed.read_text().replace(" ", ' valid-before="20200101" ', 1))
    refused(there, "ssh-keygen says: ")


def test_one_of_several_signers_is_named(there: Desk) -> None:
    allowed = there.folder / "allowed"
    other = made_key(there.folder / "carol")
    allowed.write_text(f"carol@example.org {other}\n{allowed.read_text()}")
    planned(there)
    assert "signed by alice@example.org" in there.run("check", "plan.json", *GIVEN).out


def test_allowed_signers_that_are_not_there_are_1(there: Desk) -> None:
    planned(there)
    refused(there, "cannot read the allowed signers none", "--require-signature", "none", code=1)


def test_a_plan_is_judged_only_after_its_signature(there: Desk) -> None:
    planned(there)
    (there.folder / "plan.json").write_bytes(b'{"kind": "plan", "format_version": "9.0"}')
    refused(there, "is no signature of plan.json as it is")


def test_a_plan_swapped_while_it_is_verified_is_not_the_one_that_is_used(
    there: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.write(CREATE.replace("RNA-seq", "Evil"))
    assert there.run("plan", "-o", "evil.json").code == 0
    there.write(CREATE)
    planned(there)
    reviewed = (there.folder / "plan.json").read_bytes()
    swapping = there.folder / "bin" / "ssh-keygen"
    swapping.parent.mkdir()
    swapping.write_text(f'#!/bin/sh\ncp evil.json plan.json\nexec "{shutil.which("ssh-keygen")}" "$@"\n')
    swapping.chmod(0o755)
    monkeypatch.setenv("PATH", f"{swapping.parent}{os.pathsep}{os.environ['PATH']}")
    ran = there.run("check", "plan.json", *GIVEN, "--format", "json")
    assert (there.folder / "plan.json").read_bytes() != reviewed
    assert (ran.code, ran.json["plan_id"]) == (0, json.loads(reviewed)["plan_id"])
    (there.folder / "plan.json").write_bytes(reviewed)
    assert there.run("apply", "plan.json", "--auto-approve", *GIVEN).code == 0
    assert there.named("RNA-seq")


@pytest.mark.parametrize(
    ("key", "why"),
    [("none", "No such file"), ("lab.toml", "cannot sign"), (".", "a folder"), ("locked", "cannot sign")],
)
def test_a_key_that_cannot_be_used_is_1_and_no_plan_is_saved(there: Desk, key: str, why: str) -> None:
    made_key(there.folder / "locked", "a passphrase")
    ran = there.run("plan", "-o", "plan.json", "--sign", key)
    assert ran.code == 1, ran.out + ran.err
    assert why in ran.err
    assert "No plan was saved." in ran.err
    assert not list(there.folder.glob("plan.json*"))


def test_nobody_is_asked_for_a_passphrase(there: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    made_key(there.folder / "locked", "a passphrase")
    asked = there.folder / "asked"
    program = there.folder / "askpass"
    program.write_text(f'#!/bin/sh\n: > "{asked}"\necho "a passphrase"\n')
    program.chmod(0o755)
    asking = {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    for name, value in asking.items():
        monkeypatch.setenv(name, value)
    ran = there.run("plan", "-o", "plan.json", "--sign", "locked")
    assert ran.code == 1
    assert "name one without a passphrase" in " ".join(ran.err.split())
    assert not asked.exists()


@pytest.fixture
def agent(there: Desk) -> Iterator[str]:
    """The socket of an agent that holds alice's key, whose private half lies in no file any more."""
    socket = str(there.folder / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL) as running:
        try:
            while not os.path.exists(socket):
                assert running.poll() is None
            subprocess.run(
                ["ssh-add", "-q", str(there.folder / "alice")],
                env={**os.environ, "SSH_AUTH_SOCK": socket},
                check=True,
            )
            (there.folder / "alice").unlink()
            yield socket
        finally:
            running.terminate()


def test_a_key_in_an_agent_signs_by_its_public_half(
    there: Desk, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    planned(there, "alice.pub")
    assert "signed by alice@example.org" in there.run("check", "plan.json", *GIVEN).out


def test_only_a_saved_plan_can_be_signed(there: Desk) -> None:
    ran = there.run("plan", "--sign", "alice")
    assert ran.code == 64
    assert "-o" in ran.err


def test_a_signature_is_looked_at_only_against_allowed_signers(there: Desk) -> None:
    planned(there)
    for command in (["check"], ["apply", "--auto-approve"]):
        assert there.run(*command, "plan.json", "--signature", "plan.json.sig").code == 64


def test_a_signature_and_what_it_signs_hold_no_token(there: Desk) -> None:
    planned(there)
    signed, signature = (there.folder / name for name in ("plan.json", "plan.json.sig"))
    armour = "".join(signature.read_text().splitlines()[1:-1])
    for data in (signed.read_bytes(), base64.b64decode(armour)):
        assert b"alice-token" not in data
        assert b"bob-token" not in data
