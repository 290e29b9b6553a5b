"""A payer change that needs two people, from the TOML to the platform's state: one offers, one accepts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.tokens import token_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Lab, Ran

ALICE_TOKEN, BOB_TOKEN = token_of("user-alice"), token_of("user-bob")
TRIAL = "project-J0000000000000000000001A"
THEIRS = """
[users.user-carol]

[[tokens]]
token = "carol-token"
user = "user-carol"

[orgs.org-theirs]
name = "Theirs"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
[orgs.org-theirs.members]
user-bob = { level = "ADMIN" }
"""
BOB = """
[identities.bob]
user = "user-bob"
"""
HANDED = f"""
[projects.trial]
id = "{TRIAL}"
bill_to = "org-theirs"
"""
OFFER, ACCEPTANCE = f"/{TRIAL}/transfer", f"/{TRIAL}/acceptTransfer"


def prepared(lab: Lab, *more: str) -> None:
    world = lab.folder / "world" / "world.toml"
    world.write_text("".join([world.read_text(), THEIRS, *more]))
    lab.write(lab.HEAD, BOB, HANDED)


def fault(route: str, effect: str, when: str = "before") -> str:
    return f'\n[[faults]]\nroute = "{route}"\neffect = "{effect}"\nwhen = "{when}"\n'


def sent(lab: Lab) -> list[tuple[str, str]]:
    """Who has sent which of the two calls, as often as the platform was asked."""
    calls = [json.loads(line) for line in lab.run("sandbox", "log").out.splitlines()]
    return [(call["user"], call["route"]) for call in calls if call["route"] in (OFFER, ACCEPTANCE)]


BOTH = [("user-alice", OFFER), ("user-bob", ACCEPTANCE)]


def stands(lab: Lab, token: str = BOB_TOKEN) -> tuple[Any, Any]:
    told = lab.call(f"/{TRIAL}/describe", token, fields={"billTo": True, "pendingTransfer": True})
    return told["billTo"], told["pendingTransfer"]


def actions(ran: Ran) -> list[tuple[str, str]]:
    return [(step["action"], step["as"]) for step in ran.json["steps"]]


def results(ran: Ran) -> list[tuple[str, str, bool]]:
    return [(step["action"], step["result"], step["skipped"]) for step in ran.json["steps"]]


def test_with_both_logins_at_hand_a_project_changes_hands_in_one_apply(lab: Lab) -> None:
    prepared(lab)
    ran = lab.run("plan")
    assert ran.code == 0, ran.err
    assert (
        "  @ transfer or accept\n"
        "\n"
        f"  @ projects.trial               {TRIAL}\n"
        "      offered to user-bob\n"
        "      accepted by user-bob, then billed to org-theirs\n"
        "      as        user-alice, then user-bob\n"
    ) in ran.out
    assert "Plan: 1 to transfer.\n" in ran.out
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert "projects.trial   offered " in ran.out
    assert "projects.trial   accepted " in ran.out
    assert stands(lab) == ("org-theirs", None)
    assert sent(lab) == BOTH
    assert lab.run("plan", "--detailed-exitcode").code == 0
    assert lab.run("drift").code == 0


def test_the_question_names_who_accepts_and_a_no_sends_nothing(lab: Lab) -> None:
    prepared(lab)
    ran = lab.typed("no\n", "apply")
    assert ran.code == 1
    assert (
        "  1 project gets another payer, who alone can give it back:\n"
        "      projects.trial   org-theirs, accepted by user-bob\n"
    ) in ran.out
    assert sent(lab) == []


@pytest.mark.parametrize("saved", [False, True])
def test_after_a_failed_acceptance_the_offer_stands_and_only_that_is_left(lab: Lab, saved: bool) -> None:
    prepared(lab, fault(ACCEPTANCE, "deny"))
    assert lab.run("plan", "-o", "plan.json").code == 0
    ran = lab.run("apply", "plan.json", "--auto-approve", "--format", "json")
    assert ran.code == 4, ran.out + ran.err
    assert results(ran) == [("transfer", "done", False), ("accept", "failed", False)]
    assert ran.json["steps"][1]["error_type"] == "PermissionDenied"
    assert ran.json["steps"][1]["request_id"]
    assert stands(lab, ALICE_TOKEN) == ("org-lab", "user-bob")
    left = lab.run("plan", "--format", "json")
    assert actions(left) == [("accept", "user-bob")]
    assert left.json["summary"]["transfer"] == 1
    again = ("apply", "plan.json") if saved else ("apply",)
    ran = lab.run(*again, "--auto-approve", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    skipped = [("transfer", "done", True)] if saved else []
    assert results(ran) == [*skipped, ("accept", "done", False)]
    assert stands(lab) == ("org-theirs", None)
    assert sent(lab) == [*BOTH, BOTH[1]]


@pytest.mark.parametrize("lost", [(OFFER,), (ACCEPTANCE,), (OFFER, ACCEPTANCE)])
@pytest.mark.parametrize("effect", ["close", "status:500"])
def test_an_answer_that_is_lost_after_the_call_took_effect_is_settled_by_reading(
    lab: Lab, lost: tuple[str, ...], effect: str
) -> None:
    prepared(lab, *(fault(route, effect, "after") for route in lost))
    ran = lab.run("apply", "--auto-approve", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    assert results(ran) == [("transfer", "done", False), ("accept", "done", False)]
    assert sent(lab) == BOTH
    assert stands(lab) == ("org-theirs", None)


def test_an_offer_that_was_lost_on_its_way_is_failed_and_nobody_accepts(lab: Lab) -> None:
    prepared(lab, fault(OFFER, "close"))
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 4
    assert "it was not carried out" in " ".join(ran.out.split())
    assert "waits for projects.trial" in ran.out
    assert stands(lab, ALICE_TOKEN) == ("org-lab", None)
    assert lab.run("apply", "--auto-approve").code == 0
    assert sent(lab)[1:] == BOTH


def test_an_offer_to_somebody_else_in_between_makes_the_saved_plan_stale(lab: Lab) -> None:
    prepared(lab)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.call(OFFER, invitee="user-carol")
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 5, ran.out + ran.err
    assert f"{TRIAL}.pending_transfer" in ran.out
    assert "is user-carol" in ran.out
    assert stands(lab, ALICE_TOKEN) == ("org-lab", "user-carol")
    ran = lab.run("plan")
    assert ran.code == 3
    assert "REG203" in ran.out


def test_an_offer_to_somebody_else_while_the_person_is_asked_stops_the_apply(lab: Lab) -> None:
    prepared(lab)
    ran = lab.typed("yes\n", "apply", meanwhile=lambda: lab.call(OFFER, invitee="user-carol"))
    assert ran.code == 5, ran.out + ran.err
    assert stands(lab, ALICE_TOKEN) == ("org-lab", "user-carol")


@pytest.mark.parametrize("accepted", [True, False])
def test_what_the_people_did_by_hand_in_between_is_not_done_again(lab: Lab, accepted: bool) -> None:
    prepared(lab)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.call(OFFER, invitee="user-bob")
    if accepted:
        lab.call(ACCEPTANCE, BOB_TOKEN, billTo="org-theirs")
    ran = lab.run("apply", "plan.json", "--auto-approve", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    assert results(ran) == [("transfer", "done", True), ("accept", "done", accepted)]
    assert sent(lab) == BOTH
    assert stands(lab) == ("org-theirs", None)


def test_the_recipient_alone_may_accept_what_was_offered(lab: Lab) -> None:
    prepared(lab)
    lab.run("plan")
    lab.call(OFFER, invitee="user-bob")
    lab.write(lab.HEAD, 'user = "user-bob"\n', HANDED)
    ran = lab.run("plan", "--format", "json")
    assert ran.code == 0, ran.out + ran.err
    assert actions(ran) == [("accept", "user-bob")]
    facts = {fact["id"]: (fact["value"], fact["read_by"]) for fact in ran.json["facts"]}
    assert facts[f"{TRIAL}.pending_transfer"] == ("user-bob", "user-bob")
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert stands(lab) == ("org-theirs", None)
    assert lab.run("plan", "--detailed-exitcode").code == 0


def test_with_one_login_at_hand_nothing_is_offered(lab: Lab) -> None:
    prepared(lab)
    lab.write(lab.HEAD, HANDED)
    ran = lab.run("apply", "--auto-approve")
    assert sent(lab) == []
    assert "projects.trial" in ran.out


def test_a_saved_plan_of_two_people_is_3_without_the_second(lab: Lab) -> None:
    prepared(lab)
    text = (lab.folder / "lab.toml").read_text().replace('user = "user-bob"', 'token_env = "BOB"')
    lab.write(text)
    assert lab.run("plan", "-o", "plan.json", BOB=BOB_TOKEN).code == 0
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 3, ran.out + ran.err
    assert "user-bob, who is not at hand" in ran.err
    assert sent(lab) == []
    assert lab.run("apply", "plan.json", "--auto-approve", BOB=BOB_TOKEN).code == 0
    assert stands(lab) == ("org-theirs", None)


OLD = '[projects.trial]\nname = "Trial"\nbill_to = "org-lab"\nadopt = true\ntake_over = "old"\n'


def of_another_workspace(lab: Lab) -> None:
    assert lab.run("regions", "--payer", "org-lab").code == 0  # the platform runs now
    lab.call(f"/{TRIAL}/setProperties", properties={"reconciler": "old/projects.trial"})


def marked(lab: Lab) -> Any:
    told = lab.call(f"/{TRIAL}/describe", fields={"properties": True})
    return told["properties"]["reconciler"]


def by_name(text: str) -> str:
    return text


def by_id(text: str) -> str:
    return text.replace("name =", f'id = "{TRIAL}"\nname =')


@pytest.mark.parametrize("written", [by_name, by_id])
def test_the_mark_of_another_workspace_is_replaced_where_the_toml_names_it(
    lab: Lab, written: Callable[[str], str]
) -> None:
    of_another_workspace(lab)
    lab.write(lab.HEAD, written(OLD))
    ran = lab.typed("yes\n", "apply")
    assert ran.code == 0, ran.out + ran.err
    assert f"  = projects.trial               {TRIAL}, taken over\n" in ran.out
    assert "      mark      old/projects.trial  →  lab/projects.trial\n" in ran.out
    assert "  1 project is taken away from another workspace:\n" in ran.out
    assert marked(lab) == "lab/projects.trial"
    assert lab.run("plan", "--detailed-exitcode").code == 0


def test_a_mark_that_has_changed_since_is_not_taken_over(lab: Lab) -> None:
    of_another_workspace(lab)
    lab.write(lab.HEAD, by_name(OLD))
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.call(f"/{TRIAL}/setProperties", properties={"reconciler": "third/projects.trial"})
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 5, ran.out + ran.err
    assert "third/projects.trial" in ran.out
    assert marked(lab) == "third/projects.trial"
