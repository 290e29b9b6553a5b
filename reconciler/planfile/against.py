"""How two plans differ: what only one of them says, and what they say differently.

Numbers of steps and manual steps are positions within one plan, so an entry is known by what it is
about. When a fact was read and on which line a refusal stands is no difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from reconciler.model.plan import Plan
from reconciler.planfile.differences import Difference, Kind, differences

Entry: TypeAlias = dict[str, Any]

_PARTS: dict[str, tuple[str, ...]] = {
    "steps": ("address", "action"),
    "manual": ("address", "who"),
    "blocked": ("address",),
    "refusals": ("address", "rule"),
    "unreadable": ("address", "attribute"),
    "forgotten": ("address",),
    "violations": ("policy", "project"),
    "facts": ("id",),
}
"""Part of a plan → the keys that say what an entry of it is about."""

_PASSING = {"steps": ("id",), "manual": ("id",), "refusals": ("source",), "facts": ("read_at",)}
_REFERENCES = ("depends_on", "waits_for")


class PlanDifference(Struct, frozen=True):
    """An entry of ``part`` that was added, removed or changed. ``entry`` is what it is now (of a removed
    one: was), ``inside`` what changed in it."""

    part: str
    name: str
    kind: Kind
    entry: Any
    inside: tuple[Difference, ...] = ()


def against(plan: Plan, other: Plan) -> tuple[PlanDifference, ...]:
    """What is different in ``plan`` from ``other``, part by part; () where they plan the same."""
    old, new = _content(other), _content(plan)
    found = _compared("plan", {"origin": _origin(other)}, {"origin": _origin(plan)})
    for part in _PARTS:
        found += _compared(part, _named(old, part), _named(new, part))
    return tuple(found)


def _content(plan: Plan) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(plan)
    return content


def _origin(plan: Plan) -> Entry:
    """What was planned, where, as whom and of which files."""
    config = plan.config
    return {
        "workspace": plan.workspace,
        "provider": msgspec.to_builtins(plan.provider),
        "identity": plan.identity,
        "applyable": plan.applyable,
        "targets": list(plan.targets),
        "files": {file.path: file.sha256 for file in config.files},
        "commit": config.git.commit if config.git else None,
    }


def _named(content: dict[str, Any], part: str) -> dict[str, Entry]:
    """The entries of a part by what they are about; the second about the same has a number."""
    labels = dict(_labels(content["steps"], _name_of("steps")))
    labels |= dict(_labels(content["manual"], _name_of("manual")))
    found: dict[str, Entry] = {}
    for entry in content[part]:
        name = base = _name_of(part)(entry)
        number = 1
        while name in found:
            number += 1
            name = f"{base} #{number}"
        found[name] = _lasting(entry, _PASSING.get(part, ()), labels)
    return found


def _labels(entries: Iterable[Entry], name: Callable[[Entry], str]) -> Iterable[tuple[str, str]]:
    return ((entry["id"], name(entry)) for entry in entries)


def _name_of(part: str) -> Callable[[Entry], str]:
    return lambda entry: " ".join(str(entry[key]) for key in _PARTS[part])


def _lasting(entry: Entry, passing: tuple[str, ...], labels: dict[str, str]) -> Entry:
    """The entry without what is of its plan alone; it refers to others by what they are about."""
    kept = {key: value for key, value in entry.items() if key not in passing}
    for key in _REFERENCES:
        if key in kept:
            kept[key] = [labels.get(one, one) for one in kept[key]]
    return kept


def _compared(part: str, old: dict[str, Entry], new: dict[str, Entry]) -> list[PlanDifference]:
    found = [PlanDifference(part, name, "removed", old[name]) for name in old if name not in new]
    for name, entry in new.items():
        if name not in old:
            found.append(PlanDifference(part, name, "added", entry))
        elif inside := differences(old[name], entry):
            found.append(PlanDifference(part, name, "changed", entry, inside))
    return sorted(found, key=lambda one: one.name)
