"""What a world file names must be there, and be given once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from reconciler_sandbox.laws.records import PUBLIC

from . import references_data, references_runs, schema
from .known import Known
from .problems import Problem
from .tables import Path, Tables

_IDS = {"users": re.compile(r"user-[a-z0-9._-]+"), "orgs": re.compile(r"org-[a-zA-Z0-9_.-]+")}
_REGION = re.compile(r"(aws|azure|oci):[a-z0-9-]+")


def broken(tables: Tables) -> list[Problem]:
    """Ids of a wrong form, given twice, or naming nobody."""
    known = Known.of(tables)
    return [
        *_forms(tables),
        *_profiles(tables, known),
        *_tokens(tables, known),
        *_projects(tables, known),
        *references_data.broken(tables, known),
        *references_runs.broken(tables, known),
    ]


def _forms(tables: Tables) -> Iterator[Problem]:
    for key, names in (("users", tables.users), ("orgs", tables.orgs)):
        for name in names:
            if not _IDS[key].fullmatch(name):
                form = "user-<handle in lower case>" if key == "users" else "org-<handle>"
                yield Problem((key, name), f"an id must have the form {form}")
    for code in tables.regions or ():
        if not _REGION.fullmatch(code):
            yield Problem(("regions", code), "a region must have the form cloud:geo")


def _profiles(tables: Tables, known: Known) -> Iterator[Problem]:
    for user, table in tables.users.items():
        yield from _regions(table, ("users", user), known)
        yield from known.payer(table.bill_to, ("users", user, "bill_to"))
    for org, parts in tables.orgs.items():
        yield from _regions(parts.table, ("orgs", org), known)
        for member in parts.members:
            yield from known.user(member, ("orgs", org, "members", member))


def _regions(table: schema.UserTable | schema.OrgTable, path: Path, known: Known) -> Iterator[Problem]:
    for index, region in enumerate(table.permitted_regions or ()):
        yield from known.region(region, (*path, "permitted_regions", index))
    yield from known.region(table.default_region, (*path, "default_region"))


def _tokens(tables: Tables, known: Known) -> Iterator[Problem]:
    times = Counter(table.token for table in tables.tokens)
    for index, table in enumerate(tables.tokens):
        yield from known.user(table.user, ("tokens", index, "user"))
        if times[table.token] > 1:
            yield Problem(("tokens", index, "token"), "the same token is given twice")


def _projects(tables: Tables, known: Known) -> Iterator[Problem]:
    named: list[tuple[Path, schema.ProjectTable | schema.BulkTable]] = []
    named += [(("projects", index), table) for index, table in enumerate(tables.projects)]
    named += [(("bulk_projects", index), table) for index, table in enumerate(tables.bulks)]
    for path, table in named:
        yield from known.region(table.region, (*path, "region"))
        yield from known.payer(table.bill_to, (*path, "bill_to"))
        yield from known.maker(table.created_by, (*path, "created_by"))
        for member in table.members:
            if member != PUBLIC:
                yield from known.payer(member, (*path, "members", member))
    times = Counter(table.id for table in tables.projects if table.id is not None)
    for index, project in enumerate(tables.projects):
        yield from known.user(project.pending_transfer, ("projects", index, "pending_transfer"))
        if project.id is not None and times[project.id] > 1:
            yield Problem(("projects", index, "id"), f"{project.id} is given twice")
