"""What of the estate the page shows: payers, projects by region, what stands against a law.

Counting goes through the indexes of the state, and every list has an end: a world of 100 000 projects
is no more to show than one of a hundred. Must not know HTML.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Literal, TypeVar

from reconciler_sandbox.laws import payers as paying
from reconciler_sandbox.laws import regions
from reconciler_sandbox.laws.records import App, Org, Payer, Project
from reconciler_sandbox.laws.view import Position
from reconciler_sandbox.state import State

from .query import Query
from .rows import (
    AppRow,
    Cell,
    Estate,
    Listed,
    MatrixRow,
    Offer,
    PayerRow,
    ProjectRow,
    RegionGroup,
    Stranded,
)

PAYERS = 100
ROWS = 100
ROWS_A_REGION = 10
NAMES = 12

T = TypeVar("T")


def estate(state: State, query: Query) -> Estate:
    """``query``: an exact payer and region, a part of a name or id. Whatever names nothing finds nothing."""
    everybody: list[Payer] = [*_by_id(state.orgs), *_by_id(state.users)]
    payers = [payer for payer in everybody if query.payer in ("", payer.id)]
    columns = _columns(state, everybody)
    stranded = [found for payer in payers for found in _stranded(state, payer, columns)]
    chosen = [region for region in columns if query.region in ("", region)]
    groups = [_group(state, region, payers, query) for region in chosen]
    offers = [offer for user in sorted(state.users) for offer in _offers(state, user, query.payer)]
    apps = [_app(state, app) for app in _by_id(state.apps) if query.payer in ("", app.bill_to)]
    return Estate(
        regions=state.regions,
        columns=columns,
        unused=tuple(region for region in state.regions if region not in columns),
        payers=_first([_payer(payer) for payer in payers[:PAYERS]], PAYERS, len(payers)),
        matrix=_first([_matrix_row(state, payer, columns) for payer in payers[:PAYERS]], PAYERS, len(payers)),
        groups=tuple(group for group in groups if group.total),
        stranded=_first(stranded, ROWS),
        lost=sum(found.total for found in stranded),
        defaults=_first([_payer(payer) for payer in payers if not _default_stands(payer)], ROWS),
        offers=_first(offers, ROWS),
        apps=_first(apps, ROWS),
        lost_apps=_first([row for row in apps if not row.stands], ROWS),
        total=len(state.projects),
        payer_count=len(everybody),
    )


def _by_id(records: Mapping[str, T]) -> list[T]:
    return [records[id] for id in sorted(records)]


def _first(rows: Sequence[T], limit: int, total: int | None = None) -> Listed[T]:
    """``total``: how many there are, where ``rows`` is cut already."""
    shown = rows[:limit]
    return Listed(shown, (len(rows) if total is None else total) - len(shown))


def _columns(state: State, payers: Iterable[Payer]) -> tuple[str, ...]:
    """In the order of the catalogue."""
    used: set[str] = set()
    for payer in payers:
        used.update(regions.permitted(payer))
        used.update(region for region in state.regions if state.lying(payer.id, region))
    return tuple(region for region in state.regions if region in used)


def _default_stands(payer: Payer) -> bool:
    return payer.default_region is None or payer.default_region in regions.permitted(payer)


def _payer(payer: Payer) -> PayerRow:
    notes = (
        ("no billing account", not payer.billable),
        ("contract expired", payer.expired),
        ("spending limit reached", payer.spending == "exceeded"),
        ("PHI features", payer.phi),
    )
    org = payer if isinstance(payer, Org) else None
    return PayerRow(
        id=payer.id,
        kind="user" if org is None else "organisation",
        name=_name(payer),
        permitted=regions.permitted(payer),
        default=payer.default_region,
        default_stands=_default_stands(payer),
        members=Listed(()) if org is None else _members(org),
        notes=tuple(note for note, holds in notes if holds),
    )


def _name(payer: Payer) -> str:
    if isinstance(payer, Org):
        return payer.name
    return " ".join(part for part in (payer.first, payer.middle, payer.last) if part)


def _members(org: Org) -> Listed[tuple[str, str]]:
    told = [
        (user, f"{member.level}, may bill" if member.may_bill and member.level != "ADMIN" else member.level)
        for user, member in islice(sorted(org.members.items()), NAMES)
    ]
    return _first(told, NAMES, len(org.members))


def _matrix_row(state: State, payer: Payer, columns: Iterable[str]) -> MatrixRow:
    allowed = regions.permitted(payer)
    cells = tuple(Cell(region, len(state.lying(payer.id, region)), region in allowed) for region in columns)
    return MatrixRow(payer.id, cells, len(state.billed_to(payer.id)))


def _stranded(state: State, payer: Payer, columns: Iterable[str]) -> Iterator[Stranded]:
    for region in columns:
        lying = state.lying(payer.id, region)
        if lying and region not in regions.permitted(payer):
            first = [state.projects[id] for _, id in islice(lying, NAMES)]
            yield Stranded(payer.id, region, _first(first, NAMES, len(lying)), len(lying))


def _group(state: State, region: str, payers: Iterable[Payer], query: Query) -> RegionGroup:
    """The projects of the payers in a region, the first ones in the order of find routes."""
    lists = [state.lying(payer.id, region) for payer in payers]
    limit = ROWS if query.region else ROWS_A_REGION
    if query.name:
        named = _named(state, query.name)
        matching = [position for list in lists for position in list if named(position)]
        first, total = heapq.nsmallest(limit, matching), len(matching)
    else:
        first, total = list(islice(heapq.merge(*lists), limit)), sum(map(len, lists))
    rows = [_project(state, state.projects[id]) for _, id in first]
    return RegionGroup(region, _first(rows, limit, total), total)


def _named(state: State, part: str) -> Callable[[Position], bool]:
    folded = part.casefold()

    def named(position: Position) -> bool:
        id = position[1]
        return folded in state.projects[id].name.casefold() or part in id

    return named


def _project(state: State, project: Project) -> ProjectRow:
    members = list(islice(project.members.items(), NAMES))
    return ProjectRow(
        project=project,
        stranded=project.region not in regions.permitted(paying.payer(state, project.bill_to)),
        members=_first(members, NAMES, len(project.members)),
    )


def _offers(state: State, user: str, payer: str) -> Iterator[Offer]:
    for id in sorted(state.offered_to(user)):
        project = state.projects[id]
        if payer in ("", project.bill_to):
            orgs = (state.orgs[org] for org in sorted(state.orgs_of(user)))
            own: list[Payer] = [state.users[user], *(org for org in orgs if org.members[user].may_bill)]
            fit = tuple(one.id for one in own if project.region in regions.permitted(one))
            yield Offer(project, user, fit)


def _app(state: State, app: App) -> AppRow:
    allowed = regions.permitted(paying.payer(state, app.bill_to))
    kind: Literal["app", "global workflow"] = "app" if app.id.startswith("app-") else "global workflow"
    return AppRow(app, kind, {region: region in allowed for region in app.regions})
