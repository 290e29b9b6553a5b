"""What the desired state means, bullet by bullet, from TOML to the platform's state.

What other tests show from one end to the other is not shown again:
All errors at once: test_bad_input. A region must be known: test_each_rule, test_rule_examples. What is
refused, each with its ways out applied (a region that the payer lacks, an unowned project of that name:
``adopt`` and ``same_name``; an address that was renamed: ``[[moved]]``): test_each_rule. Found again and
put right, whatever was changed at the platform (name, payer, mark, the baseline lost); a claim after
that; ``[[moved]]``; ``recreate``: test_reruns. ``take_over``: test_two_people. Twice the same address or
id, and other contradictions of the TOML alone: tests/unit/config.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.desk import EU, UK, US, a_project, marked, pid

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.desk import Desk

    Desks = Callable[..., Desk]

CA = "aws:ca-central-1"
NEW = f'[projects.new]\nregion = "{US}"\nbill_to = "org-lab"\n'
EMPTY = "[orgs.org-lab]\n"


def mark_of(desk: Desk, number: int) -> str | None:
    return desk.project(pid(number)).properties.get("reconciler")


def sent(desk: Desk) -> list[str]:
    return [route for _, route in desk.writes()]


# Omitted is not managed


def test_omitted_is_not_managed(desk: Desks):
    lab = desk(
        a_project(1, "By its id", EU, "org-clinic"),
        a_project(2, "By its mark", EU, properties=marked("ours")),
        a_project(3, "Adopted", EU),
    )
    lab.apply(
        f'[projects.by-id]\nid = "{pid(1)}"\n'
        '[projects.ours]\nbill_to = "org-lab"\n'
        f'[projects.theirs]\nid = "{pid(3)}"\nadopt = true\n'
    )
    assert sent(lab) == [f"/{pid(3)}/setProperties"]
    places = [(p.name, p.region, p.bill_to) for p in map(lab.project, map(pid, (1, 2, 3)))]
    assert places == [
        ("By its id", EU, "org-clinic"),
        ("By its mark", EU, "org-lab"),
        ("Adopted", EU, "org-lab"),
    ]


def test_a_value_of_the_defaults_counts_as_written(desk: Desks):
    lab = desk(a_project(1, "Trial", EU), a_project(2, "Cohort", US, "org-clinic"))
    lab.apply(f'[defaults.projects]\nbill_to = "org-clinic"\n[projects.trial]\nid = "{pid(1)}"\n')
    assert lab.project(pid(1)).bill_to == "org-clinic"
    there = f'[defaults.projects]\nregion = "{EU}"\n[projects.cohort]\nid = "{pid(2)}"\n'
    assert lab.refused(there) == {"projects.cohort": ["REG101"]}


def test_name_and_region_are_defaulted_at_creation_only(desk: Desks):
    lab = desk()
    toml = '[projects.cohort]\nbill_to = "org-lab"\n'
    lab.apply(toml)
    made = lab.named("cohort")
    assert made.region == US
    lab.call("user-alice", "/org-lab/update", defaultRegion=EU)
    lab.call("user-alice", f"/{made.id}/update", name="Cohort of 2026")
    assert lab.apply(toml) == []
    assert (lab.project(made.id).name, lab.project(made.id).region) == ("Cohort of 2026", US)


def test_a_project_without_an_id_needs_a_payer(desk: Desks):
    lab = desk()
    (found,) = lab.plan('[projects.cohort]\nname = "x"\n', code=1)["diagnostics"]
    assert (found["line"], "bill_to" in found["summary"]) == (7, True)
    assert lab.writes() == []


# Region left out at creation


def test_a_region_left_out_is_the_actual_default_sent_explicitly_and_orders_nothing(desk: Desks):
    lab = desk()
    (step,) = lab.plan('[projects.cohort]\nbill_to = "org-clinic"\n')["steps"]
    assert (step["after"]["region"], step["depends_on"]) == (EU, [])
    assert "org-clinic.default_region" in step["preconditions"]
    lab.change(lab.org("org-clinic"), default_region=UK)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.change(lab.org("org-clinic"), default_region=EU)
    assert lab.run("apply", "plan.json", "--auto-approve").code == 5
    lab.apply()
    assert lab.named("cohort").region == EU


def test_a_region_left_out_where_the_default_cannot_be_read_is_cannot_tell(desk: Desks):
    lab = desk(
        """
