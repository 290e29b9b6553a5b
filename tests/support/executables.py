"""Files, applets, workflows and apps put into a small emulated platform by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler_sandbox.laws.effects import Put
from reconciler_sandbox.laws.records import App, Copy, DataObject, Enabled, Record, Series

from support.sandbox import NOW, PROJECT, Lab


def put(lab: Lab, *records: Record) -> None:
    lab.platform.change(tuple(Put(record) for record in records))


def an_object(lab: Lab, klass: str, number: int, project: str = PROJECT, **fields: Any) -> str:
    """A closed object of user-alice; its id."""
    id = f"{klass}-J{number:023}"
    record = DataObject(id, "user-alice", NOW, NOW, **{"state": "closed", **fields})
    put(lab, record, Copy(id, project, f"{klass} {number}"))
    return id


def a_file(lab: Lab, number: int, project: str = PROJECT) -> str:
    return an_object(lab, "file", number, project)


def an_applet(lab: Lab, number: int, project: str = PROJECT, **spec: Any) -> str:
    return an_object(lab, "applet", number, project, spec={"runSpec": {"interpreter": "bash"}, **spec})


def a_workflow(lab: Lab, number: int, *executables: str, project: str = PROJECT, **spec: Any) -> str:
    """Its stages are s0, s1 …"""
    stages = [{"id": f"s{index}", "executable": executable} for index, executable in enumerate(executables)]
    return an_object(lab, "workflow", number, project, state="open", spec={"stages": stages, **spec})


def an_app(lab: Lab, number: int, regions: Mapping[str, str], klass: str = "app", **fields: Any) -> str:
    """Published for everybody, billed to org-lab; ``regions``: applet or workflow by region."""
    app = App(
        id=f"{klass}-J{number:023}",
        name=f"tool{number}",
        version="1.0.0",
        created_by="user-alice",
        created=NOW,
        modified=NOW,
        regions={region: Enabled(executable) for region, executable in regions.items()},
        **{"bill_to": "org-lab", "published": NOW, **fields},
    )
    series = Series(
        app.series, "user-alice", ("user-alice",), authorized=("PUBLIC",), aliases={"default": app.id}
    )
    put(lab, app, series)
    return app.id


def bundle(*ids: str) -> list[dict[str, object]]:
    """``bundledDepends`` of these objects."""
    return [{"name": id, "id": link(id)} for id in ids]


def link(id: str, project: str | None = None) -> dict[str, object]:
    return {"$dnanexus_link": id if project is None else {"project": project, "id": id}}
