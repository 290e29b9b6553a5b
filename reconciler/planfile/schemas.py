"""JSON Schemas of the documents, made from the records that write them: there is no second source."""

from __future__ import annotations

from typing import Any

from reconciler.model.notification import Notification
from reconciler.model.plan import Plan
from reconciler.model.report import DriftReport

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def plan_schema() -> dict[str, Any]:
    """JSON Schema of what ``plan -o`` and ``plan --format json`` write."""
    return schema_of(Plan, "reconciler plan")


def drift_schema() -> dict[str, Any]:
    """JSON Schema of what ``drift --format json`` writes."""
    return schema_of(DriftReport, "reconciler drift report")


def notification_schema() -> dict[str, Any]:
    """JSON Schema of what ``drift --notify`` posts."""
    return schema_of(Notification, "reconciler notification")


def schema_of(record: Any, title: str) -> dict[str, Any]:
    """JSON Schema of a record, or of a union of several."""
    import msgspec

    return {"$schema": _DIALECT, "title": title, **msgspec.json.schema(record)}
