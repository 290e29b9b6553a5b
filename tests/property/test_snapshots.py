"""Whatever was read: a plan of its snapshot says the same, and one that lacks something never says more."""

from __future__ import annotations

from typing import cast

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from support.random_worlds import PAYERS, baselines, snapshots, workspaces
from support.worlds import OPTIONS, Fixed

from reconciler.model.actual import Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan
from reconciler.planner import plan
from reconciler.provider import Reader
from reconciler.snapshots import Document, Recording, Replay, document_of


def recorded(workspace: Workspace, snapshot: Snapshot, before: Baseline) -> tuple[Plan, Document] | None:
    """The plan as it is made of the platform, and what was recorded by it; None where the TOML contradicts
    itself."""
    source = Recording(cast(Reader, Fixed(snapshot)))
    try:
        live = plan(workspace, source, before, OPTIONS).plan
    except DiagnosticsError:
        return None
    assert source.last is not None
    document = document_of(
        workspace, source.last, before, {}, endpoint=source.endpoint, address="", version="0"
    )
    return live, msgspec.json.decode(msgspec.json.encode(document), type=Document)


@given(workspaces(), snapshots(), baselines())
@settings(max_examples=100, deadline=None)
def test_a_plan_of_a_snapshot_is_the_plan_of_what_was_read(
    workspace: Workspace, snapshot: Snapshot, before: Baseline
) -> None:
    found = recorded(workspace, snapshot, before)
    if found is not None:
        live, document = found
        offline = plan(workspace, Replay(document), document.baseline, OPTIONS).plan
        assert msgspec.json.encode(offline) == msgspec.json.encode(live)


@given(workspaces(), snapshots(), baselines(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_a_snapshot_lacks_never_makes_a_step(
    workspace: Workspace, snapshot: Snapshot, before: Baseline, data: st.DataObject
) -> None:
    found = recorded(workspace, snapshot, before)
    if found is None:
        return
    live, document = found
    gone = data.draw(PAYERS)
    ids = {one.id for one in document.projects if one.bill_to == gone}
    estates = tuple(payer for payer in document.scope.estates if payer != gone)
    less = replace(
        document,
        profiles=tuple(one for one in document.profiles if one.id != gone),
        projects=tuple(one for one in document.projects if one.id not in ids),
        levels=tuple(one for one in document.levels if one[1] not in ids),
        scope=replace(document.scope, estates=estates),
    )
    offline = plan(workspace, Replay(less), less.baseline, OPTIONS).plan
    assert {(step.action, step.address) for step in offline.steps} <= {
        (step.action, step.address) for step in live.steps
    }
