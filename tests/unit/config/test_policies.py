"""Policies that no project could keep, told before anything is read."""

from __future__ import annotations

import pytest

from .conftest import Told

US, EU, UK = "aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2"


def policy(name: str, regions: str, match: str = "") -> str:
    return f'[[policies]]\nid = "{name}"\nregions = {regions}\n' + (
        f"match = {{ {match} }}\n" if match else ""
    )


def found(told: Told, *policies: str, groups: str = "") -> list[tuple[str, int]]:
    problems = told(groups + "".join(policies))
    return [(p.code, p.source.line) for p in problems if p.source]


def test_two_policies_for_the_same_projects_without_a_common_region_are_an_error_naming_both(
    told: Told,
) -> None:
    (problem,) = told(policy("one", f'["{EU}"]', 'bill_to = "org-a"') + policy("two", f'["{US}"]'))
    assert problem.source is not None
    assert (problem.code, problem.source.line, problem.source.column) == ("contradiction", 10, 11)
    assert '"one"' in problem.summary
    assert '"two"' in problem.summary
    assert problem.summary.endswith("all.toml:6")
    assert EU in (problem.detail or "")
    assert US in (problem.detail or "")


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("", ""),
        ('name = "EU *"', 'name = "EU *"'),
        ('name = "EU cohort"', 'name = "EU *"'),
        ('name = "EU cohort"', 'name = "*"'),
        ('bill_to = "org-a", name = "x"', 'name = "x"'),
        (f'id = "project-{"1" * 24}"', ""),
        (f'bill_to = "org-a", region = "{US}"', ""),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_one_policy_within_another_contradicts_it_in_either_order(
    told: Told, inner: str, outer: str, swapped: bool
) -> None:
    pair = [policy("inner", f'["{EU}"]', inner), policy("outer", f'["{US}"]', outer)]
    assert [code for code, _ in found(told, *reversed(pair) if swapped else pair)] == ["contradiction"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ('bill_to = "org-a"', 'bill_to = "org-b"'),
        ('bill_to = "org-a"', 'name = "EU *"'),
        ('name = "EU *"', 'name = "* trial"'),
        ('name = "EU ?"', 'name = "EU *"'),
        ('name = "eu cohort"', 'name = "EU *"'),
    ],
)
def test_policies_that_need_not_speak_of_one_project_are_no_error(told: Told, one: str, two: str) -> None:
    assert found(told, policy("one", f'["{EU}"]', one), policy("two", f'["{US}"]', two)) == []


def test_one_common_region_is_enough_and_groups_count_for_what_they_hold(told: Told) -> None:
    assert found(told, policy("one", f'["{EU}", "{US}"]'), policy("two", f'["{US}", "{UK}"]')) == []
    groups = f'[region_groups]\neu = ["{EU}"]\nall = ["@eu", "{US}"]\n'
    both = (policy("one", '["@all"]'), policy("two", f'["{EU}"]'))
    assert found(told, *both, groups=groups) == []
    apart = (policy("one", '["@eu"]'), policy("two", f'["{US}"]'))
    assert found(told, *apart, groups=groups) == [("contradiction", 12)]


def test_two_policies_that_forbid_one_region_each_leave_all_others(told: Told) -> None:
    nothing_in = (policy("a", f'["{EU}"]', f'region = "{US}"'), policy("b", f'["{UK}"]', f'region = "{US}"'))
    assert found(told, *nothing_in) == []


def test_a_mistake_in_a_group_is_not_echoed_as_a_contradiction(told: Told) -> None:
    assert [code for code, _ in found(told, policy("one", '["@eu"]'), policy("two", f'["{US}"]'))] == [
        "unknown-group"
    ]


def test_a_policy_whose_groups_hold_no_region_allows_none_at_all(told: Told) -> None:
    groups = '[region_groups]\nnone = []\nstill = ["@none"]\n'
    assert found(told, policy("p", '["@still"]'), groups=groups) == [("no-regions", 9)]


def test_a_waiver_without_its_ticket_is_an_error_at_its_line(told: Told) -> None:
    text = policy("p", f'["{EU}"]') + (
        '[[waivers]]\npolicy = "p"\nmatch = { name = "x" }\nreason = "r"\n'
        'approved_by = "dpo@example.org"\nexpires = 2027-01-31\n'
    )
    (problem,) = told(text)
    assert problem.source is not None
    assert (problem.code, problem.source.line) == ("missing-key", 7)
    assert "ticket" in problem.summary
