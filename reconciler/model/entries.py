"""A fact as a value, and as the entry of a plan document that stands for it."""

from __future__ import annotations

from typing import assert_never

from reconciler.model.actual import BY_IDENTITY, Fact, FactKey, FactValue
from reconciler.model.knowledge import ABSENT, Absent, Maybe, Unreadable
from reconciler.model.moment import rfc3339
from reconciler.model.plan import FactEntry


def entry_of(fact: Fact, read_at: int | None = None) -> FactEntry:
    """The entry of a fact. ``read_at`` (ms since the epoch) replaces the time at which it was read,
    for documents that must not depend on the wall clock."""
    when = rfc3339(fact.read_at if read_at is None else read_at)
    key, value, read_by = fact.key, fact.value, fact.read_by
    name = str(key)
    if isinstance(value, Absent):
        return FactEntry(name, key.subject, key.attribute, "absent", None, when, read_by)
    if isinstance(value, Unreadable):
        return FactEntry(name, key.subject, key.attribute, "unreadable", None, when, read_by)
    plain = list(value) if isinstance(value, tuple) else value
    return FactEntry(name, key.subject, key.attribute, "known", plain, when, read_by)


def key_of(entry: FactEntry) -> FactKey:
    """Which fact the entry stands for. Of what depends on who asks, the id says of whom it is told."""
    identity = entry.id.rpartition("@")[2] if entry.attribute in BY_IDENTITY else ""
    return FactKey(entry.subject, entry.attribute, identity)


def value_of(entry: FactEntry) -> Maybe[FactValue]:
    """The value that the entry holds. Why a value was unreadable is not part of the document."""
    match entry.state:
        case "absent":
            return ABSENT
        case "unreadable":
            return Unreadable("it was not readable when the plan was made")
        case "known":
            value: FactValue = tuple(entry.value) if isinstance(entry.value, list) else entry.value
            return value
        case _:
            assert_never(entry.state)
