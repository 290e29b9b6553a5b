"""The scripts of ``deploy/ci`` by themselves, as a job of any pipeline calls them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from support.actions import ROOT
from support.command import COMMAND, Ran, environment
from support.github import REPOSITORY, serving

from tests.e2e.conftest import Lab


def script(lab: Lab, name: str, *words: str, **environ: str) -> Ran:
    """In the folder of the workspace, with the variables of no pipeline but the given ones."""
    path = {"PATH": f"{Path(COMMAND).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        [str(ROOT / "deploy" / "ci" / name), *words],
        cwd=lab.folder,
        env=environment(path | environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_elsewhere_than_on_github_the_job_that_plans_hands_its_plan_to_the_one_that_applies(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert script(lab, "plan.sh", ".", "out").code == 0
    assert sorted(file.name for file in (lab.folder / "out").iterdir()) == [
        "plan.annotations",
        "plan.gitlab.json",
        "plan.json",
        "plan.junit.xml",
        "plan.md",
        "plan.sarif",
    ]
    ran = script(lab, "apply.sh", ".", "out")
    assert (ran.code, lab.projects()) == (0, ["RNA-seq", "Trial"]), ran.err
    assert script(lab, "drift.sh", ".", "out").code == 0
    assert 'reconciler_drift_exit_code{workspace="lab"} 0' in (lab.folder / "out" / "drift.prom").read_text()


def test_a_pull_request_from_a_fork_is_planned_from_a_snapshot_or_validated_and_tells_no_server(
    lab: Lab,
) -> None:
    lab.write(lab.HEAD, lab.MANUAL)
    assert lab.run("snapshot", "-o", "today.json").code == 0
    lab.write(lab.ELSEWHERE, lab.CREATE)
    fork = {"RUN": "plan", "WORKSPACE": ".", "OUT": "out", "FORK": "true", "APPLY_AS": "user-alice"}
    ran = script(lab, "run.sh", **fork)
    assert (ran.code, "Valid: lab" in ran.out) == (0, True), ran.err
    lab.write(lab.HEAD, lab.MANUAL, lab.CREATE)
    ran = script(lab, "run.sh", **fork, SNAPSHOT="today.json")
    assert (ran.code, "Plan: 1 to create, 1 manual." in ran.out) == (0, True), ran.err
    assert "| create | 1 |" in (lab.folder / "out" / "plan.md").read_text()
    assert not (lab.folder / "out" / "plan.json").exists(), "nothing that could be applied"


def test_no_name_in_a_plan_is_a_command_to_the_runner(lab: Lab) -> None:
    """The word that ends it is another one each time."""
    lab.write(lab.HEAD, lab.CREATE.replace("RNA-seq", "::add-path::evil"), lab.REFUSED)
    ran = script(lab, "plan.sh", ".", "out", GITHUB_ACTIONS="true")
    assert ran.code == 3
    word, told, marks = _read_as_a_runner(ran.out)
    shown = ["sh", "-c", '. "$0"; shown true', str(ROOT / "deploy" / "ci" / "lib.sh")]
    another = subprocess.run(
        shown, check=True, env={**os.environ, "GITHUB_ACTIONS": "true"}, capture_output=True, text=True
    )
    assert word not in another.stdout
    assert another.stdout.startswith("::stop-commands::")
    assert "::add-path::evil" in told
    assert re.fullmatch(r"[0-9a-f]{32}", word)
    assert [line.split()[0] for line in marks] == ["::error"]


def _read_as_a_runner(log: str) -> tuple[str, str, list[str]]:
    """The word by which commands were stopped, what was said meanwhile, and the commands after it."""
    first, _, rest = log.partition("\n")
    assert first.startswith("::stop-commands::")
    word = first.removeprefix("::stop-commands::")
    told, _, after = rest.partition(f"\n::{word}::\n")
    return word, told, after.splitlines()


def test_a_job_that_could_tell_nobody_is_not_green_and_wrong_toml_takes_the_place_of_the_plan(
    lab: Lab,
) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    (lab.folder / "event.json").write_text(json.dumps({"pull_request": {"number": 1}}))
    with serving() as hub:
        hub.down = True
        github = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": hub.url,
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": "event.json",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_TOKEN": "workflow",
        }
        for name, code in (("plan.sh", 1), ("drift.sh", 2)):
            ran = script(lab, name, ".", "out", **github)
            assert ran.code == code, ran.out + ran.err
            assert "error: github.py" in ran.err
        hub.down = False
        assert script(lab, "plan.sh", ".", "out", **github).code == 0
        (only,) = hub.comments[1]
        lab.write(lab.HEAD, 'regoin = "x"\n')
        assert script(lab, "plan.sh", ".", "out", **github).code == 1
        assert len(hub.comments[1]) == 1
        assert "regoin" in only["body"]
        assert "reconciler:reviewed" not in only["body"]
        assert not (lab.folder / "out" / "plan.json").exists()
        # Drift that could not look is told like any other, and metrics say so.
        assert script(lab, "drift.sh", ".", "out", **github).code == 1
        (issue,) = hub.issues
        assert (issue["title"], "regoin" in issue["body"]) == ("Drift of . (exit code 1)", True)
        metrics = (lab.folder / "out" / "drift.prom").read_text()
        assert 'reconciler_up{workspace="lab"} 0\n' in metrics
        assert "reconciler_drift_last_success_timestamp_seconds{" in metrics, "that of the run before"


@pytest.mark.parametrize(
    ("given", "says"),
    [({}, "RUN: plan, apply or drift"), ({"RUN": "destroy"}, 'RUN is "destroy": write plan, apply or drift')],
)
def test_a_setting_that_is_missing_or_wrong_is_told(lab: Lab, given: dict[str, str], says: str) -> None:
    ran = script(lab, "run.sh", **{"WORKSPACE": ".", "OUT": "out", **given})
    assert (ran.code != 0, says in ran.err) == (True, True), ran.err


def test_the_options_are_words_and_never_names_of_files(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    options = {"RUN": "plan", "WORKSPACE": ".", "OUT": "out", "OPTIONS": "--target  projects.*"}
    (lab.folder / "projects.rnaseq").touch()
    ran = script(lab, "run.sh", **options)
    assert (ran.code, "projects.*" in ran.err) == (1, True), ran.err
