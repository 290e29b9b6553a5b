"""A single fact in words."""

from __future__ import annotations

from typing import assert_never

from reconciler.model.actual import FactValue, Needed
from reconciler.model.knowledge import Absent, Maybe, Unreadable
from reconciler.model.plan import FactEntry
from reconciler.planfile import Difference, StaleFact


def value_text(value: object) -> str:
    """A value of a fact on one line: a set as its members, a mapping as its pairs."""
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {value_text(item)}" for key, item in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def maybe_text(value: Maybe[FactValue]) -> str:
    """A value that may be absent or unreadable."""
    if isinstance(value, Absent):
        return "not set"
    return f"unreadable ({value.reason})" if isinstance(value, Unreadable) else value_text(value)


def name_text(fact: FactEntry | StaleFact) -> str:
    """``project-….region``; a fact about a name reads as words, not as a key, and a right that was to be
    confirmed tells whose it is."""
    if isinstance(fact, StaleFact) and fact.needs is not None:
        return fact.id
    attribute, _, argument = fact.attribute.partition(":")
    if attribute == "projects_named":
        return f'{fact.subject}: unmarked projects named "{argument}"'
    if attribute == "holders":
        return f"the holder of the mark {fact.subject}"
    return f"{fact.subject}.{fact.attribute}"


def fact_text(fact: FactEntry) -> str:
    """``project-….region is aws:us-east-1``."""
    if fact.state == "unreadable":
        return f"{name_text(fact)} could not be read"
    if fact.state == "absent":
        return f"{name_text(fact)} is not set"
    if fact.attribute == "exists" and isinstance(fact.value, bool):
        return f"{fact.subject} " + ("exists" if fact.value else "does not exist")
    return f"{name_text(fact)} is {value_text(fact.value)}"


SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def difference_text(one: Difference) -> str:
    """``- aws:us-east-1``, ``~ level: ADMIN → MEMBER``."""
    where = f"{one.path}: " if one.path else ""
    if one.kind == "changed":
        return f"~ {where}{_plain(one.was)} → {_plain(one.is_)}"
    return f"{SIGNS[one.kind]} {where}{_plain(one.was if one.kind == 'removed' else one.is_)}"


def _plain(value: object) -> str:
    return "not set" if value is None else value_text(value)


def right_text(user: str, subject: str, needs: Needed) -> str:
    """``user-alice is an ADMIN of org-lab``: what a user must be allowed on a project or in an org."""
    match needs:
        case "MEMBER":
            return f"{user} is a member of {subject}"
        case "BILLABLE":
            return f"{user} may do billable activities in {subject}"
        case "ADMIN":
            return f"{user} is an ADMIN of {subject}"
        case "VIEW" | "UPLOAD" | "CONTRIBUTE" | "ADMINISTER":
            return f"{user} has at least {needs} on {subject}"
        case _:
            assert_never(needs)


def then_text(fact: StaleFact) -> str:
    """``was aws:us-east-1``; of a right that was to be confirmed, what it was taken for."""
    return f"was {maybe_text(fact.then)}" if fact.needs is None else f"had to be at least {fact.needs}"
