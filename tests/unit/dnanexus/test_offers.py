"""Projects that are offered to somebody, on the embedded platform: who is shown what, and both calls."""

from __future__ import annotations

from pathlib import Path

import pytest
from reconciler_dnanexus.steps import DNAnexusWriter
from reconciler_sandbox.platform import Platform
from reconciler_sandbox.world.reader import load
from support.inprocess import client, platform_of

from reconciler.model.actual import FactKey, Facts, Scope
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.plan import Action, Step, Values

ALICE, BOB, CAROL = "user-alice", "user-bob", "user-carol"
PEOPLE = (ALICE, BOB, CAROL)
OFFERED, MARKED, PLAIN, HIDDEN = (f"project-{number:024}" for number in range(1, 5))

WORLD = (
    """
format = 1
seed = 1
now = 2026-01-15T09:00:00Z

[orgs.org-a]
permitted_regions = ["aws:us-east-1"]
[orgs.org-a.members]
user-alice = { level = "ADMIN" }
user-carol = { level = "ADMIN" }

[orgs.org-b]
permitted_regions = ["aws:us-east-1"]
[orgs.org-b.members]
user-bob = { level = "ADMIN" }
"""
    + "".join(
        f"""
[users.{user}]
permitted_regions = ["aws:us-east-1"]
[[tokens]]
token = "token-of-{user}"
user = "{user}"
"""
        for user in PEOPLE
    )
    + "".join(
        f"""
[[projects]]
id = "{one}"
name = "one"
region = "aws:us-east-1"
bill_to = "org-a"
{rest}
"""
        for one, rest in (
            (OFFERED, 'members = { user-carol = "ADMINISTER" }\npending_transfer = "user-bob"'),
            (
                MARKED,
                'members = { user-carol = "ADMINISTER", user-alice = "VIEW" }\n'
                'pending_transfer = "user-bob"\nproperties = { reconciler = "w/projects.m" }',
            ),
            (PLAIN, 'members = { user-carol = "ADMINISTER", user-alice = "VIEW" }'),
            (HIDDEN, 'members = { user-carol = "ADMINISTER" }'),
        )
    )
)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    path = tmp_path / "world.toml"
    path.write_text(WORLD)
    return platform_of(load(path).world)


def called(platform: Platform, *users: str) -> DNAnexusWriter:
    return client(platform, users)


@pytest.mark.parametrize(("one", "mark"), [(OFFERED, ABSENT), (MARKED, "w/projects.m")])
def test_the_recipient_alone_is_shown_the_project_with_its_mark_and_offer(
    platform: Platform, one: str, mark: object
) -> None:
    project = called(platform, BOB).read(Scope(projects=(one,))).projects[one]
    assert (project.level, project.mark, project.pending_transfer) == ("NONE", mark, BOB)
    assert (project.region, project.bill_to) == ("aws:us-east-1", "org-a")


def test_several_offered_projects_are_shown_as_each_by_itself(platform: Platform) -> None:
    snapshot = called(platform, BOB).read(Scope(projects=(OFFERED, MARKED, PLAIN)))
    assert {one: project.pending_transfer for one, project in snapshot.projects.items()} == {
        OFFERED: BOB,
        MARKED: BOB,
    }
    assert isinstance(snapshot.missing[PLAIN], Unreadable)


@pytest.mark.parametrize("ids", [(MARKED,), (MARKED, OFFERED), (MARKED, PLAIN, HIDDEN)])
def test_an_offer_that_the_default_identity_may_not_see_is_read_by_its_recipient(
    platform: Platform, ids: tuple[str, ...]
) -> None:
    writer = called(platform, ALICE, BOB)
    levels = tuple((BOB, one) for one in ids)
    assert writer.read(Scope(estates=("org-a",))).projects[MARKED].pending_transfer == BOB
    facts = Facts(writer.read(Scope(estates=("org-a",), levels=levels)))
    offer = facts.get(FactKey(MARKED, "pending_transfer"))
    assert (offer.value, offer.read_by) == (BOB, BOB)
    assert facts.value(FactKey(MARKED, "mark")) == "w/projects.m"
    assert facts.value(FactKey(MARKED, "level", ALICE)) == "VIEW"
    assert facts.value(FactKey(MARKED, "level", BOB)) == "NONE"
    if PLAIN in ids:
        assert isinstance(facts.value(FactKey(PLAIN, "pending_transfer")), Unreadable)
        assert facts.value(FactKey(PLAIN, "level", BOB)) == "NONE"


