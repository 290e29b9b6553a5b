"""A plan as a person reads it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from reconciler.model.actual import Needed
from reconciler.model.diagnostics import Diagnostic, SourceRange, entry_of
from reconciler.model.plan import (
    FactEntry,
    Forgotten,
    ManualStep,
    Plan,
    ReadCost,
    Step,
    Summary,
    ToConfirm,
    UnreadableEntry,
)
from reconciler.views.pages import Header, Next, PlanPage

Shown = Callable[..., str]
Paged = Callable[..., PlanPage]


def line_at(file: str, line: int, column: int) -> SourceRange | None:
    return SourceRange(file, line, column, 18, 'region  = "aws:eu-central-1"')


def test_the_first_line_names_provider_address_identity_and_workspace(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    first = shown(page(empty_plan)).splitlines()[0]
    assert first == "dnanexus · api.dnanexus.com · as user-alice · workspace genomics"


def test_a_provider_that_touches_nothing_outside_says_so_at_the_top(shown: Shown, empty_plan: Plan) -> None:
    header = Header("sandbox", "http://127.0.0.1:1", "user-alice", "genomics", "nothing outside is touched")
    assert "nothing outside is touched" in shown(PlanPage(empty_plan, header)).split("\n\n")[0]


def test_an_address_that_is_only_the_provider_again_is_not_repeated(shown: Shown, empty_plan: Plan) -> None:
    first = shown(PlanPage(empty_plan, Header("sandbox", "sandbox", "user-alice", "genomics"))).splitlines()[
        0
    ]
    assert first == "sandbox · as user-alice · workspace genomics"


def test_the_first_line_of_a_plan_for_somebody_else_says_for_whom(shown: Shown, empty_plan: Plan) -> None:
    header = Header("dnanexus", "https://api.dnanexus.com", "user-reader", "genomics", acting="user-alice")
    first = shown(PlanPage(empty_plan, header)).splitlines()[0]
    assert first == "dnanexus · api.dnanexus.com · as user-reader, for user-alice · workspace genomics"


def test_each_right_that_is_to_be_confirmed_is_told_in_words(
    shown: Shown, page: Paged, full_plan: Plan
) -> None:
    needs: tuple[tuple[str, str, Needed], ...] = (
        ("org-a", "membership", "MEMBER"),
        ("org-b", "membership", "BILLABLE"),
        ("org-c", "membership", "ADMIN"),
        ("project-1", "level", "CONTRIBUTE"),
    )
    facts = tuple(
        FactEntry(f"{subject}.{attribute}@user-alice", subject, attribute, "unreadable", None, "", "user-bob")
        for subject, attribute, _ in needs
    )
    confirm = tuple(ToConfirm(fact.id, need) for fact, (_, _, need) in zip(facts, needs, strict=True))
    plan = replace(full_plan, identity="user-bob", apply_as="user-alice", facts=facts, to_confirm=confirm)
    told = [line for line in shown(page(plan)).splitlines() if "to be confirmed" in line]
    assert told == [
        "  to be confirmed at apply: user-alice is a member of org-a",
        "  to be confirmed at apply: user-alice may do billable activities in org-b",
        "  to be confirmed at apply: user-alice is an ADMIN of org-c",
        "  to be confirmed at apply: user-alice has at least CONTRIBUTE on project-1",
    ]
    assert "to be confirmed" not in shown(page(full_plan))


def test_steps_of_the_one_whom_a_plan_is_for_name_nobody(
    shown: Shown, page: Paged, empty_plan: Plan, create: Step
) -> None:
    planned = replace(empty_plan, identity="user-reader", apply_as="user-alice", steps=(create,))
    assert "      as " not in shown(page(planned))
    assert "      as        user-alice" in shown(page(replace(planned, apply_as="")))


def test_nothing_to_do_says_that_the_platform_matches(shown: Shown, page: Paged, empty_plan: Plan) -> None:
    text = shown(page(empty_plan))
    assert text.endswith("No changes. The platform matches the configuration.\n")
    assert "Plan:" not in text


def test_every_part_of_the_last_line_in_its_order(shown: Shown, page: Paged, full_plan: Plan) -> None:
    counted = replace(full_plan, summary=Summary(2, 1, 1, 1, 1, 1, 1, 1, 1, 9))
    assert shown(page(counted)).splitlines()[-1] == (
        "Plan: 2 to create, 1 to update, 1 to adopt, 1 to transfer, 1 manual, 1 blocked, 1 refused, "
        "1 unreadable, 1 forgotten."
    )


def test_leftovers_without_a_step_are_announced_as_no_changes_to_apply(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    forgotten = replace(
        empty_plan, summary=Summary(forget=1), forgotten=(Forgotten("projects.old", "project-1"),)
    )
    assert shown(page(forgotten)).splitlines()[-2:] == ["No changes to apply.", "Plan: 1 forgotten."]


def test_the_legend_has_the_symbols_that_are_used_and_no_other(
    shown: Shown, page: Paged, empty_plan: Plan, create: Step, full_plan: Plan
) -> None:
    one = replace(empty_plan, summary=Summary(create=1), steps=(create,))
    assert shown(page(one)).splitlines()[2] == "  + create"
    everything = shown(page(full_plan)).splitlines()[2:4]
    words = re.split(r" {3,}", " ".join(everything).strip())
    assert [word[0] for word in words] == list("+~=@>|!?.")


def test_the_next_command_is_the_last_thing_printed(shown: Shown, page: Paged, full_plan: Plan) -> None:
    text = shown(page(full_plan, next=Next("To apply it:", "reconciler apply plan.json")))
    assert text.endswith("\nTo apply it:\n  reconciler apply plan.json\n")


def test_a_creation_shows_its_name_region_and_payer_and_that_the_region_is_for_ever(
    shown: Shown, page: Paged, full_plan: Plan
) -> None:
    block = shown(page(full_plan)).split("  + projects.rnaseq")[1].split("\n\n")[0]
    assert "RNA-seq 2026" in block
    assert re.search(r"region +aws:eu-central-1 +fixed for ever once created", block)
    assert re.search(r"bill_to +org-genomics", block)
    assert "genomics/projects.rnaseq" not in block


def test_a_region_that_is_the_payers_default_is_shown_as_such(
    shown: Shown, page: Paged, empty_plan: Plan, create: Step
) -> None:
    fact = FactEntry(
        "f1", "org-genomics", "default_region", "known", "aws:eu-central-1", "2026-01-01T00:00:00Z", "x"
    )
    plan = replace(empty_plan, steps=(replace(create, preconditions=("f1",)),), facts=(fact,))
    assert "default of org-genomics" in shown(page(plan))


def test_an_update_shows_the_value_then_and_after(shown: Shown, page: Paged, full_plan: Plan) -> None:
    assert "      bill_to   org-genomics  →  org-biobank\n" in shown(page(full_plan))


def test_a_step_of_another_identity_names_it(
    shown: Shown, page: Paged, empty_plan: Plan, update: Step
) -> None:
    plan = replace(empty_plan, steps=(update, replace(update, address="projects.b", as_="user-bob")))
    assert re.findall(r" +as +(\S+)\n", shown(page(plan))) == ["user-bob"]


def test_several_steps_of_a_resource_are_one_block(shown: Shown, page: Paged, full_plan: Plan) -> None:
    block = next(part for part in shown(page(full_plan)).split("\n\n") if "projects.lent" in part)
    assert "offered" in block
    assert "accepted" in block


def test_a_refusal_shows_the_source_the_rule_the_fact_and_the_ways_out(
    shown: Shown, page: Paged, full_plan: Plan
) -> None:
    titles = {"REG101": "a project's region never changes"}
    text = shown(page(full_plan, titles=titles, locate=line_at))
    block = "  ! projects.trial" + text.split("  ! projects.trial")[1].split("\n\n  ?")[0]
    assert block == (
        "  ! projects.trial\n"
        "      project-J0000000000000000000001A stays in aws:us-east-1\n"
        "      projects.toml:31:11\n"
        '      31 │ region  = "aws:eu-central-1"\n'
        "         │           ^^^^^^^^^^^^^^^^^^ REG101 a project's region never changes\n"
        "      because   project-J0000000000000000000001A.region is aws:us-east-1  (read\n"
        "                09:14:02 UTC by user-alice)\n"
        "      instead   a new project in aws:eu-central-1, and move nothing:\n"
        "                    [projects.trial-eu]\n"
        '                    name    = "Trial (EU)"\n'
        '                    region  = "aws:eu-central-1"\n'
        '                keep it where it is: region = "aws:us-east-1"\n'
        "      more      reconciler explain REG101"
    )


def test_two_reasons_against_one_resource_are_one_block_with_the_ways_out_at_its_end(
    shown: Shown, page: Paged, full_plan: Plan
) -> None:
    first = full_plan.refusals[0]
    second = replace(first, rule="REG103", message="the payer may not", alternatives=())
    text = shown(page(replace(full_plan, refusals=(first, second))))
    block = next(part for part in text.split("\n\n") if "! projects.trial" in part)
    assert text.count("! projects.trial") == 1
    assert block.index("the payer may not") < block.index("instead")
    assert block.endswith("reconciler explain REG101\n                reconciler explain REG103")


def test_a_refusal_without_its_source_at_hand_still_names_the_place(
    shown: Shown, page: Paged, full_plan: Plan
) -> None:
    assert "projects.toml:31:11: REG101" in shown(page(full_plan))


def test_what_is_unreadable_comes_with_what_to_do(shown: Shown, page: Paged, full_plan: Plan) -> None:
    text = shown(page(replace(full_plan, steps=())))  # one of them is user-bob's
    assert "default_region: only user-bob can read it" in text
    assert 'add an identity: [identities.bob] token_env = "DX_TOKEN_BOB"' in text


def test_two_unreadable_attributes_of_one_address_are_one_block(
    shown: Shown, page: Paged, empty_plan: Plan
) -> None:
    entries = tuple(UnreadableEntry("users.user-bob", name, "hidden") for name in ("default_region", "other"))
    text = shown(page(replace(empty_plan, unreadable=entries, summary=Summary(unreadable=1))))
    assert text.count("? users.user-bob") == 1
    assert "other: hidden" in text


def test_a_manual_text_is_whole_and_says_what_it_unblocks(shown: Shown, page: Paged, full_plan: Plan) -> None:
    text = shown(page(full_plan))
    assert "      Please permit aws:eu-west-2\n      for org-biobank.\n      unblocks  projects.ukb\n" in text
    assert re.search(r"waits for +the platform's sales contact", text)


def test_reading_is_counted_in_groups_of_three(shown: Shown, page: Paged, empty_plan: Plan) -> None:
    text = shown(page(replace(empty_plan, read=ReadCost(6, 1.94, ("org-x",))), read=(4182, 3)))
    assert "Read 4 182 projects of 3 payers in 6 calls, 1.9 s.\n" in text
    assert "The list of org-x may be incomplete" in text


def test_warnings_are_shown_before_the_last_line(shown: Shown, page: Paged, empty_plan: Plan) -> None:
    warned = replace(
        empty_plan, warnings=(entry_of(Diagnostic("warning", "REG002", "aws:me-south-1 is retired")),)
    )
    text = shown(page(warned))
    assert text.index("warning: aws:me-south-1 is retired") < text.index("No changes.")


def test_quiet_prints_the_last_line_alone(shown: Shown, page: Paged, full_plan: Plan) -> None:
    assert shown(page(full_plan), quiet=True).startswith("Plan: 1 to create")


def test_no_line_of_a_plan_is_wider_than_eighty_columns(shown: Shown, page: Paged, full_plan: Plan) -> None:
    fixed = ("Plan: ",)
    for line in shown(page(full_plan, locate=line_at)).splitlines():
        assert len(line) <= 80 or line.startswith(fixed), line


def test_colour_only_adds(shown: Shown, page: Paged, full_plan: Plan) -> None:
    painted = shown(page(full_plan), colour=True)
    assert "\x1b[" in painted
    assert re.sub(r"\x1b\[\d*m", "", painted) == shown(page(full_plan))


@pytest.mark.parametrize(
    "evil", ["\x1b[2J", "\u202e", "\x00", "\u200f", "\x9b1A", "line\nbreak", "\r", "\ud800"]
)
def test_a_name_from_the_platform_cannot_steer_the_terminal(
    shown: Shown, page: Paged, full_plan: Plan, create: Step, evil: str
) -> None:
    step = replace(create, after={**create.after, "name": f"a{evil}b", "region": evil})
    manual = ManualStep("m1", f"orgs.{evil}", evil, "text", ())
    plan = replace(full_plan, steps=(step,), manual=(manual,))
    plain = shown(page(replace(full_plan, steps=(create,))))
    text = shown(page(plan))
    assert all(char == "\n" or (char.isprintable()) for char in text)
    assert len(text.splitlines()) <= len(plain.splitlines()) + 3
