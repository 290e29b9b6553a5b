"""How near two regions are in law: the first thing by which ways out are ranked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from reconciler.planner.judge import Judge

Distance: TypeAlias = tuple[bool, bool, bool, bool]
"""Another region, no region group in common, another part of the world, another cloud: the nearest first."""

HERE: Distance = (False, False, False, False)


def distance(judge: Judge, wanted: str, region: str) -> Distance:
    """From the region that is wanted to another; where none is wanted, all are alike."""
    if wanted in ("", region):
        return HERE
    groups = (group for group in judge.workspace.region_groups.values() if wanted in group)
    together = any(region in group for group in groups)
    (cloud, _, geo), (its_cloud, _, its_geo) = wanted.partition(":"), region.partition(":")
    return True, not together, its_geo[:2] != geo[:2], its_cloud != cloud


def nearest(judge: Judge, wanted: str, regions: Iterable[str]) -> list[str]:
    """The regions, the nearest first."""
    return sorted(regions, key=lambda region: (distance(judge, wanted, region), region))
