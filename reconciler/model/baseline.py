"""The baseline: per attribute, the desired value last applied, which project an address is, and the policies.

Kept by the ledger, compared by plan and drift. Losing it loses history, never identity.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from reconciler.model.desired import Policy

AttributeValue: TypeAlias = str | tuple[str, ...]


class ResourceBaseline(Struct, frozen=True, gc=False):
    """``id`` is the platform's id of the resource; ``attributes`` holds what was last applied."""

    id: str
    attributes: dict[str, AttributeValue]


class Baseline(Struct, frozen=True):
    """All of a workspace. ``forgotten``: address → id of what left the TOML, once an apply recorded it.
    ``policies``: as last applied, their region groups expanded."""

    resources: dict[str, ResourceBaseline] = {}
    forgotten: dict[str, str] = {}
    policies: tuple[Policy, ...] = ()

    def without(self, resource_id: str) -> Baseline:
        """As if nothing had ever been known of that resource, under whatever address."""
        return Baseline(
            {address: one for address, one in self.resources.items() if one.id != resource_id},
            {address: one for address, one in self.forgotten.items() if one != resource_id},
            self.policies,
        )
