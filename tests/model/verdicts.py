"""A plan document → one verdict a resource, as the document's own words define it."""

from __future__ import annotations

from typing import Literal

from reconciler.model.desired import Workspace
from reconciler.model.plan import Plan

Verdict = Literal["refused", "cannot_tell", "blocked", "manual", "steps", "none"]
VERDICTS: tuple[Verdict, ...] = ("refused", "cannot_tell", "blocked", "manual", "steps", "none")
"""The heaviest first; "none": nothing is to be done."""

BY_POLICY = frozenset(("REG203", "REG301", "REG302", "REG303", "REG304"))
"""Rules of the tool and its user, not of the platform: offers of others are respected, residency is
policed, nobody's project is taken, nothing that was destroyed is made anew. The platform would let it."""


def verdicts(plan: Plan, workspace: Workspace) -> dict[str, Verdict]:
    """By address, of every resource of the TOML."""
    addresses = [f"projects.{key}" for key in workspace.projects]
    addresses += [f"orgs.{key}" for key in workspace.orgs] + [f"users.{key}" for key in workspace.users]
    found: dict[str, Verdict] = dict.fromkeys(addresses, "none")
    named: tuple[tuple[Verdict, set[str]], ...] = (
        ("steps", {step.address for step in plan.steps}),
        ("manual", {step.address for step in plan.manual}),
        ("blocked", {one.address for one in plan.blocked}),
        # That an estate is not wholly listed is told as well, as a warning: it holds nothing back.
        ("cannot_tell", {one.address for one in plan.unreadable if not one.attribute.endswith("estate")}),
        ("refused", {one.address for one in plan.refusals}),
    )
    for verdict, those in named:
        for address in those & found.keys():
            found[address] = verdict
    return found


def heaviest(found: dict[str, Verdict]) -> Verdict:
    return min(found.values(), key=VERDICTS.index, default="none")


def rules_against(plan: Plan, address: str) -> frozenset[str]:
    return frozenset(refusal.rule for refusal in plan.refusals if refusal.address == address)
