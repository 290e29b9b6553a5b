"""The laws of the platform as rules: one file a family, documentation beside the code.

A new rule is one class in one of these files, named in ``_FAMILIES`` if the file is new. Nothing
here is shared with the embedded platform's laws: the two are written twice, to check each other.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from reconciler.rules.rule import OfflineRule, Rule

__all__ = ["Rule", "catalogue", "find"]

_FAMILIES = (
    "regions",
    "placement",
    "billing",
    "payers",
    "data",
    "executables",
    "rights",
    "residency",
    "guards",
    "ownership",
)


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by id."""
    found: dict[str, Rule] = {}
    for family in _FAMILIES:
        for item in vars(import_module(f"{__name__}.{family}")).values():
            if isinstance(item, type) and issubclass(item, Rule) and item not in (Rule, OfflineRule):
                found[item.id] = item()
    return tuple(found[rule_id] for rule_id in sorted(found))


def find(rule_id: str) -> Rule | None:
    """The rule of that id, in either case; None if there is none."""
    return next((rule for rule in catalogue() if rule.id == rule_id.upper()), None)
