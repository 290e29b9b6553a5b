"""What was found when one case was held against the laws."""

from __future__ import annotations

from collections import Counter

from model.cases import Case
from model.oracle import Goal, Whose, goal_of
from model.verdicts import Verdict
from msgspec import Struct
from reconciler_sandbox.state import State


class Violation(Struct, frozen=True):
    """``kind`` is the same for all violations of one sort: they are counted by it."""

    property: str
    kind: str
    told: str


class Examined:
    """One case: its plan, and what was found when it was held against the laws."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.verdict: Verdict | str = "none"
        self.steps = False
        self.checked: Counter[str] = Counter()
        self.exempt: Counter[str] = Counter()
        self.violations: list[Violation] = []

    def violated(self, property: str, kind: str, told: object = "") -> None:
        self.violations.append(Violation(property, kind, str(told)))


def goal_in(found: Examined, state: State, address: str) -> Goal | None:
    try:
        return goal_of(found.case.workspace, state, address, found.case.identities)
    except Whose:
        return None
