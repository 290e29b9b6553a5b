"""The cases that a planner must get right, from TOML to the platform's state.

What other tests show from one end to the other is not shown again:
A payer change by two people, with both logins at hand, with one, with an offer that stands already:
test_two_people. An offer to somebody else: test_each_rule. A region that the payer lacks, refused with
its ways out applied: test_each_rule; blocked until it is granted, and contradicted by the TOML itself:
test_semantics. Adoption of another name and payer, and a region left out at creation: test_semantics.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
from support.desk import EU, UK, US, a_project, marked, pid

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.desk import Desk

    Desks = Callable[..., Desk]

BOB = '[identities.bob]\nuser = "user-bob"\n'
RIVAL = f"""
[orgs.org-rival]
permitted_regions = ["{EU}"]
members = {{ user-carol = {{ level = "ADMIN" }} }}

[[tokens]]
token = "carol-token"
user = "user-carol"
"""
CAROL = '[identities.carol]\nuser = "user-carol"\n'


def billed(number: int, payer: str, key: str = "trial") -> str:
    return f'[projects.{key}]\nid = "{pid(number)}"\nbill_to = "{payer}"\n'


def dx(desk: Desk, text: str) -> None:
    """Run the commands of a request to people, each as who it says."""
    user = ""
    for line in text.splitlines():
        who = re.search(r"[Aa]s (user-\w+), run:", line)
        user = who[1] if who else user
        if line.startswith("dx api "):
            _, _, entity, method, body = shlex.split(line)
            desk.call(user, f"/{entity}/{method}", **json.loads(body))


def test_a_default_region_is_moved_and_a_project_created_in_the_old_one(desk: Desks):
    lab = desk()
    toml = (
        f'[orgs.org-lab]\ndefault_region = "{EU}"\n'
        f'[projects.old]\nregion = "{US}"\nbill_to = "org-lab"\n[projects.new]\nbill_to = "org-lab"\n'
    )
    assert [step["depends_on"] for step in lab.plan(toml)["steps"]] == [[], [], []]
    lab.apply()
    assert lab.org("org-lab").default_region == EU
    assert (lab.named("old").region, lab.named("new").region) == (US, EU)


def test_a_creation_takes_its_region_from_the_default_that_the_same_plan_sets(desk: Desks):
    lab = desk()
    toml = f'[orgs.org-clinic]\ndefault_region = "{UK}"\n[projects.new]\nbill_to = "org-clinic"\n'
    steps = {step["action"]: step for step in lab.plan(toml)["steps"]}
    assert steps["create"]["after"]["region"] == UK
    assert sorted(lab.apply()) == [("create", "projects.new"), ("update", "orgs.org-clinic")]
    assert (lab.named("new").region, lab.org("org-clinic").default_region) == (UK, UK)


def test_a_default_is_changed_before_its_region_is_given_up(desk: Desks):
    lab = desk()
    toml = f'[orgs.org-lab]\ndefault_region = "{EU}"\npermitted_regions = ["{EU}"]\n'
    plan = lab.plan(toml)
    (manual,) = plan["manual"]
    assert f"its default region is still {US}; it has to become {EU} first" in manual["text"]
    assert lab.apply() == [("update", "orgs.org-lab")]
    assert lab.org("org-lab").default_region == EU
    (manual,) = lab.plan()["manual"]
    assert "default" not in manual["text"]
    lab.change(lab.org("org-lab"), permitted_regions=(EU,))
    assert lab.plan()["manual"] == []


@pytest.mark.parametrize("login", [BOB, ""], ids=["at hand", "not at hand"])
def test_a_project_goes_to_another_person(desk: Desks, login: str):
    """With both logins two steps; else the commands for the two of them, which do it."""
    lab = desk(a_project(1, "Trial"))
    plan = lab.plan(login + billed(1, "user-bob"))
    if login:
        assert [(s["action"], s["as"]) for s in plan["steps"]] == [
            ("transfer", "user-alice"),
            ("accept", "user-bob"),
        ]
        assert plan["summary"]["transfer"] == 1
        lab.apply()
        assert [user for user, _ in lab.writes()] == ["user-alice", "user-bob"]
    else:
        assert (plan["steps"], lab.apply()) == ([], [])
        assert lab.writes() == []
        (manual,) = plan["manual"]
        assert manual["who"] == "user-alice and user-bob"
        dx(lab, manual["text"])
    assert (lab.project(pid(1)).bill_to, lab.project(pid(1)).pending_transfer) == ("user-bob", None)
    assert lab.apply() == []
    assert lab.plan()["manual"] == []


def test_a_pending_transfer_to_the_wanted_person_is_only_accepted(desk: Desks):
    lab = desk(a_project(1, "Trial", pending_transfer="user-bob"))
    assert lab.apply(BOB + billed(1, "user-bob")) == [("accept", "projects.trial")]
    assert lab.writes() == [("user-bob", f"/{pid(1)}/acceptTransfer")]
    assert lab.project(pid(1)).bill_to == "user-bob"


def test_a_pending_transfer_to_a_person_not_at_hand_leaves_one_command(desk: Desks):
    lab = desk(a_project(1, "Trial", pending_transfer="user-bob"))
    (manual,) = lab.plan(billed(1, "user-bob"))["manual"]
    assert lab.apply() == []
    assert manual["who"] == "user-bob"
    dx(lab, manual["text"])
    assert lab.project(pid(1)).bill_to == "user-bob"
    assert lab.plan()["manual"] == []


def test_a_pending_transfer_to_somebody_else_is_never_replaced(desk: Desks):
    lab = desk(a_project(1, "Trial", EU, pending_transfer="user-carol"))
    assert lab.refused(billed(1, "org-clinic")) == {"projects.trial": ["REG203"]}


@pytest.mark.parametrize("scope", ["narrow", "full"])
def test_a_takeover_by_a_payer_whose_regions_cannot_be_read_is_cannot_tell(desk: Desks, scope: str):
    narrow = 'scope = { projects = { "*" = "ADMINISTER" } }\n' if scope == "narrow" else ""
    lab = desk(a_project(1, "Trial"), RIVAL, narrow)
    toml = CAROL + billed(1, "org-rival")
    if scope == "narrow":
        found = lab.unreadable(toml)
        assert ("projects.trial", "org-rival.permitted_regions") in found
        assert {address for address, _ in found} == {"projects.trial"}
    else:
        assert lab.refused(toml) == {"projects.trial": ["REG103"]}


def test_two_projects_trade_payers(desk: Desks):
    lab = desk(a_project(1, "One", EU, "org-lab"), a_project(2, "Two", EU, "org-clinic"))
    toml = billed(1, "org-clinic", "one") + billed(2, "org-lab", "two")
    assert lab.apply(toml) == [("update", "projects.one"), ("update", "projects.two")]
    assert [lab.project(pid(n)).bill_to for n in (1, 2)] == ["org-clinic", "org-lab"]


def test_two_projects_trade_payers_between_two_people(desk: Desks):
    lab = desk(
        a_project(1, "One"), a_project(2, "Two", US, "org-partner", members={"user-bob": "ADMINISTER"})
    )
    toml = BOB + billed(1, "org-partner", "one") + billed(2, "org-lab", "two")
    done = lab.apply(toml)
    assert sorted(done) == sorted(
        (a, f"projects.{p}") for p in ("one", "two") for a in ("transfer", "accept")
    )
    assert [lab.project(pid(n)).bill_to for n in (1, 2)] == ["org-partner", "org-lab"]


def test_an_orgs_default_is_set_by_the_identity_that_is_its_admin(desk: Desks):
    lab = desk()
    toml = f'[orgs.org-guests]\ndefault_region = "{EU}"\n'
    assert lab.refused(toml) == {"orgs.org-guests": ["REG201"]}
    assert lab.apply(BOB + toml) == [("update", "orgs.org-guests")]
    assert lab.org("org-guests").default_region == EU
    assert lab.writes() == [("user-bob", "/org-guests/update")]


def test_a_users_default_is_set_as_that_user_or_cannot_be_told(desk: Desks):
    lab = desk()
    toml = f'[users.user-bob]\ndefault_region = "{EU}"\n'
    assert lab.unreadable(toml) == [("users.user-bob", "default_region")]
    assert lab.apply(BOB + toml) == [("update", "users.user-bob")]
    assert lab.user("user-bob").default_region == EU
    assert lab.writes() == [("user-bob", "/user-bob/update")]


def test_an_unowned_project_is_adopted_by_its_name_and_payer(desk: Desks):
    lab = desk(a_project(1, "Trial", properties={"cohort": "7"}), a_project(2, "Trial", EU, "org-clinic"))
    toml = f'[projects.trial]\nname = "Trial"\nregion = "{US}"\nbill_to = "org-lab"\nadopt = true\n'
    assert lab.apply(toml) == [("adopt", "projects.trial")]
    assert lab.project(pid(1)).properties == {"cohort": "7", **marked("trial")}
    assert lab.project(pid(2)).properties == {}


def test_a_project_of_a_foreign_owner_is_left_alone_until_that_owner_is_named(desk: Desks):
    lab = desk(a_project(1, "Trial", properties=marked("x", "theirs")))
    toml = f'[projects.trial]\nid = "{pid(1)}"\nname = "Ours"\nadopt = true\n'
    assert lab.refused(toml) == {"projects.trial": ["REG303"]}
    assert lab.refused(f'{toml}take_over = "others"\n') == {"projects.trial": ["REG303"]}
    assert lab.apply(f'{toml}take_over = "theirs"\n') == [
        ("adopt", "projects.trial"),
        ("update", "projects.trial"),
    ]
    assert (lab.project(pid(1)).name, lab.project(pid(1)).properties) == ("Ours", marked("trial"))


def test_a_name_and_a_payer_change_together_where_the_new_payer_lacks_the_region(desk: Desks):
    """Refused as a whole: nothing of a refused resource is sent, and others go on."""
    lab = desk(a_project(1, "Trial"), a_project(2, "Cohort", EU))
    toml = f'{billed(1, "org-clinic")}name = "Renamed"\n{billed(2, "org-clinic", "cohort")}'
    assert lab.apply(toml, then=3) == [("update", "projects.cohort")]
    assert (lab.project(pid(1)).name, lab.project(pid(1)).bill_to) == ("Trial", "org-lab")
