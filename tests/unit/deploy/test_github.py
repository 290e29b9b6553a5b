"""``deploy/ci/github.py`` against GitHub's API on loopback: what it believes, and what it tells."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from support.actions import ROOT
from support.github import REPOSITORY, GitHub, serving

COMMIT = "c0ffee" * 6 + "c0ff"
DIGEST = "d" * 64
KEY = "plan regions"
REVIEWED = f"<!-- reconciler:reviewed plan=plan%2D1 digest={DIGEST} -->\n"


class Said(NamedTuple):
    code: int
    err: str


class Script:
    """Runs a command of the script for a push of COMMIT, which was merged as pull request 7."""

    def __init__(self, module: ModuleType, hub: GitHub, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.module, self.hub, self.folder = module, hub, folder
        self._patch = patch
        self.page = folder / "page.md"
        self.page.write_text(REVIEWED + "### Plan\n")
        self.plan = folder / "plan.json"
        self.plan.write_text(json.dumps({"digest": DIGEST}))
        hub.merge(7, COMMIT)

    def run(self, *words: str, capsys: pytest.CaptureFixture[str], **environ: str) -> Said:
        given = {
            "GITHUB_API_URL": self.hub.url,
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_GRAPHQL_URL": f"{self.hub.url}/graphql",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": COMMIT,
            "GITHUB_TOKEN": "workflow",
        }
        for name, value in (given | environ).items():
            self._patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            self.module.main(list(words))
        out, err = capsys.readouterr()
        assert out == ""
        return Said(int(str(ended.value.code)), err)

    def keep(self, plan: object = None, fork: bool = False) -> dict[str, object]:
        file = self.folder / "kept.json"
        file.write_text(json.dumps(plan or {"digest": DIGEST}))
        made: dict[str, object] = self.hub.keep(f"reconciler-plan-{DIGEST}", file, fork=fork)
        return made


Run = Callable[..., Said]


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    spec = importlib.util.spec_from_file_location("github_script", ROOT / "deploy" / "ci" / "github.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with serving() as hub:
        yield Script(module, hub, monkeypatch, tmp_path)


@pytest.fixture
def run(script: Script, capsys: pytest.CaptureFixture[str]) -> Run:
    return lambda *words, **environ: script.run(*words, capsys=capsys, **environ)


def test_a_comment_of_somebody_else_with_our_mark_is_neither_changed_nor_believed(
    script: Script, run: Run
) -> None:
    forged = script.module.mark(KEY) + REVIEWED
    mallorys = script.hub.comment(7, forged)
    script.keep()
    told = run("reviewed", KEY, str(script.folder / "plan.out"))
    assert (told.code, "no plan was reviewed on pull request 7" in told.err) == (3, True)

    assert run("comment", KEY, str(script.page)).code == 0
    assert mallorys["body"] == forged
    (_, ours) = script.hub.comments[7]
    assert ours["body"] == script.module.mark(KEY) + REVIEWED + "### Plan\n"
    assert run("reviewed", KEY, str(script.folder / "plan.out")).code == 0


def test_the_one_comment_is_found_behind_a_hundred_others_and_changed(script: Script, run: Run) -> None:
    for number in range(100):
        script.hub.comment(7, f"what about {number}?")
    assert run("comment", KEY, str(script.page)).code == 0
    script.page.write_text("anew\n")
    assert run("comment", KEY, str(script.page)).code == 0
    assert [one["body"] for one in script.hub.comments[7][100:]] == [script.module.mark(KEY) + "anew\n"]


def test_each_workspace_has_a_comment_of_its_own(script: Script, run: Run) -> None:
    for key in ("plan a", "plan b", "plan a"):
        assert run("comment", key, str(script.page)).code == 0
    assert len(script.hub.comments[7]) == 2


def test_only_the_pull_request_that_was_merged_as_this_commit_tells_of_a_plan(
    script: Script, run: Run
) -> None:
    script.hub.merge(7, "f" * 40)
    script.hub.merges.pop(COMMIT)
    told = run("reviewed", KEY, str(script.folder / "plan.out"))
    assert told.code == 3
    why = f"commit {COMMIT} is no merged pull request, so no plan of it was reviewed"
    assert told.err == f"error: github.py reviewed: {why}\n"


@pytest.mark.parametrize(("kept", "code"), [("nothing", 5), ("expired", 5), ("fork", 5), ("another", 3)])
def test_what_is_kept_is_taken_only_if_it_is_the_plan_that_was_reviewed(
    script: Script, run: Run, kept: str, code: int
) -> None:
    assert run("comment", KEY, str(script.page)).code == 0
    if kept == "expired":
        script.keep()["expired"] = True
    elif kept != "nothing":
        script.keep({"digest": "e" * 64 if kept == "another" else DIGEST}, fork=kept == "fork")
    told = run("reviewed", KEY, str(script.folder / "plan.out"))
    assert (told.code, DIGEST in told.err) == (code, True), told.err
    assert not (script.folder / "plan.out").exists()


def test_the_plan_that_was_reviewed_is_saved_for_its_owner_alone(script: Script, run: Run) -> None:
    """Where it lies, a request with a token is refused."""
    assert run("comment", KEY, str(script.page)).code == 0
    script.keep()
    assert run("reviewed", KEY, str(script.folder / "plan.out")).code == 0
    saved = script.folder / "plan.out"
    assert (json.loads(saved.read_text()), saved.stat().st_mode & 0o777) == ({"digest": DIGEST}, 0o600)


@pytest.mark.parametrize("member", ["plan.json", "other.json"])
def test_an_archive_that_is_too_large_or_holds_no_plan_is_an_error(
    script: Script, run: Run, monkeypatch: pytest.MonkeyPatch, member: str
) -> None:
    assert run("comment", KEY, str(script.page)).code == 0
    large = script.folder / "large"
    large.write_bytes(b" " * 100_000)
    script.hub.keep(f"reconciler-plan-{DIGEST}", large, member)
    monkeypatch.setattr(script.module, "MOST", 200_000 if member == "other.json" else 99_999)
    told = run("reviewed", KEY, str(script.folder / "plan.out"))
    assert told.code == 1
    assert ("['other.json']" if member == "other.json" else "more than 99999 bytes") in told.err


def test_one_issue_is_opened_kept_up_to_date_and_closed_and_another_is_opened_for_the_next_drift(
    script: Script, run: Run
) -> None:
    hub = script.hub
    forged = {"number": 1, "state": "open", "body": script.module.mark("drift a"), "title": "mine"}
    hub.issues.append({**forged, "user": {"login": "mallory", "id": 666}})
    for title in ("first", "second"):
        assert run("issue", "drift a", str(script.page), title).code == 0
    assert run("quiet", "drift b", str(script.page)).code == 0
    assert [(one["title"], one["state"]) for one in hub.issues] == [("mine", "open"), ("second", "open")]
    assert run("quiet", "drift a", str(script.page)).code == 0
    assert run("issue", "drift a", str(script.page), "third").code == 0
    assert [(one["title"], one["state"]) for one in hub.issues] == [
        ("mine", "open"),
        ("second", "closed"),
        ("third", "open"),
    ]


@pytest.mark.parametrize("token", ["fork", "nobodys"])
def test_a_token_that_may_not_is_told_with_what_github_says_and_never_shown(
    script: Script, run: Run, token: str
) -> None:
    told = run("comment", KEY, str(script.page), GITHUB_TOKEN=token)
    assert told.code == 1
    assert ("403 " if token == "fork" else "401 ") in told.err
    assert len(told.err.splitlines()) == 1
    assert "Bearer" not in told.err


def test_github_that_does_not_answer_is_one_line_and_1(script: Script, run: Run) -> None:
    script.hub.down = True
    told = run("comment", KEY, str(script.page))
    assert (told.code, told.err.count("\n"), "503" in told.err) == (1, 1, True)
    told = run("comment", KEY, str(script.page), GITHUB_GRAPHQL_URL="http://127.0.0.1:9/graphql")
    assert (told.code, told.err.count("\n"), "refused" in told.err) == (1, 1, True)


@pytest.mark.parametrize("words", [(), ("comment", KEY), ("merge", KEY, "x")])
def test_wrong_usage_shows_how_to_use_it(run: Run, words: tuple[str, ...]) -> None:
    told = run(*words)
    assert (told.code, "github.py reviewed KEY FILE" in told.err) == (64, True)
