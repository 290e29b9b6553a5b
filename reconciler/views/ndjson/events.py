"""The events, as the records that are written; ``schema events`` prints their JSON Schema.

Every line has ``type``, ``@level``, ``@message`` (one line for people), ``@module`` and ``@timestamp``: when
what it tells was read, or happened. Must not know where an event comes from.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from reconciler.model.actual import Needed
from reconciler.model.baseline import AttributeValue
from reconciler.model.diagnostics import DiagnosticEntry
from reconciler.model.plan import Action, Source, Summary, Values
from reconciler.model.report import ApplySummary, DriftVerdict, StepResult
from reconciler.planfile import schema_of

VERSION = "1.0"
"""Of the events: raised when one changes its meaning."""

Level = Literal["info", "warn", "error"]

_NAMES = {name: f"@{name}" for name in ("level", "message", "module", "timestamp")}


class Event(Struct, frozen=True, kw_only=True, tag_field="type", rename=_NAMES):
    """What every line has. ``message`` is harmless on a terminal; every other value is as it was read."""

    level: Level = "info"
    message: str
    module: Literal["reconciler"] = "reconciler"
    timestamp: str


class Resource(Struct, frozen=True):
    """``addr`` is ``resource_type.resource_name``: the address in the TOML."""

    addr: str
    resource_type: str
    resource_name: str

    @classmethod
    def at(cls, address: str) -> Resource:
        kind, _, name = address.partition(".")
        return cls(address, kind, name)


class Change(Struct, frozen=True, rename={"as_": "as"}):
    """A step of a plan: what is sent, by whom, from which values to which."""

    resource: Resource
    action: Action
    step: str
    as_: str
    before: Values | None
    after: Values


class Version(Event, frozen=True, kw_only=True, tag="version"):
    """The first line of a plan, an apply and a drift run. ``events``: the version of these records."""

    reconciler: str
    events: str
    workspace: str


class PlannedChange(Event, frozen=True, kw_only=True, tag="planned_change"):
    """A step that an apply will carry out."""

    change: Change


class Refusal(Event, frozen=True, kw_only=True, tag="refusal"):
    """A change that can never be, by this rule; nothing of it is sent."""

    resource: Resource
    rule: str
    reason: str
    source: Source | None
    alternatives: tuple[str, ...]


class Manual(Event, frozen=True, kw_only=True, tag="manual"):
    """What only ``who`` can do; ``text`` can be sent as it is."""

    resource: Resource
    who: str
    text: str
    unblocks: tuple[str, ...]


class Blocked(Event, frozen=True, kw_only=True, tag="blocked"):
    """A change that waits for manual steps."""

    resource: Resource
    reason: str


class Unreadable(Event, frozen=True, kw_only=True, tag="unreadable"):
    """What could not be read, so that nobody can tell."""

    resource: Resource
    attribute: str
    reason: str


class Forgotten(Event, frozen=True, kw_only=True, tag="forgotten"):
    """What has left the TOML; it stays as it is at the platform."""

    resource: Resource
    id: str


class ToConfirm(Event, frozen=True, kw_only=True, tag="to_confirm"):
    """A right of ``user`` that could not be read: an apply confirms it first."""

    user: str
    subject: str
    needs: Needed


class Violation(Event, frozen=True, kw_only=True, tag="violation"):
    """A project where a residency policy does not want it; ``waiver`` is the ticket that excuses it."""

    policy: str
    project: str
    region: str
    waiver: str | None
    new: bool


class Diagnostic(Event, frozen=True, kw_only=True, tag="diagnostic"):
    """An error or a warning of any command."""

    diagnostic: DiagnosticEntry


class Validated(Event, frozen=True, kw_only=True, tag="validated"):
    """The last line where ``validate`` finds no error."""

    workspace: str
    files: int
    projects: int
    orgs: int
    users: int


class PlanCounts(Event, frozen=True, kw_only=True, tag="change_summary"):
    """The last line of a plan. ``partial``: payers of whom not every project may have been listed."""

    changes: Summary
    partial: tuple[str, ...]


class Hook(Struct, frozen=True):
    """A step under way. ``id`` is the project or profile, of a creation once it is known."""

    resource: Resource
    action: Action
    step: str
    id: str | None = None
    elapsed_seconds: float = 0.0


class ApplyStart(Event, frozen=True, kw_only=True, tag="apply_start"):
    """A step is about to be sent."""

    hook: Hook


class ApplyComplete(Event, frozen=True, kw_only=True, tag="apply_complete"):
    """A step is done and was read back. ``skipped``: it was so already, and nothing was sent."""

    hook: Hook
    skipped: bool


class ApplyErrored(Event, frozen=True, kw_only=True, tag="apply_errored"):
    """A step is not done: it failed, was never sent, or may have happened."""

    hook: Hook
    result: StepResult
    reason: str
    error_type: str | None
    request_id: str | None


class ApplyCounts(Event, frozen=True, kw_only=True, tag="apply_summary"):
    """The last line of an apply that came to its report."""

    changes: ApplySummary
    interrupted: bool
    exit_code: int


class ResourceDrift(Event, frozen=True, kw_only=True, tag="resource_drift"):
    """Anything that drift found and that is not in sync; null where it does not apply."""

    address: str | None
    id: str | None
    policy: str | None
    attribute: str | None
    verdict: DriftVerdict
    baseline: AttributeValue | None
    desired: AttributeValue | None
    actual: AttributeValue | None
    reason: str | None
    new: bool | None


class DriftCounts(Event, frozen=True, kw_only=True, tag="drift_summary"):
    """The last line of a drift run; ``counts`` has every verdict, ``partial`` is as in a plan."""

    counts: dict[str, int]
    partial: tuple[str, ...]
    exit_code: int


AnyEvent = (
    Version
    | PlannedChange
    | Refusal
    | Manual
    | Blocked
    | Unreadable
    | Forgotten
    | ToConfirm
    | Violation
    | Diagnostic
    | Validated
    | PlanCounts
    | ApplyStart
    | ApplyComplete
    | ApplyErrored
    | ApplyCounts
    | ResourceDrift
    | DriftCounts
)


def schema() -> dict[str, Any]:
    """JSON Schema of one line."""
    return schema_of(AnyEvent, "reconciler events")
