"""A pipeline whose runners keep nothing: each job works on a checkout of its own, and what the next one needs
is the plan that is handed over and the ledger on a server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.postgres import Postgres
from support.sandbox import served

from tests.e2e.test_apply_as import TOML, WORLD, Checkout, written


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.org")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, timeout=20, check=True
    )
    return done.stdout.strip()


class Repository:
    """The configuration under version control, on a branch of its own."""

    def __init__(self, folder: Path, toml: str) -> None:
        self._folder = written(folder, toml)
        git(self._folder, "init", "-q")
        git(self._folder, "add", ".")
        git(self._folder, "commit", "-q", "-m", "The regions that we want")
        self.commit = git(self._folder, "rev-parse", "HEAD")

    def runner(self, name: str, login: str) -> Checkout:
        """A fresh one, with nothing on it but a clone."""
        clone = self._folder.parent / name
        git(self._folder.parent, "clone", "-q", str(self._folder), str(clone))
        return Checkout(clone, login)


@pytest.fixture
def world(tmp_path: Path) -> Path:
    path = tmp_path / "world.toml"
    path.write_text(WORLD.replace("VISIBLE", "MEMBER"), encoding="utf-8")
    return path


def test_each_job_on_a_fresh_checkout_carries_the_plan_on_and_none_does_it_twice(
    tmp_path: Path, world: Path, postgres: Postgres
) -> None:
    with served(world) as platform:
        provider = f'endpoint = "http://127.0.0.1:{platform.port}"'
        toml = TOML.replace(
            'endpoint = "http://127.0.0.1:PORT"', f'{provider}\nledger = "{postgres.new_room()}"'
        )
        repository = Repository(tmp_path / "origin", toml)

        planning = repository.runner("planning", "reader-token")
        ran = planning.run("plan", "--apply-as", "user-alice", "-o", "plan.json", CI="true")
        assert ran.code == 0, ran.out + ran.err
        assert "\nPlan: 1 to create, 1 to update.\n" in ran.out
        plan = (planning.folder / "plan.json").read_bytes()

        applying = repository.runner("applying", "alice-token")
        (applying.folder / "plan.json").write_bytes(plan)
        ran = applying.run("apply", "plan.json", "--auto-approve", CI="true")
        assert ran.code == 0, ran.out + ran.err
        assert "Applied 2 of 2: 2 done, 0 failed, 0 not attempted, 0 uncertain." in ran.out
        assert not (applying.folder / ".reconciler").exists(), "nothing is kept on a runner"

        again = repository.runner("again", "alice-token")
        (again.folder / "plan.json").write_bytes(plan)
        ran = again.run("apply", "plan.json", "--auto-approve", CI="true")
        assert (ran.code, "this plan was already applied" in ran.err) == (5, True), ran.out + ran.err

        nightly = repository.runner("nightly", "alice-token")
        ran = nightly.run("drift", CI="true")
        assert ran.code == 0, ran.out + ran.err
        (run,) = nightly.run("history", "--format", "json", CI="true").json["runs"]
        started = run["started"]
        assert (started["commit"], started["identity"]) == (repository.commit, "user-alice")


def test_a_runner_whose_ledger_is_a_file_is_64_before_anything_is_asked(tmp_path: Path, world: Path) -> None:
    with served(world) as platform:
        toml = TOML.replace("PORT", str(platform.port))
        runner = Repository(tmp_path / "origin", toml).runner("runner", "alice-token")
        assert runner.run("plan", "-o", "plan.json", CI="true").code == 0
        for what in ("plan.json", "."):
            ran = runner.run("apply", what, "--auto-approve", CI="true")
            assert ran.code == 64, ran.out + ran.err
            assert "a throw-away runner keeps neither lock nor baseline" in ran.err
            assert '[provider] ledger = "postgresql://' in ran.err
            assert "--local-ledger" in ran.err
        assert not (runner.folder / ".reconciler" / "ledger.db").exists()
