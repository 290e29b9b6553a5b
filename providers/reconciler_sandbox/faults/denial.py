"""Rights that somebody takes away from a caller between two of its calls."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from reconciler_sandbox.laws.effects import Effect, Put
from reconciler_sandbox.laws.records import PUBLIC
from reconciler_sandbox.laws.view import View


def taken(view: View, user: str, path: str, given: object) -> tuple[Effect, ...]:
    """What the caller loses where the call goes: all access to the project, or the membership of the
    organisation, that the path or the input's billTo names. Nothing if it names neither."""
    entity = path.strip("/").partition("/")[0]
    if entity in view.projects:
        return _project(view, user, entity)
    named = given.get("billTo") if isinstance(given, Mapping) else None
    for org in (entity, named):
        if isinstance(org, str) and org in view.orgs:
            return _org(view, user, org)
    return ()


def _project(view: View, user: str, id: str) -> tuple[Effect, ...]:
    project = view.projects[id]
    lost = {user, PUBLIC, *view.orgs_of(user)}
    kept = {entity: level for entity, level in project.members.items() if entity not in lost}
    return () if kept == project.members else (Put(structs.replace(project, members=kept)),)


def _org(view: View, user: str, id: str) -> tuple[Effect, ...]:
    org = view.orgs[id]
    kept = {member: record for member, record in org.members.items() if member != user}
    return () if kept == org.members else (Put(structs.replace(org, members=kept)),)
