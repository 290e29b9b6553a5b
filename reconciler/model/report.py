"""What an apply did and what a drift run found, as the documents that ``--format json`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

from msgspec import Struct

from reconciler.model.actual import Level
from reconciler.model.baseline import AttributeValue
from reconciler.model.diagnostics import Diagnostic, DiagnosticEntry
from reconciler.model.plan import Action, ConfigRef, ProviderRef, ReadCost, Tool

StepResult = Literal["done", "failed", "not_attempted", "uncertain"]


class StepReport(Struct, frozen=True):
    """How one step ended. ``id`` is the project or profile (of a creation once it is known);
    ``message`` why it did not end as planned, with the platform's own words; ``skipped`` says that
    the platform was already at the target, so nothing was sent."""

    step: str
    address: str
    action: Action
    result: StepResult
    id: str | None = None
    message: str = ""
    error_type: str | None = None
    request_id: str | None = None
    seconds: float = 0.0
    skipped: bool = False


class ApplySummary(Struct, frozen=True):
    done: int = 0
    failed: int = 0
    not_attempted: int = 0
    uncertain: int = 0


class ApplyReport(Struct, frozen=True):
    """``interrupted``: a person or the system asked it to stop before it was through.
    ``problems``: errors beside the steps (the ledger could not be written); not empty is exit code 1
    where every step is done."""

    format_version: str
    kind: Literal["apply"]
    plan_id: str
    workspace: str
    provider: ProviderRef
    identity: str
    started_at: str
    finished_at: str
    interrupted: bool
    summary: ApplySummary
    steps: tuple[StepReport, ...]
    problems: tuple[Diagnostic, ...] = ()


DriftVerdict = Literal[
    "in_sync",
    "drifted",
    "pending",
    "conflict",
    "converged",
    "destroyed",
    "unmanaged",
    "violation",
    "unreadable",
    "waiver_expired",
    "waiver_expiring",
]


WORST_FIRST: tuple[DriftVerdict, ...] = (
    "violation",
    "waiver_expired",
    "drifted",
    "conflict",
    "destroyed",
    "pending",
    "unreadable",
    "converged",
    "waiver_expiring",
    "unmanaged",
    "in_sync",
)


class DriftItem(Struct, frozen=True):
    """One attribute (or project) with its verdict; null where a field does not apply. ``new``: was it not so
    at the last run that was remembered? Null where there is none, and of what is in sync."""

    address: str | None
    id: str | None
    policy: str | None
    attribute: str | None
    verdict: DriftVerdict
    baseline: AttributeValue | None
    desired: AttributeValue | None
    actual: AttributeValue | None
    message: str | None
    new: bool | None = None


def counted(items: Iterable[DriftItem]) -> dict[str, int]:
    """How many items have each verdict; 0 is a number too."""
    counts = Counter(item.verdict for item in items)
    return {verdict: counts[verdict] for verdict in get_args(DriftVerdict)}


class Since(Struct, frozen=True):
    """The last run that was remembered, and how many items that are not in sync are ``new`` since then or
    changed, are ``known`` from it, and are ``gone``. ``only_new``: the report has no other items."""

    at: str
    new: int
    known: int
    gone: int
    only_new: bool = False


class Seen(Struct, frozen=True):
    """What a drift run found, as the next one needs it. ``at``: when it read, None where none has come to its
    end yet; ``exit_code``: of all that it found; ``items``: a fingerprint of each that is not in sync,
    sorted. ``notified``: what was last delivered to whoever is notified, in the words of who delivers it."""

    at: str | None
    exit_code: int
    items: tuple[str, ...]
    notified: str = ""


class DriftReport(Struct, frozen=True):
    """``summary`` counts ``items`` by verdict, those with none included. ``since`` is null where no earlier
    run was remembered."""

    format_version: str
    kind: Literal["drift"]
    created_at: str
    tool: Tool
    workspace: str
    provider: ProviderRef
    identity: str
    config: ConfigRef
    summary: dict[str, int]
    items: tuple[DriftItem, ...]
    read: ReadCost
    warnings: tuple[DiagnosticEntry, ...] = ()
    since: Since | None = None


class EstateRow(Struct, frozen=True, gc=False):
    """One project of the estate. ``name``, ``region`` and ``bill_to`` are null where they could not be read,
    ``address`` where nothing of the TOML is this project, ``mark`` where it bears none or that cannot be
    read, ``created_by`` where it is not shown. ``level`` is the reader's on it.

    ``verdict`` is the worst of its items. ``policies``: ids of those that it violates, ``waiver``: the
    ticket of the one that excuses it, if one does.
    """

    id: str
    name: str | None
    region: str | None
    bill_to: str | None
    level: Level
    created_at: str
    created_by: str | None
    address: str | None
    mark: str | None
    verdict: DriftVerdict
    policies: tuple[str, ...] = ()
    waiver: str | None = None
