"""Nothing heavy is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

HEAVY = (
    "deepdiff",
    "sqlalchemy",
    "tabulate",
    "starlette",
    "uvicorn",
    "tomlkit",
    "tree_sitter",
    "rich",
    "jinja2",
    "pydantic",
)

PROBE = """
import sys
from reconciler.cli.entry import run
code = run(sys.argv[1:])
print("\\nIMPORTED", code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""

MORE = """
[projects.one]
bill_to = "org-lab"
[projects.two]
bill_to = "org-lab"
"""


def imported(lab: Lab, *arguments: str) -> set[str]:
    """Top-level modules that are loaded once the command has ended with 0."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=lab.folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    words = done.stdout.rpartition("IMPORTED ")[2].split()
    assert words[0] == "0", done.stdout + done.stderr
    return set(words[1:])


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["plan", "--help"]])
def test_help_and_version_import_nothing_heavy_and_no_client(lab: Lab, arguments: list[str]) -> None:
    assert not imported(lab, *arguments) & {*HEAVY, "urllib3"}


def test_a_plan_of_three_projects_imports_nothing_heavy(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, MORE)
    loaded = imported(lab, "plan")
    assert "urllib3" in loaded
    assert not loaded & {*HEAVY}


@pytest.mark.parametrize("command", ["show", "check"])
def test_looking_at_a_saved_plan_that_still_holds_imports_nothing_heavy(lab: Lab, command: str) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "plan.json").code == 0
    assert not imported(lab, command, "plan.json") & {*HEAVY}
