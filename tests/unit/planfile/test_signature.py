"""Signatures where they cannot be made or verified: what is said, and that nothing is taken as signed.
With real keys: ``tests/judges/test_signatures.py``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.model.diagnostics import DiagnosticsError
from reconciler.planfile import signature


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name is installed. Nothing here comes so far as to run it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ssh-keygen").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(folder))


def said(caught: pytest.ExceptionInfo[DiagnosticsError]) -> str:
    (diagnostic,) = caught.value.diagnostics
    return f"{diagnostic.summary}\n{diagnostic.detail}"


def test_without_the_tool_the_message_names_it_and_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for act in (
        lambda: signature.sign(b"{}", "key"),
        lambda: signature.verify("plan.json", b"{}", "allowed"),
    ):
        with pytest.raises(DiagnosticsError) as caught:
            act()
        assert "ssh-keygen, which is not on the PATH" in said(caught)
        assert "apt-get install openssh-client" in said(caught)


@pytest.mark.usefixtures("tool")
def test_a_key_that_is_not_there_or_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("none", "No such file"), (".", "a folder"), ("pipe", "not a regular file")):
        with pytest.raises(DiagnosticsError, match=why) as caught:
            signature.sign(b"{}", str(tmp_path / name))
        assert str(tmp_path / name) in said(caught)


@pytest.mark.usefixtures("tool")
def test_a_signature_that_is_missing_or_no_file_is_no_signature(tmp_path: Path) -> None:
    allowed, plan = tmp_path / "allowed", str(tmp_path / "plan.json")
    allowed.write_text("")
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(signature.Unsigned, match=r"there is no .*plan\.json\.sig"):
        signature.verify(plan, b"{}", str(allowed))
    with pytest.raises(signature.Unsigned, match="not a regular file"):
        signature.verify(plan, b"{}", str(allowed), str(tmp_path / "zero"))


@pytest.mark.usefixtures("tool")
def test_allowed_signers_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DiagnosticsError, match=r"cannot read the allowed signers .*none: No such file"):
        signature.verify("plan.json", b"{}", str(tmp_path / "none"))
