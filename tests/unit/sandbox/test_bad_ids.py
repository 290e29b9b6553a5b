"""Ids of a wrong class, of a wrong alphabet or of nothing, wherever an input may name an id."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs
from reconciler_sandbox.laws.errors import STATUS
from reconciler_sandbox.laws.records import App, Copy, DataObject, Enabled, Job, Record, Series
from reconciler_sandbox.laws.router import ROUTES
from support.sandbox import NOW, PROJECT, US, Lab, a_project, a_world

RECORD, APPLET, WORKFLOW, FILE = (
    f"{klass}-J00000000000000000000001" for klass in ("record", "applet", "workflow", "file")
)
ENTITIES = {
    "user-": "user-alice",
    "org-": "org-lab",
    "project-": PROJECT,
    "container-": "container-J00000000000000000000001",
    "record-": RECORD,
    "file-": FILE,
    "applet-": APPLET,
    "workflow-": WORKFLOW,
    "app-": "app-J00000000000000000000001",
    "globalworkflow-": "globalworkflow-J00000000000000000000001",
    "job-": "job-J00000000000000000000001",
    "analysis-": "analysis-J00000000000000000000001",
}
BAD: tuple[object, ...] = (
    "",
    "nothing",
    "user-nobody",
    "org-nothing",
    "project-J00000000000000000000009",
    "project-" + "l" * 24,
    "project-short",
    "project-",
    "file-é\n",
    "PUBLIC",
    "$and",
    7,
    None,
    True,
    [],
    [7],
    {},
    {"$dnanexus_link": "nothing"},
)
"""And the ids of all that is there, whatever its class."""

DOCUMENTED = {type for type, status in STATUS.items() if status in (400, 401, 404, 422)}


def a_full_lab(**switches: Any) -> Lab:
    """One of each class, all of user-alice's."""
    world = a_world(
        [a_project(1), a_project(2, members={"user-alice": "VIEW"})],
        describe_projects="on",
        cancel_transfer="route",
        **switches,
    )
    records: list[Record] = []
    for id in (RECORD, FILE, APPLET, WORKFLOW):
        records += [DataObject(id, "user-alice", NOW, NOW, state="closed"), Copy(id, PROJECT, "one")]
    for klass, behind in (("app", APPLET), ("globalworkflow", WORKFLOW)):
        app = App(
            id=ENTITIES[f"{klass}-"],
            name=klass,
            version="1.0.0",
            bill_to="org-lab",
            created_by="user-alice",
            created=NOW,
            modified=NOW,
            regions={US: Enabled(behind)},
        )
        records += [app, Series(app.series, "user-alice", developers=("user-alice",))]
    for klass in ("job", "analysis"):
        records.append(
            Job(ENTITIES[f"{klass}-"], klass, APPLET, PROJECT, US, "org-lab", "done", "user-alice", NOW, NOW)
        )
    return Lab(structs.replace(world, records=records))


def facts(lab: Lab) -> object:
    return {(type(record), record.id): record for record in lab.platform.state.records()}


def asked(lab: Lab, path: str, given: object) -> Any:
    """The answer, which must be one that the platform has; a refused call changes nothing."""
    before = facts(lab)
    got = lab.call("user-alice", path, given)
    assert got.status == 200 or got.error in DOCUMENTED, (path, given, got)
    assert got.status == 200 or facts(lab) == before, (path, given)
    return got


@pytest.mark.parametrize("name", ROUTES, ids="/".join)
def test_no_id_in_an_input_makes_the_platform_fail(name: tuple[str, str]) -> None:
    family, method = name
    path = f"/{ENTITIES.get(family, family)}/{method}"
    for key in sorted(ROUTES[name].keys or ()):
        for bad in (*BAD, *ENTITIES.values(), list(ENTITIES.values())):
            asked(a_full_lab(), path, {key: bad})
    for bad in (*BAD, *ENTITIES.values()):
        asked(a_full_lab(), path, {json.dumps(bad): bad})
        asked(a_full_lab(), path, {str(bad): {"level": "MEMBER"}})
        asked(a_full_lab(), path, {str(bad): "VIEW"})


NEW = {"name": "n"}
NO_PAYER = ("project-J00000000000000000000001", FILE, "app-bwa", "job-J00000000000000000000001")


@pytest.mark.parametrize("id", NO_PAYER)
@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/project/new", NEW),
        (f"/{PROJECT}/update", NEW),
        (f"/{PROJECT}/acceptTransfer", {}),
        ("/user-alice/update", {}),
    ],
)
def test_only_users_and_orgs_are_payers(path: str, given: dict[str, object], id: str) -> None:
    lab = a_full_lab()
    if path.endswith("acceptTransfer"):
        lab.change(pending_transfer="user-alice")
    before = facts(lab)
    got = lab.call("user-alice", path, {**given, "billTo": id})
    assert (got.status, got.error) == (422, "InvalidType")
    assert got.body["error"]["message"] == f"billTo must be the id of a user or org, not {id}"
    assert facts(lab) == before


@pytest.mark.parametrize(
    ("path", "given", "error"),
    [
        (f"/{PROJECT}/invite", {"invitee": PROJECT, "level": "VIEW"}, "InvalidType"),
        (f"/{PROJECT}/invite", {"invitee": "bob", "level": "VIEW"}, "ResourceNotFound"),
        (f"/{PROJECT}/decreasePermissions", {FILE: None}, "InvalidType"),
        (f"/{PROJECT}/decreasePermissions", {"bob": None}, "ResourceNotFound"),
        (f"/{PROJECT}/transfer", {"invitee": "org-lab"}, "InvalidType"),
        (f"/{PROJECT}/transfer", {"invitee": FILE}, "InvalidType"),
        ("/org-lab/invite", {"invitee": "org-lab"}, "InvalidType"),
        ("/org-lab/setMemberAccess", {"org-lab": {"level": "MEMBER"}}, "InvalidType"),
        ("/org-lab/removeMember", {"user": PROJECT}, "InvalidType"),
    ],
)
def test_only_users_and_orgs_are_invited_and_removed(path: str, given: dict[str, object], error: str) -> None:
    assert asked(a_full_lab(), path, given).error == error


@pytest.mark.parametrize(
    "entity",
    [
        "project-J00000000000000000000009",
        "project-" + "l" * 24,
        "project-short",
        "project-é",
        "user-nobody",
        "org-nothing",
        "org-",
        "file-J00000000000000000000009",
    ],
)
def test_an_id_of_nothing_in_a_path_is_not_found(entity: str) -> None:
    assert asked(a_full_lab(), f"/{entity}/describe", {}).error == "ResourceNotFound"


@pytest.mark.covers("system/findProjects", "org-/findMembers")
def test_a_search_by_an_id_of_nothing_finds_nothing() -> None:
    lab = a_full_lab()
    ids = [str(bad) for bad in (*BAD, *ENTITIES.values()) if isinstance(bad, str) and bad != PROJECT]
    given = {"level": "VIEW", "id": ids}
    assert lab.call("user-alice", "/system/findProjects", given).body["results"] == []
    given = {"level": "VIEW", "billTo": FILE}
    assert lab.call("user-alice", "/system/findProjects", given).body["results"] == []
    members = [id for id in ids if id != "user-alice"]
    assert lab.call("user-alice", "/org-lab/findMembers", id=members).body["results"] == []
