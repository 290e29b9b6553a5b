"""Run again, whatever happened in between: a project is known by its mark or its id, and never made twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.ledgers import baseline_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Lab

ELSEWHERE = """
[orgs.org-elsewhere]
name = "Another organisation"
permitted_regions = ["aws:us-east-1", "aws:eu-central-1"]

[orgs.org-elsewhere.members]
user-alice = { level = "ADMIN" }
"""


@pytest.fixture
def made(lab: Lab) -> str:
    """The id of the project that a first apply has created."""
    world = lab.folder / "world" / "world.toml"
    world.write_text(world.read_text() + ELSEWHERE)
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("apply", "--auto-approve", "--format", "json")
    assert ran.code == 0, ran.err
    (step,) = ran.json["steps"]
    assert step["result"] == "done"
    return str(step["id"])


def written(lab: Lab) -> list[str]:
    """The routes of all writes that the platform was ever asked for."""
    lines = lab.run("sandbox", "log").out.splitlines()
    routes = [json.loads(line)["route"] for line in lines]
    return [route for route in routes if route.rpartition("/")[2] in ("new", "update", "setProperties")]


def described(lab: Lab, project: str) -> Any:
    fields = {"name": True, "billTo": True, "properties": True}
    return lab.call(f"/{project}/describe", fields=fields)


def forget_baseline(lab: Lab, project: str) -> None:
    del project
    for file in (lab.folder / ".reconciler").glob("ledger.db*"):
        file.unlink()


def rename(lab: Lab, project: str) -> None:
    lab.call(f"/{project}/update", name="Somebody's")


def rebill(lab: Lab, project: str) -> None:
    lab.call(f"/{project}/update", billTo="org-elsewhere")


def unmark(lab: Lab, project: str) -> None:
    lab.call(f"/{project}/setProperties", properties={"reconciler": None})


def nothing(lab: Lab, project: str) -> None:
    del lab, project


def in_turn(*changes: Callable[[Lab, str], None]) -> Callable[[Lab, str], None]:
    def all_of_them(lab: Lab, project: str) -> None:
        for change in changes:
            change(lab, project)

    return all_of_them


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(nothing, id="nothing"),
        pytest.param(forget_baseline, id="baseline lost"),
        pytest.param(rename, id="renamed"),
        pytest.param(rebill, id="re-billed"),
        pytest.param(unmark, id="mark removed"),
        pytest.param(in_turn(rename, rebill), id="renamed and re-billed"),
        pytest.param(in_turn(rename, rebill, unmark), id="renamed, re-billed, mark removed"),
        pytest.param(in_turn(rename, forget_baseline), id="renamed, baseline lost"),
    ],
)
def test_the_same_project_is_put_right_and_none_is_made(
    lab: Lab, made: str, change: Callable[[Lab, str], None]
) -> None:
    change(lab, made)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert written(lab).count("/project/new") == 1
    now = described(lab, made)
    assert (now["name"], now["billTo"]) == ("RNA-seq", "org-lab")
    assert now["properties"] == {"reconciler": "lab/projects.rnaseq"}
    assert lab.projects() == ["RNA-seq", "Trial"]
    again = lab.run("plan", "--detailed-exitcode")
    assert (again.code, "No changes. The platform matches" in again.out) == (0, True), again.out
    assert lab.run("drift").code == 0


@pytest.mark.parametrize(
    ("change", "attribute"),
    [(rename, "name"), (rebill, "bill_to"), (unmark, "mark")],
    ids=["name", "bill_to", "mark"],
)
def test_what_was_changed_is_drift_first(
    lab: Lab, made: str, change: Callable[[Lab, str], None], attribute: str
) -> None:
    change(lab, made)
    ran = lab.run("drift", "--format", "json")
    assert ran.code == 2, ran.err
    drifted = [item for item in ran.json["items"] if item["verdict"] == "drifted"]
    assert [(item["address"], item["id"], item["attribute"]) for item in drifted] == [
        ("projects.rnaseq", made, attribute)
    ]


def test_a_project_that_went_elsewhere_without_a_trace_of_ours_is_a_claim_and_is_not_doubled(
    lab: Lab, made: str
) -> None:
    rebill(lab, made)
    forget_baseline(lab, made)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 3, ran.out + ran.err
    assert "REG303" in ran.out
    assert made in ran.out
    assert written(lab).count("/project/new") == 1


def test_a_renamed_address_with_moved_keeps_its_project(lab: Lab, made: str) -> None:
    moved = '[[moved]]\nfrom = "projects.rnaseq"\nto = "projects.rna"\n'
    lab.write(lab.HEAD, lab.CREATE.replace("projects.rnaseq", "projects.rna"), moved)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert described(lab, made)["properties"] == {"reconciler": "lab/projects.rna"}
    assert written(lab).count("/project/new") == 1
    assert lab.run("plan", "--detailed-exitcode").code == 0


def test_a_renamed_address_without_moved_is_refused_with_the_moved_to_write(lab: Lab, made: str) -> None:
    lab.write(lab.HEAD, lab.CREATE.replace("projects.rnaseq", "projects.rna"))
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 3, ran.out + ran.err
    assert 'from = "projects.rnaseq"' in ran.out
    assert made in ran.out
    assert written(lab).count("/project/new") == 1


def test_a_destroyed_project_is_made_anew_only_by_recreate_and_only_once(lab: Lab, made: str) -> None:
    lab.call(f"/{made}/destroy")
    for _ in range(2):
        ran = lab.run("apply", "--auto-approve")
        assert ran.code == 3, ran.out + ran.err
        assert "REG304" in ran.out
        assert made in ran.out
    assert written(lab).count("/project/new") == 1
    lab.write(lab.HEAD, lab.CREATE, f'recreate = "{made}"\n')
    for _ in range(2):
        ran = lab.run("apply", "--auto-approve")
        assert ran.code == 0, ran.out + ran.err
    assert written(lab).count("/project/new") == 2
    assert lab.projects() == ["RNA-seq", "Trial"]


def test_a_refused_apply_leaves_the_baseline_as_it_was(lab: Lab, made: str) -> None:
    before = baseline_of(lab.folder)
    lab.write(lab.HEAD, lab.CREATE.replace("eu-central-1", "us-east-1"))
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 3, ran.out + ran.err
    assert "REG101" in ran.out
    assert baseline_of(lab.folder) == before
    assert described(lab, made)["name"] == "RNA-seq"
