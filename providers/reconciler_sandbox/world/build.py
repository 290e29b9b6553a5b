"""From the tables of a world file to logins, payers and projects. The tables are whole and consistent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from reconciler_sandbox import ids
from reconciler_sandbox.laws.records import FLAGS, Member, Org, Project, User

from . import schema
from .json_values import JsonTable
from .model import Token
from .tables import OrgParts


def milliseconds(moment: datetime) -> int:
    """Since the Unix epoch; a time without an offset is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1000)


class Fresh:
    """Generates the ids that the file leaves out, and counts them."""

    def __init__(self, seed: int, issued: int) -> None:
        self._seed = seed
        self.issued = issued

    def id(self, klass: str) -> str:
        self.issued += 1
        return ids.generated(self._seed, klass, self.issued)


def token(table: schema.TokenTable) -> Token:
    return Token(
        token=table.token,
        user=table.user,
        scope=None if isinstance(table.scope, str) else dict(table.scope.projects),
        expires=None if table.expires is None else milliseconds(table.expires),
        revoked=table.revoked,
    )


def user(id: str, table: schema.UserTable) -> User:
    return User(
        id=id,
        bill_to=table.bill_to or id,
        first=table.first,
        middle=table.middle,
        last=table.last,
        email=table.email,
        permitted_regions=table.permitted_regions,
        default_region=table.default_region,
        pricing=_prices(table.pricing),
        billable=table.billable,
        spending=table.spending,
        installed=table.installed,
    )


def org(id: str, parts: OrgParts) -> Org:
    table = parts.table
    return Org(
        id=id,
        name=table.name if table.name is not None else id.removeprefix("org-"),
        members={user: _member(member) for user, member in parts.members.items()},
        policies={
            "memberListVisibility": table.policies.member_list_visibility,
            "restrictProjectTransfer": table.policies.restrict_project_transfer,
            **(table.other_policies.table if table.other_policies is not None else {}),
        },
        permitted_regions=table.permitted_regions,
        default_region=table.default_region,
        pricing=_prices(table.pricing),
        billable=table.billable,
        expired=table.expired,
        spending=table.spending,
        phi=table.phi,
    )


def _prices(pricing: JsonTable | None) -> dict[str, object] | None:
    return None if pricing is None else pricing.table


def _member(table: schema.MemberTable) -> Member:
    return Member(table.level, table.allow_billable_activities, table.project_access, table.app_access)


def _flags(table: dict[schema.Flag, bool]) -> tuple[str, ...]:
    given: dict[str, bool] = dict(table.items())
    return tuple(name for name in FLAGS if given.get(name))


def _levels(members: Mapping[str, schema.Access]) -> dict[str, str]:
    return dict(members.items())


def _creator(table: schema.ProjectTable | schema.BulkTable) -> str:
    """Who made it, where the file does not say: who administers it, else its payer."""
    if table.created_by is not None:
        return table.created_by
    admins = (entity for entity, level in table.members.items() if level == "ADMINISTER")
    return next((admin for admin in admins if admin.startswith("user-")), table.bill_to)


def project(table: schema.ProjectTable, lie: Iterable[str], now: int, fresh: Fresh) -> Project:
    created = now if table.created is None else milliseconds(table.created)
    return Project(
        id=table.id or fresh.id("project"),
        name=table.name,
        region=table.region,
        bill_to=table.bill_to,
        created_by=_creator(table),
        created=created,
        modified=created if table.modified is None else milliseconds(table.modified),
        members=_levels(table.members),
        properties=table.properties,
        tags=table.tags,
        flags=_flags(table.flags),
        summary=table.summary,
        description=table.description,
        version=table.version,
        pending_transfer=table.pending_transfer,
        extras=None if table.extras is None else table.extras.table,
        folders=folders(table.folders, lie),
    )


def folders(given: Iterable[str], lie: Iterable[str]) -> tuple[str, ...]:
    """Those given and those that objects lie in, with all above them but the root, sorted."""
    found: set[str] = set()
    for folder in {*given, *lie}:
        while folder not in ("/", "") and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return tuple(sorted(found))


def bulk(table: schema.BulkTable, now: int, fresh: Fresh) -> list[Project]:
    """``count`` projects alike; what is the same in all of them is one object."""
    created = now if table.created is None else milliseconds(table.created)
    name = _numbered(table.name)
    creator, members, flags = _creator(table), _levels(table.members), _flags(table.flags)
    properties = {key: _numbered(value) for key, value in table.properties.items()}
    return [
        Project(
            id=fresh.id("project"),
            name=name(number),
            region=table.region,
            bill_to=table.bill_to,
            created_by=creator,
            created=created,
            modified=created,
            members=members,
            properties={key: value(number) for key, value in properties.items()},
            tags=table.tags,
            flags=flags,
        )
        for number in range(1, table.count + 1)
    ]


_NUMBER = re.compile(r"\{n(?::(0?)(\d{1,2}))?\}")


def _numbered(template: str) -> Callable[[int], str]:
    """Fills ``{n}``, ``{n:4}`` and ``{n:04}`` with a number."""
    parts = _NUMBER.split(template)
    if len(parts) == 1:
        return lambda _number: template
    texts = parts[::3]
    formats = [f"{fill or ''}{width or ''}d" for fill, width in zip(parts[1::3], parts[2::3], strict=True)]

    def fill(number: int) -> str:
        numbers = [format(number, spec) for spec in formats]
        return "".join(part for pair in zip(texts, [*numbers, ""], strict=True) for part in pair)

    return fill
