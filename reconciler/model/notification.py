"""What is posted to whoever is notified of drift, as the document that it is.

Says what is concerned, never what it is called or worth: names and values stay with whoever runs ``next``.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from reconciler.model.plan import Tool
from reconciler.model.report import DriftItem, DriftVerdict


class Finding(Struct, frozen=True):
    """Something that is not in sync; null where a field does not apply, as in a drift report."""

    address: str | None
    id: str | None
    policy: str | None
    attribute: str | None
    verdict: DriftVerdict

    @classmethod
    def of(cls, item: DriftItem) -> Finding:
        return cls(_short(item.address), _short(item.id), item.policy, _short(item.attribute), item.verdict)


class Listed(Struct, frozen=True):
    """``first``: the worst of ``total`` findings; of those that are gone, as many as had been told."""

    total: int
    first: tuple[Finding, ...]


class Compared(Struct, frozen=True):
    """Findings beside those that were told last: ``new`` ones or changed, ``gone``, and ``known``."""

    new: Listed
    gone: Listed
    known: Listed


class Problem(Struct, frozen=True):
    """Why drift could not look. ``summary`` is null where it would quote the TOML."""

    code: str
    summary: str | None


class Verdict(Struct, frozen=True):
    """What a run found, at which time. ``summary``: how many items have each verdict, as in a drift report;
    null where drift could not look, because of ``problems``."""

    at: str
    exit_code: int
    summary: dict[str, int] | None
    problems: tuple[Problem, ...] = ()


class Origin(Struct, frozen=True):
    """The provider; ``endpoint`` is null where it was not reached."""

    type: str
    endpoint: str | None


class Notification(Struct, frozen=True):
    """``delivery`` is the same for each try to tell the same. ``before`` is what was told last, null where
    nothing was. ``findings`` is null where drift could not look. ``title`` is one line, ``text`` several, for
    a person. ``next`` is the command that shows more."""

    format_version: str
    kind: Literal["notification"]
    delivery: str
    tool: Tool
    workspace: str
    provider: Origin
    title: str
    text: str
    now: Verdict
    before: Verdict | None
    findings: Compared | None
    next: str


_LONGEST = 200


def _short(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
