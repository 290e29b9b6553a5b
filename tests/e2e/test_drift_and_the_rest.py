"""``drift``, the small commands, wrong usage, and broken output, through the installed command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

COMMAND = str(Path(sys.executable).parent / "reconciler")


def test_a_change_behind_the_tools_back_is_drift_and_2(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.REFUSED.replace("eu-central-1", "us-east-1"), 'name = "Trial"\n')
    assert lab.run("apply", "--auto-approve").code == 0
    lab.call("/project-J0000000000000000000001A/update", name="Renamed")
    ran = lab.run("drift")
    assert ran.code == 2, ran.err
    assert "projects.trial   drifted" in ran.out
    assert "Trial  →  Renamed" in ran.out
    assert "1 drifted, " in ran.out
    assert "   exit 2\n" in ran.out
    document = lab.run("drift", "--format", "json")
    assert document.code == 2
    assert {item["verdict"] for item in document.json["items"]} >= {"drifted"}


def test_a_change_of_the_toml_is_pending_and_2(lab: Lab) -> None:
    trial = lab.REFUSED.replace("eu-central-1", "us-east-1")
    lab.write(lab.HEAD, trial, 'name = "Trial"\n')
    assert lab.run("apply", "--auto-approve").code == 0
    lab.write(lab.HEAD, trial, 'name = "Trial 2"\n')
    ran = lab.run("drift")
    assert ran.code == 2
    assert "pending" in ran.out
    assert "drifted" not in ran.out


def test_drift_that_could_not_read_is_7_and_takes_no_lock(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.UNREADABLE)
    ran = lab.run("drift")
    assert ran.code == 7, ran.err
    assert "users.user-bob   unreadable" in ran.out
    assert not (lab.folder / ".reconciler" / "lock").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["plna"],
        ["plan", "--bogus"],
        ["plan", "a", "b"],
        ["plan", "--format", "yaml"],
        ["plan", "--write", "text"],
        ["plan", "--write", "yaml=x"],
        ["show"],
        ["explain"],
        ["explain", "REG999"],
        ["schema", "nothing"],
        ["regions", "--payer", "alice"],
        ["apply", "--auto-approve", "--workspace", ".", "."],
        [],
    ],
)
def test_wrong_usage_is_64(lab: Lab, arguments: list[str]) -> None:
    ran = lab.run(*arguments)
    assert ran.code == 64, ran.out + ran.err
    assert "Traceback" not in ran.err
    if arguments and "--format" not in arguments:
        as_json = lab.run(*arguments, "--format=json")
        assert (as_json.code, as_json.json["valid"]) == (64, False)


def test_a_mistyped_command_is_told_the_right_one(lab: Lab) -> None:
    assert "'plan'" in lab.run("plna").err


def test_help_lists_every_command_with_the_sandbox_and_the_exit_codes(lab: Lab) -> None:
    ran = lab.run("--help")
    assert ran.code == 0
    for name in ("init", "validate", "plan", "show", "apply", "drift", "explain", "regions", "rules"):
        assert f"\n  {name} " in ran.out
    assert "\n  sandbox " in ran.out
    assert "cannot be loaded" not in ran.out
    assert "64 wrong usage" in " ".join(ran.out.split())


def test_init_writes_a_workspace_that_plans_and_overwrites_nothing(lab: Lab) -> None:
    ran = lab.run("init", "new")
    assert ran.code == 0, ran.err
    assert ran.out.endswith("  reconciler plan new\n")
    planned = lab.run("plan", "new")
    assert planned.code == 0, planned.out + planned.err
    written = {path: path.read_bytes() for path in (lab.folder / "new").rglob("*.toml")}
    again = lab.run("init", "new")
    assert again.code == 1
    assert {path: path.read_bytes() for path in (lab.folder / "new").rglob("*.toml")} == written
    stop = json.loads((lab.folder / "new" / ".reconciler" / "sandbox.json").read_text()).get("pid")
    if stop:
        subprocess.run(["kill", str(stop)], check=False)


def test_regions_are_listed_offline_and_with_a_payer_from_the_provider(lab: Lab) -> None:
    offline = lab.run("regions")
    assert offline.code == 0, offline.err
    assert "aws:me-south-1" in offline.out
    assert "retired" in offline.out
    ran = lab.run("regions", "--payer", "org-lab", "--format", "json")
    assert ran.code == 0, ran.err
    row = next(row for row in ran.json["regions"] if row["code"] == "aws:us-east-1")
    assert (row["permitted"], row["default"], row["projects"]) == (True, True, 1)
    hidden = lab.run("regions", "--payer", "user-bob")
    assert hidden.code == 7, hidden.out + hidden.err
    assert lab.run("regions", "--payer", "org-nobody").code == 1


def test_rules_are_listed_and_explained_with_their_source(lab: Lab) -> None:
    assert "REG102" in lab.run("rules").out
    explained = lab.run("explain", "reg102")
    assert explained.code == 0
    assert explained.out.startswith("REG102: ")
    assert "\nSource: https://" in explained.out


@pytest.mark.parametrize("name", ["config", "plan", "drift"])
def test_schemas_are_json(lab: Lab, name: str) -> None:
    assert "$defs" in lab.run("schema", name).json


def test_a_full_disk_behind_stdout_is_1_and_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [COMMAND, "version"], stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60
        )
    assert done.returncode == 1
    assert done.stderr == "error: No space left on device\n"


def test_a_reader_that_goes_away_gets_no_traceback() -> None:
    done = subprocess.run(
        f"{COMMAND} schema plan | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""


def test_colour_needs_a_terminal(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert "\x1b" not in lab.run("plan").out
