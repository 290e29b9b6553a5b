"""``schema``: JSON Schemas of the configuration and of the documents."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from reconciler import planfile
from reconciler.cli import exitcodes
from reconciler.views.json_.document import document

Name = Annotated[
    Literal["config", "plan", "drift", "events", "notification"], typer.Argument(help="Of what.")
]
_DOCUMENTS = {
    "plan": planfile.plan_schema,
    "drift": planfile.drift_schema,
    "notification": planfile.notification_schema,
}


def command(name: Name = "config") -> int:
    """Print a JSON Schema, made from the very records that read and write."""
    if name == "config":
        from reconciler.config.schema import config_schema

        schema = config_schema()
    elif name == "events":
        from reconciler.views.ndjson.events import schema as events_schema

        schema = events_schema()
    else:
        schema = _DOCUMENTS[name]()
    sys.stdout.writelines(document(schema))
    return exitcodes.DONE
