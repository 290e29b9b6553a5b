"""``import``: what it writes, what it leaves alone, and what it says of what it could not read."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support.desk import EU, PEOPLE, UK, US, Desk, a_project, marked, pid

from reconciler import durable

CONFIGS = Path(__file__).parents[3] / "configs"
NEW = ("--provider", "sandbox", "--world", "world/world.toml")


def desk(folder: Path, *projects: str) -> Desk:
    return Desk.new(folder, PEOPLE + "".join(projects))


def written(ours: Desk, name: str) -> dict[str, Any]:
    return tomllib.loads((ours.folder / name).read_text(encoding="utf-8"))


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("example", ["quickstart", "genomics", "biobanks"])
def test_the_first_plan_on_what_is_imported_of_an_example_is_empty(tmp_path: Path, example: str) -> None:
    shutil.copytree(CONFIGS / example, tmp_path / example)
    ours = Desk(tmp_path / example)
    assert ours.run("import", "--out", "new").code in (0, 7)
    assert ours.run("plan", "new", "--detailed-exitcode").code == 0
    assert ours.run("fmt", "--check", "new").code == 0
    assert ours.writes() == []


def test_a_new_workspace_has_its_head_and_a_file_for_each_payer(tmp_path: Path) -> None:
    ours = desk(tmp_path, a_project(1, "RNA-seq 2026"), a_project(2, "RNA-seq 2026", UK, "org-clinic"))
    ran = ours.run("import", "new", *NEW, "--payer", "org-lab", "--payer", "org-clinic")
    assert ran.code == 0, ran.err
    assert sorted(os.listdir(tmp_path / "new")) == [
        "org-clinic.toml",
        "org-lab.toml",
        "reconciler.schema.json",
        "workspace.toml",
    ]
    assert written(ours, "new/workspace.toml") == {
        "workspace": "new",
        "provider": {"type": "sandbox", "world": "../world/world.toml"},
    }
    assert written(ours, "new/org-lab.toml") == {
        "orgs": {"org-lab": {"default_region": US, "permitted_regions": [EU, US]}},
        "projects": {
            "rna-seq-2026": {"name": "RNA-seq 2026", "region": US, "bill_to": "org-lab", "id": pid(1)}
        },
    }
    assert list(written(ours, "new/org-clinic.toml")["projects"]) == ["rna-seq-2026-2"]


def test_adding_leaves_each_file_as_it_is_and_writes_only_what_is_not_there_yet(tmp_path: Path) -> None:
    ours = desk(tmp_path, a_project(1, "one"), a_project(2, "two"), a_project(3, "three"))
    ours.write(f'[projects.one]\nid = "{pid(1)}"\nbill_to = "org-lab"\n')
    (tmp_path / "org-lab.toml").write_text(f'[projects.two]\nid = "{pid(2)}"\n')
    before = all_files(tmp_path)
    ran = ours.run("import")
    assert ran.code == 0, ran.err
    assert {path: data for path, data in all_files(tmp_path).items() if path in before} == before
    assert list(written(ours, "org-lab-2.toml")["projects"]) == ["three"]
    assert "2 of them are in the workspace already" in ran.out
    assert "Nothing to add" in ours.run("import").out
    assert ours.plan()["steps"] == []


def test_what_somebody_else_owns_is_a_comment_that_says_how_to_take_it_over(tmp_path: Path) -> None:
    ours = desk(tmp_path, a_project(1, "one", properties=marked("one", "theirs")))
    ran = ours.run("import", "new", *NEW, "--payer", "org-lab")
    assert "theirs/projects.one" in ran.err
    assert pid(1) in ran.err
    text = (tmp_path / "new" / "org-lab.toml").read_text()
    assert "projects" not in tomllib.loads(text)
    assert '# take_over = "theirs"' in text


def test_what_somebody_else_owns_is_not_added_and_the_warning_says_how_to_take_it_over(
    tmp_path: Path,
) -> None:
    ours = desk(tmp_path, a_project(1, "one", properties=marked("one", "theirs")))
    ours.write("[orgs.org-lab]\n")
    before = all_files(tmp_path)
    ran = ours.run("import")
    assert (ran.code, "Nothing to add" in ran.out) == (0, True)
    assert 'its id with adopt = true and take_over = "theirs"' in ran.err
    assert all_files(tmp_path) == before


def test_an_illegal_default_region_is_a_comment_with_the_reason(tmp_path: Path) -> None:
    ours = desk(tmp_path)
    ours.change(ours.org("org-lab"), default_region=UK)
    assert ours.run("import", "new", *NEW, "--payer", "org-lab").code == 0
    text = (tmp_path / "new" / "org-lab.toml").read_text()
    assert "REG104" in text
    assert "default_region" not in tomllib.loads(text)["orgs"]["org-lab"]


def test_what_could_not_be_read_is_a_comment_a_warning_and_exit_code_7(tmp_path: Path) -> None:
    ours = desk(tmp_path)
    ran = ours.run("import", "new", *NEW, "--payer", "user-bob")
    assert ran.code == 7
    assert "user-bob: default_region could not be read" in ran.err
    assert "user-bob may have more projects" in ran.err
    text = (tmp_path / "new" / "user-bob.toml").read_text()
    assert "# default_region could not be read" in text
    assert tomllib.loads(text) == {"users": {"user-bob": {}}}


def test_nothing_is_written_where_a_payer_or_a_project_is_not_there(tmp_path: Path) -> None:
    ours = desk(tmp_path)
    for wanted in (("--payer", "org-nobody"), ("--project", pid(9))):
        ran = ours.run("import", "new", *NEW, "--payer", "org-lab", *wanted)
        assert (ran.code, f"there is no {wanted[1]} at the platform" in ran.err) == (1, True)
        assert os.listdir(tmp_path / "new") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("empty",), "--payer org-"),
        (("empty", "--payer", "lab"), '"lab" is not user-'),
        (("empty", "--project", "project-1"), "24 characters"),
        (("empty", "--payer", "org-lab", "--workspace", "No"), "a-z"),
        (("empty", "--payer", "org-lab", "--identity", "bob"), "[identities]"),
        ((".", "--provider", "sandbox"), "a workspace already"),
        ((".", "--workspace", "other"), '"lab"'),
        (("lab.toml",), "one file"),
        ((".", "--out", "."), "TOML already"),
        ((".", "--out", "lab.toml"), "not a folder"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ours = desk(tmp_path)
    ours.write("[orgs.org-lab]\n")
    ran = ours.run("import", *arguments)
    assert (ran.code, said in ran.err) == (64, True), ran.err
    assert ours.platform.log.recent() == []


def test_files_come_about_all_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        durable.create(str(tmp_path), {"a": b"1", "b": b"2", "c": b"3"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"old"}
    durable.create(str(tmp_path / "new"), {"a": b"1"})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a"]
