"""Global workflows: the laws of apps, with a workflow behind each region."""

from __future__ import annotations

import pytest
from support.apps import (
    PROJECTS,
    an_app_lab,
    described,
    in_region,
    made_app,
    made_workflow,
    new_app,
    options,
    put,
)
from support.sandbox import AZURE, EU, US, Lab

NEW = "/globalworkflow/new"
US_FLOW = in_region("workflow", US)


def refused(lab: Lab, regional: object, **inputs: object) -> tuple[str | None, str | None]:
    got = lab.call("user-alice", NEW, name="x", version="1.0.0", regionalOptions=regional, **inputs)
    return got.error, got.law


@pytest.mark.covers("globalworkflow/new", "globalworkflow-/describe", "L17", "L18")
def test_a_global_workflow_is_described_by_id_by_name_and_by_version() -> None:
    lab = an_app_lab()
    id = made_workflow(lab, regionalOptions=options(US, AZURE, klass="workflow"), title="Flow", tags=["wdl"])
    shown = described(lab, id)
    assert (shown["class"], shown["name"], shown["title"], shown["billTo"]) == (
        "globalworkflow",
        "flow",
        "Flow",
        "user-alice",
    )
    assert {region: option["workflow"] for region, option in shown["regionalOptions"].items()} == {
        US: US_FLOW,
        AZURE: in_region("workflow", AZURE),
    }
    assert (shown["aliases"], shown["tags"]) == (["1.0.0", "default"], ["wdl"])
    assert not {"published", "applet", "runSpec", "inputSpec"} & set(shown)
    for path in ("globalworkflow-flow", "globalworkflow-flow/1.0.0", "globalworkflow-flow/default"):
        assert described(lab, path) == shown


@pytest.mark.covers("globalworkflow/new", "L16")
def test_the_container_of_a_region_keeps_the_workflow_with_what_its_stages_need() -> None:
    lab = an_app_lab()
    resources = described(lab, made_workflow(lab))["regionalOptions"][US]["resources"]
    copies = lab.platform.state.copies
    held = {copies[id].object for _, id in lab.platform.state.held_by(resources)}
    assert held == {in_region(klass, US) for klass in ("workflow", "applet", "file")}
    assert lab.platform.state.containers[resources].region == US


@pytest.mark.covers("globalworkflow/new", "L17", "L18")
def test_a_global_workflow_obeys_the_region_laws() -> None:
    lab = an_app_lab()
    assert refused(lab, options(EU, klass="workflow")) == ("PermissionDenied", "L17")
    assert refused(lab, {"aws:nowhere": {"workflow": US_FLOW}}) == ("InvalidInput", "L2")
    assert refused(lab, {AZURE: {"workflow": US_FLOW}}) == ("InvalidInput", "L18")
    assert refused(lab, {US: {"applet": in_region("applet", US)}}) == ("InvalidInput", None)
    assert refused(lab, {US: {"workflow": in_region("applet", US)}}) == ("InvalidType", None)
    assert refused(lab, None) == ("InvalidInput", None)
    assert refused(lab, options(EU, klass="workflow"), billTo="org-lab") == (None, None)


@pytest.mark.covers("globalworkflow/new", "L18")
def test_the_applets_of_all_stages_lie_in_the_region_too() -> None:
    lab = an_app_lab()
    stages = [{"id": "stage-0", "executable": in_region("applet", AZURE)}]
    across = put(lab, in_region("workflow", US, 1), PROJECTS[US], spec={"stages": stages})
    assert refused(lab, {US: {"workflow": across}}) == ("InvalidInput", "L18")


def test_stages_may_be_apps_and_workflows_that_share_applets() -> None:
    lab = an_app_lab()
    app = made_app(lab)
    stages = [{"id": f"stage-{n}", "executable": id} for n, id in enumerate((app, US_FLOW, US_FLOW))]
    nested = put(lab, in_region("workflow", US, 1), PROJECTS[US], spec={"stages": stages})
    assert refused(lab, {US: {"workflow": nested}}) == (None, None)


def test_a_workflow_that_is_still_open_cannot_be_made_global() -> None:
    lab = an_app_lab()
    loose = put(lab, in_region("workflow", US, 1), PROJECTS[US], state="open")
    assert refused(lab, {US: {"workflow": loose}}) == ("InvalidState", None)


