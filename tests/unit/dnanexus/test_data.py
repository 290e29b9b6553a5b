"""Data and executables: as whom they are read, with how many calls, and what a missing key means."""

from __future__ import annotations

from typing import Any

import pytest
from reconciler_dnanexus import data_wire, routes

from reconciler.model.actual import Scope
from reconciler.model.data import App, Container, DataObject, Datum
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.provider import ProviderError

from .stub import Asked, Stub, error, writer

US, EU = "aws:us-east-1", "aws:eu-central-1"
FILE, OTHER, APPLET = (
    f"{klass}-{24 * digit}" for klass, digit in (("file", "1"), ("file", "2"), ("applet", "1"))
)
CONTAINER = "container-" + 24 * "1"


def pid(number: int) -> str:
    return f"project-{number:024}"


def link(id: str) -> dict[str, str]:
    return {"$dnanexus_link": id}


def read(stub: Stub, table: dict[str, Any], *tokens: str, **scope: tuple[str, ...]) -> dict[str, Datum]:
    """What is read of a platform that answers by "token route", else by route, and knows nothing else."""

    def handler(asked: Asked) -> Any:
        if asked.route == "/system/whoami":
            return {"id": f"user-{asked.token}"}
        found = table.get(f"{asked.token} {asked.route}", table.get(asked.route))
        return error("ResourceNotFound", 404) if found is None else found

    stub.handler = handler
    reader = writer(stub.url, *(tokens or ("alice",)))
    try:
        found = reader.read(Scope(**scope)).data  # type: ignore[arg-type] # test sugar
    finally:
        reader.close()
    stub.log = [one for one in stub.log if one.route != "/system/whoami"]
    return found


def test_nothing_is_read_where_nothing_is_asked_about(stub: Stub) -> None:
    assert read(stub, {}) == {}
    assert stub.log == []


def test_a_project_is_told_with_the_level_of_each_identity(stub: Stub) -> None:
    told = {"region": US, "level": "VIEW", "restricted": True, "containsPHI": False}
    table = {
        f"alice /{pid(1)}/describe": error("PermissionDenied", 401),
        f"bob /{pid(1)}/describe": told,
    }
    found = read(stub, table, "alice", "bob", data=(pid(1),))
    levels = {"user-alice": "NONE", "user-bob": "VIEW"}
    assert found[pid(1)] == Container(pid(1), True, US, True, False, levels, "user-bob")  # type: ignore[arg-type] # levels


@pytest.mark.parametrize(
    ("answers", "exists"), [(("unknown", "unknown"), False), (("denied", "unknown"), None)]
)
def test_only_what_nobody_is_told_of_does_not_exist(
    stub: Stub, answers: tuple[str, str], exists: bool | None
) -> None:
    silence = {"unknown": error("ResourceNotFound", 404), "denied": error("PermissionDenied", 401)}
    for one, methods in ((pid(1), "describe"), (FILE, "listProjects"), ("app-bwa", "describe")):
        table = {
            f"{who} /{one}/{methods}": silence[answer]
            for who, answer in zip(("alice", "bob"), answers, strict=True)
        }
        found = read(stub, table, "alice", "bob", data=(one,))[one]
        assert (None if isinstance(found.exists, Unreadable) else found.exists) is exists


def test_the_workspace_of_a_run_has_the_flags_of_its_project(stub: Stub) -> None:
    table = {
        f"/{CONTAINER}/describe": {"region": US, "project": pid(1)},
        f"/{pid(1)}/describe": {"region": US, "level": "VIEW", "restricted": True, "containsPHI": False},
    }
    found = read(stub, table, data=(CONTAINER,))[CONTAINER]
    assert isinstance(found, Container)
    assert (found.restricted, found.contains_phi, found.levels) == (True, False, {"user-alice": "VIEW"})


def test_the_projects_that_hold_an_object_cost_one_list(stub: Stub) -> None:
    held = {pid(number): "VIEW" for number in range(1, 51)}
    listed = [
        {"id": id, "describe": {"region": EU, "restricted": False, "containsPHI": False}} for id in held
    ]
    table = {
        f"/{FILE}/listProjects": held,
        f"/{FILE}/describe": {"state": "closed", "hidden": False, "links": []},
        "/system/findProjects": {"results": listed, "next": None},
    }
    found = read(stub, table, data=(FILE,))
    one = found[FILE]
    assert isinstance(one, DataObject)
    assert (one.regions, len(one.held_by["user-alice"])) == ((EU,), 50)
    assert isinstance(found[pid(50)], Container)
    assert stub.routes() == [f"/{FILE}/listProjects", "/system/findProjects", f"/{FILE}/describe"]


def test_what_a_list_does_not_show_is_described(stub: Stub) -> None:
    table = {
        f"/{FILE}/listProjects": {pid(1): "VIEW", pid(2): "VIEW"},
        f"/{FILE}/describe": {"state": "open"},
        "/system/findProjects": {"results": [], "next": None},
        f"/{pid(1)}/describe": {"region": US, "level": "VIEW"},
        f"/{pid(2)}/describe": {"region": US, "level": "VIEW"},
    }
    found = read(stub, table, data=(FILE,))[FILE]
    assert isinstance(found, DataObject)
    assert found.regions == (US,)


