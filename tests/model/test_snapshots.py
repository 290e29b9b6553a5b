"""Snapshots made from records are what the real client reads: on this the whole proof rests."""

from __future__ import annotations

from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st
from model.cases import Case
from model.random_worlds import LARGE, SMALL, random_case
from model.snapshots import snapshot_of
from msgspec.structs import replace
from reconciler_sandbox.laws.switches import Switches
from support.inprocess import client, platform_of, world
from support.worlds import pid

from reconciler.diff.scope import both, scope_of
from reconciler.model.actual import Scope, Snapshot
from reconciler.model.baseline import Baseline


def read_by_the_client(case: Case, scope: Scope) -> Snapshot:
    users, orgs = ({one.id: one for one in those} for those in (case.users, case.orgs))
    platform = platform_of(world(users, orgs, case.projects, Switches(rate_limit=0)))
    return client(platform, case.identities).read(scope)


def timeless(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, read_at=0, provider_time=0, calls=0, seconds=0.0)


@given(st.randoms(use_true_random=False), st.sampled_from([SMALL, LARGE]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_snapshot_made_from_records_is_what_the_client_reads(rng: Random, size: object, more: bool):
    case = random_case(rng, size)  # type: ignore[arg-type]
    scope = scope_of(case.workspace, Baseline())
    if more:
        ids = sorted([*(project.id for project in case.projects[: rng.randint(0, 3)]), pid(77)])
        levels = [(user, one) for user in ("user-alice", "user-bob", "user-zoe") for one in ids]
        profiles = ("org-a", "org-nowhere", "user-bob")
        scope = both(
            scope, Scope(profiles=profiles, projects=tuple(sorted(ids)), levels=tuple(sorted(levels)))
        )
        event("more than the first read asks for")
    made = snapshot_of(case.state(), case.identities, scope)
    assert made == timeless(read_by_the_client(case, scope))
