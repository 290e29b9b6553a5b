"""A life of a configuration on GitHub: planned on a pull request, applied after the merge, changed behind its
back, found at night, mended, and a quiet night. It runs action.yml's own step, with ``deploy/ci``."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.actions import Runner, Step, git
from support.github import GitHub, serving
from support.hooks import Hook, hooks
from support.postgres import Postgres
from support.sandbox import Served, served
from support.tokens import login_of, long

from tests.e2e.test_apply_as import TRIAL, WORLD

TOML = """\
workspace = "lab"

[provider]
type = "dnanexus"
endpoint = "http://127.0.0.1:PORT"
ledger = "LEDGER"

[projects.trial]
id = "TRIAL"
name = "Trial"
"""
RNASEQ = """
[projects.rnaseq]
name = "RNA-seq"
bill_to = "org-lab"
region = "aws:eu-central-1"
"""
KEY = f"whsec_{base64.b64encode(bytes(32)).decode()}"
RENAMED = 'name = "Trial 2026"'


class Life:
    """The repository, GitHub, the platform, and who works with them."""

    def __init__(self, folder: Path, hub: GitHub, hook: Hook, platform: Served, ledger: str) -> None:
        self.hub, self.hook, self.platform = hub, hook, platform
        self._repository = folder / "origin"
        self.toml = self._repository / "regions" / "lab.toml"
        self.toml.parent.mkdir(parents=True)
        text = TOML.replace("PORT", str(platform.port)).replace("LEDGER", ledger).replace("TRIAL", TRIAL)
        self.toml.write_text(text)
        git(folder, "init", "-q", str(self._repository))
        self.runner = Runner(hub, folder, self._repository)
        self.commit("What is there")

    def commit(self, why: str) -> str:
        git(self._repository, "add", ".")
        git(self._repository, "commit", "-q", "-m", why)
        return git(self._repository, "rev-parse", "HEAD")

    def propose(self, branch: str, toml: str) -> str:
        """A commit of a pull request."""
        git(self._repository, "checkout", "-q", "-B", branch)
        self.toml.write_text(toml)
        made = self.commit(branch)
        git(self._repository, "checkout", "-q", "main")
        return made

    def merge(self, branch: str, number: int) -> str:
        git(self._repository, "merge", "-q", "--no-ff", "-m", f"Merge {branch}", branch)
        made = git(self._repository, "rev-parse", "HEAD")
        self.hub.merge(number, made)
        return made

    def plan(self, commit: str, number: int = 1) -> Step:
        return self.runner.run(
            "pull_request",
            commit,
            number,
            env={"DX_SECURITY_CONTEXT": login_of("user-reader")},
            run="plan",
            workspace="regions",
            apply_as="user-alice",
            token="workflow",
        )

    def apply(self, commit: str, event: str = "push", number: int = 0) -> Step:
        env = {"DX_SECURITY_CONTEXT": login_of("user-alice")}
        return self.runner.run(
            event, commit, number, env=env, run="apply", workspace="regions", token="workflow"
        )

    def night(self) -> Step:
        """With a login that sees what was made: drift cannot write, whatever its login could."""
        return self.runner.run(
            "schedule",
            "main",
            env={"DX_SECURITY_CONTEXT": login_of("user-alice"), "RECONCILER_NOTIFY_KEY": KEY},
            run="drift",
            workspace="regions",
            token="workflow",
            notify=self.hook.url,
        )

    def world(self) -> str:
        return str(self.platform.control("world")["world"])

    def as_root(self, route: str, **given: object) -> None:
        """Somebody at the platform's own page."""
        token = json.loads(login_of("user-root"))["auth_token"]
        status, body, _ = self.platform.post(route, given, token=token)
        assert status == 200, body

    def own_comments(self) -> list[str]:
        """On the one pull request."""
        found = self.hub.comments.get(1, [])
        return [one["body"] for one in found if one["user"]["login"] == "github-actions[bot]"]


@pytest.fixture
def life(tmp_path: Path, postgres: Postgres) -> Iterator[Life]:
    world = tmp_path / "world.toml"
    world.write_text(long(WORLD.replace("VISIBLE", "MEMBER")), encoding="utf-8")
    with serving() as hub, hooks() as make, served(world, "--control") as platform:
        yield Life(tmp_path, hub, make(), platform, postgres.new_room())


def reviewed(comment: str) -> str:
    (digest,) = re.findall(r"(?m)^<!-- reconciler:reviewed plan=\S+ digest=(\w+) -->$", comment)
    return str(digest)


