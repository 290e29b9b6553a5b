"""docs/apply.md is what happens today to an apply that is stopped, and to the next one."""

from __future__ import annotations

import re

import pytest
from docs.applying import PAGE, PARTS, README, Said, excerpt, renewed, run, transcript


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Said]]:
    return run(tmp_path_factory.mktemp("session"))


def test_the_page_shows_this_session(done: dict[str, list[Said]]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    texts = {name: transcript(said) for name, said in done.items()}
    assert list(texts) == [part.name for part in PARTS]
    assert page == renewed(page, texts), "run `make apply-session`, and review what has changed"


def test_the_readme_shows_the_heart_of_it(done: dict[str, list[Said]]) -> None:
    page = README.read_text(encoding="utf-8")
    assert page == renewed(page, {"stopped": excerpt(done)}), "run `make apply-session`"
    for code in (5, 6):
        assert f"[exit code {code}]" in excerpt(done)


def test_a_plan_behind_which_the_platform_was_changed_is_5_with_the_fact(done: dict[str, list[Said]]) -> None:
    apply = done["stale"][2]
    assert apply.code == 5
    assert re.search(r'projects named "RNA-seq 2026"\n +was none\n +is project-K', apply.text)
    assert "Nothing was sent." in apply.text


def test_a_lock_that_another_holds_is_6_with_who_and_how_to_go_on(done: dict[str, list[Said]]) -> None:
    second = done["locked"][1]
    assert second.code == 6
    assert "locked by alice on laptop (process 4711)" in second.text
    assert "reconciler unlock " in second.text


def test_after_a_kill_plan_tells_what_is_open_and_apply_finishes_with_nothing_twice(
    done: dict[str, list[Said]],
) -> None:
    _, plan, apply, count, again = done["killed"]
    assert "projects.methods: an apply sent its create at" in plan.text
    assert (apply.code, again.code) == (0, 5)
    assert "projects.methods: create carried out (project-K" in apply.text
    assert "3 done, 0 failed, 0 not attempted, 0 uncertain." in apply.text
    assert count.text.strip() == "3"
