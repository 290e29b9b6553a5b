"""JSON Schemas of the documents, made from the records that write them: there is no second source."""

from __future__ import annotations

from typing import Any

from reconciler.model.notification import Notification
from reconciler.model.plan import Plan
from reconciler.model.report import DriftReport

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def plan_schema() -> dict[str, Any]:
    """JSON Schema of what ``plan -o`` and ``plan --format json`` write."""
    return _schema(Plan, "reconciler plan")


def drift_schema() -> dict[str, Any]:
    """JSON Schema of what ``drift --format json`` writes."""
    return _schema(DriftReport, "reconciler drift report")


def notification_schema() -> dict[str, Any]:
    """JSON Schema of what ``drift --notify`` posts."""
    return _schema(Notification, "reconciler notification")


def _schema(record: type[Plan] | type[DriftReport] | type[Notification], title: str) -> dict[str, Any]:
    import msgspec

    return {"$schema": _DIALECT, "title": title, **msgspec.json.schema(record)}
