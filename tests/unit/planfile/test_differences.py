"""What changed inside a value, and how two plans differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.plan import Blocked, ManualStep, Plan, Refusal, Source
from reconciler.planfile import Difference, against, differences

from .samples import EU, ORG, US, Key, create, plan_of, profile, rename, snapshot

PERMITTED = Key(ORG, "permitted_regions")


def told(plan: Plan, other: Plan) -> list[tuple[str, str, str]]:
    return [(one.kind, one.part, one.name) for one in against(plan, other)]


@given(st.sets(st.text()), st.sets(st.text()))
def test_of_a_set_each_member_that_came_or_went_is_told_whatever_the_order(
    then: set[str], now: set[str]
) -> None:
    found = differences(tuple(then), tuple(sorted(now, reverse=True)))
    assert {one.was for one in found if one.kind == "removed"} == then - now
    assert {one.is_ for one in found if one.kind == "added"} == now - then
    assert len(found) == len(then ^ now)


def test_of_a_mapping_the_keys_that_differ_are_told_with_both_values() -> None:
    then = {"level": "ADMIN", "allow_billable_activities": True}
    now = {"level": "MEMBER", "allow_billable_activities": True}
    assert differences(then, now) == (Difference("changed", "level", "ADMIN", "MEMBER"),)


def test_of_a_single_value_nothing_more_is_told_than_the_value() -> None:
    assert differences(EU, US) == ()
    assert differences(EU, (EU,)) == ()


def test_two_plans_of_the_same_do_not_differ_whatever_their_ids_and_times() -> None:
    seen = snapshot(profile())
    plan = plan_of(create("a"), facts=(PERMITTED,), seen=seen)
    later = replace(seen, read_at=seen.read_at + 60_000)
    again = replace(plan_of(create("a"), facts=(PERMITTED,), seen=later), plan_id="plan-1", created_at="x")
    assert plan.facts != again.facts
    assert told(again, plan) == []


def test_a_step_is_the_same_step_though_its_number_is_another() -> None:
    first, second, third = create("a"), create("b"), rename("c", 3)
    old = plan_of(replace(second, id="s1"), replace(third, id="s2", depends_on=("s1",)))
    new = plan_of(
        replace(first, id="s1"), replace(second, id="s2"), replace(third, id="s3", depends_on=("s2",))
    )
    assert told(new, old) == [("added", "steps", "projects.a create")]
    assert told(old, new) == [("removed", "steps", "projects.a create")]


def test_what_a_step_sets_otherwise_is_told_within_it() -> None:
    (found,) = against(plan_of(create("a", region=US)), plan_of(create("a", region=EU)))
    assert (found.kind, found.name) == ("changed", "projects.a create")
    assert found.inside == (Difference("changed", "after.region", EU, US),)


def test_two_steps_about_the_same_are_two() -> None:
    one = rename("a", 1)
    assert told(plan_of(one, replace(one, id="s2")), plan_of(one)) == [
        ("added", "steps", "projects.a update #2")
    ]


def test_a_fact_with_another_value_is_told_with_the_regions_that_came_and_went() -> None:
    old = plan_of(facts=(PERMITTED,), seen=snapshot(profile(permitted=(EU, US))))
    new = plan_of(facts=(PERMITTED,), seen=snapshot(profile(permitted=(EU, "aws:eu-west-2"))))
    (found,) = against(new, old)
    assert found.name == f"{ORG}.permitted_regions"
    assert [(one.kind, one.path, one.was or one.is_) for one in found.inside] == [
        ("removed", "value", US),
        ("added", "value", "aws:eu-west-2"),
    ]


def test_manual_blocked_and_refused_parts_and_the_origin_are_compared() -> None:
    plain = plan_of()
    rich = replace(
        plain,
        identity="user-bob",
        manual=(ManualStep("m1", "orgs.org-x", "sales", "Please.", ()),),
        blocked=(Blocked("projects.b", "create it", ("m1",)),),
        refusals=(Refusal("projects.c", "REG101", "never", None, ()),),
    )
    assert told(rich, plain) == [
        ("changed", "plan", "origin"),
        ("added", "manual", "orgs.org-x sales"),
        ("added", "blocked", "projects.b"),
        ("added", "refusals", "projects.c REG101"),
    ]


def test_a_refusal_that_only_stands_on_another_line_is_the_same_refusal() -> None:
    old = Refusal("projects.c", "REG101", "never", Source("a.toml", 1, 1), ())
    new = replace(old, source=Source("a.toml", 9, 1))
    assert told(replace(plan_of(), refusals=(new,)), replace(plan_of(), refusals=(old,))) == []