@pytest.mark.covers("globalworkflow/new")
def test_apps_and_global_workflows_share_their_names() -> None:
    lab = an_app_lab()
    made_app(lab, name="taken")
    made_workflow(lab, name="flow")
    given = {"name": "taken", "version": "2.0.0", "regionalOptions": options(US, klass="workflow")}
    assert lab.call("user-alice", NEW, given).error == "InvalidInput"
    assert new_app(lab, name="flow", version="2.0.0").error == "InvalidInput"


@pytest.mark.covers("globalworkflow/new")
def test_the_same_nonce_makes_one_global_workflow() -> None:
    lab = an_app_lab()
    assert made_workflow(lab, nonce="n") == made_workflow(lab, nonce="n")
    assert lab.call("user-alice", NEW, name="flow", version="1.0.0", nonce="m").error == "InvalidInput"


@pytest.mark.covers("globalworkflow-/update", "L17", "L18")
def test_an_update_of_an_unpublished_version_keeps_its_id() -> None:
    lab = an_app_lab()
    id = made_workflow(lab, title="a", summary="b", details={"c": 1}, billTo="user-alice")
    got = lab.call("user-alice", f"/{id}/update", title="x", summary="y", details={"z": 2}, tags=["t"])
    assert got.body == {"id": id}
    shown = described(lab, "globalworkflow-flow/1.0.0")
    assert (shown["id"], shown["title"], shown["summary"], shown["details"]) == (id, "x", "y", {"z": 2})
    assert shown["tags"] == ["t"]
    across = {AZURE: {"workflow": US_FLOW}}
    got = lab.call("user-alice", f"/{id}/update", regionalOptions=across)
    assert (got.error, got.law) == ("InvalidInput", "L18")
    got = lab.call("user-alice", f"/{id}/update", regionalOptions=options(EU, klass="workflow"))
    assert (got.error, got.law) == ("PermissionDenied", "L17")


@pytest.mark.covers("globalworkflow-/publish", "globalworkflow-/delete", "globalworkflow-/describe")
def test_a_published_global_workflow_stays() -> None:
    lab = an_app_lab()
    first, second = made_workflow(lab), made_workflow(lab, version="2.0.0")
    assert lab.call("user-alice", f"/{second}/publish", makeDefault=True).body == {"id": second}
    assert described(lab, "globalworkflow-flow")["aliases"] == ["2.0.0", "default"]
    again = lab.call("user-alice", f"/{second}/publish")
    assert (again.error, "already published" in again.body["error"]["message"]) == ("InvalidState", True)
    assert lab.call("user-alice", f"/{second}/delete").error == "InvalidState"
    assert lab.call("user-alice", f"/{first}/delete").body == {"id": first}
    assert lab.call("user-alice", f"/{first}/describe").error == "ResourceNotFound"


@pytest.mark.covers(
    "globalworkflow-/addAuthorizedUsers",
    "globalworkflow-/removeAuthorizedUsers",
    "globalworkflow-/listAuthorizedUsers",
    "globalworkflow-/addDevelopers",
    "globalworkflow-/removeDevelopers",
    "globalworkflow-/listDevelopers",
    "globalworkflow-/addCategories",
    "globalworkflow-/removeCategories",
    "globalworkflow-/listCategories",
)
def test_what_surrounds_a_global_workflow_is_changed_as_for_apps() -> None:
    lab = an_app_lab()
    id = made_workflow(lab)
    for key, value, left in (
        ("authorizedUsers", "org-lab", []),
        ("developers", "user-bob", ["user-alice"]),
        ("categories", "Mapping", []),
    ):
        method = key[0].upper() + key[1:]
        lab.call("user-alice", f"/{id}/add{method}", {key: [value, value]})
        assert lab.call("user-alice", f"/{id}/list{method}").body[key] == [*left, value]
        lab.call("user-alice", f"/{id}/remove{method}", {key: [value]})
        assert lab.call("user-alice", f"/{id}/list{method}").body[key] == left


@pytest.mark.covers("globalworkflow-/addTags", "globalworkflow-/removeTags")
def test_a_tag_names_a_version_of_a_global_workflow() -> None:
    lab = an_app_lab()
    id = made_workflow(lab)
    lab.call("user-alice", f"/{id}/addTags", tags=["beta"])
    assert described(lab, "globalworkflow-flow/beta")["id"] == id
    lab.call("user-alice", f"/{id}/removeTags", tags=["beta"])
    assert lab.call("user-alice", "/globalworkflow-flow/beta/describe").error == "ResourceNotFound"
