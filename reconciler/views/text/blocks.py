"""The blocks of a plan: one per resource, each piece under the symbol of what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, assert_never

from reconciler.model.diagnostics import SourceRange
from reconciler.model.plan import (
    Action,
    Alternative,
    Blocked,
    FactEntry,
    Forgotten,
    ManualStep,
    Plan,
    Refusal,
    Source,
    Step,
)
from reconciler.views.escape import columns, padded, safe, safe_lines
from reconciler.views.pages import PlanPage, Style
from reconciler.views.text.facts import fact_text
from reconciler.views.text.layout import INDENT, LABEL, labelled, labels, moment, paint, prose
from reconciler.views.text.snippet import place, snippet

_ADDRESS = 28

Facts: TypeAlias = Mapping[str, FactEntry]
"""The facts of the plan by their ids: made once, for a plan has as many blocks as facts."""


def symbol(action: Action) -> str:
    """The symbol of a step in the legend."""
    match action:
        case "create":
            return "+"
        case "update" | "release":
            return "~"
        case "adopt":
            return "="
        case "transfer" | "accept":
            return "@"
        case _:
            assert_never(action)


def heading(style: Style, sign: str, address: str, text: str) -> Iterator[str]:
    """``  + projects.rnaseq            RNA-seq 2026``; prose that does not fit goes below."""
    opening = f"  {sign} {padded(safe(address), _ADDRESS)} "
    body = safe(text)
    head = paint(style, sign, f"  {sign} ") + safe(address)
    if not body:
        yield head
    elif columns(opening) + columns(body) <= style.width:
        yield head + " " * (_ADDRESS + 1 - min(columns(safe(address)), _ADDRESS)) + body
    else:
        yield head
        yield from prose(style, text, INDENT)


def step_block(style: Style, plan: Plan, facts: Facts, steps: Iterable[Step]) -> Iterator[str]:
    """The steps of one resource, in their order; an offer and its acceptance are one piece."""
    for together in _pieces(steps):
        first = together[0]
        yield from heading(style, symbol(first.action), first.address, _subject(first))
        for step in together:
            yield from _values(style, facts, step)
        who = ", then ".join(dict.fromkeys(step.as_ for step in together))
        if who != plan.actor:
            yield from labelled(style, "as", who)


def _pieces(steps: Iterable[Step]) -> Iterator[list[Step]]:
    piece: list[Step] = []
    for step in steps:
        if piece and not (piece[-1].action == "transfer" and step.action == "accept"):
            yield piece
            piece = []
        piece.append(step)
    if piece:
        yield piece


def _subject(step: Step) -> str:
    match step.action:
        case "create":
            return step.after.get("name", "")
        case "update":
            return (step.subject or "") if step.address.startswith("projects.") else ""
        case "adopt":
            taken = "mark" in (step.before or {})
            return f"{step.subject}, taken over" if taken else f"{step.subject}, adopted as it is"
        case "transfer" | "accept" | "release":
            return step.subject or ""
        case _:
            assert_never(step.action)


def _values(style: Style, facts: Facts, step: Step) -> Iterator[str]:
    before = step.before or {}
    if step.action == "release":
        yield from _change(style, "mark", before.get("mark"), None)
    for attribute, value in step.after.items():
        if step.action == "create":
            if attribute == "name" or (attribute == "mark" and not style.verbose):
                continue
            yield from _labelled_value(attribute, value, _origin(facts, step, attribute, value))
        elif attribute == "mark" and step.action == "adopt" and "mark" not in before:
            yield from _labelled_value("mark", value, "")
        elif step.action == "transfer":
            yield from prose(style, f"offered to {value}", INDENT)
        elif step.action == "accept":
            yield from prose(style, f"accepted by {step.as_}, then billed to {value}", INDENT)
        else:
            yield from _change(style, attribute, before.get(attribute), value)


def _labelled_value(attribute: str, value: str, remark: str) -> Iterator[str]:
    line = f"{INDENT}{padded(safe(attribute), LABEL)}{safe(value)}"
    yield f"{padded(line, 38)}  {remark}".rstrip()


def _origin(facts: Facts, step: Step, attribute: str, value: str) -> str:
    """A region can never be changed afterwards, so it is said where it came from."""
    if attribute != "region":
        return ""
    for name in step.preconditions:
        fact = facts.get(name)
        if fact is not None and fact.attribute == "default_region" and fact.value == value:
            return f"default of {safe(fact.subject)}, fixed once created"
    return "fixed for ever once created"


def _change(style: Style, attribute: str, before: str | None, after: str | None) -> Iterator[str]:
    label = f"{INDENT}{padded(safe(attribute), LABEL)}"
    label = label if label.endswith(" ") else label + "   "
    old, new = ("(none)" if one is None else safe(one) for one in (before, after))
    if columns(label) + columns(old) + columns(new) + 5 <= style.width:
        yield f"{label}{old}  →  {new}"
    else:
        yield f"{label}{old}"
        yield f"{' ' * columns(label)}→  {new}"


def manual_block(style: Style, manual: ManualStep) -> Iterator[str]:
    """What a named person has to do, with the whole text that can be sent as it is."""
    yield from heading(style, ">", manual.address, f"to be done by {manual.who}")
    for line in manual.text.rstrip("\n").split("\n"):
        # A command is for pasting: broken into lines it would be another one.
        yield from [INDENT + safe(line)] if line.startswith("dx ") else prose(style, line, INDENT)
    if manual.unblocks:
        yield from labelled(style, "unblocks", ", ".join(manual.unblocks))


def blocked_block(style: Style, plan: Plan, blocked: Blocked) -> Iterator[str]:
    """A change that becomes possible once manual parts are done."""
    yield from heading(style, "|", blocked.address, blocked.change)
    owners = {manual.id: f"{manual.who} ({manual.address})" for manual in plan.manual}
    waits = "; ".join(owners.get(name, name) for name in blocked.waits_for)
    yield from labelled(style, "waits for", waits)


def forgotten_block(style: Style, forgotten: Forgotten) -> Iterator[str]:
    yield from heading(style, ".", forgotten.address, forgotten.id)
    stays = ", its mark stays" if forgotten.address.startswith("projects.") else ""
    yield from prose(style, f"no longer in the TOML: left as it is{stays}", INDENT)


def refusal_block(style: Style, page: PlanPage, facts: Facts, refusals: Sequence[Refusal]) -> Iterator[str]:
    """All that speaks against one resource: why, where that is written, the facts that block; then
    the legal ways out."""
    shown: set[tuple[str, Source | None]] = set()
    for number, refusal in enumerate(refusals):
        if number == 0:
            yield from heading(style, "!", refusal.address, refusal.message)
        else:
            yield from prose(style, f"and {refusal.message}", INDENT)
        if (refusal.rule, refusal.source) not in shown:
            shown.add((refusal.rule, refusal.source))
            yield from _where(style, page, refusal)
        yield from _facts(style, facts, refusal.facts)
    yield from _ways_out(style, [way for refusal in refusals for way in refusal.alternatives])
    for label, rule in labels("more", dict.fromkeys(refusal.rule for refusal in refusals)):
        yield from labelled(style, label, f"reconciler explain {rule}")


def _facts(style: Style, facts: Facts, names: Iterable[str]) -> Iterator[str]:
    known = [facts[name] for name in names if name in facts]
    for label, fact in labels("because", known):
        yield from labelled(style, label, _because(style, fact))


def _ways_out(style: Style, ways: Sequence[Alternative]) -> Iterator[str]:
    """Each legal way out; its TOML stands verbatim, so that it can be pasted as it is."""
    for label, way in labels("instead", ways):
        colon = ":" if way.toml and not way.text.endswith((":", ".")) else ""
        yield from labelled(style, label, way.text + colon)
        for line in safe_lines(way.toml.strip("\n")) if way.toml else ():
            yield f"{INDENT}{' ' * (LABEL + 4)}{line}".rstrip()


def _because(style: Style, fact: FactEntry) -> str:
    return f"{fact_text(fact)}  (read {moment(style, fact.read_at)} by {fact.read_by})"


def _where(style: Style, page: PlanPage, refusal: Refusal) -> Iterator[str]:
    note = f"{refusal.rule} {page.titles.get(refusal.rule, '')}".rstrip()
    source = refusal.source
    if source is None:
        yield from prose(style, note, INDENT)
        return
    found = page.locate(source.file, source.line, source.column) if page.locate else None
    if found is None:
        bare = SourceRange(source.file, source.line, source.column)
        yield f"{INDENT}{place(bare)}: {safe(note)}"
    else:
        yield f"{INDENT}{place(found)}"
        yield from snippet(style, found, note, " " * 4)
