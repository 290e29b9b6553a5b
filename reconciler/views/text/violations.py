"""The residency policies that are violated: what they allow, why, where they stand, and by what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.plan import Violation
from reconciler.views.escape import safe
from reconciler.views.pages import PlanPage, PolicyNote, Style
from reconciler.views.text.layout import INDENT, grouped, labelled, paint, prose
from reconciler.views.text.snippet import place

MOST = 20
"""Projects shown for one policy, unless all are asked for: what is new comes first."""

_KINDS = ("new", "standing", "waived")
_MEANINGS = {"new": "new since the policies were last applied", "standing": "standing", "waived": "waived"}


def kind(violation: Violation) -> str:
    """Which of the three it is: what a waiver excuses is never called new."""
    return "waived" if violation.waiver else "new" if violation.new else "standing"


def violation_blocks(style: Style, page: PlanPage) -> Iterator[str]:
    """A block a policy, each with an empty line after it."""
    found: dict[str, list[Violation]] = {}
    for violation in page.plan.violations:
        found.setdefault(violation.policy, []).append(violation)
    for policy, violations in found.items():
        yield from _policy(style, page, policy, violations)
        yield ""


def counted(violations: Sequence[Violation]) -> str:
    """``Violations: 1 new since the policies were last applied, 2 standing.``; "" where there are none."""
    kinds = [kind(violation) for violation in violations]
    parts = [f"{grouped(kinds.count(one))} {_MEANINGS[one]}" for one in _KINDS if one in kinds]
    return f"Violations: {', '.join(parts)}." if parts else ""


def _policy(style: Style, page: PlanPage, policy: str, violations: Sequence[Violation]) -> Iterator[str]:
    yield from policy_note(style, policy, page.policies.get(policy, PolicyNote()))
    in_order = sorted(violations, key=lambda one: _KINDS.index(kind(one)))
    shown = in_order if style.verbose else in_order[:MOST]
    for violation in shown:
        yield from _project(style, page, violation)
    if len(shown) < len(in_order):
        yield f"{INDENT}and {grouped(len(in_order) - len(shown))} more; -v lists them all"


def policy_note(style: Style, policy: str, note: PolicyNote) -> Iterator[str]:
    """What a policy allows, where it is written and why, as far as that is at hand."""
    allows = f" allows only {note.regions}" if note.regions else ""
    yield from prose(style, f"policy {policy}{allows}", "  ", INDENT)
    if note.source is not None:
        yield f"{INDENT}{place(note.source)}"
    if note.reason:
        yield from labelled(style, "reason", note.reason)


def _project(style: Style, page: PlanPage, violation: Violation) -> Iterator[str]:
    name = page.names.get(violation.project)
    told = violation.project + (f" ({name})" if name else "") + f" in {violation.region}"
    if violation.waiver:
        told += f", by {violation.waiver}"
    label = kind(violation)
    first, *rest = labelled(style, label, told)
    role = "faint" if violation.waiver else "!"
    yield first.replace(label, paint(style, role, safe(label)), 1)
    yield from rest
