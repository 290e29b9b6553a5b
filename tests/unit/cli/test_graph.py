"""``graph``: the picture of a plan, made now or saved, is what ``plan`` draws."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.desk import PEOPLE, US, Desk

NEW = f'[projects.rna]\nname = "RNA"\nregion = "{US}"\nbill_to = "org-lab"\n'
BOX = f'"create projects.rna<br/>RNA, {US}, org-lab"'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path, PEOPLE)
    made.write(NEW)
    return made


def test_a_workspace_is_drawn_as_plan_draws_it_and_nothing_is_sent(desk: Desk) -> None:
    ran = desk.run("graph")
    assert (ran.code, ran.out) == (0, f"flowchart LR\n  n0[{BOX}]\n")
    assert desk.run("plan", "--format", "mermaid").out == ran.out
    assert desk.writes() == []


def test_a_saved_plan_is_drawn_without_the_platform(desk: Desk) -> None:
    drawn = desk.run("graph", "--format", "dot").out
    assert desk.run("plan", "-o", "plan.json", "--write", "dot=plan.dot").code == 0
    calls = len(desk.platform.log.recent())
    assert desk.run("graph", "plan.json", "--format", "dot").out == drawn
    assert (desk.folder / "plan.dot").read_text() == drawn
    assert len(desk.platform.log.recent()) == calls


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "text"), "none of: mermaid, dot"),
        (("plan.json", "--target", "projects.rna"), "is a saved plan"),
        (("plan.json", "--identity", "bob"), "is a saved plan"),
    ],
)
def test_what_cannot_be_drawn_is_wrong_usage(desk: Desk, arguments: tuple[str, ...], said: str) -> None:
    desk.run("plan", "-o", "plan.json")
    ran = desk.run("graph", *arguments)
    assert ran.code == 64
    assert said in " ".join(ran.err.replace("│", " ").split())
