"""What the pipelines of ``deploy`` and ``action.yml`` may not do, whoever changes them; and that what they
name is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.actions import ROOT
from support.desk import PEOPLE, Desk

PIPELINES = (
    "action.yml",
    "deploy/github/reconciler.yml",
    "deploy/gitlab/templates/reconciler.yml",
    "deploy/gitlab/gitlab-ci.yml",
    "deploy/jenkins/Jenkinsfile",
    "deploy/kubernetes/drift.yaml",
    "deploy/systemd/reconciler-drift.service",
)


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def commands(path: str) -> Iterator[str]:
    """What a shell gets to read."""
    found = re.findall(r"(?m)^\s*(?:- )?(?:run|script|sh):? (.+)$", text(path))
    yield from found
    for block in re.findall(r"(?m)^ *script:\n((?: *- .*\n)+)", text(path)):
        yield from block.splitlines()


@pytest.mark.parametrize("path", PIPELINES[:5])
def test_no_text_of_an_event_or_an_input_becomes_part_of_a_command(path: str) -> None:
    found = list(commands(path))
    assert found or path.endswith(("gitlab-ci.yml", "github/reconciler.yml"))
    for command in found:
        assert "${{" not in command, command
        assert "$[[" not in command, command
        assert not command.startswith('"'), f"Groovy fills in what is between double quotes: {command}"


@pytest.mark.parametrize("path", PIPELINES[:2])
def test_each_action_of_others_is_pinned_to_a_commit(path: str) -> None:
    uses = re.findall(r"(?m)^\s*(?:- )?uses: (\S+)", text(path))
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", one), one


def test_each_job_on_github_has_no_right_but_those_that_it_names() -> None:
    """``pull_request_target`` would give a fork's pull request the secrets."""
    workflow = text("deploy/github/reconciler.yml")
    assert "\npermissions: {}\n" in workflow
    assert "pull_request_target" not in workflow
    jobs = dict(re.findall(r"(?m)^  (plan|apply|drift):\n((?:    .*\n|\n)+)", workflow))
    rights = {
        name: dict(re.findall(r"(?m)^      ([a-z-]+): (read|write)\b", job)) for name, job in jobs.items()
    }
    assert rights == {
        "plan": {"contents": "read", "pull-requests": "write", "security-events": "write"},
        "apply": {"actions": "read", "contents": "read", "pull-requests": "write"},
        "drift": {"contents": "read", "issues": "write"},
    }
    logins = {name: re.findall(r"secrets\.(DX_\w+)", job) for name, job in jobs.items()}
    assert logins == {"plan": ["DX_PLAN_LOGIN"], "apply": ["DX_APPLY_LOGIN"], "drift": ["DX_PLAN_LOGIN"]}


@pytest.mark.parametrize("path", PIPELINES)
def test_each_script_that_is_named_is_there_to_be_run(path: str) -> None:
    named = set(re.findall(r"/ci/(\w+\.sh)", text(path)))
    assert named or path.endswith(("gitlab-ci.yml", "github/reconciler.yml"))
    for name in named:
        assert os.access(ROOT / "deploy" / "ci" / name, os.X_OK), name


def test_the_hooks_of_pre_commit_refuse_what_is_wrong_and_lay_out_what_is_staged(tmp_path: Path) -> None:
    entries = dict(
        re.findall(r"(?m)^- id: (\S+)\n(?:  .*\n)*?  entry: reconciler (.+)$", text(".pre-commit-hooks.yaml"))
    )
    assert sorted(entries) == ["reconciler-fmt", "reconciler-validate"]
    desk = Desk.new(tmp_path / "lab", PEOPLE)
    desk.write('[orgs.org-lab]\ndefault_region="aws:us-east-1"\n')
    before = (desk.folder / "lab.toml").read_text()
    assert desk.run(*entries["reconciler-validate"].split(), ".").code == 0
    assert desk.run(*entries["reconciler-fmt"].split(), "lab.toml").code == 0
    assert (desk.folder / "lab.toml").read_text() != before
    desk.write("[orgs.org-lab]\nregoin = 1\n")
    assert desk.run(*entries["reconciler-validate"].split(), ".").code == 1


def test_the_page_tells_of_each_input_of_the_action_and_each_reaches_a_step() -> None:
    action = text("action.yml")
    inputs = re.findall(r"(?m)^  ([a-z-]+):\n    description: ", action[: action.index("\noutputs:")])
    told = re.findall(r"(?m)^\| `([a-z-]+)` \| ", text("docs/gitops.md"))
    assert sorted(told) == sorted(inputs)
    for name in inputs:
        assert re.search(rf"\binputs\.{name}\b", action), name
    variables = dict(re.findall(r"(?m)^        ([A-Z_]+): (.*)$", action))
    settings = re.findall(r"(?m)^#   ([A-Z_]+)  ", text("deploy/ci/run.sh"))
    assert sorted(variables) == sorted([*settings, "GITHUB_TOKEN", "PIP_ONLY_BINARY"])