def metric(step: Step, name: str) -> str:
    (value,) = re.findall(rf"(?m)^{re.escape(name)} (\S+)$", (step.out / "drift.prom").read_text())
    return str(value)


def test_from_a_pull_request_over_the_merge_and_a_nights_drift_to_a_quiet_night(life: Life) -> None:
    before = life.world()
    toml = life.toml.read_text()

    # A pull request: planned by who can only read, and shown where it is reviewed.
    made = life.plan(life.propose("rnaseq", toml + RNASEQ))
    assert made.code == 0, made.log
    assert "as user-reader, for user-alice" in made.log
    (first,) = life.own_comments()
    assert "| create | 1 |" in first
    assert made.summary in first
    # A second commit: the same comment, with the new plan.
    proposed = toml.replace('name = "Trial"', RENAMED) + RNASEQ
    made = life.plan(commit := life.propose("rnaseq", proposed))
    assert made.code == 0, made.log
    (second,) = life.own_comments()
    assert "| create | 1 |\n| update | 1 |" in second
    assert reviewed(second) == made.outputs["digest"] != reviewed(first)
    sarif = json.loads((made.out / "plan.sarif").read_text())
    assert (sarif["version"], made.outputs["sarif"]) == ("2.1.0", str(made.out / "plan.sarif"))
    # Nothing is applied from there, whoever logs in.
    refused = life.apply(commit, "pull_request", 1)
    assert refused.code == 3, refused.log
    assert life.world() == before

    # The merge: that very plan is applied, once.
    merged = life.merge("rnaseq", 1)
    done = life.apply(merged)
    assert done.code == 0, done.log
    assert json.loads((done.out / "plan.json").read_text())["digest"] == reviewed(second)
    assert "Applied 2 of 2: 2 done, 0 failed, 0 not attempted, 0 uncertain." in done.log
    (plan, applied) = life.own_comments()
    assert (plan, "| done | 2 |" in applied) == (second, True)
    assert life.world() != before

    # Behind its back, and found at night: one issue, however many nights.
    life.as_root(f"/{TRIAL}/update", name="Somebody's own")
    for _ in range(2):
        night = life.night()
        assert night.code == 2, night.log
        assert metric(night, 'reconciler_drift_items{workspace="lab",verdict="drifted"}') == "1"
        (told,) = life.hub.issues
        assert (told["state"], told["title"]) == ("open", "Drift of regions (exit code 2)")
        assert "| drifted | 1 |" in told["body"]
        (posted,) = life.hook.posted
        assert json.loads(posted.body)["now"]["exit_code"] == 2

    # Mended, and quiet.
    life.as_root(f"/{TRIAL}/update", name="Trial 2026")
    night = life.night()
    assert night.code == 0, night.log
    (told,) = life.hub.issues
    assert told["state"] == "closed"
    (_, well_again) = life.hook.posted
    assert json.loads(well_again.body)["now"]["exit_code"] == 0
    wrote = len(life.hub.writes)
    night = life.night()
    assert (night.code, metric(night, 'reconciler_drift_exit_code{workspace="lab"}')) == (0, "0")
    assert (len(life.hub.writes), len(life.hook.posted)) == (wrote, 2), "a quiet night tells nobody"
    assert life.world().count("Trial 2026") == 1


def test_a_plan_that_is_gone_or_no_longer_holds_is_not_applied_and_a_new_one_is_shown_for_the_next_run(
    life: Life,
) -> None:
    renamed = life.toml.read_text().replace('name = "Trial"', RENAMED)
    made = life.plan(life.propose("rename", renamed))
    assert made.code == 0, made.log
    merged = life.merge("rename", 1)
    life.hub.artifacts[0]["expired"] = True
    gone = life.apply(merged)
    assert (gone.code, "is not kept any more" in gone.log) == (5, True), gone.log
    (plan,) = life.own_comments()
    assert reviewed(plan) == gone.outputs["digest"] != made.outputs["digest"]

    life.as_root(f"/{TRIAL}/update", name="Meanwhile")
    before = life.world()

    stale = life.apply(merged)
    assert stale.code == 5, stale.log
    assert "This plan no longer holds." in stale.log
    assert life.world() == before
    (why, plan) = sorted(life.own_comments(), key=lambda text: "reconciler:reviewed" in text)
    assert "Meanwhile" in why
    assert reviewed(plan) == stale.outputs["digest"] != gone.outputs["digest"]

    done = life.apply(merged)
    assert done.code == 0, done.log
    assert "Trial 2026" in life.world()
