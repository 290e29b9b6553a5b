"""How far an apply has come: lines to be kept, or one line on a terminal that is written over."""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
from typing import TYPE_CHECKING

from support.command import COMMAND, environment

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

APPLY = ("apply", "--auto-approve", "--parallelism", "1")
BROKE = """
[projects.zebra]
name = "Zebra"
region = "aws:us-east-1"
bill_to = "org-broke"
"""


def test_without_a_terminal_each_step_that_has_ended_is_a_line_on_stderr(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, BROKE)
    ran = lab.run(*APPLY)
    assert ran.code == 4, ran.out + ran.err
    assert ran.err == "1 of 2: projects.rnaseq done\n2 of 2: projects.zebra failed\n"


def test_quiet_keeps_the_lines_back(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run(*APPLY, "-q")
    assert (ran.code, ran.err) == (0, "")


def test_the_lines_do_not_get_into_a_document_on_stdout(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run(*APPLY, "--format", "json")
    assert ran.json["summary"]["done"] == 1
    assert ran.err.endswith("1 of 1: projects.rnaseq done\n")


def test_on_a_terminal_one_line_is_written_over_and_wiped_in_the_end(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, BROKE)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *APPLY], cwd=lab.folder, env=environment({}), stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        process.communicate(timeout=60)
    shown = _all_of(ours)
    assert "\r\x1b[K1 of 2: projects.rnaseq done\r\x1b[K2 of 2: projects.zebra failed\r\x1b[K" in shown
    assert "\n" not in shown


def test_a_log_that_is_gone_does_not_end_an_apply(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, BROKE.replace("org-broke", "org-lab"))
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [COMMAND, *APPLY],
            cwd=lab.folder,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            timeout=60,
            check=False,
        )
    assert "2 done, 0 failed" in done.stdout
    assert lab.projects() == ["RNA-seq", "Trial", "Zebra"]


def _all_of(terminal: int) -> str:
    """What was written to the other end, which is closed."""
    said = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 65536):
            said += piece
    os.close(terminal)
    return said.decode()
