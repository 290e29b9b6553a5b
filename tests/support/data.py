"""Records and folders in the projects of a small emulated platform, made through its routes."""

from __future__ import annotations

from typing import Any

from support.sandbox import PROJECT, Lab


def a_record(
    lab: Lab, name: str, folder: str = "/", project: str = PROJECT, *, user: str = "user-alice", **given: Any
) -> str:
    """A closed record in a folder, which is made; its id."""
    inputs = {"name": name, "folder": folder, "project": project, "parents": True, "close": True, **given}
    got = lab.call(user, "/record/new", inputs)
    assert got.status == 200, got.body
    return str(got.body["id"])


def folders(lab: Lab, *paths: str, project: str = PROJECT) -> None:
    """Makes them, with those above."""
    for path in paths:
        assert lab.call("user-alice", f"/{project}/newFolder", folder=path, parents=True).status == 200


def listed(lab: Lab, folder: str = "/", holder: str = PROJECT, **given: Any) -> tuple[set[str], list[str]]:
    """Ids of the objects and paths of the folders in a folder."""
    got = lab.call("user-alice", f"/{holder}/listFolder", {"folder": folder, **given})
    assert got.status == 200, got.body
    return {entry["id"] for entry in got.body["objects"]}, got.body["folders"]


def tree(lab: Lab, holder: str = PROJECT) -> tuple[list[str], dict[str, str]]:
    """All folders but the root, and the folder of each object by its name."""
    state = lab.platform.state
    held = state.projects.get(holder) or state.containers[holder]
    copies = (state.copies[id] for _, id in state.held_by(holder))
    return list(held.folders), {copy.name: copy.folder for copy in copies}


def same_after(lab: Lab, user: str, path: str, **given: Any) -> str | None:
    """The error type of a call that must change nothing at all."""
    before = list(lab.platform.state.records())
    got = lab.call(user, path, given)
    assert list(lab.platform.state.records()) == before
    return got.error
