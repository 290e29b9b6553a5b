"""``[[policies]]`` and ``[[waivers]]``: ids, regions, what a waiver refers to, and what no project could
ever keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from reconciler.config.checks.region_tables import expanded, members_of
from reconciler.config.checks.regioncodes import unknown
from reconciler.config.issue import Issue, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, Match, Policy, Region


def check(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    ids: dict[str, int] = {}
    for index, policy in enumerate(document.policies):
        here = ("policies", index)
        first = ids.setdefault(policy.id, index)
        if first != index:
            yield Issue(
                "duplicate-id",
                f'policy "{policy.id}" is also defined',
                Spot((*here, "id")),
                "Waivers and findings name a policy by its id.",
                also=Spot(("policies", first, "id")),
            )
        if not any(codes is None or codes for codes in _parts(policy, document)):
            yield Issue(
                "no-regions",
                f'policy "{policy.id}" allows no region at all',
                Spot((*here, "regions")),
                'List the regions or groups that are allowed: regions = ["@eu"].',
                rests_on=((*here, "regions"), ("region_groups",)),
            )
        yield from members_of(policy.regions, (*here, "regions"), document.region_groups, regions)
        if policy.match.region is not None:
            yield from unknown(policy.match.region, (*here, "match", "region"), regions)
    yield from _waivers(document, regions, ids)
    yield from _contradictions(document, regions)


def _waivers(document: Document, regions: Mapping[str, Region], ids: Mapping[str, int]) -> Iterator[Issue]:
    for index, waiver in enumerate(document.waivers):
        here = ("waivers", index)
        if waiver.policy not in ids:
            yield Issue(
                "unknown-policy",
                f'there is no policy "{waiver.policy}" to waive',
                Spot((*here, "policy")),
                f"Policies: {', '.join(ids) or 'none'}.",
                closest(waiver.policy, ids),
                rests_on=(("policies",),),
            )
        if waiver.match.id is None and waiver.match.name is None:
            yield Issue(
                "wide-waiver",
                "a waiver's match needs at least id or name",
                Spot((*here, "match")),
                "A waiver is for projects that somebody has looked at, not for all of a payer.",
                rests_on=((*here, "match", "id"), (*here, "match", "name")),
            )
        if waiver.match.region is not None:
            yield from unknown(waiver.match.region, (*here, "match", "region"), regions)


def _parts(policy: Policy, document: Document) -> Iterator[tuple[str, ...] | None]:
    """The codes of each of its regions and groups; None for a group that is not known."""
    groups = document.region_groups
    for member in policy.regions:
        if not member.startswith("@"):
            yield (member,)
        else:
            yield expanded(member[1:], groups) if member[1:] in groups else None


def _contradictions(document: Document, regions: Mapping[str, Region]) -> Iterator[Issue]:
    """Two policies of which one speaks of every project that the other speaks of, without a region that
    both allow: whatever is done, one of them is violated."""
    sets = [_left(policy, document, regions) for policy in document.policies]
    for later, policy in enumerate(document.policies):
        for earlier, other in enumerate(document.policies[:later]):
            ours, theirs = sets[later], sets[earlier]
            if not ours or not theirs or ours & theirs or policy.id == other.id:
                continue
            if _within(policy.match, other.match) or _within(other.match, policy.match):
                yield Issue(
                    "contradiction",
                    f'no region keeps both policy "{policy.id}" and policy "{other.id}", which is written',
                    Spot(("policies", later, "regions")),
                    f"Both speak of the same projects. {policy.id} allows {', '.join(policy.regions)}; "
                    f"{other.id} allows {', '.join(other.regions)}.",
                    also=Spot(("policies", earlier, "regions")),
                    rests_on=(("policies", later), ("policies", earlier), ("region_groups",)),
                )


def _left(policy: Policy, document: Document, regions: Mapping[str, Region]) -> frozenset[str]:
    """The regions in which a project that is meant keeps the policy; none where that cannot be told. A
    policy that speaks of one region alone leaves all others open."""
    parts = list(_parts(policy, document))
    allowed = {code for codes in parts for code in codes or ()}
    spoken_of = policy.match.region
    if spoken_of is not None:
        return frozenset(code for code in regions if code != spoken_of or code in allowed)
    return frozenset() if None in parts else frozenset(allowed)


def _within(inner: Match, outer: Match) -> bool:
    """Does the outer match certainly mean whatever the inner one means, wherever it is?"""
    same = all(getattr(outer, key) in (None, getattr(inner, key)) for key in ("id", "bill_to"))
    return same and (outer.name in (None, "*", inner.name) or _is_one_of(inner.name, outer.name))


def _is_one_of(name: str | None, glob: str | None) -> bool:
    """Is the name written without wildcards, and one that the glob means?"""
    if name is None or glob is None or any(sign in name for sign in "*?["):
        return False
    return fnmatchcase(name, glob)
