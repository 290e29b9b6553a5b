"""Diagnostics, apply, stale plans and drift as a person reads them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.knowledge import ABSENT, Unreadable
from reconciler.model.plan import ConfigRef, Plan, ProviderRef, ReadCost, Step, Tool
from reconciler.model.report import ApplyReport, ApplySummary, DriftItem, DriftReport, StepReport
from reconciler.planfile import StaleFact
from reconciler.rules.rule import Example
from reconciler.views.pages import (
    ApplyPage,
    DiagnosticsPage,
    DriftPage,
    Header,
    Next,
    QuestionPage,
    RegionRow,
    RegionsPage,
    RulePage,
    RulesPage,
    StalePage,
    ValidPage,
)

Shown = Callable[..., str]
MADE = "2026-11-20T17:02:00.000Z"
PROVIDER = ProviderRef("dnanexus", "https://api.dnanexus.com")


def errors() -> tuple[Diagnostic, ...]:
    region = SourceRange("a.toml", 7, 11, 17, 'region  = "aws:eu-centrl-1"')
    key = SourceRange("b.toml", 12, 1, 6, 'regoin = "aws:us-east-1"')
    return (
        Diagnostic("error", "REG002", 'unknown region "aws:eu-centrl-1"', None, region, "aws:eu-central-1"),
        Diagnostic("error", "unknown-key", 'unknown key "regoin" in projects.cohort', None, key, "region"),
        Diagnostic("error", "duplicate", "orgs.org-x is also defined in b.toml:9", "Keep one."),
    )


def test_all_errors_with_place_source_line_caret_and_what_was_meant(shown: Shown) -> None:
    assert shown(DiagnosticsPage(errors(), "Nothing was sent.")) == (
        'a.toml:7:11: error: unknown region "aws:eu-centrl-1"\n'
        '   7 │ region  = "aws:eu-centrl-1"\n'
        '     │           ^^^^^^^^^^^^^^^^^ did you mean "aws:eu-central-1"?\n'
        'b.toml:12:1: error: unknown key "regoin" in projects.cohort\n'
        '  12 │ regoin = "aws:us-east-1"\n'
        '     │ ^^^^^^ did you mean "region"?\n'
        "error: orgs.org-x is also defined in b.toml:9\n"
        "  Keep one.\n"
        "\n"
        "3 errors in 2 files. Nothing was sent.\n"
    )


def test_one_error_is_one_error(shown: Shown) -> None:
    assert shown(DiagnosticsPage(errors()[:1])).endswith("\n1 error in 1 file.\n")


def test_a_tab_does_not_move_the_caret(shown: Shown) -> None:
    source = SourceRange("a.toml", 1, 3, 1, "\t\tx = 1")
    lines = shown(DiagnosticsPage((Diagnostic("error", "e", "bad", None, source),))).splitlines()
    assert lines[1].index("x") == lines[2].index("^")


def test_a_very_long_line_is_cut_around_the_caret(shown: Shown) -> None:
    source = SourceRange("a.toml", 1, 50_001, 3, "a" * 50_000 + "bad" + "c" * 50_000)
    lines = shown(DiagnosticsPage((Diagnostic("error", "e", "x", None, source),))).splitlines()
    assert max(map(len, lines[:3])) <= 80
    assert lines[1].index("bad") == lines[2].index("^^^")


def test_a_long_marked_value_keeps_its_line_within_the_width(shown: Shown) -> None:
    source = SourceRange("a.toml", 1, 8, 5000, 'name = "' + "z" * 5000)
    lines = shown(DiagnosticsPage((Diagnostic("error", "e", "x", None, source),))).splitlines()
    assert max(map(len, lines[:3])) <= 80


def test_a_valid_configuration_is_counted(shown: Shown) -> None:
    text = shown(ValidPage("genomics", 3, 41, 1, 2))
    assert text == "Valid: genomics, 41 projects, 1 org, 2 users in 3 files.\n"


def report(*steps: StepReport, interrupted: bool = False) -> ApplyReport:
    counted = [step.result for step in steps]
    summary = ApplySummary(
        *(counted.count(name) for name in ("done", "failed", "not_attempted", "uncertain"))
    )
    return ApplyReport("1.0", "apply", "p", "w", PROVIDER, "user-alice", "", "", interrupted, summary, steps)


def test_an_apply_ends_with_one_line_a_step_and_the_tally(shown: Shown) -> None:
    done = (
        StepReport("s1", "projects.rnaseq", "create", "done", "project-J5x0", seconds=0.41),
        StepReport("s2", "projects.cohort", "update", "done", seconds=0.2),
    )
    text = shown(ApplyPage(report(*done)))
    assert "  projects.rnaseq   created" in text
    assert "project-J5x0" in text
    assert "  projects.cohort   updated" in text
    assert text.endswith("Applied 2 of 2: 2 done, 0 failed, 0 not attempted, 0 uncertain.\n")


def test_what_went_wrong_is_told_with_the_platforms_words_and_request_id(shown: Shown) -> None:
    broken = (
        StepReport("s1", "projects.a", "create", "uncertain", message="the connection closed"),
        StepReport(
            "s2", "projects.b", "update", "failed", None, "not allowed", "PermissionDenied", "176-4711"
        ),
        StepReport("s3", "projects.c", "update", "not_attempted", message="waits for projects.a"),
    )
    text = shown(ApplyPage(report(*broken), next=Next("Run it again:", "reconciler apply")))
    assert "PermissionDenied: not allowed (request 176-4711)" in text
    assert "not attempted" in text
    assert "Applied 0 of 3: 0 done, 1 failed, 1 not attempted, 1 uncertain.\n" in text
    assert text.endswith("  reconciler apply\n")


def test_what_went_wrong_beside_the_steps_is_told_after_the_tally(shown: Shown) -> None:
    done = report(StepReport("s1", "projects.a", "create", "done", "project-J5x0"))
    problem = Diagnostic("error", "lock-lost", "the lock was lost", "Run the same command again.")
    text = shown(ApplyPage(replace(done, problems=(problem,))))
    assert "0 uncertain.\nerror: the lock was lost\n  Run the same command again.\n" in text


def test_the_question_tells_what_can_never_be_changed_first(
    shown: Shown, empty_plan: Plan, create: Step, update: Step
) -> None:
    text = shown(QuestionPage(replace(empty_plan, steps=(create, update))))
    assert "1 project will be created. Its region can never be changed:\n      RNA-seq 2026   aws:eu" in text
    assert text.endswith('Apply these 2 steps? Only "yes" is accepted: ')


def test_a_stale_plan_tells_what_the_fact_was_and_is(shown: Shown, empty_plan: Plan) -> None:
    then, now = ("aws:us-east-1", "aws:eu-west-2"), ("aws:us-east-1",)
    fact = StaleFact("f", "org-biobank", "permitted_regions", then, MADE, "user-alice", now)
    page = StalePage(empty_plan, (fact,), next=Next("", "reconciler plan -o plan.json"))
    assert shown(page, width=120) == (
        "This plan no longer holds. It was made 2026-11-20 17:03 UTC by user-alice; since then:\n"
        "  org-biobank.permitted_regions   was aws:us-east-1, aws:eu-west-2   is aws:us-east-1\n"
        "      - aws:eu-west-2\n"
        "      read 2026-11-20 17:02 UTC by user-alice\n"
        "Nothing was sent. Make a new one: reconciler plan -o plan.json\n"
    )
    assert max(len(line) for line in shown(page).splitlines()[1:]) <= 80


def test_a_right_that_is_not_confirmed_is_told_with_what_it_had_to_be(shown: Shown, empty_plan: Plan) -> None:
    then = Unreadable("not shown")
    fact = StaleFact(
        "org-x.membership@user-bob", "org-x", "membership", then, "", "user-alice", ABSENT, "ADMIN"
    )
    page = StalePage(empty_plan, (fact,))
    said = "org-x.membership@user-bob   had to be at least ADMIN   is not set"
    assert said in shown(page, width=120)
    assert "org-x.membership@user-bob had to be at least ADMIN, is not set" in shown(page, "json")


def test_a_fact_that_is_gone_or_hidden_now_is_told_as_such(shown: Shown, empty_plan: Plan) -> None:
    gone = StaleFact("f", "project-1", "mark", "w/projects.a", "", "user-alice", ABSENT)
    hidden = StaleFact("g", "org-x", "default_region", "aws:us-east-1", "", "u", Unreadable("members only"))
    text = shown(StalePage(empty_plan, (gone, hidden)), width=120)
    assert "is not set" in text
    assert "is unreadable (members only)" in text


def drift(*items: DriftItem) -> DriftReport:
    summary: dict[str, int] = {}
    for item in items:
        summary[item.verdict] = summary.get(item.verdict, 0) + 1
    return DriftReport(
        "1.0",
        "drift",
        "",
        Tool("reconciler", "0"),
        "w",
        PROVIDER,
        "user-alice",
        ConfigRef("", (), None),
        summary,
        items,
        ReadCost(3, 0.1),
    )


ITEMS = (
    DriftItem(
        "projects.cohort", "project-1", None, "bill_to", "drifted", "org-g", "org-g", "user-carol", None
    ),
    DriftItem(
        "projects.rnaseq", "project-2", None, "name", "pending", "old", "new", "old", "not applied yet"
    ),
    DriftItem(None, "project-3", None, None, "unmanaged", None, None, None, '"scratch\x1b[2J"'),
    DriftItem("projects.same", "project-4", None, "name", "in_sync", "a", "a", "a", None),
)


def test_drift_shows_what_differs_and_only_counts_what_is_in_sync(shown: Shown) -> None:
    header = Header("dnanexus", "https://api.dnanexus.com", "user-alice", "w")
    text = shown(DriftPage(drift(*ITEMS), header, 2))
    assert "  projects.cohort   drifted      bill_to   org-g  →  user-carol\n" in text
    assert "  projects.rnaseq   pending      name   old  →  new   not applied yet\n" in text
    assert "scratch\\u001b[2J" in text
    assert "projects.same" not in text
    assert text.endswith("1 drifted, 1 pending, 1 unmanaged, 1 in sync.   exit 2\n")
    assert "projects.same" in shown(DriftPage(drift(*ITEMS), header, 2), verbose=True)


def test_regions_of_a_payer_tell_what_could_not_be_read(shown: Shown) -> None:
    rows = (
        RegionRow("AWS", "aws:us-east-1", "AWS US (East)", "known", True, True, False, 12),
        RegionRow("Azure", "azure:westus", "x\x1b", "known", None, None, None, None),
    )
    text = shown(RegionsPage(rows, "org-x", ("its list may be incomplete",)))
    assert "12" in text
    assert "?" in text
    assert "\x1b" not in text
    assert "its list may be incomplete" in text


def test_a_rule_is_shown_with_its_source_and_listed_with_its_title(shown: Shown) -> None:
    breaks = Example('[projects.a]\nregion = "aws:us-east-1"\n')
    keeps = breaks.changed("us-east-1", "eu-central-1")
    rule = RulePage("REG101", "a region never changes", "https://example.org", "Why.\n\nHow.", breaks, keeps)
    page = shown(rule)
    assert "Why.\n\nHow.\n\nBreaks it (reconciler plan):\n\n    [projects.a]\n    region" in page
    assert 'Keeps it (reconciler plan):\n\n    [projects.a]\n    region = "aws:eu-central-1"\n' in page
    assert page.endswith("\n\nSource: https://example.org\n")
    assert "REG101  a region never changes\n" in shown(RulesPage((rule,)))
