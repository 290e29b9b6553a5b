"""Containers, which the platform makes and no user does: their describe and their end.

The platform's documentation: the workspace of a run is seen by those who may view its project, the
resources of an app by those who may use it; nobody writes into them by hand. A container's region is
that of what it belongs to (L16).
"""

from __future__ import annotations

from collections.abc import Mapping

from . import contents, fields
from .errors import denied
from .records import Container
from .route import Route, Table
from .view import Answer, Call, View

ON_REQUEST = ("folders",)
DESCRIBE_KEYS = frozenset({"fields", "defaultFields", *ON_REQUEST})


def describe(view: View, call: Call) -> Answer:
    shown = _shown(view, view.containers[call.entity])
    defaults = shown.keys() - ON_REQUEST
    names = fields.chosen(call.input, tuple(shown), defaults, ON_REQUEST, view.switches)
    return Answer({name: shown[name] for name in names})


def _shown(view: View, container: Container) -> Mapping[str, object]:
    """``destroyAt`` is null: no container here has an end that is known before."""
    return {
        "id": container.id,
        "class": "container",
        "name": container.name,
        "type": container.kind,
        "region": container.region,
        **_owner(view, container),
        "created": container.created,
        "modified": container.modified,
        "dataUsage": contents.usage(view, container),
        "destroyAt": None,
        "folders": ("/", *container.folders),
    }


def _owner(view: View, container: Container) -> Mapping[str, object]:
    """What it belongs to, and who is billed for that now."""
    if container.app is not None:
        app = view.apps[container.app]
        return {"billTo": app.bill_to, "app": app.id, "appName": app.name}
    project = view.projects[container.project or ""]
    return {"billTo": project.bill_to, "project": project.id}


def destroy(_view: View, call: Call) -> Answer:
    raise denied(f"{call.entity} is the platform's: no user can destroy it")


ROUTES: Table = {
    ("container-", "describe"): Route(describe, DESCRIBE_KEYS, open=True, scoped=True),
    ("container-", "destroy"): Route(destroy, frozenset({"terminateJobs"}), scoped=True),
}
