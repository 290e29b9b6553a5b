"""``[[policies]]`` and ``[[waivers]]``: ids, regions, and what a waiver refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.config.checks.region_tables import members_of
from reconciler.config.checks.regioncodes import unknown
from reconciler.config.issue import Issue, Spot
from reconciler.config.suggest import closest
from reconciler.model.desired import Document, Region


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
        if not policy.regions:
            yield Issue(
                "no-regions",
                f'policy "{policy.id}" allows no region at all',
                Spot((*here, "regions")),
                'List the regions or groups that are allowed: regions = ["@eu"].',
                rests_on=((*here, "regions"),),
            )
        yield from members_of(policy.regions, (*here, "regions"), document.region_groups, regions)
        if policy.match.region is not None:
            yield from unknown(policy.match.region, (*here, "match", "region"), regions)
    yield from _waivers(document, regions, ids)


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
