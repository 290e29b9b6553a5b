"""A lab where apps and global workflows can be made: an applet, a workflow and a file in each region."""

from __future__ import annotations

from typing import Any

from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import Copy, DataObject

from support.sandbox import AZURE, EU, NOW, US, Got, Lab, a_lab, a_project

REGIONS = (US, AZURE, EU)
PROJECTS = {region: f"project-J{number:023}" for number, region in enumerate(REGIONS, 1)}


def in_region(klass: str, region: str, number: int = 0) -> str:
    """The id of the object of that class that lies in the region; ``number`` for further ones."""
    return f"{klass}-J{REGIONS.index(region) + 1:022}{number}"


def put(lab: Lab, id: str, holder: str, name: str = "thing", folder: str = "/", **fields: Any) -> str:
    """A closed object."""
    base = {"created_by": "user-alice", "created": NOW, "modified": NOW, "state": "closed", **fields}
    lab.platform.change((Put(DataObject(id, **base)), Put(Copy(id, holder, name, folder))))
    return id


def an_app_lab(**switches: Any) -> Lab:
    """Each project of PROJECTS is administered by user-alice and holds an applet, a workflow with that
    applet as its one stage, and the file that the applet bundles."""
    lab = a_lab(
        [a_project(number, region=region) for number, region in enumerate(REGIONS, 1)],
        **switches,
    )
    for region in REGIONS:
        project = PROJECTS[region]
        bundled = put(lab, in_region("file", region), project, "bundle.tar.gz")
        run_spec = {
            "interpreter": "bash",
            "code": f"echo {region}",
            "bundledDepends": [{"name": "bundle.tar.gz", "id": {"$dnanexus_link": bundled}}],
            "systemRequirements": {"*": {"timeoutPolicy": {"hours": 1}}},
        }
        spec = {"runSpec": run_spec, "inputSpec": [{"name": "reads", "class": "file"}], "outputSpec": []}
        applet = put(lab, in_region("applet", region), project, "align", spec=spec)
        stages = [{"id": "stage-0", "executable": applet}]
        put(lab, in_region("workflow", region), project, "flow", spec={"stages": stages})
    return lab


def options(*regions: str, klass: str = "applet", **rest: object) -> dict[str, object]:
    return {region: {klass: in_region(klass, region), **rest} for region in regions}


def new_app(lab: Lab, user: str = "user-alice", **inputs: object) -> Got:
    given = {"name": "bwa", "version": "1.0.0", "regionalOptions": options(US), **inputs}
    return lab.call(user, "/app/new", {key: value for key, value in given.items() if value is not None})


def made_app(lab: Lab, **inputs: object) -> str:
    got = new_app(lab, **inputs)
    assert got.status == 200, got.body
    return str(got.body["id"])


def made_workflow(lab: Lab, **inputs: object) -> str:
    given = {"name": "flow", "version": "1.0.0", "regionalOptions": options(US, klass="workflow"), **inputs}
    got = lab.call("user-alice", "/globalworkflow/new", given)
    assert got.status == 200, got.body
    return str(got.body["id"])


def described(lab: Lab, id: str, user: str = "user-alice", **inputs: object) -> dict[str, Any]:
    got = lab.call(user, f"/{id}/describe", inputs)
    assert got.status == 200, got.body
    return got.body


def published(lab: Lab, **inputs: object) -> str:
    """A version that everybody may use."""
    id = made_app(lab, **inputs)
    assert lab.call("user-alice", f"/{id}/publish", makeDefault=True).status == 200
    assert lab.call("user-alice", f"/{id}/addAuthorizedUsers", authorizedUsers=["PUBLIC"]).status == 200
    return id