@pytest.mark.parametrize("ids", [(PLAIN,), (PLAIN, MARKED)])
def test_that_there_is_no_offer_is_read_by_who_administers(platform: Platform, ids: tuple[str, ...]) -> None:
    scope = Scope(projects=ids, levels=tuple((CAROL, one) for one in ids))
    facts = Facts(called(platform, ALICE, CAROL).read(scope))
    assert facts.value(FactKey(PLAIN, "pending_transfer")) is ABSENT
    assert facts.value(FactKey(PLAIN, "level", CAROL)) == "ADMINISTER"
    assert facts.value(FactKey(PLAIN, "level", ALICE)) == "VIEW"


def test_a_user_without_access_and_without_an_offer_has_no_level(platform: Platform) -> None:
    snapshot = called(platform, ALICE, BOB).read(Scope(projects=(PLAIN,), levels=((BOB, PLAIN),)))
    assert snapshot.levels == {(BOB, PLAIN): "NONE"}
    assert snapshot.projects[PLAIN].read_by == ALICE


def step(action: Action, user: str, after: Values, one: str = HIDDEN) -> Step:
    return Step("s1", "projects.x", action, user, {"id": one, "bill_to": "org-a"}, after)


def test_an_offer_is_sent_as_one_and_accepted_as_the_other(platform: Platform) -> None:
    writer = called(platform, CAROL, BOB)
    assert writer.execute(step("transfer", CAROL, {"invitee": BOB})).result == "done"
    scope = Scope(projects=(HIDDEN,), levels=((CAROL, HIDDEN),))
    assert writer.read(scope).projects[HIDDEN].pending_transfer == BOB
    assert writer.execute(step("accept", BOB, {"bill_to": "org-b"})).result == "done"
    scope = Scope(projects=(HIDDEN,), levels=((BOB, HIDDEN),))
    snapshot = writer.read(scope)
    assert (snapshot.projects[HIDDEN].bill_to, snapshot.projects[HIDDEN].pending_transfer) == (
        "org-b",
        ABSENT,
    )
    assert snapshot.levels[BOB, HIDDEN] == "ADMINISTER"


def test_somebody_else_cannot_accept_and_is_told_so_in_the_platforms_words(platform: Platform) -> None:
    outcome = called(platform, CAROL).execute(step("accept", CAROL, {"bill_to": "org-a"}, OFFERED))
    assert (outcome.result, outcome.error_type) == ("refused", "PermissionDenied")
    assert "offered to somebody else" in outcome.message


def test_what_is_offered_is_asked_where_a_list_does_not_show_it(platform: Platform) -> None:
    facts = Facts(called(platform, ALICE, BOB).read(Scope(estates=("org-a",))))
    assert facts.value(FactKey(MARKED, "offered", BOB)) is True
    assert facts.value(FactKey(PLAIN, "offered", BOB)) is False
    assert facts.value(FactKey(PLAIN, "offered", ALICE)) is False


def test_a_mark_that_no_list_shows_is_found_by_who_is_offered_the_project(platform: Platform) -> None:
    snapshot = called(platform, BOB).read(Scope(estates=("org-b",), marks=("w/projects.m", "w/projects.x")))
    assert set(snapshot.projects) == {MARKED}
    assert snapshot.projects[MARKED].mark == "w/projects.m"


def test_a_token_of_less_than_full_scope_leaves_its_offers_unreadable(tmp_path: Path) -> None:
    scoped = WORLD.replace(
        'token = "token-of-user-bob"', 'token = "token-of-user-bob"\nscope = { projects = { "*" = "VIEW" } }'
    )
    assert scoped != WORLD
    (tmp_path / "world.toml").write_text(scoped)
    platform = platform_of(load(tmp_path / "world.toml").world)
    facts = Facts(called(platform, ALICE, BOB).read(Scope(estates=("org-a",))))
    assert isinstance(facts.value(FactKey(PLAIN, "offered", BOB)), Unreadable)
    assert facts.value(FactKey(PLAIN, "offered", ALICE)) is False
