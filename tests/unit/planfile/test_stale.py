"""Which facts of a saved plan no longer hold, and which differences the plan's own steps explain."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from reconciler.model.actual import Destroyed, Membership, Profile, Project, Snapshot
from reconciler.model.knowledge import Unreadable
from reconciler.model.plan import Plan
from reconciler.planfile import StaleFact, at_target, scope_of, stale

from .samples import (
    ABSENT,
    ALICE,
    BOB,
    EU,
    ORG,
    THEIRS,
    US,
    Key,
    accept,
    adopt,
    create,
    handover,
    mark_of,
    plan_of,
    profile,
    project,
    project_id,
    rename,
    set_default,
    snapshot,
)

ONE = project_id(1)
HOLDERS = Key(mark_of("a"), "holders")
NAMED = Key(ORG, "projects_named:old")


def found(stale_facts: tuple[StaleFact, ...]) -> list[tuple[str, object, object]]:
    return [(fact.id, fact.then, fact.now) for fact in stale_facts]


def test_a_plan_on_an_unchanged_world_is_not_stale() -> None:
    seen = snapshot(profile(), project(1))
    keys = (Key(ORG, "permitted_regions"), Key(ONE, "region"), Key(ONE, "mark"), HOLDERS, NAMED)
    assert stale(plan_of(rename("a", 1), facts=keys, seen=seen), seen) == ()


def test_a_changed_fact_is_given_with_its_value_then_and_now_and_who_read_it_when() -> None:
    plan = plan_of(facts=(Key(ORG, "permitted_regions"),), seen=snapshot(profile()))
    (fact,) = stale(plan, snapshot(profile(permitted=(US,))))
    assert (fact.then, fact.now) == ((EU, US), (US,))
    assert (fact.id, fact.subject, fact.attribute) == (f"{ORG}.permitted_regions", ORG, "permitted_regions")
    assert (fact.then_at, fact.read_by) == (plan.facts[0].read_at, ALICE)


def test_a_fact_that_can_no_longer_be_read_no_longer_holds() -> None:
    plan = plan_of(facts=(Key(ORG, "default_region"),), seen=snapshot(profile()))
    assert found(stale(plan, snapshot())) == [(f"{ORG}.default_region", US, Unreadable("not read"))]


def test_a_fact_that_was_unreadable_and_still_is_has_not_changed_whatever_the_reason() -> None:
    key = Key(ONE, "name")
    plan = plan_of(facts=(key,), seen=snapshot(project(1, name=Unreadable("one reason"))))
    assert stale(plan, snapshot(project(1, name=Unreadable("another")))) == ()
    assert found(stale(plan, snapshot(project(1)))) == [
        (f"{ONE}.name", Unreadable("it was not readable when the plan was made"), "old")
    ]


def test_a_project_destroyed_since_is_stale() -> None:
    plan = plan_of(facts=(Key(ONE, "exists"), Key(ONE, "mark")), seen=snapshot(project(1, mark="w/x")))
    now = Snapshot(ALICE, (ALICE,), {}, {}, {ONE: Destroyed()}, {}, frozenset(), 0, 0, 0, 0.0)
    assert found(stale(plan, now)) == [(f"{ONE}.exists", True, False), (f"{ONE}.mark", "w/x", ABSENT)]


def test_a_membership_is_compared_for_the_identity_that_it_was_read_for() -> None:
    def member(billable: bool) -> Profile:
        return Profile(
            ORG, True, US, frozenset(), "ADMIN", {"user-bob": Membership("MEMBER", billable)}, ALICE
        )

    key = Key(ORG, "membership", "user-bob")
    plan = plan_of(facts=(key,), seen=replace(snapshot(member(True)), identities=(ALICE, BOB)))
    assert plan.facts[0].read_by == "user-bob"
    assert stale(plan, snapshot(member(True))) == ()
    assert [fact.now for fact in stale(plan, snapshot(member(False)))] == [
        {"level": "MEMBER", "allow_billable_activities": False}
    ]


def test_a_fact_that_a_step_targets_and_that_is_at_the_target_is_not_stale() -> None:
    plan = plan_of(set_default(ORG, EU), facts=(Key(ORG, "default_region"),), seen=snapshot(profile()))
    assert stale(plan, snapshot(profile(default=EU))) == ()
    assert found(stale(plan, snapshot(profile(default="aws:ap-southeast-2")))) == [
        (f"{ORG}.default_region", US, "aws:ap-southeast-2")
    ]


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ((project(7, "a", mark_of("a")),), False),
        ((project(7, "a", mark_of("a"), region=US),), True),
        ((project(7, "a", mark_of("a"), bill_to="user-mallory"),), True),
        ((project(7, "a", mark_of("a")), project(8, "a", mark_of("a"))), True),
    ],
)
def test_a_creation_carried_out_before_explains_one_holder_of_its_mark_and_only_as_wanted(
    now: tuple[Project, ...], changed: bool
) -> None:
    plan = plan_of(create("a"), facts=(HOLDERS,), seen=snapshot())
    assert bool(stale(plan, snapshot(*now))) is changed


def test_a_holder_of_a_mark_that_no_step_makes_is_stale() -> None:
    plan = plan_of(create("b"), facts=(HOLDERS,), seen=snapshot())
    assert len(stale(plan, snapshot(project(7, "a", mark_of("a"))))) == 1


def test_an_adoption_carried_out_before_explains_that_the_project_left_the_unmarked_ones() -> None:
    plan = plan_of(adopt("a", 1), facts=(NAMED, Key(ONE, "mark")), seen=snapshot(project(1), project(2)))
    assert stale(plan, snapshot(project(1, mark=mark_of("a")), project(2))) == ()
    assert [fact.id for fact in stale(plan, snapshot(project(1), project(2), project(3)))] == [str(NAMED)]


def test_a_step_carried_out_in_part_explains_only_the_attribute_that_is_at_its_target() -> None:
    rebill = replace(rename("a", 1), after={"name": "a", "bill_to": "org-other"})
    plan = plan_of(rebill, facts=(NAMED, Key(ONE, "name")), seen=snapshot(project(1)))
    assert [fact.id for fact in stale(plan, snapshot(project(1, "a")))] == [str(NAMED)]
    assert stale(plan, snapshot(project(1, "a", bill_to="org-other"))) == ()


def test_an_attribute_that_this_version_does_not_know_is_stale_and_no_error() -> None:
    plan = plan_of(facts=(Key(ONE, "region"),), seen=snapshot(project(1)))
    entry = plan.facts[0].__class__("x", ONE, "colour", "known", "red", "", ALICE)
    plan = plan.__class__(**{**{f: getattr(plan, f) for f in plan.__struct_fields__}, "facts": (entry,)})
    assert [fact.id for fact in stale(plan, snapshot(project(1)))] == ["x"]


PENDING, BILL_TO, LEVEL = Key(ONE, "pending_transfer"), Key(ONE, "bill_to"), Key(ONE, "level", BOB)
OFFERED = snapshot(project(1, offered_to=BOB), levels={(BOB, ONE): "NONE"})
ACCEPTED = snapshot(project(1, bill_to=THEIRS), levels={(BOB, ONE): "ADMINISTER"})


def a_handover(only_accept: bool = False) -> Plan:
    before = project(1, offered_to=BOB) if only_accept else project(1)
    steps = (accept("a", 1),) if only_accept else handover("a", 1)
    seen = snapshot(before, levels={(BOB, ONE): "NONE"})
    return plan_of(*steps, facts=(PENDING, BILL_TO, LEVEL, Key(ORG, "projects_named:old")), seen=seen)


def test_an_offer_that_was_made_and_one_that_was_accepted_before_do_not_make_their_own_plan_stale() -> None:
    assert stale(a_handover(), OFFERED) == ()
    assert stale(a_handover(), ACCEPTED) == ()
    assert stale(a_handover(only_accept=True), ACCEPTED) == ()


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (snapshot(project(1, offered_to="user-carol"), levels={(BOB, ONE): "NONE"}), [PENDING]),
        (snapshot(project(1, bill_to="org-third"), levels={(BOB, ONE): "NONE"}), [BILL_TO]),
        (snapshot(project(1, offered_to=BOB), levels={(BOB, ONE): "ADMINISTER"}), [LEVEL]),
        (snapshot(project(1, bill_to=THEIRS), levels={(BOB, ONE): "VIEW"}), [LEVEL]),
    ],
)
def test_what_others_did_to_a_project_in_between_is_stale(now: Snapshot, changed: list[Key]) -> None:
    found = [fact.id for fact in stale(a_handover(), now)]
    assert [name for name in found if "projects_named" not in name] == [str(key) for key in changed]


def test_an_offer_that_was_withdrawn_leaves_nothing_to_accept_and_is_stale() -> None:
    withdrawn = snapshot(project(1), levels={(BOB, ONE): "NONE"})
    assert found(stale(a_handover(only_accept=True), withdrawn)) == [(str(PENDING), BOB, ABSENT)]


def test_an_offer_explains_no_project_that_left_the_unmarked_ones() -> None:
    now = snapshot(project(1, offered_to=BOB, mark="third/projects.a"), levels={(BOB, ONE): "NONE"})
    assert [fact.id for fact in stale(a_handover(), now)] == [str(NAMED)]


def test_an_offer_is_read_again_as_who_has_read_it() -> None:
    assert scope_of(a_handover()).levels == ((ALICE, ONE), (BOB, ONE))


def test_a_mark_that_was_taken_over_before_explains_itself_and_who_holds_either_mark() -> None:
    old = "old/projects.a"
    keys = (Key(ONE, "mark"), HOLDERS, Key(old, "holders"))
    plan = plan_of(adopt("a", 1, replaces=old), facts=keys, seen=snapshot(project(1, mark=old)))
    assert stale(plan, snapshot(project(1, mark=old))) == ()
    assert stale(plan, snapshot(project(1, mark=mark_of("a")))) == ()
    third = stale(plan, snapshot(project(1, mark="third/projects.a")))
    assert [fact.id for fact in third] == [f"{ONE}.mark", f"{old}.holders"]


def test_what_is_read_covers_every_fact_and_every_subject_of_a_step() -> None:
    keys = (Key(ORG, "exists"), Key(ONE, "level", ALICE), Key(mark_of("z"), "holders"), NAMED)
    scope = scope_of(plan_of(create("a"), rename("b", 2), set_default("user-bob", EU), facts=keys))
    assert scope.profiles == (ORG, "user-bob")
    assert scope.projects == (ONE, project_id(2))
    assert scope.marks == (mark_of("a"), mark_of("z"))
    assert scope.names == ((ORG, "old"),)
    assert scope.levels == ((ALICE, ONE),)
    assert scope.estates == ()


def test_a_step_is_at_its_target_only_once_all_that_it_sets_is_there() -> None:
    steps = (rename("a", 1), adopt("b", 2), create("c"), set_default(ORG, EU))
    plan = plan_of(*steps)
    before = snapshot(project(1), project(2), profile(default=US))
    assert at_target(plan, before) == ()
    made = project(3, "c", mark_of("c"))
    after = snapshot(project(1, "a"), project(2, mark=mark_of("b")), made, profile(default=EU))
    assert at_target(plan, after) == steps
    twice = snapshot(made, project(4, "c", mark_of("c")))
    assert at_target(plan, twice) == ()


def test_an_offer_is_at_its_target_while_it_stands_and_once_it_was_accepted() -> None:
    first, second = handover("a", 1)
    plan = plan_of(first, second)
    assert at_target(plan, snapshot(project(1))) == ()
    assert at_target(plan, snapshot(project(1, offered_to=BOB))) == (first,)
    assert at_target(plan, snapshot(project(1, bill_to=THEIRS))) == (first, second)
