"""Pipelines, units, manifests and scripts, each judged by the tool of its kind, which has to find a mistake
that is made on purpose, too."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.actions import ROOT

WORKFLOW = "deploy/github/reconciler.yml"
COMPONENT = "deploy/gitlab/templates/reconciler.yml"
INCLUDES = "deploy/gitlab/gitlab-ci.yml"
SERVICE = "deploy/systemd/reconciler-drift.service"
TIMER = "deploy/systemd/reconciler-drift.timer"
SCRIPTS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "deploy").rglob("*.sh"))

Judge = tuple[str, ...]


def schema(name: str) -> Judge:
    return ("check-jsonschema", "--builtin-schema", f"vendor.{name}")


SHELLCHECK: Judge = ("shellcheck", "--external-sources", "--source-path=SCRIPTDIR")
CASES: list[tuple[Judge, str, tuple[str, str]]] = [
    (schema("github-actions"), "action.yml", ("using: composite", "using: composit")),
    (schema("github-workflows"), WORKFLOW, ("runs-on:", "runs_on:")),
    (schema("gitlab-ci"), COMPONENT, ("when: manual", "when: manually")),
    (schema("gitlab-ci"), INCLUDES, ("component: $CI", "components: $CI")),
    (("pre-commit", "validate-manifest"), ".pre-commit-hooks.yaml", ("language: python", "language: pyhton")),
    (("hadolint",), "deploy/container/Containerfile", ("USER 65532:65532", "USER root")),
    (("kubernetes-validate",), "deploy/kubernetes/drift.yaml", ("runAsUser: 65532", "runAsUser: nobody")),
    *((SHELLCHECK, script, ('"$', "$")) for script in SCRIPTS),
]
OF_THE_MACHINE: list[tuple[Judge, str, tuple[str, str]]] = [
    (("systemd-analyze", "verify"), SERVICE, ("Type=oneshot", "Type=onceshot")),
    (("systemd-analyze", "verify"), TIMER, ("03:17:00 UTC", "03:77:00 UTC")),
    (("actionlint",), WORKFLOW, ("github.event_name", "github.event_nmae")),
]
"""No package of Python's has these: `make judges` says which one the machine lacks."""
CASES += [case for case in OF_THE_MACHINE if shutil.which(case[0][0])]


def judged(judge: Judge, file: Path) -> subprocess.CompletedProcess[str]:
    """By the tool where ``make judges`` has put it, or by the machine's own."""
    folder = os.environ.get("JUDGES_BIN")
    assert folder is not None, "JUDGES_BIN names no folder with the tools: make judges sets it"
    tool = shutil.which(judge[0], path=f"{folder}:{os.environ['PATH']}")
    assert tool is not None, f"there is no {judge[0]} in {folder}"
    return subprocess.run(
        [tool, *judge[1:], str(file)], capture_output=True, text=True, timeout=60, check=False
    )


def laid(path: str, folder: Path, mistake: tuple[str, str] = ("", "")) -> list[Path]:
    """The file beside its neighbours, with a mistake in it. Its documents apart, where a tool takes only one;
    the units name a script that is there."""
    there = folder / "laid"
    shutil.copytree((ROOT / path).parent if "/" in path else ROOT / "deploy" / "ci", there)
    text = (ROOT / path).read_text(encoding="utf-8")
    assert mistake[0] in text
    text = text.replace(*mistake).replace("/opt/reconciler/ci/", f"{ROOT}/deploy/ci/")
    if path != COMPONENT:
        (there / Path(path).name).write_text(text, encoding="utf-8")
        return [there / Path(path).name]
    made = []
    for number, document in enumerate(text.split("\n---\n")):
        made.append(there / f"{number}.yml")
        made[-1].write_text(document, encoding="utf-8")
    return made


@pytest.mark.parametrize(("judge", "path", "mistake"), CASES, ids=[f"{one[0][0]}-{one[1]}" for one in CASES])
def test_the_tool_of_its_kind_finds_nothing_but_what_is_made_wrong_on_purpose(
    tmp_path: Path, judge: Judge, path: str, mistake: tuple[str, str]
) -> None:
    for file in laid(path, tmp_path / "as it is"):
        ran = judged(judge, file)
        assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout + ran.stderr
    wrong = [judged(judge, file) for file in laid(path, tmp_path / "wrong", mistake)]
    assert any(ran.returncode != 0 or ran.stderr for ran in wrong), [ran.stdout for ran in wrong]
