"""Questions: yes, no or cannot tell, why, and what can be done instead."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from reconciler_sandbox.laws.records import Member, Org
from support.asking import ALICE, BOB, EU, US, asked, oid, place, platform, thing, tool
from support.executables import bundle, link
from support.worlds import SYD, desired, pid, wanted

from reconciler.diff.changes import DataLink
from reconciler.model.answer import Answer
from reconciler.model.desired import Match, Policy, Profile
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.planner.questions import CanBill, CanClone, CanCreate, CanDefault, CanRun

FILE, APPLET, FLOW, APP = oid("file", 1), oid("applet", 1), oid("workflow", 1), oid("app", 1)
ADMINS = {ALICE: Member("ADMIN", True, "ADMINISTER")}
TRANSFERS: dict[str, object] = {"memberListVisibility": "ADMIN", "restrictProjectTransfer": "ADMIN"}
LAB = Org("org-lab", "Lab", ADMINS, TRANSFERS, permitted_regions=(US,), default_region=US)


def rules(answer: Answer) -> set[str]:
    return {reason.rule for reason in answer.reasons}


def ways(answer: Answer) -> list[str]:
    return [way.text for way in answer.alternatives]


# Payers


def test_a_yes_names_who_can_do_it_and_the_facts_that_it_rests_on_with_who_read_them():
    answer = asked(CanCreate(US, "org-lab"), platform([], orgs={"org-lab": LAB}))
    assert (answer.answer, answer.as_, answer.reasons) == ("yes", (ALICE,), ())
    assert {fact.id: fact.read_by for fact in answer.facts} == {
        "org-lab.membership@user-alice": ALICE,
        "org-lab.permitted_regions": ALICE,
    }


def test_a_question_about_a_payer_costs_two_calls():
    assert asked(CanCreate(US, "org-lab"), platform([], orgs={"org-lab": LAB})).read.calls == 2


def test_a_region_that_is_not_permitted_is_a_no_with_other_regions_other_payers_and_the_request_for_it():
    answer = asked(CanCreate(EU, "org-lab"), platform([], orgs={"org-lab": LAB}))
    assert (answer.answer, rules(answer)) == ("no", {"REG102"})
    assert ways(answer) == [
        f"create it in {US}, which org-lab is permitted",
        f"bill it to user-alice, which is permitted {EU}",
    ]
    (request,) = answer.requests
    assert request.who == "the platform's sales contact"
    assert f"Please add {EU} to the permitted regions of org-lab" in request.text


def test_a_region_that_the_toml_asks_for_is_still_a_no_until_sales_have_granted_it():
    workspace = desired(orgs={"org-lab": Profile(permitted_regions=(US, EU))})
    answer = asked(CanCreate(EU, "org-lab"), platform([], orgs={"org-lab": LAB}), workspace=workspace)
    assert (answer.answer, [reason.verdict for reason in answer.reasons]) == ("no", ["blocked"])
    assert answer.requests[0].who == "the platform's sales contact"


def test_what_one_named_person_alone_can_do_is_a_no_with_the_command_for_that_person():
    answer = asked(CanCreate(US, BOB), platform([]))
    assert answer.answer == "no"
    (request,) = answer.requests
    assert request.who == BOB
    assert 'dx api project new \'{"name": "new project", "region": "aws:us-east-1", ' in request.text
    assert "reconciler" not in request.text  # it will be nobody's: no mark


def test_the_default_of_somebody_else_is_a_no_although_the_permitted_regions_are_hidden():
    answer = asked(CanDefault(BOB, US), platform([]))
    assert (answer.answer, rules(answer)) == ("no", {"REG201"})
    assert f'dx api user-bob update \'{{"defaultRegion": "{US}"}}\'' in answer.requests[0].text


def test_the_default_that_is_there_already_is_a_yes_with_a_note():
    answer = asked(CanDefault("org-lab", US), platform([], orgs={"org-lab": LAB}))
    assert answer.answer == "yes"
    assert answer.notes == ("it is the default already: there is nothing to do",)


def test_a_policy_of_the_workspace_makes_a_creation_a_no():
    workspace = replace(desired(), policies=(Policy("gdpr", (EU,), Match(name="EU *")),))
    at = platform([], orgs={"org-lab": LAB})
    refused = asked(CanCreate(US, "org-lab", "EU cohort"), at, workspace=workspace)
    assert (refused.answer, rules(refused)) == ("no", {"REG301"})
    unnamed = asked(CanCreate(US, "org-lab"), at, workspace=workspace)
    assert unnamed.answer == "yes"
    assert "--name" in unnamed.notes[0]


def test_billing_that_two_people_at_hand_can_do_together_is_a_yes_that_names_both():
    at = platform([place(1)])
    answer = asked(CanBill(pid(1), BOB), at, ALICE, BOB)
    assert (answer.answer, answer.as_) == ("yes", (ALICE, BOB))
    alone = asked(CanBill(pid(1), BOB), at)
    assert alone.answer == "no"
    assert "acceptTransfer" in alone.requests[0].text


def test_billing_to_the_present_payer_is_a_yes_with_nothing_to_do():
    answer = asked(CanBill(pid(1), ALICE), platform([place(1)]))
    assert (answer.answer, answer.as_) == ("yes", ())
    assert "already" in answer.notes[0]


def test_a_project_that_nobody_at_hand_sees_can_be_billed_by_none_of_them():
    answer = asked(CanBill(pid(1), ALICE), platform([place(1, members={BOB: "ADMINISTER"})]))
    assert (answer.answer, rules(answer)) == ("no", {"REG201"})


# Addresses


def test_an_address_of_the_workspace_is_the_project_that_bears_its_mark():
    workspace = desired({"rna": wanted(ALICE)})
    at = platform([place(1), place(2, mark="ws/projects.rna")])
    answer = asked(CanBill("projects.rna", ALICE), at, workspace=workspace)
    assert answer.question.arguments["project"] == pid(2)


@pytest.mark.parametrize(
    ("address", "summary"),
    [
        ("projects.rna", "projects.rna is no project at the platform"),
        ("projects.nix", "there is no projects.nix in the workspace"),
    ],
)
def test_an_address_that_is_no_project_is_an_error(address: str, summary: str):
    with pytest.raises(DiagnosticsError, match=summary):
        asked(CanBill(address, ALICE), platform([]), workspace=desired({"rna": wanted(ALICE)}))


def test_all_ids_that_the_platform_does_not_know_are_told_at_once():
    with pytest.raises(DiagnosticsError) as caught:
        asked(CanBill(pid(7), "org-no"), platform([]))
    assert [found.summary for found in caught.value.diagnostics] == [
        "there is no org-no at the platform",
        f"there is no {pid(7)} at the platform",
    ]


# Cloning


def test_data_of_another_region_is_a_no_with_projects_of_its_own_region_instead():
    at = platform([place(1), place(2, EU), place(3), place(4, members={ALICE: "VIEW"})], thing(FILE, 1))
    answer = asked(CanClone(None, FILE, pid(2)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG107"})
    assert ways(answer) == [
        f'clone it into {pid(3)} ("p3"), in {US}',
        f"make a new project in {US}, billed to user-alice, and clone it into that",
    ]


def test_a_new_project_is_offered_only_where_the_data_may_then_be_cloned():
    at = platform([place(1, flags=("containsPHI",)), place(2, EU)], thing(FILE, 1))
    assert ways(asked(CanClone(pid(1), FILE, pid(2)), at)) == []


def test_of_several_copies_the_one_that_may_leave_is_taken():
    at = platform([place(1, flags=("restricted",)), place(2), place(3)], thing(FILE, 1, 2))
    assert asked(CanClone(None, FILE, pid(3)), at).answer == "yes"
    named = asked(CanClone(pid(1), FILE, pid(3)), at)
    assert (named.answer, rules(named)) == ("no", {"REG201"})
    assert "is restricted" in named.message


def test_data_with_phi_goes_only_where_phi_may_be():
    phi = ("containsPHI",)
    at = platform([place(1, flags=phi), place(2), place(3, flags=phi)], thing(FILE, 1))
    assert asked(CanClone(pid(1), FILE, pid(2)), at).answer == "no"
    assert asked(CanClone(pid(1), FILE, pid(3)), at).answer == "yes"


def test_what_goes_along_has_to_be_closed_too():
    record, hidden = oid("record", 1), oid("file", 2)
    linked = thing(record, 1, links=(hidden,))
    at = platform([place(1), place(2)], [*linked, *thing(hidden, 1, hidden=True, state="open")])
    answer = asked(CanClone(pid(1), record, pid(2)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG107"})
    assert f"{hidden} is open, and goes along with {record}" in answer.message
    elsewhere = platform([place(1), place(2)], [*linked, *thing(hidden, 2, hidden=True, state="open")])
    assert asked(CanClone(pid(1), record, pid(2)), elsewhere).answer == "yes"


def test_a_whole_project_is_cloned_once_all_in_it_is_closed():
    at = platform([place(1), place(2)], [*thing(FILE, 1), *thing(oid("file", 2), 1, state="open")])
    assert asked(CanClone(pid(1), None, pid(2)), at).answer == "no"
    assert asked(CanClone(pid(2), None, pid(1)), at).answer == "yes"
    hidden = platform([place(1), place(2)], thing(FILE, 1, state="open", hidden=True))
    assert asked(CanClone(pid(1), None, pid(2)), hidden).answer == "cannot_tell"


def test_data_that_is_not_in_the_named_project_is_an_error():
    at = platform([place(1), place(2)], thing(FILE, 1))
    with pytest.raises(DiagnosticsError, match=f"{FILE} is not in {pid(2)}"):
        asked(CanClone(pid(2), FILE, pid(1)), at)


def test_data_that_nobody_at_hand_sees_is_cloned_by_none_of_them():
    at = platform([place(1, members={BOB: "VIEW"}), place(2)], thing(FILE, 1))
    assert asked(CanClone(None, FILE, pid(2)), at).answer == "no"
    assert asked(CanClone(pid(1), FILE, pid(2)), at).answer == "no"
    together = asked(CanClone(None, FILE, pid(2)), at, ALICE, BOB)
    assert together.answer == "no"  # one sees it, the other may write there
    assert "user-alice does not see" in together.message or "user-bob has NONE" in together.message


# Runs


def applet(
    number: int, *holders: int, bundled: tuple[str, ...] = (), default: str | None = None
) -> list[object]:
    spec: dict[str, object] = {"runSpec": {"interpreter": "bash", "bundledDepends": bundle(*bundled)}}
    if default is not None:
        spec["inputSpec"] = [{"name": "x", "default": link(default)}]
    return [*thing(oid("applet", number), *holders, spec=spec)]


def flow(*stages: str, **settings: object) -> list[object]:
    each = [{"id": f"s{n}", "executable": stage, **settings} for n, stage in enumerate(stages)]
    return [*thing(FLOW, 1, spec={"stages": each})]


@pytest.mark.parametrize(
    ("made", "inputs"),
    [
        (applet(1, 2), ()),
        (applet(1, 1, bundled=(FILE,)), ()),
        (applet(1, 1, default=FILE), ()),
        (applet(1, 1), (DataLink(FILE),)),
    ],
    ids=["applet", "bundled", "default", "input"],
)
def test_whatever_of_a_run_lies_in_another_region_is_a_no(made: list[object], inputs: tuple[DataLink, ...]):
    at = platform([place(1), place(2, EU)], [*made, *thing(FILE, 2)])  # type: ignore[list-item] # records
    answer = asked(CanRun(APPLET, pid(1), inputs), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG108"})
    assert {fact.attribute for fact in answer.facts} == {"regions", "region"}


def test_a_bundled_object_that_nobody_sees_cannot_be_told():
    secret = place(2, members={BOB: "ADMINISTER"})
    at = platform([place(1), secret], [*applet(1, 1, bundled=(FILE,)), *thing(FILE, 2)])
    assert asked(CanRun(APPLET, pid(1)), at).answer == "cannot_tell"
    assert asked(CanRun(APPLET, pid(1)), at, ALICE, BOB).answer == "yes"


def test_a_run_in_another_project_of_the_right_region_is_offered():
    at = platform([place(1), place(2, EU), place(3, EU, members={ALICE: "UPLOAD"})], applet(1, 2))
    assert ways(asked(CanRun(APPLET, pid(1)), at)) == [
        f'run it in {pid(2)} ("p2"), in {EU}',
        f"make a new project in {EU}, billed to user-alice, and run it there",
    ]


def test_an_input_out_of_a_restricted_project_stays_there():
    at = platform([place(1), place(2, flags=("restricted",))], [*applet(1, 1, 2), *thing(FILE, 2)])
    assert rules(asked(CanRun(APPLET, pid(1), (DataLink(FILE),)), at)) == {"REG201"}
    assert asked(CanRun(APPLET, pid(2), (DataLink(FILE),)), at).answer == "yes"


def test_each_stage_of_a_workflow_obeys_the_laws_by_itself():
    here, there = applet(1, 1), applet(2, 2)
    at = platform([place(1), place(2, EU)], [*here, *there, *flow(APPLET, oid("applet", 2))])
    answer = asked(CanRun(FLOW, pid(1)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG108"})
    assert f"{oid('applet', 2)}, a stage of {FLOW}" in answer.message


def test_an_instance_type_of_another_cloud_is_a_no():
    wanted_type = {"systemRequirements": {"main": {"instanceType": "azure:mem1_ssd1_x4"}}}
    at = platform([place(1)], [*applet(1, 1), *flow(APPLET, **wanted_type)])
    answer = asked(CanRun(FLOW, pid(1)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG108"})
    assert "azure:mem1_ssd1_x4" in answer.message


def test_a_stage_that_the_user_does_not_see_is_a_no():
    secret = place(2, members={BOB: "ADMINISTER"})
    at = platform([place(1), secret], [*applet(1, 2), *flow(APPLET)])
    assert "REG201" in rules(asked(CanRun(FLOW, pid(1)), at))


def test_an_app_that_is_not_enabled_there_is_a_no_that_tells_of_its_payer():
    at = platform([place(1), place(2, EU)], [*applet(1, 1), *tool(1, {US: APPLET}, payer=ALICE)])
    answer = asked(CanRun("app-tool", pid(2)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG109"})
    assert f"is not enabled in {EU}" in answer.message
    assert "is permitted for its payer, user-alice" in answer.message
    assert asked(CanRun("app-tool", pid(1)), at).answer == "yes"


def test_an_app_whose_applet_is_hidden_is_judged_by_what_it_says_of_itself():
    secret = place(2, members={BOB: "ADMINISTER"})
    records = [*applet(1, 2, bundled=(FILE,)), *tool(1, {US: APPLET})]
    here = platform([place(1), secret], [*records, *thing(FILE, 1)])
    assert asked(CanRun(APP, pid(1)), here).answer == "yes"
    elsewhere = platform([place(1), secret, place(3, EU)], [*records, *thing(FILE, 3)])
    answer = asked(CanRun(APP, pid(1)), elsewhere)
    assert (answer.answer, rules(answer)) == ("no", {"REG108"})
    assert f"bundled by {APP}" in answer.message


def test_a_name_that_means_another_version_to_the_one_who_may_run_it_cannot_be_told():
    """To user-bob, its developer, the name means the default, which is not published."""
    records = [*applet(1, 1), *tool(1, {US: APPLET}), *tool(2, {US: APPLET}, published=None)]
    at = platform([place(1, members={ALICE: "VIEW", BOB: "ADMINISTER"})], records)
    assert asked(CanRun("app-tool", pid(1)), at, ALICE, BOB).answer == "cannot_tell"
    assert asked(CanRun(oid("app", 2), pid(1)), at, ALICE, BOB).as_ == (BOB,)


def test_the_user_of_a_run_needs_contribute_on_its_project():
    at = platform([place(1, members={ALICE: "UPLOAD"})], applet(1, 1))
    answer = asked(CanRun(APPLET, pid(1)), at)
    assert (answer.answer, rules(answer)) == ("no", {"REG201"})
    assert "CONTRIBUTE is needed" in answer.message


def test_alternatives_of_a_region_that_a_payer_may_not_use_are_not_offered():
    at = platform(
        [place(1), place(2, EU, members={BOB: "ADMINISTER", ALICE: "VIEW"})],
        applet(1, 2),
        users={ALICE: (US, SYD)},
    )
    assert ways(asked(CanRun(APPLET, pid(1)), at)) == []
