"""What an apply leaves in the baseline. Pure.

A resource is recorded as it was read back, never as it was asked for: an attribute that is not
known to be at its target keeps what the baseline held of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.apply.readback import Entity, reached
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Policy


def of_step(
    before: ResourceBaseline | None, targets: Mapping[str, AttributeValue], entity: Entity
) -> ResourceBaseline:
    """The entry of a resource after a step on it was done and ``entity`` read back."""
    kept = before.attributes if before is not None and before.id == entity.id else {}
    return ResourceBaseline(entity.id, {**kept, **reached(targets, entity)})


def merged(
    previous: Baseline,
    recorded: Mapping[str, ResourceBaseline],
    forgotten: Mapping[str, str],
    policies: tuple[Policy, ...] = (),
) -> Baseline:
    """The baseline after an apply: what it ``recorded`` laid over the ``previous`` one, and the
    ``policies`` by which it was judged.

    Addresses in neither argument keep their entries, but for those whose project is now recorded
    under another address (it was moved).
    """
    here = {resource.id: address for address, resource in recorded.items()}
    gone = {address: id_ for address, id_ in forgotten.items() if address not in recorded}
    resources = {
        address: resource
        for address, resource in previous.resources.items()
        if address not in gone and here.get(resource.id, address) == address
    }
    before = {resource.id: resource.attributes for resource in previous.resources.values()}
    for address, resource in recorded.items():
        # What is refused or could not be read this time keeps what was last applied.
        attributes = {**before.get(resource.id, {}), **resource.attributes}
        resources[address] = ResourceBaseline(resource.id, attributes)
    known = {**previous.forgotten, **gone}
    left = {address: id_ for address, id_ in known.items() if address not in resources and id_ not in here}
    return Baseline(resources, left, policies)
