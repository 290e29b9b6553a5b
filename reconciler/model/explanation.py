"""Why one address gets its verdict: from the TOML to facts to rules, as ``explain --format json`` prints it.

The field order is the key order of the JSON. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from reconciler.model.baseline import AttributeValue
from reconciler.model.plan import (
    Blocked,
    ConfigRef,
    ManualStep,
    ProviderRef,
    ReadCost,
    Refusal,
    Step,
    Tool,
    UnreadableEntry,
)

Outcome = Literal["in_sync", "steps", "manual", "blocked", "refused", "cannot_tell"]

PolicyVerdict = Literal["kept", "violated", "waived", "cannot_tell"]


class Line(Struct, frozen=True):
    """A line of the table, as it is written."""

    file: str
    line: int
    text: str


class Default(Struct, frozen=True):
    """A key that ``[defaults.projects]`` fills in, and where that is written."""

    attribute: str
    value: str
    file: str
    line: int


class Written(Struct, frozen=True):
    lines: tuple[Line, ...]
    defaults: tuple[Default, ...]


class Identified(Struct, frozen=True):
    """Which project or payer it is. ``by``: the id written in the TOML, our mark, the id in the baseline,
    the one unowned project of that name and payer (``adopt``), or the address itself, of a payer. None:
    there is none, or it cannot be said; ``text`` says it in words."""

    id: str | None
    by: Literal["id", "mark", "baseline", "name", "address"] | None
    text: str


class Attribute(Struct, frozen=True):
    """What is wanted, what is, and what was last applied. ``desired`` is null where it is not managed;
    ``origin`` says where a wish comes from that is not written; ``state`` is that of the actual value,
    null where there is nothing yet to have one."""

    name: str
    desired: AttributeValue | None
    origin: str | None
    state: Literal["known", "absent", "unreadable"] | None
    actual: AttributeValue | None
    baseline: AttributeValue | None


class UsedFact(Struct, frozen=True):
    """A fact with why it could not be read, and what would show it."""

    id: str
    subject: str
    attribute: str
    state: Literal["known", "absent", "unreadable"]
    value: Any
    read_at: str
    read_by: str
    reason: str | None
    advice: str | None


class Asked(Struct, frozen=True):
    """What one rule says of one change; ``message`` is null where it has nothing against it."""

    change: str
    rule: str
    title: str
    verdict: Literal["nothing_against", "refused", "cannot_tell", "blocked", "manual", "warning"]
    message: str | None
    facts: tuple[str, ...]


class PolicyAnswer(Struct, frozen=True):
    """What a policy that means the project says of it as it is, or as it would be made."""

    policy: str
    regions: tuple[str, ...]
    verdict: PolicyVerdict
    message: str
    waiver: str | None
    file: str | None
    line: int | None


class Explanation(Struct, frozen=True):
    """``steps`` to ``refusals`` are those of a plan for this address, with what it depends on."""

    format_version: str
    kind: Literal["explanation"]
    created_at: str
    tool: Tool
    workspace: str
    provider: ProviderRef
    identity: str
    config: ConfigRef
    address: str
    verdict: Outcome
    written: Written
    resource: Identified
    attributes: tuple[Attribute, ...]
    facts: tuple[UsedFact, ...]
    rules: tuple[Asked, ...]
    policies: tuple[PolicyAnswer, ...]
    steps: tuple[Step, ...]
    manual: tuple[ManualStep, ...]
    blocked: tuple[Blocked, ...]
    refusals: tuple[Refusal, ...]
    unreadable: tuple[UnreadableEntry, ...]
    read: ReadCost
