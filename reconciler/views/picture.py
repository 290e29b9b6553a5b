"""A plan as boxes and arrows, for the formats that draw: what there is to do, and what waits for what. In
place of a plan that could not be made, the errors.

A picture of thousands of boxes shows nothing, and neither GitHub nor Graphviz draws it. Of a bigger plan
the parts come first that depend on each other, or that no step carries out; what is left is one box that
counts it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from reconciler.model.harmless import safe
from reconciler.model.plan import Plan, Step
from reconciler.views.pages import DiagnosticsPage, PlanPage

MOST = 100
"""Boxes of a picture, the one that counts the rest included."""

_LONGEST = 60
"""Characters of a line in a box."""

_NOTHING = "No changes."

Kind = Literal["step", "manual", "blocked", "refused", "unreadable", "rest"]
KINDS: tuple[Kind, ...] = ("step", "manual", "blocked", "refused", "unreadable", "rest")


class Box(Struct, frozen=True):
    """``lines`` are safe to show, but not escaped for any format."""

    kind: Kind
    lines: tuple[str, ...]


class Picture(Struct, frozen=True):
    """``arrows``: from a box to one that waits for it, by their places in ``boxes``."""

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[int, int], ...]


class _Part(Struct, frozen=True):
    """A box that may be drawn. ``key`` names it among the parts, ``word`` what it is counted as."""

    key: str
    word: str
    box: Box
    waits_for: tuple[str, ...] = ()


def picture(page: PlanPage | DiagnosticsPage) -> Picture:
    """The same plan gives the same picture."""
    parts = list(_parts(page.plan) if isinstance(page, PlanPage) else _errors(page))
    drawn = _chosen(parts)
    places = {part.key: place for place, part in enumerate(drawn)}
    boxes = [part.box for part in drawn] or [Box("rest", (_NOTHING,))]
    if len(drawn) < len(parts):
        boxes.append(_rest(parts, places))
    # What is not drawn is in the last box, and so are the arrows from and to it.
    last = len(drawn)
    known = {part.key for part in parts}
    arrows = {
        (places.get(other, last), places.get(part.key, last))
        for part in parts
        for other in part.waits_for
        if other in known
    }
    return Picture(tuple(boxes), tuple(sorted((a, b) for a, b in arrows if a != b)))


def _chosen(parts: list[_Part]) -> list[_Part]:
    """Those that are drawn, in the order of the plan."""
    if len(parts) <= MOST:
        return parts
    tied = {key for part in parts for other in part.waits_for for key in (part.key, other)}
    first = sorted(range(len(parts)), key=lambda at: (_is_plain(parts[at], tied), at))
    return [parts[at] for at in sorted(first[: MOST - 1])]


def _is_plain(part: _Part, tied: set[str]) -> bool:
    """A step with which nothing hangs together."""
    return part.box.kind == "step" and part.key not in tied


def _rest(parts: list[_Part], places: dict[str, int]) -> Box:
    counts = Counter(part.word for part in parts if part.key not in places)
    told = [f"{number} {word}" for word, number in counts.items()]
    return Box("rest", (f"and {counts.total()} more:", *told))


def _parts(plan: Plan) -> Iterator[_Part]:
    """Everything that the plan tells of, in its order. Keys of one kind cannot be those of another."""
    for step in plan.steps:
        waits_for = tuple(f"step {one}" for one in step.depends_on)
        yield _Part(f"step {step.id}", f"to {step.action}", _step(plan, step), waits_for)
    for manual in plan.manual:
        box = _box("manual", f"manual: {manual.address}", f"by {manual.who}")
        yield _Part(f"manual {manual.id}", "manual", box)
    for number, blocked in enumerate(plan.blocked):
        box = _box("blocked", f"blocked: {blocked.address}", blocked.change)
        waits_for = tuple(f"manual {one}" for one in blocked.waits_for)
        yield _Part(f"blocked {number}", "blocked", box, waits_for)
    rules: dict[str, dict[str, None]] = {}
    for refusal in plan.refusals:
        rules.setdefault(refusal.address, {})[refusal.rule] = None
    for address, names in rules.items():
        yield _Part(f"refused {address}", "refused", _box("refused", f"refused: {address}", ", ".join(names)))
    hidden: dict[str, dict[str, None]] = {}
    for entry in plan.unreadable:
        hidden.setdefault(entry.address, {})[entry.attribute] = None
    for address, names in hidden.items():
        box = _box("unreadable", f"unreadable: {address}", ", ".join(names))
        yield _Part(f"unreadable {address}", "unreadable", box)


def _errors(page: DiagnosticsPage) -> Iterator[_Part]:
    for number, one in enumerate(page.diagnostics):
        box = _box("refused", f"{one.severity}: {one.code}", one.summary)
        yield _Part(f"{one.severity} {number}", one.severity, box)


def _step(plan: Plan, step: Step) -> Box:
    """What it does to which address, what it sets, and who, where that is not who carries out the plan."""
    sets = ", ".join(value for name, value in step.after.items() if name != "mark")
    sets = sets or ("its mark" if step.action == "update" else "")
    who = "" if step.as_ == plan.actor else f"as {step.as_}"
    return _box("step", f"{step.action} {step.address}", sets, who)


def _box(kind: Kind, *lines: str) -> Box:
    return Box(kind, tuple(_cut(safe(line)) for line in lines if line))


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
