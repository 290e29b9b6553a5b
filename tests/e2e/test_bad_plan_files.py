"""Whatever is handed in as a plan: a named error and code 1, at once, and nothing is sent."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

MB = 1024 * 1024


def truncated(path: Path, plan: bytes) -> None:
    path.write_bytes(plan[: len(plan) // 2])


def edited(path: Path, plan: bytes) -> None:
    at = plan.index(b"aws:eu-central-1")
    path.write_bytes(plan[:at] + b"b" + plan[at + 1 :])


def newer(path: Path, plan: bytes) -> None:
    path.write_bytes(plan.replace(b'"format_version": "1.0"', b'"format_version": "2.0"', 1))


def huge(path: Path, plan: bytes) -> None:
    path.write_bytes(plan)
    os.truncate(path, 300 * MB)


def padded(path: Path, plan: bytes) -> None:
    with path.open("wb") as file:
        file.write(plan.rstrip()[:-1])
        for _ in range(210):
            file.write(b" " * MB)


def folder(path: Path, plan: bytes) -> None:  # noqa: ARG001 (one shape for all)
    path.mkdir()


def device(path: Path, plan: bytes) -> None:  # noqa: ARG001 (one shape for all)
    path.symlink_to("/dev/zero")


def pipe(path: Path, plan: bytes) -> None:  # noqa: ARG001 (one shape for all)
    os.mkfifo(path)


BAD: dict[Callable[[Path, bytes], None], str] = {
    truncated: "is truncated: it ends in the middle of the plan",
    edited: "was changed after it was made: its digest does not match",
    newer: "has the plan format 2.0, which cannot be read",
    huge: "is too big to be a plan",
    padded: "is truncated",
    folder: "is a folder, not a plan file",
    device: "is not a regular file, not a plan file",
    pipe: "is not a regular file, not a plan file",
}


def test_a_bad_plan_file_is_1_with_its_name_and_what_is_wrong(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "good").code == 0
    good = (lab.folder / "good").read_bytes()
    for make, why in BAD.items():
        make(lab.folder / make.__name__, good)
        for command in (["show"], ["check"], ["apply", "--auto-approve"]):
            ran = lab.run(*command, make.__name__)
            said = f"{command} {make.__name__}: {ran.code} {ran.out} {ran.err}"
            assert ran.code == 1, said
            assert ran.out == "", said
            assert make.__name__ in ran.err, said
            assert "Traceback" not in ran.err, said
            assert "unexpected" not in ran.err, said
            assert "Nothing was sent." in ran.err, said
            if command != ["apply", "--auto-approve"] or stat.S_ISREG(
                os.stat(lab.folder / make.__name__).st_mode
            ):
                assert f"{make.__name__} {why}" in ran.err, said
        as_json = lab.run("check", make.__name__, "--format", "json")
        assert json.loads(as_json.out)["diagnostics"][0]["code"] == "plan-file"
        if not (lab.folder / make.__name__).is_dir():
            (lab.folder / make.__name__).unlink()
    assert lab.run("check", "good").code == 0
    assert lab.projects() == ["Trial"]


@pytest.mark.parametrize("option", ["--workspace", "--require-signature", "--signature"])
def test_what_is_no_saved_plan_takes_no_option_of_one(lab: Lab, option: str) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("apply", ".", option, "x", "--auto-approve")
    assert ran.code == 64
    assert "no saved plan" in ran.err
