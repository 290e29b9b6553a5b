"""What only the platform's own answer can tell: shown in its words, and the step is offered again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

TRIAL = "project-J0000000000000000000001A"
BOB = '\n[identities.bob]\nuser = "user-bob"\n'
CREATE = '\n[projects.new]\nname = "New"\nregion = "aws:us-east-1"\nbill_to = "org-poor"\n'
MOVE = f'\n[projects.trial]\nid = "{TRIAL}"\nbill_to = "org-poor"\n'
SPENT, EXPIRED = 'spending = "exceeded"', "expired = true"
WORDS = {
    SPENT: ("SpendingLimitExceeded", "the spending limit of org-poor is reached"),
    EXPIRED: ("OrgExpired", "org-poor has expired"),
}


def prepared(lab: Lab, trouble: str, member: str) -> None:
    """An organisation that is in trouble, and has one ADMIN."""
    world = lab.folder / "world" / "world.toml"
    org = f"""
[orgs.org-poor]
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
{trouble}
[orgs.org-poor.members]
{member} = {{ level = "ADMIN" }}
"""
    world.write_text(world.read_text() + org)


def told_and_offered_again(lab: Lab, action: str, kind: str, words: str) -> None:
    planned = [step["action"] for step in lab.run("plan", "--format", "json").json["steps"]]
    assert planned[-1] == action
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 4, ran.out + ran.err
    shown = " ".join(ran.out.split())
    assert words in shown
    assert f"{kind}, 403" in shown
    assert "(request " in shown
    calls = [json.loads(line) for line in lab.run("sandbox", "log").out.splitlines()]
    assert [call["error"] for call in calls if call["status"] == 403] == [kind]
    ran = lab.run("apply", "--auto-approve", "--format", "json")
    assert ran.code == 4
    failed = ran.json["steps"][-1]
    assert (failed["action"], failed["result"], failed["error_type"]) == (action, "failed", kind)
    assert failed["request_id"]
    assert failed["request_id"] not in shown, "each call has its own"
    left = lab.run("plan", "--format", "json")
    assert left.code == 0
    assert [step["action"] for step in left.json["steps"]] == [action]


@pytest.mark.parametrize("trouble", [SPENT, EXPIRED])
@pytest.mark.parametrize(("action", "table"), [("create", CREATE), ("update", MOVE)])
def test_a_payer_that_may_not_pay_now_is_told_by_the_platform_alone(
    lab: Lab, trouble: str, action: str, table: str
) -> None:
    prepared(lab, trouble, "user-alice")
    lab.write(lab.HEAD, table)
    told_and_offered_again(lab, action, *WORDS[trouble])


@pytest.mark.parametrize("trouble", [SPENT, EXPIRED])
def test_an_acceptance_for_a_payer_that_may_not_pay_now_leaves_the_offer_standing(
    lab: Lab, trouble: str
) -> None:
    prepared(lab, trouble, "user-bob")
    lab.write(lab.HEAD, BOB, MOVE)
    told_and_offered_again(lab, "accept", *WORDS[trouble])
    assert lab.call(f"/{TRIAL}/describe")["pendingTransfer"] == "user-bob"


def test_a_project_with_phi_is_billed_to_who_has_no_such_features_if_the_platform_lets_it(lab: Lab) -> None:
    """The platform asks for PHI features where the setting is switched on, which this tool never does."""
    world = lab.folder / "world" / "world.toml"
    world.write_text(world.read_text() + "flags = { containsPHI = true }\n")
    prepared(lab, "", "user-alice")
    lab.write(lab.HEAD, MOVE)
    assert lab.run("apply", "--auto-approve").code == 0
    told = lab.call(f"/{TRIAL}/describe")
    assert (told["billTo"], told["containsPHI"]) == ("org-poor", True)