def test_an_applet_tells_what_it_bundles_and_its_default_inputs(stub: Stub) -> None:
    table = {
        f"/{APPLET}/listProjects": {pid(1): "VIEW"},
        f"/{pid(1)}/describe": {"region": US, "level": "VIEW", "restricted": False, "containsPHI": False},
        f"/{APPLET}/describe": {
            "state": "closed",
            "runSpec": {"bundledDepends": [{"name": "x", "id": link(FILE)}]},
            "inputSpec": [{"name": "reads", "default": [link(OTHER)]}, {"name": "n", "default": 4}],
        },
    }
    found = read(stub, table, data=(APPLET,))[APPLET]
    assert isinstance(found, DataObject)
    assert (found.bundled_depends, found.inputs, found.stages) == ((FILE,), (OTHER,), ())


APP = {
    "id": "app-" + 24 * "1",
    "billTo": "org-tools",
    "region": US,
    "regionalOptions": {US: {"applet": APPLET}, EU: {"applet": "applet-" + 24 * "2"}},
    "runSpec": {"bundledDependsByRegion": {US: [{"id": link(FILE)}], EU: []}},
    "inputSpec": [],
}


def test_an_app_tells_its_regions_and_what_it_bundles_in_each(stub: Stub) -> None:
    found = read(stub, {"/app-bwa/describe": APP}, data=("app-bwa",))["app-bwa"]
    assert isinstance(found, App)
    assert isinstance(found.regions, dict)
    assert {region: one.bundled_depends for region, one in found.regions.items()} == {US: (FILE,), EU: ()}
    assert (found.bill_to, found.usable) == ("org-tools", {"user-alice": True})


def test_a_default_input_is_told_of_one_region_only_for_data_lies_in_one(stub: Stub) -> None:
    told = {**APP, "inputSpec": [{"name": "x", "default": link(FILE)}]}
    found = read(stub, {"/app-bwa/describe": told}, data=("app-bwa",))["app-bwa"]
    assert isinstance(found, App)
    assert isinstance(found.regions, dict)
    assert found.regions[US].inputs == (FILE,)
    assert isinstance(found.regions[EU].inputs, Unreadable)


def test_a_global_workflow_does_not_tell_what_it_needs(stub: Stub) -> None:
    told = {"id": "globalworkflow-" + 24 * "1", "regionalOptions": {US: {"workflow": None}}}
    found = read(stub, {"/globalworkflow-flow/describe": told}, data=("globalworkflow-flow",))
    one = found["globalworkflow-flow"]
    assert isinstance(one, App)
    assert isinstance(one.regions, dict)
    needs = one.regions[US]
    assert needs.behind is ABSENT
    assert isinstance(needs.bundled_depends, Unreadable)
    assert isinstance(needs.inputs, Unreadable)


def test_a_name_that_means_another_version_to_somebody_is_not_told_as_usable_by_them(stub: Stub) -> None:
    another = {**APP, "id": "app-" + 24 * "2"}
    table = {
        "alice /app-bwa/describe": APP,
        "bob /app-bwa/describe": another,
        "carol /app-bwa/describe": error("ResourceNotFound", 404),
    }
    found = read(stub, table, "alice", "bob", "carol", data=("app-bwa",))["app-bwa"]
    assert isinstance(found, App)
    assert (found.usable["user-alice"], found.usable["user-carol"]) == (True, False)
    assert isinstance(found.usable["user-bob"], Unreadable)


def test_what_is_not_closed_is_looked_for_only_where_it_is_asked(stub: Stub) -> None:
    told = {"region": US, "level": "VIEW", "restricted": False, "containsPHI": False}
    table = {
        f"/{pid(1)}/describe": told,
        "/system/findDataObjects": {"results": [{"project": pid(1), "id": FILE}], "next": None},
    }
    found = read(stub, table, contents=(pid(1),))[pid(1)]
    assert isinstance(found, Container)
    assert found.unclosed == (FILE, FILE)
    asked = stub.sent("/system/findDataObjects")
    assert [(one["state"], one["visibility"]) for one in asked] == [
        ("open", "visible"),
        ("closing", "visible"),
        ("open", "hidden"),
        ("closing", "hidden"),
    ]


def test_links_are_found_however_deep_and_references_are_none() -> None:
    value = {
        "a": [link(FILE), {"$dnanexus_link": {"project": pid(1), "id": OTHER}}],
        "b": {"$dnanexus_link": {"stage": "s0", "outputField": "bam"}},
        "c": {"$dnanexus_link": "job-" + 24 * "1"},
    }
    assert data_wire.linked(value) == (FILE, OTHER)


@pytest.mark.parametrize("wrong", ["file-1", "user-alice", "../system", FILE + "/close", "app-", "app-a/b/c"])
def test_what_is_no_id_never_becomes_part_of_a_path(wrong: str) -> None:
    with pytest.raises(ProviderError):
        routes.describe_data(wrong)
