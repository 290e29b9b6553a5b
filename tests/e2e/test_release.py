"""``release`` over HTTP: what a person is asked, and what becomes of one that is killed or comes too late."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.command import environment

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

TRIAL = "project-J0000000000000000000001A"
TESTS = str(Path(__file__).parents[1])


@pytest.fixture
def ours(lab: Lab) -> Lab:
    """Its one project bears our mark, and is in no TOML."""
    lab.write(lab.HEAD, "[orgs.org-lab]\n")
    assert lab.run("plan").code == 0
    mark(lab, "lab/projects.trial")
    return lab


def mark(lab: Lab, value: str | None) -> None:
    lab.call(f"/{TRIAL}/setProperties", properties={"reconciler": value})


def is_marked(lab: Lab) -> bool:
    found = lab.call(f"/{TRIAL}/describe", fields={"properties": True})["properties"]
    return "reconciler" in found


def test_a_person_is_asked_and_nothing_but_yes_takes_the_mark_off(ours: Lab) -> None:
    ran = ours.typed("y\n", "release", "projects.trial")
    assert "lab/projects.trial  →  (none)" in ran.out
    assert f"any workspace may adopt it:\n      projects.trial   {TRIAL}\n" in ran.out
    assert (ran.code, is_marked(ours)) == (1, True)
    assert ours.typed("yes\n", "release", "projects.trial").code == 0
    assert not is_marked(ours)


def test_a_mark_that_changed_while_a_person_was_asked_stays(ours: Lab) -> None:
    ran = ours.typed("yes\n", "release", TRIAL, meanwhile=lambda: mark(ours, "theirs/projects.trial"))
    assert ran.code == 5
    assert "is theirs/projects.trial" in ran.out
    assert f"Make a new one: reconciler release {TRIAL}\n" in ran.out
    assert is_marked(ours)


def test_a_release_that_was_killed_before_it_noted_the_answer_is_settled_by_the_next_one(ours: Lab) -> None:
    again = ("release", "projects.trial", "--auto-approve")
    killed = subprocess.run(
        [
            sys.executable,
            "-m",
            "faults.killed",
            "after the answer",
            "1",
            str(ours.folder / "witness"),
            *again,
        ],
        cwd=ours.folder,
        env=environment({"PYTHONPATH": TESTS}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (killed.returncode, is_marked(ours)) == (-9, False), os.fsdecode(killed.stderr)
    ran = ours.run(*again)
    assert "projects.trial: release carried out" in ran.out
    assert ran.out.endswith("projects.trial is released.\n")
    assert (ran.code, is_marked(ours)) == (0, False), ran.err
