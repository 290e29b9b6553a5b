"""The estate under the residency policies: what violates one, what will once its waiver ends, and what
cannot be told of either. Must not know what is managed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.desired import Address, Waiver, Workspace
from reconciler.model.report import DriftItem, DriftVerdict
from reconciler.rules.estate import Estate, Standing
from reconciler.rules.policies import SOON, Hidden, Policies, Violated


def of_policies(
    workspace: Workspace,
    estate: Estate,
    policies: Policies,
    standing: tuple[Standing, ...],
    addresses: Mapping[str, Address],
) -> Iterator[DriftItem]:
    """``standing``: what ``estate`` says of each project; ``addresses``: project id → address, of what is
    managed."""
    allowed = {policy.id: ", ".join(policy.regions) for policy in workspace.policies}
    for one in standing:
        project, found = one.project, one.found
        if isinstance(found, Hidden):
            attribute = f"{project.id}.{found.attribute}"
            yield _untold(one.policy, attribute, found.reason, project.id)
            continue
        told = _violation(found, policies)
        if told is not None:
            verdict, why = told
            region = str(project.region)
            message = f"{one.policy}: {region} is not in {allowed[one.policy]} ({why})"
            address = addresses.get(project.id)
            yield DriftItem(address, project.id, one.policy, "region", verdict, None, None, region, message)
    for unlisted in estate.unlisted(policies):
        yield _untold(unlisted.policy, f"{unlisted.payer}.estate", unlisted.reason)


def _untold(policy: str, attribute: str, reason: str, project: str | None = None) -> DriftItem:
    address = f"policies.{policy}"
    return DriftItem(address, project, policy, attribute, "unreadable", None, None, None, reason)


def _violation(found: Violated, policies: Policies) -> tuple[DriftVerdict, str] | None:
    """The verdict and why; None for what a waiver excuses for a good while yet."""
    waiver = found.waiver
    if waiver is not None:
        if policies.days_left(waiver) > SOON:
            return None
        return "waiver_expiring", f"{_named(waiver)}, excuses it until {waiver.expires}"
    if found.expired:
        ended = (f"{_named(waiver)}, expired on {waiver.expires}" for waiver in found.expired)
        return "waiver_expired", "; ".join(ended)
    return "violation", "no waiver"


def _named(waiver: Waiver) -> str:
    return f"waiver {waiver.ticket}, approved by {waiver.approved_by}"
