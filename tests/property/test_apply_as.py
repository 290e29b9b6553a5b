"""Planned by somebody who only reads, for somebody else: never more and never less than that user's own plan.

Every combination of what user-alice may do and of what user-reader is shown of it, on the embedded platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from reconciler_sandbox.laws.records import Member, Org, Project, User
from reconciler_sandbox.laws.switches import Switches
from reconciler_sandbox.platform import Platform
from support.inprocess import client, platform_of, world
from support.worlds import EU, OPTIONS, US, desired, wanted

from reconciler.model.baseline import Baseline
from reconciler.model.desired import Profile, Workspace
from reconciler.model.plan import Plan
from reconciler.planfile import scope_of, stale
from reconciler.planner import plan

ALICE, READER = "user-alice", "user-reader"
ONE = "project-J00000000000000000000001"

MEMBERS = (None, Member("MEMBER"), Member("MEMBER", allow_billable_activities=True), Member("ADMIN"))
SHARES = (None, "VIEW", "CONTRIBUTE", "ADMINISTER")
WISHES = {
    "create": desired({"new": wanted("org-a", US)}),
    "adopt": desired({"one": wanted(None, None, id=ONE, adopt=True)}, orgs={"org-a": Profile()}),
    "rename": desired({"one": wanted(None, None, id=ONE, name="other")}, orgs={"org-a": Profile()}),
    "rebill": desired({"one": wanted("org-b", None, id=ONE)}, orgs={"org-a": Profile()}),
    "default": desired(orgs={"org-a": Profile(default_region=EU)}),
}


def platforms() -> Iterator[tuple[Platform, tuple[object, ...]]]:
    """user-reader is a MEMBER of both orgs and may see the project."""
    for visible, in_a, in_b, share, by_org in product(
        ("MEMBER", "ADMIN"), MEMBERS, MEMBERS[1:3], SHARES, (None, "ADMINISTER")
    ):
        reader = Member("MEMBER", project_access="VIEW")
        orgs = {
            name: Org(
                id=name,
                name=name,
                members={READER: reader, **({} if member is None else {ALICE: member})},
                policies={"memberListVisibility": visible, "restrictProjectTransfer": "MEMBER"},
                permitted_regions=(US, EU),
                default_region=US,
            )
            for name, member in (("org-a", in_a), ("org-b", in_b))
        }
        users = {
            user: User(user, user, email=f"{user}@example.org", permitted_regions=(), default_region=None)
            for user in (READER, ALICE)
        }
        given = {READER: "VIEW", ALICE: share, "org-a": by_org}
        project = Project(
            id=ONE,
            name="one",
            region=US,
            bill_to="org-a",
            created_by=READER,
            created=1,
            modified=1,
            members={who: level for who, level in given.items() if level is not None},
            properties={},
        )
        there = platform_of(world(users, orgs, (project,), Switches(rate_limit=0)))
        yield there, (visible, in_a, in_b, share, by_org)


def made(there: Platform, user: str, wish: Workspace, apply_as: str | None = None) -> Plan:
    return plan(wish, client(there, (user,)), Baseline(), OPTIONS, apply_as=apply_as).plan


def sent(found: Plan) -> list[tuple[str, str, str, object, object]]:
    return [(step.action, step.address, step.as_, step.before, step.after) for step in found.steps]


@pytest.mark.parametrize("wish", WISHES)
def test_what_is_planned_for_somebody_and_confirmed_is_what_that_user_would_plan(wish: str) -> None:
    seen = set[str]()
    for there, case in platforms():
        ours = made(there, READER, WISHES[wish], ALICE)
        theirs = made(there, ALICE, WISHES[wish])
        now = client(there, (ALICE,)).read(scope_of(ours))
        if ours.refusals:
            seen.add("refused")
            assert theirs.steps == (), case
        elif ours.unreadable:
            seen.add("cannot tell")
        elif stale(ours, now):
            seen.add("not confirmed")
            assert ours.to_confirm, case
            assert sent(theirs) != sent(ours), case
        else:
            seen.add("confirmed" if ours.to_confirm else "known")
            assert sent(theirs) == sent(ours) != [], case
    told = {"cannot tell"} if wish == "rebill" else {"known", "confirmed", "not confirmed"}
    assert seen >= told, seen
