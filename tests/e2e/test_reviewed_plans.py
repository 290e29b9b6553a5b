"""The reviewed plans of the example workspaces: made anew, byte for byte the same.

After a change on purpose: ``make plans``, and review what changed.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.sandbox import served

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(folder.name for folder in (ROOT / "configs").iterdir() if folder.is_dir())


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest, lab: Lab) -> str:
    """The name of an example, a copy of which is where the lab was."""
    shutil.rmtree(lab.folder)
    shutil.copytree(
        ROOT / "configs" / request.param, lab.folder, ignore=shutil.ignore_patterns(".reconciler")
    )
    return str(request.param)


def reviewed(name: str) -> tuple[str, str]:
    return (ROOT / "plans" / f"{name}.txt").read_text(), (ROOT / "plans" / f"{name}.json").read_text()


def made(lab: Lab, **environ: str) -> tuple[str, str]:
    ran = lab.run("plan", ".", "--reproducible", "--write", "json=plan.json", **environ)
    assert ran.code in (0, 3), ran.err
    return ran.out, (lab.folder / "plan.json").read_text()


def test_every_example_has_a_reviewed_plan_and_every_plan_an_example() -> None:
    assert EXAMPLES
    plans = sorted(file.name for file in (ROOT / "plans").iterdir())
    assert plans == sorted(f"{name}.{kind}" for name in EXAMPLES for kind in ("txt", "json"))


def test_the_platform_of_its_own_gives_the_reviewed_bytes(example: str, lab: Lab) -> None:
    assert made(lab) == reviewed(example)


def test_a_platform_in_another_process_gives_the_reviewed_bytes(example: str, lab: Lab) -> None:
    with served(lab.folder / "world" / "world.toml") as server:
        assert made(lab, RECONCILER_SANDBOX=f"http://127.0.0.1:{server.port}") == reviewed(example)
    assert not (lab.folder / ".reconciler" / "sandbox.json").exists()


def test_a_reviewed_plan_is_no_plan_to_apply(example: str, lab: Lab) -> None:
    ran = lab.run("apply", str(ROOT / "plans" / f"{example}.json"), "--auto-approve")
    assert ran.code == 3, ran.err
    assert json.loads(reviewed(example)[1])["applyable"] is False
