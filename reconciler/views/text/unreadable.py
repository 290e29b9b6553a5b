"""What could not be read, each with what would show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.model.actual import FactKey
from reconciler.model.entries import key_of
from reconciler.model.plan import Plan, UnreadableEntry
from reconciler.rules.sight import advice
from reconciler.views.pages import Style
from reconciler.views.text.blocks import heading
from reconciler.views.text.layout import INDENT, prose


class Hidden:
    """The facts of a plan that could not be read, looked up once for all of its blocks."""

    def __init__(self, plan: Plan) -> None:
        self._sandbox = plan.provider.type == "sandbox"
        self._keys: dict[tuple[str, str], FactKey] = {}
        self._at_hand = {plan.identity, *(step.as_ for step in plan.steps)} - {plan.apply_as}
        for fact in plan.facts:
            key = key_of(fact)
            if fact.state == "unreadable":
                self._keys.setdefault((key.subject, key.attribute), key)
            if fact.state != "unreadable" or not key.identity:
                self._at_hand.add(fact.read_by)

    def advice(self, entry: UnreadableEntry) -> str:
        """What would show it."""
        kind, _, name = entry.address.partition(".")
        subject, _, attribute = entry.attribute.rpartition(".")
        subject = subject or (name if kind in ("orgs", "users") else "")
        key = self._keys.get((subject, attribute), FactKey(subject, attribute))
        return advice(key, self._at_hand, self._sandbox)


def unreadable_block(
    style: Style, hidden: Hidden, address: str, entries: Sequence[UnreadableEntry]
) -> Iterator[str]:
    """All that could not be read of one address; what the same would show stands together."""
    told: dict[str, list[str]] = {}
    for entry in entries:
        line = f"{entry.attribute}: {entry.reason}" if entry.attribute else entry.reason
        told.setdefault(hidden.advice(entry), []).append(line)
    first, *rest = [line for what, lines in told.items() for line in (*lines, what)]
    yield from heading(style, "?", address, first)
    for line in rest:
        yield from prose(style, line, INDENT)
