"""The files of ``--write``: what is never written over, and an apply where one cannot be written."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest
from support.desk import PEOPLE, Desk

from reconciler.cli import files
from reconciler.cli.console import Console
from reconciler.views.pages import VersionPage

NEW = '[projects.new]\nregion = "aws:us-east-1"\nbill_to = "org-lab"\n'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path / "desk", PEOPLE)
    made.write(NEW)
    return made


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--write", "sarif=lab.toml"),
        ("drift", "--write=csv=lab.toml"),
        ("plan", "--write", "sarif=lab.toml", "--no-such-option"),
    ],
)
def test_no_output_takes_the_place_of_desired_state(desk: Desk, arguments: tuple[str, ...]) -> None:
    before = (desk.folder / "lab.toml").read_bytes()
    ran = desk.run(*arguments)
    assert ran.code == 64
    assert (desk.folder / "lab.toml").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("apply", "plan.json", "--auto-approve", "--write", "json=./plan.json"),
        ("apply", "plan.json", "--auto-approve", "--write", "json=plan.json", "--no-such-option"),
        ("check", "plan.json", "--write", "markdown=plan.json"),
        ("show", "plan.json", "--write", "sarif=plan.json"),
        ("graph", "plan.json", "--write", "dot=plan.json"),
        ("plan", "-o", "plan.json", "--write", "sarif=plan.json"),
    ],
)
def test_no_output_takes_the_place_of_the_saved_plan(desk: Desk, arguments: tuple[str, ...]) -> None:
    assert desk.run("plan", "-o", "plan.json").code == 0
    before = (desk.folder / "plan.json").read_bytes()
    assert desk.run(*arguments).code == 64
    assert (desk.folder / "plan.json").read_bytes() == before
    assert desk.writes() == []


def test_two_outputs_cannot_have_one_file(desk: Desk) -> None:
    ran = desk.run("plan", "--write", "sarif=x", "--write", "junit=./x")
    assert ran.code == 64
    assert "x is not written: it is named twice" in ran.err


def test_an_apply_whose_answer_cannot_be_written_sends_nothing(desk: Desk) -> None:
    ran = desk.run("apply", "--auto-approve", "--write", "json=no/such/x.json")
    assert ran.code == 1
    assert "cannot write no/such/x.json: No such file or directory" in ran.err
    assert desk.writes() == []


@pytest.fixture
def folder_that_goes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file whose folder is there when an apply looks whether it can be written, and then no more."""
    (desk.folder / "out").mkdir()
    looked = files.want_writable

    def look(path: str) -> None:
        looked(path)
        if path.startswith("out/"):
            os.rmdir("out")

    monkeypatch.setattr(files, "want_writable", look)
    return "out/x.json"


def test_after_an_apply_nobody_says_that_nothing_was_sent(desk: Desk, folder_that_goes: str) -> None:
    ran = desk.run("apply", "--auto-approve", "--write", f"json={folder_that_goes}", "--write", "junit=x.xml")
    assert ran.code == 1
    assert f"cannot write {folder_that_goes}" in ran.err
    assert "Nothing was sent" not in ran.err
    assert desk.named("new").bill_to == "org-lab"
    assert "create projects.new" in (desk.folder / "x.xml").read_text()


def test_an_incomplete_apply_stays_incomplete_where_its_answer_cannot_be_written(
    desk: Desk, folder_that_goes: str
) -> None:
    desk.change(desk.org("org-lab"), spending="exceeded")
    ran = desk.run("apply", "--auto-approve", "--write", f"json={folder_that_goes}")
    assert (ran.code, "1 failed" in ran.out) == (4, True), (ran.out, ran.err)


def test_a_plan_that_nobody_reads_to_its_end_is_in_its_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "x.json").write_text("of an earlier run")
    console, page = Console(VersionPage, write=("json=x.json",)), VersionPage("reconciler", "1.0", "3.12")
    monkeypatch.chdir(desk.folder)
    monkeypatch.setattr(sys, "stdout", _Gone())
    with pytest.raises(BrokenPipeError):
        console.show(page)
    assert json.loads((desk.folder / "x.json").read_text())["version"] == "1.0"


class _Gone(io.StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(text)
