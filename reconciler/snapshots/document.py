"""A snapshot as JSON: the value where it is known, null where there is none, ``{"unreadable": reason}``.

Holds what a plan asks for: no data objects, and no rights of users who are not at hand. Never a token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

from reconciler.model.actual import Destroyed, Level, Membership, Profile, Project, Scope, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.knowledge import ABSENT, Absent, Unreadable
from reconciler.model.moment import rfc3339
from reconciler.model.plan import Tool

FORMAT_VERSION = "1.0"
KIND: Literal["snapshot"] = "snapshot"

T = TypeVar("T")


class Hidden(Struct, frozen=True, forbid_unknown_fields=True):
    """It could not be read, and why."""

    unreadable: str


Role: TypeAlias = Literal["ADMIN", "MEMBER"]


class ProfileRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """``memberships``: identity → (level, may do billable activities)."""

    id: str
    exists: bool | Hidden
    default_region: str | Hidden | None
    permitted_regions: tuple[str, ...] | Hidden
    restrict_transfer: Role | Hidden | None
    memberships: dict[str, tuple[Role, bool] | Hidden | None]
    read_by: str


class ProjectRecord(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    id: str
    name: str | Hidden
    region: str | Hidden
    bill_to: str | Hidden
    level: Level
    mark: str | Hidden | None
    pending_transfer: str | Hidden | None
    created: int
    read_by: str


class Origin(Struct, frozen=True, forbid_unknown_fields=True):
    """``type`` and ``written``, the endpoint, as they stand in ``[provider]``; ``endpoint`` names the
    platform in plans, ``address`` is the URL that was talked to."""

    type: str
    written: str | None
    endpoint: str
    address: str


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """``missing``: project → null where it is destroyed; ``levels``: (user, project, level). Times are ms
    since the epoch but ``created_at``, the time of reading in RFC 3339."""

    format_version: str
    kind: Literal["snapshot"]
    digest: str
    created_at: str
    tool: Tool
    workspace: str
    provider: Origin
    identity: str
    identities: tuple[str, ...]
    logins: dict[str, str]
    scope: Scope
    profiles: tuple[ProfileRecord, ...]
    projects: tuple[ProjectRecord, ...]
    missing: dict[str, Hidden | None]
    levels: tuple[tuple[str, str, Level | Hidden], ...]
    offers: dict[str, tuple[str, ...] | Hidden]
    partial: tuple[str, ...]
    read_at: int
    provider_time: int
    calls: int
    seconds: float
    baseline: Baseline


def document_of(
    workspace: Workspace,
    read: tuple[Scope, Snapshot],
    baseline: Baseline,
    logins: Mapping[str, str],
    *,
    endpoint: str,
    address: str,
    version: str,
) -> Document:
    """What was read, for the workspace; the digest is still to come."""
    scope, found = read
    origin = Origin(workspace.provider.type, workspace.provider.endpoint, endpoint, address)
    return Document(
        FORMAT_VERSION,
        KIND,
        "",
        rfc3339(found.read_at),
        Tool("reconciler", version),
        workspace.name,
        origin,
        found.identity,
        found.identities,
        dict(logins),
        scope,
        tuple(_profile(profile) for _, profile in sorted(found.profiles.items())),
        tuple(_project(project) for project in found.projects.values()),
        {
            one: Hidden(why.reason) if isinstance(why, Unreadable) else None
            for one, why in found.missing.items()
        },
        tuple((user, one, _told(level)) for (user, one), level in sorted(found.levels.items())),
        {user: _told(_listed(offered)) for user, offered in found.offers.items()},
        tuple(sorted(found.partial)),
        found.read_at,
        found.provider_time,
        found.calls,
        found.seconds,
        baseline,
    )


def snapshot_of(document: Document) -> Snapshot:
    """What was read, again."""
    return Snapshot(
        identity=document.identity,
        identities=document.identities,
        profiles={one.id: _profile_again(one) for one in document.profiles},
        projects={one.id: _project_again(one) for one in document.projects},
        missing={one: Destroyed() if why is None else _known(why) for one, why in document.missing.items()},
        levels={(user, one): _known(level) for user, one, level in document.levels},
        partial=frozenset(document.partial),
        read_at=document.read_at,
        provider_time=document.provider_time,
        calls=document.calls,
        seconds=document.seconds,
        offers={user: _set(_known(offered)) for user, offered in document.offers.items()},
    )


def _profile(one: Profile) -> ProfileRecord:
    return ProfileRecord(
        one.id,
        _told(one.exists),
        _maybe(one.default_region),
        _told(_listed(one.permitted_regions)),
        _maybe(one.restrict_transfer),
        {
            user: (member.level, member.billable) if isinstance(member, Membership) else _maybe(member)
            for user, member in one.memberships.items()
        },
        one.read_by,
    )


def _profile_again(one: ProfileRecord) -> Profile:
    return Profile(
        one.id,
        _known(one.exists),
        _maybe_again(one.default_region),
        _set(_known(one.permitted_regions)),
        _maybe_again(one.restrict_transfer),
        {
            user: Membership(*member) if isinstance(member, tuple) else _maybe_again(member)
            for user, member in one.memberships.items()
        },
        one.read_by,
    )


def _project(one: Project) -> ProjectRecord:
    return ProjectRecord(
        one.id,
        _told(one.name),
        _told(one.region),
        _told(one.bill_to),
        one.level,
        _maybe(one.mark),
        _maybe(one.pending_transfer),
        one.created,
        one.read_by,
    )


def _project_again(one: ProjectRecord) -> Project:
    return Project(
        one.id,
        _known(one.name),
        _known(one.region),
        _known(one.bill_to),
        one.level,
        _maybe_again(one.mark),
        _maybe_again(one.pending_transfer),
        one.created,
        one.read_by,
    )


def _listed(values: frozenset[str] | Unreadable) -> tuple[str, ...] | Unreadable:
    return values if isinstance(values, Unreadable) else tuple(sorted(values))


def _set(values: tuple[str, ...] | Unreadable) -> frozenset[str] | Unreadable:
    return values if isinstance(values, Unreadable) else frozenset(values)


def _told(value: T | Unreadable) -> T | Hidden:
    return Hidden(value.reason) if isinstance(value, Unreadable) else value


def _known(value: T | Hidden) -> T | Unreadable:
    return Unreadable(value.unreadable) if isinstance(value, Hidden) else value


def _maybe(value: T | Absent | Unreadable) -> T | Hidden | None:
    return None if isinstance(value, Absent) else _told(value)


def _maybe_again(value: T | Hidden | None) -> T | Absent | Unreadable:
    return ABSENT if value is None else _known(value)
