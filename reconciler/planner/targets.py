"""A plan for some addresses only: which others they depend on, and what is told of those alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from reconciler.diff.changes import Adopt, Remark
from reconciler.diff.managed import Compared, profile_address
from reconciler.model.desired import Address
from reconciler.model.diagnostics import Diagnostic
from reconciler.planner.estate import Report
from reconciler.planner.judge import Judge, Judgement
from reconciler.planner.operations import operations
from reconciler.planner.steps import bearers, needs
from reconciler.rules.words import listed

MOST = 10
"""Addresses named in one line."""


def covered(
    judge: Judge, judgements: Sequence[Judgement], targets: Collection[Address]
) -> frozenset[Address]:
    """The targets and all that they depend on: the payer on whose grant one is blocked, and the
    addresses whose steps have to come before theirs, or would have to if they could be sent."""
    depends_on = _dependencies(judge, judgements)
    found: set[Address] = set()
    open_ = list(targets)
    while open_:
        address = open_.pop()
        if address not in found:
            found.add(address)
            open_.extend(depends_on[address])
    return frozenset(found)


def _dependencies(judge: Judge, judgements: Sequence[Judgement]) -> defaultdict[Address, set[Address]]:
    found: defaultdict[Address, set[Address]] = defaultdict(set)
    flat = [operation for judgement in judgements for operation in operations(judgement)]
    for index, others in needs(flat).items():
        found[flat[index].address].update(flat[other].address for other in others)
    for judgement in judgements:
        payers = (finding.waits_for for finding in judgement.findings)
        marked = (change for change in judgement.changes if isinstance(change, Adopt | Remark))
        found[judgement.address].update(profile_address(payer) for payer in payers if payer is not None)
        found[judgement.address].update(owner for change in marked for _, owner in bearers(judge, change))
    return found


def not_all(targets: Collection[Address], within: Collection[Address]) -> Diagnostic:
    """That the plan does not cover everything."""
    along = listed(frozenset(within) - frozenset(targets))
    taken = (
        ""
        if len(within) == len(set(targets))
        else f" Taken along, for what was asked depends on it: {along}."
    )
    detail = f"Nothing else is planned, applied or recorded.{taken} A plan without --target covers all."
    return Diagnostic("warning", "targeted", f"this plan covers {_some(targets)} only", detail)


def _some(addresses: Collection[Address]) -> str:
    shown = sorted(set(addresses))
    more = f" and {len(shown) - MOST} more" if len(shown) > MOST else ""
    return ", ".join(shown[:MOST]) + more


def narrowed(report: Report, about: Sequence[Compared]) -> Report:
    """Of what the policies say, that of the projects that are covered; warnings are the policies' own."""
    addresses = {one.address for one in about}
    ids = {one.actual.id for one in about if one.actual is not None}
    return Report(
        tuple(one for one in report.violations if one.project in ids | addresses),
        tuple(one for one in report.unreadable if one.attribute.partition(".")[0] in ids),
        report.warnings,
    )
