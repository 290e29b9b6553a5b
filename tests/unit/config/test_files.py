"""What the file system may hold instead of a workspace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.config import load
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError

from .conftest import HEAD


def problems(path: Path | str) -> tuple[Diagnostic, ...]:
    with pytest.raises(DiagnosticsError) as caught:
        load(str(path))
    return caught.value.diagnostics


def only(path: Path | str) -> Diagnostic:
    (problem,) = problems(path)
    return problem


def test_a_path_that_is_not_there_is_told_with_a_near_one(tmp_path: Path) -> None:
    (tmp_path / "genomics").mkdir()
    problem = only(tmp_path / "genomcs")
    assert problem.code == "no-such-path"
    assert f'Did you mean "{tmp_path}/genomics"?' in (problem.detail or "")


def test_an_empty_directory_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    problem = only(tmp_path)
    assert problem.code == "no-toml"
    assert "reconciler init" in (problem.detail or "")


def test_a_directory_of_workspaces_lists_them(tmp_path: Path) -> None:
    for name in ("two", "one", "none"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a.toml").write_text(HEAD)
    (tmp_path / "two" / "a.toml").write_text(HEAD)
    assert f"{tmp_path}/one, {tmp_path}/two." in (only(tmp_path).detail or "")


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "a.toml/b"])
def test_a_path_that_can_be_none_is_an_error(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.toml").write_text(HEAD)
    monkeypatch.chdir(tmp_path)
    assert only(path).severity == "error"


def test_a_circle_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("b.toml")
    (tmp_path / "b.toml").symlink_to("a.toml")
    assert [(p.code, p.source.file) for p in problems(tmp_path) if p.source] == [
        ("unreadable", f"{tmp_path}/a.toml"),
        ("unreadable", f"{tmp_path}/b.toml"),
    ]
    assert only(tmp_path / "a.toml").code == "unreadable"


def test_what_cannot_be_read_does_not_hide_the_errors_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    (tmp_path / "b.toml").symlink_to("nowhere.toml")
    os.mkfifo(tmp_path / "c.toml")
    (tmp_path / "d.toml").write_text("[projects.a]\nid = 5\n")
    found = problems(tmp_path)
    assert [(p.code, Path(p.source.file).name) for p in found if p.source] == [
        ("unreadable", "a.toml"),
        ("unreadable", "b.toml"),
        ("unreadable", "c.toml"),
        ("wrong-type", "d.toml"),
    ]
    assert [p.summary.split(": ")[1] for p in found[:3]] == [
        "it is a directory",
        "no such file or directory",
        "it is not a regular file",
    ]
    assert 'link to "nowhere.toml"' in (found[1].detail or "")


def test_a_file_name_that_is_not_utf_8_can_be_shown(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.toml"
    with open(name, "w") as stream:
        stream.write(HEAD)
    assert load(str(tmp_path)).files[0].path == "\\xff.toml"
    with open(name, "w") as stream:
        stream.write("x = ")
    place = problems(tmp_path)[0].source
    assert place is not None
    assert place.file == f"{tmp_path}/\\xff.toml"


def test_a_file_of_ten_megabytes_is_read_and_so_are_its_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    entries = "".join(
        f'[projects.p{i}]\nname = "Project number {i}"\n'
        f'region = "aws:eu-central-1"\nbill_to = "org-genomics"\n\n'
        for i in range(105_000)
    )
    path.write_text(HEAD + entries)
    assert path.stat().st_size > 10_000_000
    assert len(load(str(path)).projects) == 105_000
    path.write_text(HEAD + entries + "[projects.p1]\nx = = 1\n")
    assert [p.code for p in problems(path)] == ["duplicate", "syntax"]
