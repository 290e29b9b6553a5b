"""A payer that changes by two people: offered by one identity, accepted by another."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace
from support.worlds import (
    ADMIN,
    BILLABLE,
    EU,
    HIDDEN,
    PLAIN,
    US,
    actual,
    desired,
    org,
    pid,
    plan_of,
    project,
    stranger,
    user,
    wanted,
)

from reconciler.model.actual import Membership, Snapshot
from reconciler.model.desired import Profile, Workspace
from reconciler.model.knowledge import ABSENT, Maybe, Unreadable

BOTH = ("user-alice", "user-bob")
MARK = "ws/projects.rna"


def members(alice: Maybe[Membership], bob: Maybe[Membership]) -> dict[str, Maybe[Membership]]:
    return {"user-alice": alice, "user-bob": bob}


def want(payer: str, **more: str) -> Workspace:
    return desired({"rna": wanted(payer, **more)}, orgs={"org-a": Profile()})


def ours(*, bob_in_b: Maybe[Membership] = BILLABLE, permitted: tuple[str, ...] = (US, EU)):
    """user-alice is ADMIN of org-a alone, user-bob may bill org-b alone."""
    return (
        org("org-a", members=members(ADMIN, ABSENT)),
        org("org-b", permitted, members=members(ABSENT, bob_in_b)),
    )


def test_one_offers_and_the_other_accepts():
    there = actual(project(1, mark=MARK), profiles=ours(), identities=BOTH)
    plan = plan_of(want("org-b"), there)
    offer, accept = plan.steps
    assert (offer.action, offer.as_, offer.after) == ("transfer", "user-alice", {"invitee": "user-bob"})
    assert (accept.action, accept.as_, accept.after) == ("accept", "user-bob", {"bill_to": "org-b"})
    assert accept.depends_on == (offer.id,)
    assert offer.before == accept.before == {"id": pid(1), "bill_to": "org-a"}
    assert plan.summary.transfer == 1


def test_an_offer_is_not_made_into_a_region_that_the_new_payer_lacks():
    there = actual(project(1, mark=MARK), profiles=ours(permitted=(EU,)), identities=BOTH)
    plan = plan_of(want("org-b"), there)
    assert plan.steps == ()
    assert [r.rule for r in plan.refusals] == ["REG103"]


def test_a_user_at_hand_takes_a_project_over():
    there = actual(
        project(1, mark=MARK),
        profiles=(org("org-a", members=members(ADMIN, ABSENT)), user("user-bob")),
        identities=BOTH,
    )
    steps = plan_of(want("user-bob"), there).steps
    assert [(s.action, s.as_) for s in steps] == [("transfer", "user-alice"), ("accept", "user-bob")]


def test_a_user_at_hand_whose_regions_are_hidden_is_left_to_do_it():
    there = actual(
        project(1, mark=MARK),
        profiles=(org("org-a", members=members(ADMIN, ABSENT)), user("user-bob", HIDDEN, HIDDEN)),
        identities=BOTH,
    )
    plan = plan_of(want("user-bob"), there)
    (manual,) = plan.manual
    assert plan.steps == ()
    assert manual.who == "user-alice and user-bob"
    assert "acceptTransfer" in manual.text


def test_a_user_who_is_not_at_hand_is_left_to_accept_with_both_commands():
    there = actual(project(1, mark=MARK), profiles=(stranger("user-carol"),))
    plan = plan_of(want("user-carol"), there)
    (manual,) = plan.manual
    assert plan.steps == ()
    assert f"dx api {pid(1)} transfer" in manual.text
    assert f"dx api {pid(1)} acceptTransfer" in manual.text


def test_of_a_standing_offer_only_the_acceptance_is_left():
    offered = project(1, mark=MARK, offered_to="user-bob")
    there = actual(offered, profiles=ours(), identities=BOTH)
    plan = plan_of(want("org-b"), there)
    (accept,) = plan.steps
    assert (accept.action, accept.as_, accept.depends_on) == ("accept", "user-bob", ())
    assert plan.summary.transfer == 1


def test_an_offer_to_one_who_may_not_bill_as_wanted_is_in_the_way():
    offered = project(1, mark=MARK, offered_to="user-bob")
    there = actual(offered, profiles=ours(bob_in_b=PLAIN), identities=BOTH)
    plan = plan_of(want("org-b"), there)
    assert plan.steps == ()
    assert {r.rule for r in plan.refusals} == {"REG203", "REG201"}


def test_who_accepts_may_then_rename_what_nobody_else_may():
    offered = project(1, mark=MARK, name="old", level="VIEW", offered_to="user-bob")
    levels = {("user-bob", pid(1)): "NONE"}
    there = actual(offered, profiles=ours(), identities=BOTH, levels=levels)  # type: ignore[arg-type] # a level
    accept, rename = plan_of(want("org-b", name="new"), there).steps
    assert (accept.action, accept.as_) == ("accept", "user-bob")
    assert (rename.action, rename.as_, rename.after) == ("update", "user-bob", {"name": "new"})
    assert rename.depends_on == (accept.id,)


def test_two_projects_trade_payers():
    there = actual(
        project(1, mark="ws/projects.rna"),
        project(2, mark="ws/projects.dna", name="dna", bill_to="org-b"),
        profiles=(org("org-b"),),
    )
    plan = plan_of(desired({"rna": wanted("org-b"), "dna": wanted("org-a")}), there)
    assert [(s.address, s.action, s.after) for s in plan.steps] == [
        ("projects.dna", "update", {"bill_to": "org-a"}),
        ("projects.rna", "update", {"bill_to": "org-b"}),
    ]


UNSEEN = Unreadable("needs the level ADMINISTER on the project")


def unseen(offers: Mapping[str, frozenset[str] | Unreadable], **ours_is: object) -> Snapshot:
    """user-alice is a MEMBER who may bill org-b, and may not see whether the project is offered."""
    there = project(1, mark=MARK, name="old", level="CONTRIBUTE", offered_to=UNSEEN)
    payers = (
        org("org-a", members={"user-alice": ABSENT}),
        org("org-b", ours_is.get("permitted", (US, EU)), members={"user-alice": BILLABLE}),  # type: ignore[arg-type] # regions
        stranger("user-carol"),
    )
    return replace(actual(there, profiles=payers), offers=dict(offers))


def test_an_offer_that_only_its_recipient_knows_is_accepted():
    plan = plan_of(want("org-b"), unseen({"user-alice": frozenset({pid(1)})}))
    (accept,) = plan.steps
    assert (accept.action, accept.as_) == ("accept", "user-alice")


def test_without_an_offer_to_somebody_at_hand_it_is_refused_by_each_fact_that_blocks():
    plan = plan_of(want("org-b"), unseen({"user-alice": frozenset()}))
    assert plan.steps == ()
    assert {r.facts for r in plan.refusals} == {
        (f"{pid(1)}.level@user-alice",),
        ("org-a.membership@user-alice", f"{pid(1)}.bill_to"),
    }


def test_offers_that_cannot_be_read_leave_it_open():
    plan = plan_of(want("org-b"), unseen({"user-alice": Unreadable("a token of less than full scope")}))
    assert (plan.steps, plan.refusals) == ((), ())
    assert plan.unreadable


def test_an_offer_that_may_be_made_already_to_somebody_else_leaves_it_open():
    plan = plan_of(want("user-carol"), unseen({"user-alice": frozenset()}))
    assert (plan.steps, plan.refusals, plan.manual) == ((), (), ())
    assert [u.attribute for u in plan.unreadable] == [f"{pid(1)}.pending_transfer"]


def test_what_only_comes_with_the_acceptance_waits_while_that_is_blocked():
    offered = unseen({"user-alice": frozenset({pid(1)})}, permitted=(EU,))
    workspace = desired(
        {"rna": wanted("org-b", name="new")},
        orgs={"org-a": Profile(), "org-b": Profile(permitted_regions=(US, EU))},
    )
    plan = plan_of(workspace, offered)
    assert (plan.steps, plan.refusals) == ((), ())
    (blocked,) = plan.blocked
    assert "rename to new" in blocked.change
    assert "bill to org-b" in blocked.change


def test_what_would_come_with_the_payer_is_no_reason_of_its_own():
    plan = plan_of(want("org-b", name="new"), unseen({"user-alice": frozenset({pid(1)})}, permitted=(EU,)))
    assert plan.steps == ()
    assert [(r.rule, r.facts) for r in plan.refusals] == [
        ("REG103", ("org-b.permitted_regions", f"{pid(1)}.region"))
    ]


def test_people_are_not_asked_for_what_an_identity_at_hand_may_be_able_to_do_alone():
    """user-alice could take the project herself, if only it could be read whether she may give it away."""
    payers = (
        org("org-a", members=members(HIDDEN, ADMIN)),
        replace(user("user-alice"), permitted_regions=Unreadable("hidden")),
    )
    there = replace(
        actual(project(1, mark=MARK), profiles=payers, identities=BOTH),
        levels={("user-bob", pid(1)): "ADMINISTER"},
    )
    plan = plan_of(want("user-alice"), there)
    assert (plan.steps, plan.manual, plan.refusals) == ((), (), ())
    assert plan.unreadable
