"""What was told last × what is so now → what is to be told, and what is remembered of having told it."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import msgspec
from msgspec import Struct

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.harmless import safe
from reconciler.model.notification import Compared, Finding, Listed, Problem, Verdict
from reconciler.model.report import WORST_FIRST, DriftItem, DriftReport

MOST = 50
"""How many findings of each kind are told one by one."""

_RANK = {verdict: rank for rank, verdict in enumerate(WORST_FIRST)}
_MOST_PROBLEMS = 10
_LONGEST = 500


class State(Struct, frozen=True):
    """What is so now. ``items``: what is not in sync, by fingerprint; None where drift could not look."""

    verdict: Verdict
    items: dict[str, DriftItem] | None

    @classmethod
    def found(cls, report: DriftReport, exit_code: int, items: dict[str, DriftItem]) -> State:
        """``report`` is whole, and ``items`` are those of it that are not in sync."""
        return cls(Verdict(report.created_at, exit_code, report.summary), items)

    @classmethod
    def failed(cls, diagnostics: Iterable[Diagnostic], exit_code: int, at: str) -> State:
        """Drift could not look."""
        errors = [one for one in diagnostics if one.severity == "error"]
        problems = (
            Problem(one.code, safe(one.summary)[:_LONGEST] if one.source is None else None) for one in errors
        )
        return cls(Verdict(at, exit_code, None, tuple(problems)[:_MOST_PROBLEMS]), None)

    @property
    def digest(self) -> str:
        """The same for what need not be told twice."""
        return _digest(self.verdict, None if self.items is None else sorted(self.items))


class Told(Struct, frozen=True):
    """What was last told to one target. ``items``: fingerprints of what was not in sync when drift last could
    look; ``named``: those of them that were told by name. ``delivery`` is "" where nothing had to be told."""

    delivery: str
    verdict: Verdict
    items: tuple[str, ...]
    named: dict[str, Finding]

    @property
    def digest(self) -> str:
        return _digest(self.verdict, None if self.verdict.summary is None else sorted(self.items))


def is_news(state: State, before: Told | None) -> bool:
    """Is there something to tell? At first only what is not well."""
    if before is None:
        return state.verdict.exit_code != 0 or bool(state.items)
    return state.digest != before.digest


def delivery_of(workspace: str, target: str, state: State, before: Told | None) -> str:
    """The same id for the same news, also by another process that does not know of the first one's try; each
    follows from the one before, so that what comes back later is another one."""
    last = (before.delivery, before.digest) if before else ("", "")
    news = msgspec.json.encode((workspace, target, *last, state.digest))
    return f"drift-{blake2b(news, digest_size=16).hexdigest()}"


def told(delivery: str, state: State, before: Told | None) -> Told:
    """What is to be remembered once ``state`` was told."""
    if state.items is None:
        return Told(delivery, state.verdict, before.items if before else (), before.named if before else {})
    new, known = _parted(state.items, before)
    named = {mark: Finding.of(state.items[mark]) for mark in (*new[:MOST], *known[:MOST])}
    return Told(delivery, state.verdict, tuple(sorted(state.items)), named)


def compared(state: State, before: Told | None) -> Compared | None:
    """The findings now beside those that were told last."""
    if state.items is None:
        return None
    items = state.items
    new, known = _parted(items, before)
    gone = [mark for mark in (before.items if before else ()) if mark not in items]
    names = [before.named[mark] for mark in gone if mark in before.named] if before else []
    return Compared(
        Listed(len(new), tuple(Finding.of(items[mark]) for mark in new[:MOST])),
        Listed(len(gone), tuple(names[:MOST])),
        Listed(len(known), tuple(Finding.of(items[mark]) for mark in known[:MOST])),
    )


def _parted(items: dict[str, DriftItem], before: Told | None) -> tuple[list[str], list[str]]:
    """Fingerprints of what is new and of what was told already, the worst first."""
    there = frozenset(before.items if before else ())
    ordered = sorted(items, key=lambda mark: _RANK[items[mark].verdict])
    return [mark for mark in ordered if mark not in there], [mark for mark in ordered if mark in there]


def _digest(verdict: Verdict, items: list[str] | None) -> str:
    codes = sorted(problem.code for problem in verdict.problems)
    return blake2b(msgspec.json.encode((verdict.exit_code, codes, items)), digest_size=16).hexdigest()
