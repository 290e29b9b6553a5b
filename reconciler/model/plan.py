"""The plan: ordered steps, manual steps, blocked and refused changes, and the facts they rest on.

These records are the plan document of ``plan -o`` and ``--format json``: the field order is the
key order of the JSON. Times are RFC 3339 in UTC. Must not know how a plan is made or shown.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from reconciler.model.actual import Needed
from reconciler.model.diagnostics import DiagnosticEntry

FORMAT_VERSION = "1.0"

Action = Literal["create", "update", "adopt", "transfer", "accept", "release"]
Values: TypeAlias = dict[str, str]
"""Attribute → value. Of a project: id, name, region, bill_to, mark. Of a payer: default_region."""


class Tool(Struct, frozen=True):
    name: str
    version: str


class ProviderRef(Struct, frozen=True):
    type: str
    endpoint: str


class FileDigest(Struct, frozen=True):
    path: str
    sha256: str


class GitState(Struct, frozen=True):
    commit: str
    dirty: bool


class ConfigRef(Struct, frozen=True):
    digest: str
    files: tuple[FileDigest, ...]
    git: GitState | None


class Summary(Struct, frozen=True):
    """create, update (with a release), adopt count steps; a transfer with its acceptance is one; manual
    counts manual steps; the rest counts addresses."""

    create: int = 0
    update: int = 0
    adopt: int = 0
    transfer: int = 0
    manual: int = 0
    blocked: int = 0
    refused: int = 0
    unreadable: int = 0
    forget: int = 0
    unchanged: int = 0


class Step(Struct, frozen=True, rename={"as_": "as"}):
    """One provider operation, carried out by the identity whose user is ``as_``.

    ``before`` holds the values as read (None for a creation) and, for a project, its ``id``;
    ``after`` only what the operation sets: nothing where it is a release, which takes the mark in ``before``
    off and is of no plan file. ``preconditions`` are ids of facts of the plan.
    """

    id: str
    address: str
    action: Action
    as_: str
    before: Values | None
    after: Values
    depends_on: tuple[str, ...] = ()
    preconditions: tuple[str, ...] = ()

    @property
    def subject(self) -> str | None:
        """Id of the entity that the step changes; None for a creation."""
        if self.address.startswith("projects."):
            return self.before["id"] if self.before else None
        return self.address.partition(".")[2]


class ManualStep(Struct, frozen=True):
    """What only a named person or the platform's sales can do; ``text`` can be sent as it is."""

    id: str
    address: str
    who: str
    text: str
    unblocks: tuple[str, ...] = ()


class Blocked(Struct, frozen=True):
    """A change that becomes possible once manual steps are done; ``change`` is one readable line."""

    address: str
    change: str
    waits_for: tuple[str, ...]


class Source(Struct, frozen=True):
    file: str
    line: int
    column: int


class Alternative(Struct, frozen=True):
    """A legal way out. ``toml`` replaces the tables of the same header and adds the others."""

    text: str
    toml: str | None
    steps: tuple[Step, ...] = ()


class Refusal(Struct, frozen=True):
    address: str
    rule: str
    message: str
    source: Source | None
    facts: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()


class UnreadableEntry(Struct, frozen=True):
    address: str
    attribute: str
    reason: str


class Forgotten(Struct, frozen=True):
    address: str
    id: str


class Violation(Struct, frozen=True):
    """``project`` is an id, or the address of a project that a step will create under a waiver. ``waiver``
    is the ticket that excuses it. ``new``: it would not be one under the policies as last applied, or is
    not one yet."""

    policy: str
    project: str
    region: str
    waiver: str | None
    new: bool


class FactEntry(Struct, frozen=True):
    """A fact as a plan document holds it. ``value`` is null unless ``state`` is "known"."""

    id: str
    subject: str
    attribute: str
    state: Literal["known", "absent", "unreadable"]
    value: Any
    read_at: str
    read_by: str


class ToConfirm(Struct, frozen=True):
    """A right that steps need and that could not be read: ``apply`` confirms it. ``fact``: the id of the
    level or membership; ``needs``: what it must be at least."""

    fact: str
    needs: Needed


class ReadCost(Struct, frozen=True):
    calls: int
    seconds: float
    partial: tuple[str, ...] = ()


class Plan(Struct, frozen=True, omit_defaults=True):
    """``targets``: the only addresses that were asked for; left out of the document where all were.
    ``apply_as``: the user for whom it was judged and who carries it out, where that is not somebody at
    hand; left out where it is. ``to_confirm``: rights of that user, by fact."""

    format_version: str
    kind: Literal["plan"]
    plan_id: str
    digest: str
    created_at: str
    tool: Tool
    workspace: str
    provider: ProviderRef
    identity: str
    config: ConfigRef
    applyable: bool
    summary: Summary
    steps: tuple[Step, ...]
    manual: tuple[ManualStep, ...]
    blocked: tuple[Blocked, ...]
    refusals: tuple[Refusal, ...]
    unreadable: tuple[UnreadableEntry, ...]
    forgotten: tuple[Forgotten, ...]
    violations: tuple[Violation, ...]
    warnings: tuple[DiagnosticEntry, ...]
    facts: tuple[FactEntry, ...]
    read: ReadCost
    targets: tuple[str, ...] = ()
    apply_as: str = ""
    to_confirm: tuple[ToConfirm, ...] = ()

    @property
    def actor(self) -> str:
        """Who carries it out; others only where a step says so."""
        return self.apply_as or self.identity
