"""A runner of GitHub Actions as far as action.yml needs one: a fresh checkout, the variables of an event
and of the step, the scripts of ``deploy/ci``, and the artifact that is kept."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from support.command import COMMAND, environment
from support.github import REPOSITORY, GitHub

ROOT = Path(__file__).parents[2]
FORK = (
    "github.event_name == 'pull_request'"
    " && github.event.pull_request.head.repo.full_name != github.repository"
)


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout.strip()


class Step(NamedTuple):
    """What the step did: exit code, log, outputs, the page of the run, and the folder that it wrote to."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str
    out: Path


class Runner:
    """Runs the action for one repository; each job has a folder of its own below ``folder``."""

    def __init__(self, hub: GitHub, folder: Path, repository: Path) -> None:
        self._hub = hub
        self._folder = folder
        self._repository = repository
        self._jobs = 0

    def run(
        self,
        event: str,
        commit: str,
        number: int = 0,
        fork: bool = False,
        *,
        env: Mapping[str, str],
        **inputs: str,
    ) -> Step:
        """``number``: of the pull request whose event it is; ``env``: what the workflow's step has there;
        ``inputs`` of the action, with "_" for "-"."""
        self._jobs += 1
        job = self._folder / f"job-{self._jobs}"
        git(self._folder, "clone", "-q", "--no-checkout", str(self._repository), str(job / "checkout"))
        git(job / "checkout", "checkout", "-q", commit)
        happened = {"pull_request": {"number": number}} if number else {}
        (job / "event.json").write_text(json.dumps(happened))
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        github = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": self._hub.url,
            "GITHUB_GRAPHQL_URL": f"{self._hub.url}/graphql",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(job / "event.json"),
            "GITHUB_OUTPUT": str(job / "output"),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(self._jobs),
            "GITHUB_SERVER_URL": "https://github.example.org",
            "GITHUB_SHA": git(job / "checkout", "rev-parse", "HEAD"),
            "GITHUB_STEP_SUMMARY": str(job / "summary.md"),
            "HOME": str(job),
            "PATH": f"{Path(COMMAND).parent}:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["sh", "-e", "-c", _script()],
            cwd=job / "checkout",
            env=environment({**github, **env, **_variables(given, job, fork)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        outputs = dict(line.split("=", 1) for line in _text(job / "output").splitlines())
        if digest := outputs.get("digest"):
            self._hub.keep(f"reconciler-plan-{digest}", Path(outputs["plan"]))
        return Step(
            done.returncode, done.stdout, outputs, _text(job / "summary.md"), job / "temp" / "reconciler"
        )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _action() -> str:
    return (ROOT / "action.yml").read_text(encoding="utf-8")


def _script() -> str:
    (script,) = re.findall(r"(?m)^    - name: Run\n(?:      .*\n)*?      run: (.*)$", _action())
    return str(script)


def _variables(given: dict[str, str], job: Path, fork: bool) -> dict[str, str]:
    """The ``env`` of the step, each expression evaluated; one that is not known here is a KeyError."""
    (block,) = re.findall(r"(?m)^    - name: Run\n(?:      .*\n)*?      env:\n((?:        .*\n)+)", _action())
    defaults = re.findall(r"(?m)^  ([a-z-]+):\n    description: .*\n    default: (.*)$", _action())
    inputs = {name: "" if value in ('""', "${{ github.token }}") else value for name, value in defaults}
    known = {f"inputs.{name}": value for name, value in (inputs | given).items()}
    known |= {"runner.temp": str(job / "temp"), FORK: json.dumps(fork)}
    return {
        name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: known[found[1]], value)
        for name, value in re.findall(r"(?m)^        ([A-Z_]+): (.*)$", block)
    }
