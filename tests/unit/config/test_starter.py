"""The workspace that ``init`` writes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import rtoml
import toml

from reconciler.config import load, starter
from reconciler.model.diagnostics import DiagnosticsError


def test_the_starter_is_a_right_workspace_without_a_warning(tmp_path: Path) -> None:
    written = starter.write(tmp_path / "new" / "folder")
    assert [str(path.relative_to(tmp_path)) for path in written] == [
        "new/folder/reconciler.toml",
        "new/folder/world/world.toml",
        "new/folder/reconciler.schema.json",
    ]
    workspace = load(str(tmp_path / "new" / "folder"))
    assert workspace.provider.type == "sandbox"
    assert workspace.provider.world is not None
    assert (Path(workspace.directory) / workspace.provider.world).is_file()
    assert len(workspace.projects) == 3
    assert workspace.warnings == ()


def test_three_readers_read_the_same_in_what_is_written(tmp_path: Path) -> None:
    for path in starter.write(tmp_path):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".toml":
            continue
        assert rtoml.loads(text) == tomllib.loads(text) == toml.loads(text)


def test_the_world_of_the_starter_has_what_its_projects_need(tmp_path: Path) -> None:
    starter.write(tmp_path)
    world = tomllib.loads((tmp_path / "world" / "world.toml").read_text())
    for key, project in load(str(tmp_path)).projects.items():
        assert project.bill_to in world["orgs"], key
        assert project.region is None or project.region in world["orgs"][project.bill_to]["permitted_regions"]
        if project.adopt:
            assert (project.name, project.region, project.bill_to) in {
                (there["name"], there["region"], there["bill_to"]) for there in world["projects"]
            }


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    written = starter.write(tmp_path)
    before = [path.read_bytes() for path in written]
    with pytest.raises(DiagnosticsError) as caught:
        starter.write(tmp_path)
    assert all(str(path) in caught.value.diagnostics[0].summary for path in written)
    written[0].unlink()
    with pytest.raises(DiagnosticsError, match=r"world\.toml"):
        starter.write(tmp_path)
    assert not written[0].exists()
    assert [path.read_bytes() for path in written[1:]] == before[1:]


def test_other_toml_files_would_become_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(DiagnosticsError, match=r"pyproject\.toml"):
        starter.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pyproject.toml"]


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", "a\0b"):
        with pytest.raises(DiagnosticsError):
            starter.write(folder)
