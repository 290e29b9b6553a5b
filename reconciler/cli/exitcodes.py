"""The exit codes: one meaning each, and which one wins when several apply.

Computed from the very values that are printed, so that a code never stands without its cause.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from reconciler.model.answer import Answer
from reconciler.model.explanation import Explanation
from reconciler.model.plan import Plan
from reconciler.model.report import ApplyReport, DriftReport

DONE: Final = 0
ERROR: Final = 1
CHANGES: Final = 2
REFUSED: Final = 3
INCOMPLETE: Final = 4
STALE: Final = 5
LOCKED: Final = 6
UNREADABLE: Final = 7
USAGE: Final = 64
INTERRUPTED: Final = 130

MEANINGS: Final = {
    DONE: "done",
    ERROR: "error",
    CHANGES: "there are changes",
    REFUSED: "refused",
    INCOMPLETE: "apply incomplete",
    STALE: "saved plan stale or already applied",
    LOCKED: "locked by somebody else",
    UNREADABLE: "something could not be read",
    USAGE: "wrong usage",
    INTERRUPTED: "interrupted",
}


def unreadable(plan: Plan, accepted: Collection[str]) -> bool:
    """Could something not be read whose address has not said ``unreadable = "accept"``?"""
    return any(entry.address not in accepted for entry in plan.unreadable)


def of_plan(plan: Plan, accepted: Collection[str], detailed: bool) -> int:
    """3, 7, 2, 0: forgotten addresses are no change, manual and blocked parts are."""
    if plan.refusals:
        return REFUSED
    if unreadable(plan, accepted):
        return UNREADABLE
    if detailed and (plan.steps or plan.manual or plan.blocked):
        return CHANGES
    return DONE


def of_explanation(told: Explanation, accepted: Collection[str]) -> int:
    """3, 7, 0, for the address itself: what it depends on is told along, and has a code of its own."""
    if any(refusal.address == told.address for refusal in told.refusals):
        return REFUSED
    hidden = (entry.address for entry in told.unreadable if entry.address not in accepted)
    if any(address == told.address or address.startswith("policies.") for address in hidden):
        return UNREADABLE
    return DONE


def of_drift(report: DriftReport, accepted: Collection[str]) -> int:
    """3, 2, 7, 0: unmanaged or converged alone is no drift."""
    verdicts = {item.verdict for item in report.items if item.verdict != "unreadable"}
    if verdicts & {"violation", "waiver_expired"}:
        return REFUSED
    if verdicts & {"drifted", "pending", "destroyed", "conflict"}:
        return CHANGES
    return UNREADABLE if hidden(report, accepted) else DONE


def hidden(report: DriftReport, accepted: Collection[str]) -> bool:
    """Could something not be read whose address has not said ``unreadable = "accept"``?"""
    return any(item.verdict == "unreadable" and item.address not in accepted for item in report.items)


def of_answer(answer: Answer) -> int:
    """0 yes, 3 no, 7 cannot tell."""
    return {"yes": DONE, "no": REFUSED, "cannot_tell": UNREADABLE}[answer.answer]


def of_apply(report: ApplyReport, plan: Plan, accepted: Collection[str]) -> int:
    """130, 4, 1, 7, 0: what is left to people is no code, what could not be read is."""
    if report.interrupted:
        return INTERRUPTED
    if any(step.result != "done" for step in report.steps):
        return INCOMPLETE
    if report.problems:
        return ERROR
    return UNREADABLE if unreadable(plan, accepted) else DONE
