"""``snapshot`` and ``plan --snapshot``: a plan with nobody to ask."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from support.desk import EU, PEOPLE, US, Desk, a_project, pid

from reconciler.planfile.document import digest_of_content

WANTED = f"""
[orgs.org-lab]
default_region = "{EU}"

[projects.one]
id = "{pid(1)}"
name = "renamed"
bill_to = "org-lab"

[projects.new]
bill_to = "org-lab"
region = "{US}"
"""
ANEW = ("plan_id", "digest", "created_at", "applyable", "read")


@pytest.fixture
def ours(tmp_path: Path) -> Desk:
    """A workspace with changes to be made, and its snapshot in ``s.json``."""
    found = Desk.new(tmp_path, PEOPLE + a_project(1, "one"))
    found.write(WANTED)
    ran = found.run("snapshot", "-o", "s.json")
    assert ran.code == 0, ran.err
    return found


def without(plan: Any, keys: tuple[str, ...]) -> Any:
    said = {key: value for key, value in plan.items() if key not in keys}
    said["facts"] = [{k: v for k, v in fact.items() if k != "read_at"} for fact in plan["facts"]]
    return said


def edit(ours: Desk, sealed: bool = True, **values: object) -> None:
    path = ours.folder / "s.json"
    content = {**json.loads(path.read_text()), **values}
    if sealed:
        content["digest"] = digest_of_content(content)
    path.write_text(json.dumps(content))


def test_the_plan_of_a_snapshot_is_the_live_one_but_cannot_be_applied(ours: Desk) -> None:
    live = ours.plan()
    asked = len(ours.platform.log.recent())
    ran = ours.run("plan", "--snapshot", "s.json", "-o", "plan.json", "--format", "json")
    assert without(ran.json, ANEW) == without(live, ANEW)
    assert (ran.json["applyable"], len(ours.platform.log.recent())) == (False, asked)
    refused = ours.run("apply", "plan.json", "--auto-approve")
    assert (refused.code, "one of a snapshot" in refused.err) == (3, True)
    assert ours.writes() == []


def test_the_head_of_the_plan_says_of_when_the_snapshot_is(ours: Desk) -> None:
    taken = json.loads((ours.folder / "s.json").read_text())["created_at"]
    assert f"from a snapshot of {taken}" in ours.run("plan", "--snapshot", "s.json").out


def test_the_file_is_for_its_owner_alone_and_holds_no_token(ours: Desk) -> None:
    path = ours.folder / "s.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "token" not in path.read_text()


def test_what_the_snapshot_does_not_hold_is_unreadable_and_never_a_step(ours: Desk) -> None:
    ours.write(
        f'[projects.two]\nid = "{pid(2)}"\nbill_to = "org-lab"\n'
        f'[projects.three]\nbill_to = "org-clinic"\nregion = "{EU}"\n'
    )
    ran = ours.run("plan", "--snapshot", "s.json", "--format", "json")
    assert (ran.code, ran.json["steps"]) == (7, [])
    assert {one["address"] for one in ran.json["unreadable"]} == {"projects.two", "projects.three"}
    assert all("the snapshot does not hold it" in one["reason"] for one in ran.json["unreadable"])
    assert any("lab/projects.three" in one["summary"] for one in ran.json["warnings"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sealed": False, "identity": "user-eve"}, "digest does not match"),
        ({"kind": "plan"}, "is not a snapshot"),
        ({"format_version": "2.0"}, "format 2.0"),
        ({"more": 1}, "not a complete snapshot"),
        ({"projects": None}, "not a complete snapshot"),
    ],
)
def test_a_file_that_is_no_sound_snapshot_is_an_error(ours: Desk, change: dict[str, Any], said: str) -> None:
    edit(ours, **change)
    ran = ours.run("plan", "--snapshot", "s.json")
    assert (ran.code, said in ran.err) == (1, True), ran.err


@pytest.mark.parametrize("data", [b"", b"[]", b'{"kind": "snapshot", ', b"\xff" * 9])
def test_a_file_that_is_cut_off_or_something_else_is_an_error(ours: Desk, data: bytes) -> None:
    (ours.folder / "s.json").write_bytes(data)
    ran = ours.run("plan", "--snapshot", "s.json")
    assert (ran.code, "snapshot" in ran.err) == (1, True), ran.err


def test_a_snapshot_of_another_workspace_or_platform_is_refused(ours: Desk) -> None:
    origin = json.loads((ours.folder / "s.json").read_text())["provider"]
    for change in (
        {"workspace": "other"},
        {"workspace": "lab", "provider": {**origin, "type": "dnanexus"}},
        {"workspace": "lab", "provider": {**origin, "written": "http://127.0.0.1:9"}},
    ):
        edit(ours, **change)
        ran = ours.run("plan", "--snapshot", "s.json")
        assert (ran.code, "something else" in ran.err) == (3, True), ran.err


@pytest.mark.parametrize("more", [("--identity", "bob"), ("--apply-as", "user-bob"), ("--reproducible",)])
def test_who_asks_cannot_be_chosen_where_nobody_is_asked(ours: Desk, more: tuple[str, ...]) -> None:
    ran = ours.run("plan", "--snapshot", "s.json", *more)
    assert (ran.code, more[0] in ran.err) == (64, True)


def test_a_file_that_is_no_snapshot_is_not_written_over(ours: Desk) -> None:
    before = (ours.folder / "lab.toml").read_bytes()
    assert ours.run("snapshot", "-o", "lab.toml").code == 64
    assert (ours.folder / "lab.toml").read_bytes() == before
