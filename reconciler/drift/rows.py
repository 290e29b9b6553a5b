"""The estate as rows, one a project: where it is, whose it is, and the worst that is said of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from reconciler.model.actual import Project
from reconciler.model.desired import Address
from reconciler.model.knowledge import Unreadable
from reconciler.model.moment import rfc3339
from reconciler.model.report import WORST_FIRST, DriftItem, DriftVerdict, EstateRow
from reconciler.rules.estate import Standing
from reconciler.rules.policies import Violated

T = TypeVar("T")

_RANK = {verdict: rank for rank, verdict in enumerate(WORST_FIRST)}


def rows(
    projects: Iterable[Project],
    addresses: Mapping[str, Address],
    items: Iterable[DriftItem],
    standing: Iterable[Standing],
) -> Iterator[EstateRow]:
    """A row for each of ``projects``, in their order; ``items`` are all that drift says."""
    worst: dict[str, DriftVerdict] = {}
    for item in items:
        if item.id is not None:
            worst[item.id] = min(worst.get(item.id, item.verdict), item.verdict, key=_RANK.__getitem__)
    violated: defaultdict[str, list[Standing]] = defaultdict(list)
    for one in standing:
        if isinstance(one.found, Violated):
            violated[one.project.id].append(one)
    for project in projects:
        address = addresses.get(project.id)
        found = violated.get(project.id, [])
        yield EstateRow(
            id=project.id,
            name=_readable(project.name),
            region=_readable(project.region),
            bill_to=_readable(project.bill_to),
            level=project.level,
            created_at=rfc3339(project.created),
            created_by=project.created_by,
            address=address,
            mark=project.mark if isinstance(project.mark, str) else None,
            verdict=worst.get(project.id, "unmanaged" if address is None else "in_sync"),
            policies=tuple(one.policy for one in found),
            waiver=next(filter(None, map(_ticket, found)), None),
        )


def _ticket(one: Standing) -> str | None:
    waiver = one.found.waiver if isinstance(one.found, Violated) else None
    return None if waiver is None else waiver.ticket


def _readable(value: T | Unreadable) -> T | None:
    return None if isinstance(value, Unreadable) else value
