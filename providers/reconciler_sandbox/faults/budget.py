"""Which fault strikes a call: each counts the calls that it fits, and knows how often it has struck."""

from __future__ import annotations

import random
from collections.abc import Iterable
from fnmatch import fnmatchcase

from .record import Fault

UNREAD = object()
"""The input of a call whose body has not been read: fits no ``match``."""


class Budget:
    """The counters of a list of faults; ``seed`` makes what is left to chance the same in every run."""

    def __init__(self, faults: Iterable[Fault], seed: int) -> None:
        self._rules = [_Rule(fault, random.Random(f"{seed}/{index}")) for index, fault in enumerate(faults)]

    def __bool__(self) -> bool:
        return bool(self._rules)

    def struck(self, path: str, user: str | None, given: object) -> Fault | None:
        """The first of the list that strikes this call; all that fit it count it."""
        winner = None
        for rule in self._rules:
            if rule.fits(path, user, given):
                rule.seen += 1
                if winner is None and rule.strikes():
                    winner = rule.fault
        return winner

    def unread(self, path: str, user: str | None) -> Fault | None:
        """The fault that ends the connection before the body of this call is read, if that is the one
        which strikes; else nothing is counted yet."""
        for rule in self._rules:
            if rule.addressed(path, user) and rule.ready(rule.seen + 1):
                return self.struck(path, user, UNREAD) if rule.blind else None
        return None

    def told(self) -> list[tuple[Fault, int, int, int | None]]:
        """Of each: how many calls it fitted, how many it struck, how many it still can (None: no limit)."""
        return [(rule.fault, rule.seen, rule.struck, rule.left) for rule in self._rules]


class _Rule:
    def __init__(self, fault: Fault, chance: random.Random) -> None:
        self.fault = fault
        self.seen = 0
        self.struck = 0
        self._chance = chance

    @property
    def left(self) -> int | None:
        limit = self.fault.limit
        return None if limit is None else limit - self.struck

    @property
    def blind(self) -> bool:
        """Can it strike before anything but the headers is known?"""
        fault = self.fault
        ends = fault.effect in ("close", "reset") and fault.when == "before"
        return ends and not fault.match and fault.probability == 1

    def addressed(self, path: str, user: str | None) -> bool:
        fault = self.fault
        return fnmatchcase(path, fault.route) and fault.caller in (None, user)

    def fits(self, path: str, user: str | None, given: object) -> bool:
        return self.addressed(path, user) and (not self.fault.match or _fits(self.fault.match, given))

    def ready(self, number: int) -> bool:
        """Could it strike the call of this number?"""
        return number >= self.fault.nth and self.left != 0

    def strikes(self) -> bool:
        """Does it strike the call that was counted last?"""
        certain = self.fault.probability == 1
        if not self.ready(self.seen) or not (certain or self._chance.random() < self.fault.probability):
            return False
        self.struck += 1
        return True


def _fits(pattern: object, value: object) -> bool:
    """Texts are globs, of a list one entry is enough, of a mapping the keys that the pattern names."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _fits(wanted, value[key]) for key, wanted in pattern.items()
        )
    if isinstance(value, list) and not isinstance(pattern, list):
        return any(_fits(pattern, entry) for entry in value)
    if isinstance(pattern, str):
        return isinstance(value, str) and fnmatchcase(value, pattern)
    # True is no number here.
    return pattern == value and isinstance(pattern, bool) == isinstance(value, bool)
