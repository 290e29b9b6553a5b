"""Laws of planning, on random worlds."""

from __future__ import annotations

import random

import msgspec
import rtoml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.random_worlds import baselines, snapshots, workspaces
from support.worlds import plan_of

from reconciler.config.checks import check
from reconciler.config.issue import Issue
from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Document, Moved, Profile, Project, Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan


def planned(workspace: Workspace, snapshot: Snapshot, before: Baseline) -> Plan | None:
    """The plan, or None where the TOML contradicts itself."""
    try:
        return plan_of(workspace, snapshot, before)
    except DiagnosticsError:
        return None


def shuffled(mapping: dict[str, object], seed: int) -> dict[str, object]:
    items = list(mapping.items())
    random.Random(seed).shuffle(items)
    return dict(items)


@given(workspaces(), snapshots(), baselines(), st.integers())
@settings(max_examples=300, deadline=None)
def test_the_order_of_the_toml_and_of_the_lists_changes_no_byte(
    workspace: Workspace, snapshot: Snapshot, before: Baseline, seed: int
):
    plan = planned(workspace, snapshot, before)
    other = planned(
        replace(
            workspace,
            projects=shuffled(workspace.projects, seed),
            orgs=shuffled(workspace.orgs, seed),
            users=shuffled(workspace.users, seed),
        ),
        replace(
            snapshot,
            projects=shuffled(snapshot.projects, seed),
            profiles=shuffled(snapshot.profiles, seed),
        ),
        before,
    )
    assert msgspec.json.encode(plan) == msgspec.json.encode(other)


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=300, deadline=None)
def test_every_resource_has_one_verdict(workspace: Workspace, snapshot: Snapshot, before: Baseline):
    plan = planned(workspace, snapshot, before)
    if plan is None:
        return
    refused = {r.address for r in plan.refusals}
    unreadable = {u.address for u in plan.unreadable}
    blocked = {b.address for b in plan.blocked}
    stepped = {s.address for s in plan.steps}
    assert not refused & unreadable
    assert not (refused | unreadable) & (blocked | stepped)
    sales = {m.address for m in plan.manual if m.who.startswith("the platform")}
    assert not (refused | unreadable | blocked) & ({m.address for m in plan.manual} - sales)
    named = refused | unreadable | blocked | stepped | {m.address for m in plan.manual}
    resources = len(workspace.projects) + len(workspace.orgs) + len(workspace.users)
    assert plan.summary.unchanged + len(named) == resources


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=300, deadline=None)
def test_every_plan_is_well_formed(workspace: Workspace, snapshot: Snapshot, before: Baseline):
    plan = planned(workspace, snapshot, before)
    if plan is None:
        return
    known = {fact.id for fact in plan.facts}
    done: set[str] = set()
    for step in plan.steps:
        assert set(step.depends_on) <= done
        assert set(step.preconditions) <= known
        assert step.as_ in snapshot.identities
        assert step.after
        if step.before is not None:
            assert all(step.before.get(name) != value for name, value in step.after.items())
        done.add(step.id)
    created = [step.after["mark"] for step in plan.steps if step.action == "create"]
    assert len(created) == len(set(created))
    held = {project.mark for project in snapshot.projects.values() if project.bill_to in workspace.orgs}
    assert not held & set(created)
    requests = {manual.id for manual in plan.manual}
    assert all(blocked.waits_for and set(blocked.waits_for) <= requests for blocked in plan.blocked)


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=600, deadline=None)
def test_an_alternative_pasted_in_is_legal(workspace: Workspace, snapshot: Snapshot, before: Baseline):
    plan = planned(workspace, snapshot, before)
    if plan is None:
        return
    for refusal in plan.refusals:
        for alternative in refusal.alternatives:
            assert alternative.toml is not None
            pasted, addresses = paste(workspace, alternative.toml)
            assert not issues(pasted)
            after = planned(pasted, snapshot, before)
            assert after is not None
            assert not addresses & in_trouble(after)
            assert in_trouble(after) <= in_trouble(plan)
            told = {step.address for step in alternative.steps} | addresses
            steps = [(s.action, s.address, s.after) for s in after.steps if s.address in told]
            assert steps == [(s.action, s.address, s.after) for s in alternative.steps]


def issues(workspace: Workspace) -> list[Issue]:
    """What the reader of the TOML would have against these tables."""
    moved = tuple(Moved(old, new) for old, new in workspace.moved.items())
    projects = dict(workspace.projects)
    document = Document(orgs=workspace.orgs, users=workspace.users, projects=projects, moved=moved)
    return list(check(document, workspace.regions))


def in_trouble(plan: Plan) -> set[str]:
    """The addresses that cannot be carried out whole."""
    parts = (plan.refusals, plan.unreadable, plan.blocked, plan.manual)
    return {entry.address for part in parts for entry in part}


def paste(workspace: Workspace, toml: str) -> tuple[Workspace, set[str]]:
    """The workspace with the tables of the text put in the place of those of the same name."""
    document = rtoml.loads(toml)
    addresses = {f"{kind}.{key}" for kind in ("projects", "orgs", "users") for key in document.get(kind, {})}
    convert = msgspec.convert
    moved = {entry["from"]: entry["to"] for entry in document.get("moved", [])}
    pasted = replace(
        workspace,
        projects={**workspace.projects, **convert(document.get("projects", {}), dict[str, Project])},
        orgs={**workspace.orgs, **convert(document.get("orgs", {}), dict[str, Profile])},
        users={**workspace.users, **convert(document.get("users", {}), dict[str, Profile])},
        moved={**workspace.moved, **moved},
    )
    return pasted, addresses
