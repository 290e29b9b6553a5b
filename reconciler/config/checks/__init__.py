"""What the records alone cannot say: how the parts of the desired state must fit each other.

Each check takes the merged document and the known regions and yields issues. None knows files,
lines or TOML; none needs facts of the provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.config.checks import identities, moves, payers, policies, projects, region_tables
from reconciler.config.issue import Issue
from reconciler.model.desired import Document, Region

_CHECKS = (
    identities.check,
    region_tables.check,
    payers.check,
    projects.check,
    moves.check,
    policies.check,
)


def check(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    """Everything that does not fit; ``regions`` is the catalogue with ``[regions]`` laid over it."""
    for one in _CHECKS:
        yield from one(document, regions)
