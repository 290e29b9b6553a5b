"""How violated policies are shown: which policy, why, where it stands, by which projects."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from reconciler.model.diagnostics import SourceRange
from reconciler.model.plan import Plan, Violation
from reconciler.views.pages import PlanPage, PolicyNote

ONE, TWO, THREE = (f"project-J000000000000000000000{n}A" for n in (11, 12, 13))
NOTE = PolicyNote("@eu", "GDPR art. 44", SourceRange("policies.toml", 4, 1))


def page_of(plan: Plan, header: object, *violations: Violation) -> PlanPage:
    names = {ONE: "EU cohort", TWO: "EU \x1btwo"}
    plan = replace(plan, violations=violations)
    return PlanPage(plan, header, policies={"gdpr": NOTE}, names=names)  # type: ignore[arg-type]


def test_each_policy_is_shown_with_its_reason_place_and_projects(
    shown: Callable[..., str], empty_plan: Plan, header: object
) -> None:
    text = shown(
        page_of(
            empty_plan,
            header,
            Violation("gdpr", ONE, "aws:us-east-1", None, False),
            Violation("gdpr", TWO, "aws:us-east-1", None, True),
            Violation("gdpr", THREE, "aws:us-east-1", "COMP-17", True),
        ),
        width=100,
    )
    lines = text.splitlines()
    at = lines.index("  policy gdpr allows only @eu")
    assert lines[at + 1 : at + 6] == [
        "      policies.toml:4:1",
        "      reason    GDPR art. 44",
        f"      new       {TWO} (EU \\u001btwo) in aws:us-east-1",
        f"      standing  {ONE} (EU cohort) in aws:us-east-1",
        f"      waived    {THREE} in aws:us-east-1, by COMP-17",
    ]
    assert "\nViolations: 1 new since the policies were last applied, 1 standing, 1 waived.\n" in text


def test_the_last_line_stays_that_of_the_summary(
    shown: Callable[..., str], empty_plan: Plan, header: object
) -> None:
    text = shown(page_of(empty_plan, header, Violation("gdpr", ONE, "aws:us-east-1", None, False)))
    assert text.splitlines()[-2:] == [
        "Violations: 1 standing.",
        "No changes. The platform matches the configuration.",
    ]


def test_without_a_violation_nothing_is_said(
    shown: Callable[..., str], empty_plan: Plan, header: object
) -> None:
    text = shown(page_of(empty_plan, header))
    assert "policy" not in text
    assert "iolation" not in text


def test_a_saved_plan_shows_what_it_holds_without_the_configuration(
    shown: Callable[..., str], empty_plan: Plan, header: object
) -> None:
    plan = replace(empty_plan, violations=(Violation("gdpr", ONE, "aws:us-east-1", None, False),))
    text = shown(PlanPage(plan, header))  # type: ignore[arg-type]
    assert f"  policy gdpr\n      standing  {ONE} in aws:us-east-1\n" in text


def test_many_violations_of_one_policy_are_cut_short_unless_all_are_asked_for(
    shown: Callable[..., str], empty_plan: Plan, header: object
) -> None:
    many = [Violation("gdpr", f"project-{n:024}", "aws:us-east-1", None, n > 20) for n in range(1, 24)]
    page = page_of(empty_plan, header, *many)
    short = shown(page)
    assert "and 3 more; -v lists them all" in short
    assert f"      new       project-{23:024}" in short
    assert "project-" + f"{23:024}" in short
    whole = shown(page, verbose=True)
    assert whole.count("      standing  project-") == 20
    assert "more; -v" not in whole
