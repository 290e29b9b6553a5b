"""The answer to one question (``can-i``), as the document that ``--format json`` prints.

The field order is the key order of the JSON. Times are RFC 3339 in UTC.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from reconciler.model.plan import ConfigRef, FactEntry, ProviderRef, ReadCost, Tool

Verdict = Literal["yes", "no", "cannot_tell"]


class Question(Struct, frozen=True):
    """``arguments`` are those of the command, ids resolved; ``text`` is the question in words."""

    kind: Literal["create", "bill", "clone", "run", "default"]
    text: str
    arguments: dict[str, Any]


class Reason(Struct, frozen=True):
    """What speaks against it: the rule, and the ids of the facts that it rests on.

    refused: no identity at hand can do it; blocked, manual: it waits for somebody else; cannot_tell:
    hangs on a fact that could not be read.
    """

    rule: str
    verdict: Literal["refused", "blocked", "manual", "cannot_tell"]
    message: str
    facts: tuple[str, ...]


class Way(Struct, frozen=True):
    """A legal alternative, itself judged to be one."""

    text: str


class Request(Struct, frozen=True):
    """What would make it possible, and who can do it; ``text`` can be sent as it is."""

    who: str
    text: str


class Answer(Struct, frozen=True, rename={"as_": "as"}):
    """``as_``: the identities that can do it, in their order; ``notes``: what no rule can tell
    beforehand, or what is done already. ``facts`` are those that the answer rests on."""

    format_version: str
    kind: Literal["answer"]
    created_at: str
    tool: Tool
    workspace: str
    provider: ProviderRef
    identity: str
    config: ConfigRef
    question: Question
    answer: Verdict
    message: str
    as_: tuple[str, ...]
    reasons: tuple[Reason, ...]
    alternatives: tuple[Way, ...]
    requests: tuple[Request, ...]
    notes: tuple[str, ...]
    facts: tuple[FactEntry, ...]
    read: ReadCost
