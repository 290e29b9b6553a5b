"""A plan that is judged for somebody who is not at hand, and what of their rights is left to be confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pytest
from support.worlds import (
    ADMIN,
    BILLABLE,
    EU,
    HIDDEN,
    OPTIONS,
    PLAIN,
    Fixed,
    actual,
    desired,
    org,
    pid,
    project,
    stranger,
    wanted,
)

from reconciler.model.actual import Level, Membership, Snapshot
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Profile, Workspace
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable
from reconciler.model.plan import Plan
from reconciler.planner import plan

READER, ALICE = "user-reader", "user-alice"
MARK = "ws/projects.rna"


def seen(
    alice: Maybe[Membership] = HIDDEN,
    level: Level | Unreadable = HIDDEN,
    *,
    elsewhere: Maybe[Membership] = HIDDEN,
    restrict: Literal["ADMIN", "MEMBER"] = "MEMBER",
    at_hand: tuple[str, ...] = (READER,),
    offered_to: Maybe[str] = ABSENT,
) -> Snapshot:
    """What user-reader, a MEMBER of both orgs, sees of user-alice."""

    def members(of_alice: Maybe[Membership]) -> Mapping[str, Maybe[Membership]]:
        return {READER: PLAIN, ALICE: of_alice}

    return actual(
        project(1, mark=MARK, offered_to=offered_to),
        profiles=(
            org("org-a", members=members(alice), restrict=restrict),
            org("org-b", members=members(elsewhere)),
            stranger(ALICE),
        ),
        identities=at_hand,
        levels={(ALICE, pid(1)): level, (READER, pid(1)): "VIEW"},
    )


def judged(workspace: Workspace, snapshot: Snapshot, apply_as: str | None = ALICE) -> Plan:
    return plan(workspace, Fixed(snapshot), Baseline(), OPTIONS, apply_as=apply_as).plan


def to_confirm(found: Plan) -> list[tuple[str, str]]:
    return [(one.fact, one.needs) for one in found.to_confirm]


CREATE = desired({"new": wanted("org-a")})
RENAME = desired({"rna": wanted("org-a", name="other")})
REBILL = desired({"rna": wanted("org-b")}, orgs={"org-a": Profile()})
DEFAULT = desired(orgs={"org-a": Profile(default_region=EU)})

IN_A, IN_B = f"org-a.membership@{ALICE}", f"org-b.membership@{ALICE}"
LEVEL = f"{pid(1)}.level@{ALICE}"


def test_the_steps_are_as_the_user_and_the_plan_says_who_made_it_and_for_whom() -> None:
    found = judged(CREATE, seen(ADMIN))
    assert [(step.action, step.as_) for step in found.steps] == [("create", ALICE)]
    assert (found.identity, found.apply_as, found.to_confirm) == (READER, ALICE, ())


@pytest.mark.parametrize(
    ("workspace", "snapshot", "rule"),
    [
        (CREATE, seen(PLAIN), "REG201"),
        (CREATE, seen(ABSENT), "REG201"),
        (RENAME, seen(level="CONTRIBUTE"), "REG201"),
        (DEFAULT, seen(BILLABLE), "REG201"),
    ],
)
def test_a_right_that_is_known_to_be_lacking_is_refused(
    workspace: Workspace, snapshot: Snapshot, rule: str
) -> None:
    found = judged(workspace, snapshot)
    assert [refusal.rule for refusal in found.refusals] == [rule]
    assert "user-alice" in found.refusals[0].message
    assert (found.steps, found.to_confirm) == ((), ())


@pytest.mark.parametrize(
    ("workspace", "needs"),
    [
        (CREATE, [(IN_A, "BILLABLE")]),
        (DEFAULT, [(IN_A, "ADMIN")]),
        (RENAME, [(LEVEL, "ADMINISTER")]),
        (REBILL, [(IN_A, "MEMBER"), (IN_B, "BILLABLE"), (LEVEL, "ADMINISTER")]),
    ],
)
def test_a_right_that_could_not_be_read_is_to_be_confirmed_and_cannot_tell_nothing(
    workspace: Workspace, needs: list[tuple[str, str]]
) -> None:
    found = judged(workspace, seen())
    assert len(found.steps) == 1
    assert to_confirm(found) == needs
    assert (found.unreadable, found.refusals) == ((), ())
    states = {fact.id: (fact.state, fact.read_by) for fact in found.facts}
    for fact, _ in needs:
        assert fact in found.steps[0].preconditions
        assert states[fact] == ("unreadable", READER)


def test_who_may_take_a_project_away_follows_the_policy_of_its_payer() -> None:
    found = judged(REBILL, seen(restrict="ADMIN"))
    assert to_confirm(found)[0] == (IN_A, "ADMIN")


def test_of_one_right_the_most_that_any_step_needs_is_to_be_confirmed() -> None:
    both = desired({"new": wanted("org-a")}, orgs={"org-a": Profile(default_region=EU)})
    assert to_confirm(judged(both, seen())) == [(IN_A, "ADMIN")]


def test_what_is_refused_leaves_nothing_to_confirm() -> None:
    elsewhere = desired({"new": wanted("org-a", region="aws:eu-west-2")})
    found = judged(elsewhere, seen())
    assert [refusal.rule for refusal in found.refusals] == ["REG102"]
    assert found.to_confirm == ()


def test_a_region_fact_is_never_left_to_be_confirmed() -> None:
    found = judged(desired({"new": wanted(ALICE)}), seen())
    assert [(entry.address, entry.attribute) for entry in found.unreadable] == [
        ("projects.new", f"{ALICE}.permitted_regions")
    ]
    assert (found.steps, found.to_confirm) == ((), ())


def test_whether_a_project_is_offered_to_somebody_is_no_right_of_the_user() -> None:
    found = judged(REBILL, seen(ADMIN, "ADMINISTER", elsewhere=ADMIN, offered_to=HIDDEN))
    assert [entry.attribute for entry in found.unreadable] == [f"{pid(1)}.pending_transfer"]
    assert found.steps == ()


def test_nobody_else_at_hand_acts_in_a_plan_for_somebody() -> None:
    able = seen(PLAIN, at_hand=(READER, "user-bob"))
    able.profiles["org-a"].memberships["user-bob"] = ADMIN
    assert [refusal.rule for refusal in judged(CREATE, able).refusals] == ["REG201"]
    assert [step.as_ for step in judged(CREATE, able, None).steps] == ["user-bob"]


def test_somebody_at_hand_is_judged_as_without_the_option() -> None:
    there = seen(ADMIN, at_hand=(ALICE, READER))
    assert judged(CREATE, there, ALICE) == judged(CREATE, there, None)


def test_an_unreadable_right_of_somebody_at_hand_is_still_cannot_tell() -> None:
    found = judged(CREATE, seen(at_hand=(ALICE,)), None)
    assert [entry.attribute for entry in found.unreadable] == ["org-a.membership"]
    assert found.to_confirm == ()


def test_the_rights_of_the_user_are_asked_for_in_the_same_read() -> None:
    source = Fixed(seen(ADMIN))
    plan(CREATE, source, Baseline(), OPTIONS, apply_as=ALICE)
    assert [scope.rights_of for scope in source.scopes] == [(ALICE,)]
    source = Fixed(seen(ADMIN))
    plan(CREATE, source, Baseline(), OPTIONS)
    assert [scope.rights_of for scope in source.scopes] == [()]
