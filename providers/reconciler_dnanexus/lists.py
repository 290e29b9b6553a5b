"""Lists of projects and of members, page by page. One call brings up to 1000; there is none per project.

Whatever a filter is said to do, what comes back is checked against what was asked for: the platform
ignores input keys that it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from msgspec import UNSET, Struct

from reconciler.model.actual import Project
from reconciler.model.knowledge import Unreadable
from reconciler.provider import ProviderError
from reconciler_dnanexus import routes, wire
from reconciler_dnanexus.failures import INVALID_AUTHENTICATION, INVALID_INPUT, PlatformError
from reconciler_dnanexus.session import Session

PAGE_SIZE = 1000
IDS_PER_CALL = 1000
MARKS_PER_CALL = 100

T = TypeVar("T")
Query = dict[str, object]

_FIELDS = ("id", "name", "region", "billTo", "created", "level", "pendingTransfer", "properties")


class Fields(Struct, frozen=True):
    """What is asked of each project. ``defaults``: all default fields and what has to be named beside them,
    for a platform that takes no name of a field that this caller may not see."""

    named: Query
    defaults: Query


def asking(*more: str) -> Fields:
    """What is asked of every project, and these fields."""
    named = dict.fromkeys((*_FIELDS, *more), True)
    return Fields({"fields": named}, dict.fromkeys(("properties", *(set(more) & _NOT_DEFAULT)), True))


_NOT_DEFAULT = {"permissions"}
PLAIN = asking()
SHARES = ("permissions",)
"""With whom a project is shared."""
HISTORY = ("modified", "createdBy")
"""When it was last changed, and who made it."""


def billed_to_org(
    session: Session, user: str, org: str, query: Query, fields: Fields = PLAIN
) -> Iterator[list[Project]]:
    """Every project billed to the org, shared with ``user`` or not. Only for its ADMINs. Pages."""
    for page in _projects(session, routes.org_projects(org), query, fields):
        yield [p for p in wire.projects(page, user, org) if p.bill_to == org]


def billed_to(
    session: Session, user: str, payer: str, query: Query, fields: Fields = PLAIN
) -> Iterator[list[Project]]:
    """The projects billed to the payer that ``user`` can see. Pages."""
    asked = {**query, "billTo": payer, "level": "VIEW"}
    for page in _projects(session, routes.FIND_PROJECTS, asked, fields):
        yield [p for p in wire.projects(page, user, None) if p.bill_to == payer]


def by_id(session: Session, user: str, ids: Sequence[str], fields: Fields = PLAIN) -> Iterator[Project]:
    """Those of ``ids`` that ``user`` can see."""
    for chunk in _chunks(ids, IDS_PER_CALL):
        wanted = set(chunk)
        asked: Query = {"id": chunk, "level": "VIEW"}
        for page in _projects(session, routes.FIND_PROJECTS, asked, fields):
            yield from (p for p in wire.projects(page, user, None) if p.id in wanted)


def by_mark(session: Session, user: str, marks: Sequence[str], fields: Fields = PLAIN) -> Iterator[Project]:
    """The projects that hold one of ``marks``, over everything that ``user`` can see."""
    for chunk in _chunks(marks, MARKS_PER_CALL):
        wanted = set(chunk)
        asked: Query = {"properties": {"$or": [{wire.MARK: mark} for mark in chunk]}, "level": "VIEW"}
        for page in _projects(session, routes.FIND_PROJECTS, asked, fields):
            yield from (p for p in wire.projects(page, user, None) if p.mark in wanted)


def described(session: Session, user: str, project_id: str, fields: Fields = PLAIN) -> Project:
    """One project. Raises PlatformError where there is none, or ``user`` may not see it."""
    route = routes.describe(project_id)
    try:
        told = session.read(route, fields.named, wire.DESCRIPTION)
    except PlatformError as error:
        if error.type != INVALID_INPUT:
            raise
        told = session.read(route, fields.defaults, wire.DESCRIPTION)
    return wire.project(project_id, told.level, told, user)


def offered_to(session: Session, user: str) -> frozenset[str] | Unreadable:
    """Ids of all projects offered to ``user``, whose session it is; no list of projects shows them. Raises
    PlatformError where the session's token is not accepted."""
    try:
        told = session.read(routes.describe(user), {"pendingTransfers": True}, wire.OFFERS)
    except PlatformError as error:
        if error.type == INVALID_AUTHENTICATION:
            raise
        return Unreadable(f"{user}'s offers could not be read: {error.message}")
    offers = told.pending_transfers
    if offers is UNSET:
        return Unreadable(f"only {user} can read it, with a token of full scope")
    return frozenset(offers)


def _projects(session: Session, route: str, query: Query, fields: Fields) -> Iterator[list[wire.Listed]]:
    instead: Query = {"describe": fields.defaults}
    return pages(session, route, {**query, "describe": fields.named}, wire.PAGE, instead)


def pages(
    session: Session,
    route: str,
    query: Query,
    decoder: msgspec.json.Decoder[wire.Page[T]],
    instead: Query | None = None,
) -> Iterator[list[T]]:
    """All pages of a list. ``instead``: what to ask where the platform takes the query for wrong input.
    Raises PlatformError, and ProviderError for a list that never ends."""
    asked: Query = {**query, "limit": PAGE_SIZE}
    seen: set[bytes] = set()
    while True:
        try:
            page = session.read(route, asked, decoder)
        except PlatformError as error:
            if error.type != INVALID_INPUT or instead is None:
                raise
            asked, instead = {**asked, **instead}, None
            continue
        yield page.results
        following = bytes(page.next)
        if following == b"null":
            return
        if following in seen:
            raise ProviderError(f"{route} goes round in circles: it gave the same next page twice")
        seen.add(following)
        asked["starting"] = msgspec.Raw(following)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    whole = list(items)
    for start in range(0, len(whole), size):
        yield whole[start : start + size]