[[tokens]]
token = "carol-token"
user = "user-carol"
scope = { projects = { "*" = "VIEW" } }
"""
    )
    toml = '[identities.carol]\nuser = "user-carol"\n[projects.cohort]\nbill_to = "user-carol"\n'
    assert ("projects.cohort", "user-carol.default_region") in lab.unreadable(toml)


def test_a_creation_is_judged_by_the_default_that_is_written_whatever_becomes_of_its_change(desk: Desks):
    lab = desk()
    wanted = '[orgs.org-guests]\ndefault_region = "{}"\n[projects.cohort]\nbill_to = "org-guests"\n'
    assert lab.refused(wanted.format(UK)) == {
        "orgs.org-guests": ["REG104", "REG201"],
        "projects.cohort": ["REG102"],
    }
    assert lab.apply(wanted.format(EU), then=3) == [("create", "projects.cohort")]
    assert lab.org("org-guests").default_region == US
    assert lab.named("cohort").region == EU


# Regions are sets, and known


def test_regions_are_sets(desk: Desks):
    lab = desk()
    assert lab.apply(f'[orgs.org-lab]\npermitted_regions = ["{EU}", "{US}"]\n') == []
    assert lab.plan()["manual"] == []


def test_a_region_of_the_toml_is_as_good_as_one_of_the_catalogue(desk: Desks):
    lab = desk(f'\n[regions]\n"{CA}" = {{ name = "Canada" }}\n"{US}" = {{}}\n"{EU}" = {{}}\n"{UK}" = {{}}\n')
    lab.change(lab.org("org-lab"), permitted_regions=(US, CA))
    toml = NEW.replace(US, CA)
    (found,) = lab.plan(toml, code=1)["diagnostics"]
    assert found["code"] == "REG002"
    lab.apply(f'[regions."{CA}"]\nname = "Canada"\n{toml}')
    assert lab.named("new").region == CA


def test_a_region_seen_only_at_the_platform_is_used_and_proposed_for_the_toml(desk: Desks):
    lab = desk(f'\n[regions]\n"{CA}" = {{ name = "Canada" }}\n"{US}" = {{}}\n"{EU}" = {{}}\n"{UK}" = {{}}\n')
    lab.change(lab.org("org-lab"), permitted_regions=(US, CA), default_region=CA)
    toml = '[projects.new]\nbill_to = "org-lab"\n'
    (warning,) = lab.plan(toml)["warnings"]
    assert f'[regions."{CA}"]' in warning["detail"]
    lab.apply()
    assert lab.named("new").region == CA


def test_a_retired_region_is_a_warning_for_a_new_placement(desk: Desks):
    lab = desk()
    retired = "aws:me-south-1"
    lab.write(NEW.replace(US, retired))
    found = lab.run("validate", "--format", "json")
    assert found.code == 0
    assert [(one["severity"], one["line"]) for one in found.json["diagnostics"]] == [("warning", 8)]


# permitted_regions

NEEDS = {
    "a new project": (f'[projects.new]\nregion = "{UK}"\nbill_to = "org-lab"\n', ("create", "projects.new")),
    "a takeover": (f'[projects.trial]\nid = "{pid(1)}"\nbill_to = "org-lab"\n', ("update", "projects.trial")),
    "a default": (f'default_region = "{UK}"\n', ("update", "orgs.org-lab")),
}


@pytest.mark.parametrize(("needs", "done"), NEEDS.values(), ids=NEEDS)
def test_what_needs_a_region_that_is_asked_for_is_blocked_until_it_is_granted(
    desk: Desks, needs: str, done: tuple[str, str]
):
    lab = desk(a_project(1, "Trial", UK, "org-clinic"))
    toml = f'[orgs.org-lab]\npermitted_regions = ["{US}", "{EU}", "{UK}"]\n{needs}'
    before = lab.dump()
    plan = lab.plan(toml)
    (manual,) = plan["manual"]
    assert UK in manual["text"]
    assert [(b["address"], b["waits_for"]) for b in plan["blocked"]] == [(done[1], [manual["id"]])]
    assert manual["unblocks"] == [done[1]]
    assert lab.apply() == []
    assert lab.dump() == before
    lab.change(lab.org("org-lab"), permitted_regions=(US, EU, UK))
    assert lab.apply() == [done]
    assert lab.plan()["manual"] == []


@pytest.mark.parametrize("needs", [NEEDS["a new project"][0], NEEDS["a default"][0]], ids=["new", "default"])
def test_a_toml_that_leaves_out_the_region_that_it_wants_contradicts_itself(desk: Desks, needs: str):
    lab = desk()
    found = lab.plan(f'[orgs.org-lab]\npermitted_regions = ["{US}"]\n{needs}', code=1)["diagnostics"]
    assert [one["code"] for one in found] in (["REG102"], ["REG104"])
    assert lab.writes() == []


def test_a_takeover_into_a_payer_that_asks_for_other_regions_only_is_refused(desk: Desks):
    lab = desk(a_project(1, "Trial", UK, "org-clinic"))
    needs, _ = NEEDS["a takeover"]
    toml = f'[orgs.org-lab]\npermitted_regions = ["{US}", "{EU}"]\n{needs}'
    assert lab.refused(toml) == {"projects.trial": ["REG103"]}


def test_a_region_that_is_given_up_is_a_request_that_lists_what_stays_behind(desk: Desks):
    lab = desk(a_project(1, "Trial", EU), a_project(2, "Cohort", EU, properties=marked("cohort")))
    toml = (
        f'[orgs.org-lab]\npermitted_regions = ["{US}"]\n[projects.trial]\nid = "{pid(1)}"\n'
        f'[projects.cohort]\nbill_to = "org-lab"\nregion = "{EU}"\n'
    )
    plan = lab.plan(toml)
    (manual,), (warning,) = plan["manual"], plan["warnings"]
    assert warning["code"] == "REG106"
    assert all(pid(number) in text for number in (1, 2) for text in (manual["text"], warning["summary"]))
    lab.change(lab.org("org-lab"), permitted_regions=(US,))
    assert lab.apply() == []
    assert lab.plan()["warnings"] == []
    assert lab.project(pid(2)).region == EU


# Whose project is it


def test_a_project_is_known_by_its_id_and_then_bears_no_mark(desk: Desks):
    lab = desk(a_project(1, "Trial"))
    assert lab.apply(f'[projects.trial]\nid = "{pid(1)}"\nname = "Trial 2"\n') == [
        ("update", "projects.trial")
    ]
    assert lab.project(pid(1)).name == "Trial 2"
    assert mark_of(lab, 1) is None


def test_a_project_is_made_with_its_mark_in_the_same_call(desk: Desks):
    lab = desk()
    lab.apply(NEW)
    assert sent(lab) == ["/project/new"]
    assert lab.named("new").properties == marked("new")


def test_a_mark_elsewhere_is_a_claim_and_never_acted_on(desk: Desks):
    claim = a_project(1, "Somebody's", US, "org-clinic", properties=marked("new"))
    lab = desk(claim)
    assert lab.refused(NEW) == {"projects.new": ["REG303"]}
    assert lab.apply(NEW + 'same_name = "create"\n') == [("create", "projects.new")]
    assert lab.named("new").bill_to == "org-lab"
    assert lab.project(pid(1)).bill_to == "org-clinic"


def test_a_claim_counts_once_the_toml_writes_its_id(desk: Desks):
    lab = desk(a_project(1, "Somebody's", EU, "org-clinic", properties=marked("new")))
    toml = f'[projects.new]\nid = "{pid(1)}"\nbill_to = "org-lab"\n'
    assert lab.apply(toml) == [("update", "projects.new")]
    assert lab.project(pid(1)).bill_to == "org-lab"


def test_several_unowned_projects_of_that_name_are_listed_and_one_is_taken_by_its_id(desk: Desks):
    lab = desk(a_project(1, "new"), a_project(2, "new"))
    assert lab.refused(NEW) == {"projects.new": ["REG303"]}
    (refusal,) = lab.plan(code=3)["refusals"]
    assert pid(1) in refusal["message"]
    assert pid(2) in refusal["message"]
    lab.apply(f'{NEW}adopt = true\nid = "{pid(2)}"\n')
    assert (mark_of(lab, 1), mark_of(lab, 2)) == (None, "lab/projects.new")


def test_a_same_name_whose_properties_may_not_be_read_is_cannot_tell(desk: Desks):
    lab = desk(a_project(1, "new", members={"user-bob": "ADMINISTER"}))
    assert {address for address, _ in lab.unreadable(NEW)} == {"projects.new"}


def test_what_was_recorded_and_is_not_shown_any_more_is_unreadable_and_never_made_anew(desk: Desks):
    lab = desk()
    lab.apply(NEW.replace("org-lab", "org-guests"))
    made = lab.named("new")
    lab.call("user-alice", f"/{made.id}/invite", invitee="user-bob", level="ADMINISTER")
    lab.call("user-bob", f"/{made.id}/decreasePermissions", **{"user-alice": None})
    found = lab.unreadable(NEW.replace("org-lab", "org-guests"))
    assert {address for address, _ in found} == {"projects.new"}


@pytest.mark.parametrize("word", ["adopt = true", 'same_name = "create"', f'recreate = "{pid(9)}"'])
def test_adopt_same_name_and_recreate_do_nothing_once_our_mark_exists(desk: Desks, word: str):
    lab = desk(a_project(1, "new", properties=marked("new")), a_project(2, "new"))
    assert lab.apply(f"{NEW}{word}\n") == []
    assert len(lab.platform.state.projects) == 2


# Adoption


def test_an_adoption_of_an_id_with_another_payer_and_name_is_two_steps(desk: Desks):
    lab = desk(a_project(1, "Old", EU, "org-clinic"))
    toml = f'[projects.new]\nid = "{pid(1)}"\nadopt = true\nname = "New"\nbill_to = "org-lab"\n'
    assert lab.apply(toml) == [("adopt", "projects.new"), ("update", "projects.new")]
    assert (lab.project(pid(1)).name, lab.project(pid(1)).bill_to) == ("New", "org-lab")
    assert mark_of(lab, 1) == "lab/projects.new"


def test_an_adoption_is_planned_with_its_update_or_not_at_all(desk: Desks):
    lab = desk(a_project(1, "Old", UK, "org-clinic"))
    toml = f'[projects.new]\nid = "{pid(1)}"\nadopt = true\nbill_to = "org-lab"\n'
    assert lab.refused(toml) == {"projects.new": ["REG103"]}


def test_a_project_in_another_region_than_written_is_not_adopted(desk: Desks):
    lab = desk(a_project(1, "new", EU))
    assert lab.refused(f'{NEW}adopt = true\nid = "{pid(1)}"\n') == {"projects.new": ["REG101"]}
    assert lab.refused(f"{NEW}adopt = true\n") == {"projects.new": ["REG101"]}


# Forgotten


def test_what_left_the_toml_is_forgotten_and_left_as_it_is(desk: Desks):
    lab = desk()
    lab.apply(EMPTY + NEW)
    made = lab.named("new")
    plan = lab.plan(EMPTY)
    assert plan["forgotten"] == [{"address": "projects.new", "id": made.id}]
    ran = lab.run("plan", "--detailed-exitcode")
    assert (ran.code, "No changes" in ran.out) == (0, True)
    assert lab.apply() == []
    assert "projects.new" not in lab.run("plan").out
    assert f"\n  . projects.new                 {made.id}\n" in lab.run("plan", "-v").out
    assert sent(lab) == ["/project/new"]
    assert lab.project(made.id) == made


def test_what_comes_back_into_the_toml_is_the_same_project(desk: Desks):
    lab = desk()
    for toml in (EMPTY + NEW, EMPTY, EMPTY + NEW):
        lab.apply(toml)
    assert len(lab.platform.state.projects) == 1


# Policies and waivers

GDPR = f"""
[[policies]]
id = "gdpr"
match = {{ bill_to = "org-lab", name = "EU *" }}
regions = ["{EU}"]
"""
WAIVER = """
[[waivers]]
policy = "gdpr"
match = { name = "EU old" }
reason = "moved out by then"
ticket = "COMP-17"
approved_by = "dpo@example.org"
expires = 2026-06-30
"""


def violations(plan: Any) -> list[tuple[str, str | None, bool]]:
    return [(one["project"], one["waiver"], one["new"]) for one in plan["violations"]]


def test_a_standing_violation_is_reported_and_refuses_nothing(desk: Desks):
    lab = desk(a_project(1, "EU old"))
    assert [one[0] for one in violations(lab.plan(GDPR + NEW))] == [pid(1)]
    assert lab.apply() == [("create", "projects.new")]
    assert lab.run("drift").code == 3


CAUSES = {
    "a creation": f'[projects.new]\nname = "EU new"\nregion = "{US}"\nbill_to = "org-lab"\n',
    "a name": f'[projects.trial]\nid = "{pid(1)}"\nname = "EU trial"\n',
    "a payer": f'[projects.clinic]\nid = "{pid(2)}"\nbill_to = "org-lab"\n',
    "a name that no waiver has": f'[projects.old]\nid = "{pid(3)}"\nname = "EU older"\n',
}


@pytest.mark.parametrize("causes", CAUSES.values(), ids=CAUSES)
def test_a_step_that_causes_a_violation_is_refused(desk: Desks, causes: str):
    lab = desk(
        a_project(1, "Trial"),
        a_project(2, "EU clinic", US, "org-guests"),
        a_project(3, "EU old"),
    )
    guests = lab.org("org-guests")
    lab.change(guests, policies={**guests.policies, "restrictProjectTransfer": "MEMBER"})
    assert list(lab.refused(GDPR + WAIVER + causes).values()) == [["REG301"]]


def test_waivers_are_judged_by_the_clock_of_the_platform_and_fail_closed(desk: Desks):
    lab = desk(a_project(1, "Trial"))
    renamed = f'[projects.trial]\nid = "{pid(1)}"\nname = "EU old"\n'
    july = 1_782_864_000_000
    lab.platform.set_clock(july)
    assert lab.refused(GDPR + WAIVER + renamed) == {"projects.trial": ["REG301"]}
    lab.platform.set_clock(july - 60_000)
    assert lab.apply(GDPR + WAIVER + renamed) == [("update", "projects.trial")]
    assert lab.project(pid(1)).name == "EU old"
    assert violations(lab.plan()) == [(pid(1), "COMP-17", False)]
    lab.platform.set_clock(july)
    assert [waiver for _, waiver, _ in violations(lab.plan())] == [None]
    assert lab.run("drift").code == 3
