"""``[regions]`` and ``[region_groups]``; and what a list of regions and groups means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconciler.config.checks.regioncodes import malformed, unknown
from reconciler.config.issue import Issue, Path, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, Region

Groups = Mapping[str, tuple[str, ...]]


def check(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    shipped = {code: region for code, region in regions.items() if code not in document.regions}
    for code in document.regions:
        wrong = malformed(code, Spot(("regions", code), "key"), shipped)
        if wrong is not None:
            yield wrong
    groups = document.region_groups
    for name, members in groups.items():
        yield from members_of(members, ("region_groups", name), groups, regions)
    for name in groups:
        if name in _reached(name, groups):
            yield Issue(
                "group-cycle",
                f'region group "@{name}" contains itself',
                Spot(("region_groups", name)),
                "A group holds regions and other groups, but no way back to itself.",
            )


def members_of(
    members: Sequence[str], path: Path, groups: Groups, regions: Mapping[str, Region]
) -> Iterator[Issue]:
    """What is wrong with a list of region codes and ``@group`` names that is written at ``path``."""
    for index, member in enumerate(members):
        here = (*path, index)
        if not member.startswith("@"):
            yield from unknown(member, here, regions)
        elif member[1:] not in groups:
            near = closest(member[1:], groups)
            known = ", ".join(f"@{name}" for name in sorted(groups)) or "none"
            yield Issue(
                "unknown-group",
                f'unknown region group "{member}"',
                Spot(here),
                f"Groups are defined in [region_groups]; there are: {known}.",
                f"@{near}" if near else None,
                rests_on=(("region_groups", member[1:]),),
            )


def expanded(name: str, groups: Groups) -> tuple[str, ...]:
    """The region codes of a group, those of its groups included, each once, in the order written."""
    reached = dict.fromkeys((name, *_reached(name, groups)))
    codes = (member for group in reached for member in groups.get(group, ()) if not member.startswith("@"))
    return tuple(dict.fromkeys(codes))


def _reached(name: str, groups: Groups) -> dict[str, None]:
    """The groups that are in the group, however deep."""
    reached: dict[str, None] = {}
    open_ = [name]
    while open_:
        for member in groups.get(open_.pop(), ()):
            if member.startswith("@") and member[1:] not in reached:
                reached[member[1:]] = None
                open_.append(member[1:])
    return reached
