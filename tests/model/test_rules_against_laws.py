"""The planner's rules held against the platform's laws, which were written without each other.

On random worlds, under random values of the platform's switches: every planned step is accepted
by the laws in that order, nothing is left to do afterwards, and no project changes its region.
"""

from __future__ import annotations

from typing import get_args, get_type_hints

from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Member, Org, Project, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.world.model import World
from support.inprocess import PEOPLE, REGIONS, client, platform_of, world
from support.random_worlds import workspaces
from support.worlds import OPTIONS, US, desired, pid, wanted

from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.planner import plan

PLACES = st.sampled_from(REGIONS[:3])
SETS = st.lists(PLACES, min_size=1, unique=True).map(tuple)
MARKS = st.sampled_from(
    [None, None, "ws/projects.rna", "ws/projects.dna", "ws/projects.old", "theirs/projects.rna"]
)
UNSOUND = {"find_lag_ms", "rate_limit", "rate_scope", "retry_after_s", "default_limit"}
"""Switches of timing and traffic: another test's business."""


@st.composite
def switches(draw: st.DrawFn) -> Switches:
    """The defaults with one question answered otherwise."""
    questions = {
        name: get_args(hint)
        for name, hint in get_type_hints(Switches).items()
        if name not in UNSOUND and get_args(hint)
    }
    name = draw(st.sampled_from(sorted(questions)))
    return replace(Switches(rate_limit=0), **{name: draw(st.sampled_from(questions[name]))})


@st.composite
def users(draw: st.DrawFn, name: str) -> User:
    permitted = draw(SETS)
    return User(name, name, permitted_regions=permitted, default_region=draw(st.sampled_from(permitted)))


@st.composite
def orgs(draw: st.DrawFn, name: str) -> Org:
    permitted = draw(SETS)
    kinds = [None, Member(), Member(allow_billable_activities=True), Member("ADMIN", True, "ADMINISTER")]
    members = {person: kind for person in PEOPLE if (kind := draw(st.sampled_from(kinds))) is not None}
    if draw(st.booleans()):
        members["user-alice"] = Member("ADMIN", True, "ADMINISTER")
    policies: dict[str, object] = {
        "memberListVisibility": "ADMIN",
        "restrictProjectTransfer": draw(st.sampled_from(["ADMIN", "MEMBER"])),
    }
    default = draw(st.sampled_from([*permitted, None, REGIONS[3]]))
    return Org(name, name, members, policies, permitted_regions=permitted, default_region=default)


@st.composite
def projects(draw: st.DrawFn, number: int) -> Project:
    levels = st.sampled_from([None, "VIEW", "CONTRIBUTE", "ADMINISTER", "ADMINISTER"])
    members = {person: level for person in PEOPLE if (level := draw(levels)) is not None}
    mark = draw(MARKS)
    return Project(
        pid(number),
        draw(st.sampled_from(["rna", "dna", "x"])),
        draw(PLACES),
        draw(st.sampled_from(["org-a", "org-b", "user-alice", "user-bob"])),
        "user-alice",
        number,
        number,
        members,
        {} if mark is None else {"reconciler": mark},
        pending_transfer=draw(st.sampled_from([None, None, None, "user-bob", "user-carol"])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    return world(
        {person: draw(users(person)) for person in PEOPLE},
        {name: draw(orgs(name)) for name in ("org-a", "org-b")},
        tuple(draw(projects(n)) for n in range(1, 1 + draw(st.integers(0, 3)))),
        draw(switches()),
    )


@given(worlds(), workspaces(), st.sampled_from([PEOPLE[:1], PEOPLE[:2]]))
@settings(max_examples=1500, deadline=None)
def test_every_planned_step_is_accepted_and_then_nothing_is_left(
    given_world: World, workspace: Workspace, identities: tuple[str, ...]
):
    platform = platform_of(given_world)
    there = {project.id: project.region for project in given_world.projects}
    writer = client(platform, identities)
    try:
        planned = plan(workspace, writer, Baseline(), OPTIONS).plan
    except DiagnosticsError:
        event("the TOML contradicts itself")
        return
    for step in planned.steps:
        outcome = writer.execute(step)
        assert outcome.result == "done", (step, outcome)
        event(step.action)
    again = plan(workspace, writer, Baseline(), OPTIONS).plan
    assert again.steps == ()
    assert [r.address for r in again.refusals] == [r.address for r in planned.refusals]
    assert {u.address for u in again.unreadable} == {u.address for u in planned.unreadable}
    after = {project.id: project.region for project in platform.state.projects.values()}
    assert {project_id: after[project_id] for project_id in there} == there
    created = sum(1 for step in planned.steps if step.action == "create")
    assert len(after) == len(there) + created


def test_a_claim_that_one_identity_sees_never_makes_the_other_create_twice():
    """user-bob's new project shows to user-bob alone; what user-alice sees of its mark is a claim."""
    everywhere = {"permitted_regions": (US,), "default_region": US}
    people = {person: User(person, person, **everywhere) for person in PEOPLE}
    policies: dict[str, object] = {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"}
    theirs = Org("org-a", "org-a", {}, policies, **everywhere)
    ours = Org("org-b", "org-b", {"user-bob": Member(allow_billable_activities=True)}, policies, **everywhere)
    claim = Project(
        pid(1),
        "rna",
        US,
        "org-a",
        "user-alice",
        1,
        1,
        {"user-alice": "VIEW"},
        {"reconciler": "ws/projects.rna"},
    )
    platform = platform_of(world(people, {"org-a": theirs, "org-b": ours}, (claim,), Switches(rate_limit=0)))
    workspace = desired({"rna": wanted("org-b", US, same_name="create")})
    writer = client(platform, ("user-alice", "user-bob"))
    (step,) = plan(workspace, writer, Baseline(), OPTIONS).plan.steps
    assert (step.action, step.as_) == ("create", "user-bob")
    assert writer.execute(step).result == "done"
    assert plan(workspace, writer, Baseline(), OPTIONS).plan.steps == ()
