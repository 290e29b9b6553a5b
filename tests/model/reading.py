"""Snapshots made from records, held against what the real client reads over the platform's routes."""

from __future__ import annotations

from random import Random

from model.cases import Case
from model.random_worlds import Size, random_case
from model.snapshots import snapshot_of
from msgspec.structs import replace
from reconciler_sandbox.laws.switches import Switches
from support.inprocess import client, platform_of, world
from support.worlds import pid

from reconciler.diff.scope import both, scope_of
from reconciler.model.actual import Scope, Snapshot
from reconciler.model.baseline import Baseline


def read_by_the_client(case: Case, scope: Scope) -> Snapshot:
    """Without what hangs on the clock, and on how it was read."""
    users, orgs = ({one.id: one for one in those} for those in (case.users, case.orgs))
    platform = platform_of(world(users, orgs, case.projects, Switches(rate_limit=0)))
    snapshot = client(platform, case.identities).read(scope)
    return replace(snapshot, read_at=0, provider_time=0, calls=0, seconds=0.0)


def both_ways(rng: Random, size: Size, *, more: bool) -> tuple[Snapshot, Snapshot]:
    """A random world, as it is made and as it is read. ``more``: than a first read asks for."""
    case = random_case(rng, size)
    scope = scope_of(case.workspace, Baseline())
    if more:
        ids = sorted([*(project.id for project in case.projects[: rng.randint(0, 3)]), pid(77)])
        levels = sorted((user, one) for user in ("user-alice", "user-bob", "user-zoe") for one in ids)
        profiles = ("org-a", "org-nowhere", "user-bob")
        scope = both(scope, Scope(profiles=profiles, projects=tuple(ids), levels=tuple(levels)))
    return snapshot_of(case.state(), case.identities, scope), read_by_the_client(case, scope)
