"""What makes a string a region that may be written. Shared by the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.config.issue import Issue, Path, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Region

FORM = re.compile(r"[a-z][a-z0-9]*:[a-z0-9-]+")
"""What a region is written like: cloud:geo."""


def malformed(code: str, spot: Spot, regions: Mapping[str, Region]) -> Issue | None:
    """REG001: not of the form cloud:geo."""
    if FORM.fullmatch(code):
        return None
    return Issue(
        "REG001",
        f'"{code}" is not a region',
        spot,
        "A region is cloud:geo in lower case, like aws:eu-central-1.",
        closest(code, regions),
    )


def unknown(code: str, path: Path, regions: Mapping[str, Region]) -> Iterator[Issue]:
    """REG001 or REG002 for a code that is written at ``path``; nothing for a known one."""
    if code in regions:
        return
    wrong = malformed(code, Spot(path), regions)
    if wrong is not None:
        yield wrong
        return
    yield Issue(
        "REG002",
        f'unknown region "{code}"',
        Spot(path),
        f'reconciler regions lists the known ones; another one is added with [regions."{code}"].',
        closest(code, regions),
        rests_on=(("regions", code),),
    )


def retired(code: str, path: Path, regions: Mapping[str, Region]) -> Iterator[Issue]:
    """A warning where something new would be placed in a region that is retired."""
    region = regions.get(code)
    if region is not None and region.retired:
        yield Issue(
            "retired-region",
            f"{code} is retired: the platform may refuse new projects there",
            Spot(path),
            "Choose another region for new projects; those that are there already may stay.",
            severity="warning",
        )
