"""What is to be told at a place of the configuration: one list, for every format that marks lines.

Errors come first, then what could not be read, then notes. Must not know any format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from reconciler.model.diagnostics import Diagnostic, SourceRange, diagnostic_of
from reconciler.model.report import DriftItem, DriftVerdict
from reconciler.views.difference import difference
from reconciler.views.escape import safe_lines
from reconciler.views.pages import DiagnosticsPage, DriftPage, PlanPage, ValidPage

Level = Literal["error", "warning", "note"]
Kind = Literal["resources", "policies", "configuration"]
Place = SourceRange | Callable[[], SourceRange | None] | None
ProblemsPage = PlanPage | DriftPage | DiagnosticsPage | ValidPage

_LEVELS: dict[DriftVerdict, Level] = {
    "violation": "error",
    "waiver_expired": "error",
    "destroyed": "error",
    "drifted": "warning",
    "conflict": "warning",
    "pending": "warning",
    "unreadable": "warning",
    "waiver_expiring": "warning",
}
"""Of a verdict of drift; any other is a note."""


def level_of(verdict: DriftVerdict) -> Level:
    """How grave that is."""
    return _LEVELS.get(verdict, "note")


class Problem(Struct, frozen=True):
    """``code`` is a rule id, the name of a diagnostic or a verdict; ``about`` an address, an id or a policy
    with a project: what tells it from others of the same code, whatever line it moves to. ``kind``: what it
    is about. ``place``: where in the configuration, or who finds that out, which takes time."""

    level: Level
    code: str
    message: str
    about: str = ""
    place: Place = None
    kind: Kind = "resources"

    @property
    def source(self) -> SourceRange | None:
        """The place, found anew at each call."""
        return self.place() if callable(self.place) else self.place

    @property
    def text(self) -> str:
        """The message with nothing in it that acts; line ends stay."""
        return "\n".join(safe_lines(self.message))

    @property
    def fingerprint(self) -> str:
        """The same in every run for the same trouble: 64 hexadecimal digits."""
        about = self.about
        if not about:
            source = self.source
            about = f"{source.file if source else ''}\n{self.message}"
        return sha256(f"{self.code}\n{about}".encode(errors="backslashreplace")).hexdigest()


def problems(page: ProblemsPage) -> Iterator[Problem]:
    """All that is wrong or left to people, the gravest first."""
    match page:
        case PlanPage():
            yield from _of_plan(page)
        case DriftPage():
            yield from _of_drift(page)
        case DiagnosticsPage():
            yield from map(_of_diagnostic, page.diagnostics)
        case ValidPage():
            yield from map(_of_diagnostic, page.warnings)


def _of_plan(page: PlanPage) -> Iterator[Problem]:
    plan = page.plan
    level: Level
    place: Place
    for refusal in plan.refusals:
        at = refusal.source
        place = None if at is None else SourceRange(at.file, at.line, at.column)
        about = " ".join((refusal.address, *refusal.facts))
        yield Problem("error", refusal.rule, f"{refusal.address}: {refusal.message}", about, place)
    for one in plan.violations:
        level = "note" if one.waiver else "error"
        note = page.policies.get(one.policy)
        waived = f", waived by {one.waiver}" if one.waiver else ""
        told = f"policy {one.policy}: {one.project} is in {one.region}{waived}"
        about = f"policies.{one.policy} {one.project}"
        yield Problem(level, "REG301", told, about, note.source if note else None, "policies")
    for entry in plan.unreadable:
        what = f"{entry.address} {entry.attribute}".rstrip()
        level = "note" if entry.address in page.accepted else "warning"
        place = _of(page, entry.address, entry.attribute)
        yield Problem(level, "unreadable", f"{what}: {entry.reason}", what, place)
    for warning in plan.warnings:
        yield _of_diagnostic(diagnostic_of(warning))
    for manual in plan.manual:
        about = f"{manual.address} {manual.who}"
        told = f"{manual.address}: to be done by {manual.who}"
        yield Problem("note", "manual", told, about, _of(page, manual.address))
    for blocked in plan.blocked:
        told = f"{blocked.address}: {blocked.change}"
        yield Problem("note", "blocked", told, blocked.address, _of(page, blocked.address))


def _of(page: PlanPage | DriftPage, address: str | None, attribute: str | None = None) -> Place:
    return None if page.places is None else partial(page.places, address, attribute or None)


def _of_drift(page: DriftPage) -> Iterator[Problem]:
    for wanted in ("error", "warning", "note"):
        for item in page.report.items:
            if item.verdict != "in_sync" and _level(page, item) == wanted:
                yield _of_item(page, item, wanted)
        if wanted == "warning":
            yield from map(_of_diagnostic, map(diagnostic_of, page.report.warnings))


def _level(page: DriftPage, item: DriftItem) -> Level:
    accepted = item.verdict == "unreadable" and item.address in page.accepted
    return "note" if accepted else level_of(item.verdict)


def _of_item(page: DriftPage, item: DriftItem, level: Level) -> Problem:
    subject = item.address or item.id or item.policy or ""
    note = page.policies.get(item.policy) if item.policy else None
    place = (note and note.source) or _of(page, item.address, item.attribute)
    code = "REG301" if item.verdict in ("violation", "waiver_expired") else item.verdict.replace("_", "-")
    message = f"{item.verdict.replace('_', ' ')}: {subject} {', '.join(difference(item))}".rstrip()
    about = " ".join(filter(None, (item.policy, subject, item.attribute)))
    return Problem(level, code, message, about, place, "policies" if item.policy else "resources")


def _of_diagnostic(one: Diagnostic) -> Problem:
    meant = f'did you mean "{one.suggestion}"?' if one.suggestion else None
    message = "\n".join(filter(None, (one.summary, meant, one.detail)))
    return Problem(one.severity, one.code, message, "", one.source, "configuration")
