"""Containers: their region and what a describe shows, who may look, and that nobody writes into them."""

from __future__ import annotations

from typing import Any

import pytest
from support.apps import PROJECTS, an_app_lab, described, in_region, made_app, options, published, put
from support.data import listed, same_after, tree
from support.sandbox import AZURE, EU, US, Lab

READS = "file-J00000000000000000000009"


def resources(lab: Lab, app: str, region: str = US) -> str:
    """The id of the app's container in the region."""
    return str(described(lab, app)["regionalOptions"][region]["resources"])


def an_app(lab: Lab, **inputs: Any) -> str:
    """An app in US with a file in its resources; its container there."""
    put(lab, READS, PROJECTS[US], "reads.txt", folder="/data", size=2**30)
    lab.change(PROJECTS[US], folders=("/data",))
    return resources(lab, published(lab, regionalOptions=options(US, resources=PROJECTS[US]), **inputs))


def a_workspace(lab: Lab, region: str = US) -> str:
    got = lab.call("user-alice", f"/{in_region('applet', region)}/run", project=PROJECTS[region])
    return str(described(lab, got.body["id"])["workspace"])


@pytest.mark.covers("container-/describe", "L16")
@pytest.mark.parametrize("region", [US, AZURE, EU])
def test_a_container_has_the_region_of_what_it_belongs_to(region: str) -> None:
    lab = an_app_lab()
    shown = described(lab, a_workspace(lab, region))
    assert (shown["region"], shown["type"], shown["project"]) == (region, "workspace", PROJECTS[region])
    if region != AZURE:
        app = made_app(lab, regionalOptions=options(US, EU), billTo="org-lab")
        shown = described(lab, resources(lab, app, region))
        assert (shown["region"], shown["type"], shown["app"]) == (region, "resources", app)


@pytest.mark.covers("container-/describe")
def test_a_container_shows_whose_it_is_and_what_it_holds() -> None:
    lab = an_app_lab()
    shown = described(lab, id := an_app(lab, billTo="org-lab"))
    assert shown.keys() == {
        *("id", "class", "name", "type", "region", "billTo", "app", "appName"),
        *("created", "modified", "dataUsage", "destroyAt"),
    }
    assert (shown["id"], shown["class"], shown["appName"]) == (id, "container", "bwa")
    assert (shown["billTo"], shown["dataUsage"]) == ("org-lab", 1)
    assert "/data" in described(lab, id, folders=True)["folders"]
    assert described(lab, id, fields={"region": True}) == {"id": id, "region": US}
    assert lab.call("user-alice", f"/{id}/describe", fields="region").error == "InvalidInput"


@pytest.mark.covers("container-/describe")
def test_a_workspace_is_billed_to_whom_its_project_is_billed_to_now() -> None:
    lab = an_app_lab()
    id = a_workspace(lab)
    lab.change(PROJECTS[US], bill_to="user-alice")
    assert described(lab, id)["billTo"] == "user-alice"


@pytest.mark.covers("container-/describe", "container-/listFolder")
def test_a_container_is_seen_by_those_who_see_its_project_or_may_use_its_app() -> None:
    lab = an_app_lab()
    app, workspace = an_app(lab), a_workspace(lab)
    unpublished = resources(lab, made_app(lab, name="new"))
    lab.change(PROJECTS[US], members={"user-alice": "ADMINISTER", "user-bob": "VIEW"})
    seen = {
        (user, id): lab.call(user, f"/{id}/describe").error
        for user in ("user-bob", "user-dave")
        for id in (app, workspace, unpublished)
    }
    assert {place for place, error in seen.items() if error is None} == {
        ("user-bob", app),
        ("user-bob", workspace),
        ("user-dave", app),
    }
    assert set(seen.values()) == {None, "PermissionDenied"}
    assert lab.call("user-dave", f"/{workspace}/listFolder").error == "PermissionDenied"
    absent = "container-J99999999999999999999999"
    assert lab.call("user-alice", f"/{absent}/describe").error == "ResourceNotFound"


@pytest.mark.covers("container-/listFolder", "container-/clone")
def test_what_is_in_a_container_is_listed_and_cloned_within_its_region() -> None:
    lab = an_app_lab()
    source = an_app(lab)
    assert listed(lab, "/data", source) == ({READS}, [])
    made = lab.call("user-alice", "/project/new", name="n", region=US).body["id"]
    clone = f"/{source}/clone"
    got = lab.call("user-alice", clone, project=PROJECTS[EU], folders=["/data"])
    assert (got.error, got.law) == ("InvalidInput", "L13")
    got = lab.call("user-alice", clone, project=made, folders=["/data"])
    assert got.body == {"id": source, "project": made, "exists": []}
    assert tree(lab, made) == (["/data"], {"reads.txt": "/data"})


@pytest.mark.covers("container-/clone")
def test_the_workspace_of_a_restricted_project_is_restricted_too() -> None:
    lab = an_app_lab()
    workspace = a_workspace(lab)
    lab.change(PROJECTS[US], flags=("restricted",))
    made = lab.call("user-alice", "/project/new", name="n", region=US).body["id"]
    got = lab.call("user-alice", f"/{workspace}/clone", project=made, folders=["/"])
    assert got.error == "PermissionDenied"


WRITES: dict[str, dict[str, object]] = {
    "newFolder": {"folder": "/n"},
    "renameFolder": {"folder": "/data", "newpath": "/n"},
    "removeFolder": {"folder": "/data", "recurse": True},
    "move": {"objects": [READS], "destination": "/"},
    "removeObjects": {"objects": [READS]},
    "destroy": {},
}


@pytest.mark.covers(
    "container-/newFolder",
    "container-/renameFolder",
    "container-/removeFolder",
    "container-/move",
    "container-/removeObjects",
    "container-/destroy",
)
def test_nobody_writes_into_a_container_by_hand() -> None:
    lab = an_app_lab()
    for container in (an_app(lab), a_workspace(lab)):
        for method, given in WRITES.items():
            assert same_after(lab, "user-alice", f"/{container}/{method}", **given) == "PermissionDenied"


@pytest.mark.covers("project-/clone")
def test_nothing_is_cloned_into_a_container_by_hand() -> None:
    lab = an_app_lab()
    given = {"project": a_workspace(lab), "objects": [in_region("file", US)]}
    assert same_after(lab, "user-alice", f"/{PROJECTS[US]}/clone", **given) == "PermissionDenied"
