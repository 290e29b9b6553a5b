"""Markdown for pull requests, judged by a CommonMark renderer with tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace
from support.desk import PEOPLE, Desk

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.plan import Plan, ProviderRef, Step
from reconciler.model.report import ApplyReport, ApplySummary, StepReport
from reconciler.planfile import StaleFact
from reconciler.views.escape import safe_lines
from reconciler.views.markdown.parts import BUDGET, block, plain
from reconciler.views.pages import (
    ApplyPage,
    CheckPage,
    DiagnosticsPage,
    Header,
    Next,
    PlanPage,
    StalePage,
    Style,
)
from reconciler.views.registry import formats, render

Shown = Callable[..., str]
JUDGE = MarkdownIt("commonmark").enable("table")
_ELEMENTS = "code,p,ul,li,h3,strong,details,summary,table,thead,tbody,tr,th,td".split(",")  # noqa: SIM905
OURS = {"<!--", *(f"<{slash}{name}" for name in _ELEMENTS for slash in ("", "/"))}
HOSTILE = "`|*@user #1 <b> --> </details></code> [x](http://x) www.x.org \n\x00\x1b[31m\u202e"


@given(st.one_of(st.text(), st.text("`|*_@#<>-!&;[](){}~:/.\\\n ax1"), st.just(HOSTILE)))
def test_foreign_text_shows_as_plain_text_and_adds_no_element(text: str) -> None:
    html = JUDGE.render(f"- {plain(text)} end\n")
    assert re.findall(r"<[^>]*>", html) == ["<ul>", "<li>", "<code>", "</code>", "</li>", "</ul>"]
    inner = unescape(html.partition("<code>")[2].partition("</code>")[0])
    assert inner == " ".join(safe_lines(text))


def test_a_hidden_mark_comes_first_and_refusals_before_changes(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    text = shown(page(full_plan), "markdown")
    assert text.startswith("<!-- reconciler:plan workspace=genomics -->\n")
    assert text.index("| refused |") < text.index("REG101") < text.index("<details>")


def test_what_a_plan_comes_to_is_its_first_sentence_also_where_that_is_nothing(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan, empty_plan: Plan
) -> None:
    def first(plan: Plan) -> str:
        return next(one for one in shown(page(plan), "markdown").splitlines() if one.startswith("**"))

    assert first(empty_plan) == "**No changes. The platform matches the configuration.**"
    assert first(full_plan).startswith("**Plan: ")


def test_a_workspace_cannot_end_the_hidden_mark(
    shown: Shown, page: Callable[..., PlanPage], empty_plan: Plan
) -> None:
    text = shown(page(replace(empty_plan, workspace="a --> @user")), "markdown")
    assert text.splitlines()[0] == "<!-- reconciler:plan workspace=a%20%2D%2D%3E%20%40user -->"


def test_a_long_plan_is_cut_at_whole_items_with_a_count(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan, create: Step
) -> None:
    text = shown(page(replace(full_plan, steps=(create,) * 5_000)), "markdown")
    assert len(text.encode()) <= BUDGET
    more = re.search(r"^- and (\d+) more$", text, re.MULTILINE)
    assert more is not None
    assert text.count("\n- create ") + int(more[1]) == 5_000
    assert "REG101" in text


@given(st.one_of(st.text(), st.text("`~\n \t<a#"), st.just(HOSTILE)))
def test_a_block_to_be_copied_shows_just_its_lines_and_ends_where_it_ends(text: str) -> None:
    html = JUDGE.render(f"{block(text, 'toml')}\n# after\n")
    assert html.endswith("</code></pre>\n<h1>after</h1>\n")
    inner = unescape(html.removeprefix('<pre><code class="language-toml">').partition("</code></pre>")[0])
    assert inner == "\n".join(safe_lines(text.rstrip("\n"))) + "\n"


def test_a_plan_has_ways_out_and_texts_for_people_folded_and_ready_to_copy(
    shown: Shown, page: Callable[..., PlanPage], full_plan: Plan
) -> None:
    text = shown(page(full_plan), "markdown")
    assert text.count("<details>") == text.count("</details>") == 3
    html = JUDGE.render(text)
    assert '<pre><code class="language-toml">[projects.trial-eu]\nname    = &quot;Trial (EU)&quot;' in html
    assert "<pre><code>Please permit aws:eu-west-2\nfor org-biobank.\n</code></pre>" in html
    assert "only user" in html
    assert unescape("bill&#95;to &#61; org-genomics → org-biobank") in unescape(text)


def report(*steps: StepReport) -> ApplyReport:
    results = [step.result for step in steps]
    summary = ApplySummary(results.count("done"), results.count("failed"), results.count("not_attempted"))
    where = ProviderRef("dnanexus", "https://api.dnanexus.com")
    return ApplyReport("1.0", "apply", "plan-1", "w", where, "user-alice", "", "", False, summary, steps)


def test_what_an_apply_did_not_do_stands_before_what_it_did(shown: Shown) -> None:
    steps = (
        StepReport("s1", "projects.a", "create", "done", "project-J1"),
        StepReport("s2", "projects.b", "update", "failed", None, HOSTILE, "PermissionDenied", "17-4"),
        StepReport("s3", "projects.c", "update", "not_attempted", message="waits for projects.b"),
    )
    text = shown(ApplyPage(report(*steps), next=Next("", "reconciler apply")), "markdown")
    assert text.startswith("<!-- reconciler:apply workspace=w -->\n")
    assert text.index("**failed**") < text.index("**not attempted**") < text.index("<summary>Done</summary>")
    assert "PermissionDenied" in text
    assert text.endswith("Next: <code>reconciler apply</code>\n")
    assert "There was nothing to do." in shown(ApplyPage(report()), "markdown")


@given(text=st.one_of(st.text(max_size=30), st.just(HOSTILE)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_adds_an_element_to_what_an_apply_did_or_to_why_a_plan_is_stale(
    text: str, empty_plan: Plan
) -> None:
    failed = StepReport("s1", text, "create", "failed", text, text, text, text)
    steps = report(failed, replace(failed, result="done"))
    ended = replace(steps, plan_id=text, problems=(Diagnostic("error", text, text),))
    fact = StaleFact(text, text, text, text, text, text, (text,))
    stale = StalePage(replace(empty_plan, plan_id=text), (fact,), (text,), Next(text, text))
    for page in (ApplyPage(ended, next=Next(text, text)), stale):
        html = JUDGE.render("".join(render("markdown", page, Style())))
        assert {*re.findall(r"<!?/?[^ >]*", html)} <= OURS


def test_a_long_apply_is_cut_at_whole_items_with_counts(shown: Shown) -> None:
    steps = [
        StepReport(f"s{n}", f"projects.{HOSTILE}{n}", "create", "done", "project-J1") for n in range(9_000)
    ]
    steps += [StepReport(f"t{n}", f"projects.{n}", "create", "failed", None, HOSTILE) for n in range(9_000)]
    text = shown(ApplyPage(report(*steps)), "markdown")
    assert len(text.encode()) <= BUDGET
    kept = len(re.findall("^- (?:create|[*][*]failed)", text, re.MULTILINE))
    assert kept + sum(map(int, re.findall(r"^- and (\d+) more$", text, re.MULTILINE))) == 18_000


def test_a_plan_that_no_longer_holds_tells_the_fact_then_and_now(
    shown: Shown, empty_plan: Plan, header: Header
) -> None:
    then, now = ("aws:us-east-1", "aws:eu-west-2"), ("aws:us-east-1",)
    fact = StaleFact("f", "org-b", "permitted_regions", then, "2026-11-20", "user-alice", now)
    stale = StalePage(empty_plan, (fact,), ("a.toml was changed",), Next("", "reconciler plan -o plan.json"))
    checked = CheckPage(empty_plan, header, 5, (), (fact,), ("a.toml was changed",), 3)
    for page in (stale, checked):
        text = re.sub("<[^>]*>", "", JUDGE.render(shown(page, "markdown")))
        assert "org-b.permitted_regions was aws:us-east-1, aws:eu-west-2, is aws:us-east-1" in unescape(text)
        assert "- aws:eu-west-2" in unescape(text)
        assert "a.toml was changed" in unescape(text)
    assert shown(stale, "markdown").startswith("<!-- reconciler:stale workspace=genomics -->\n")
    assert "3 facts read again" in shown(checked, "markdown")
    many = shown(StalePage(empty_plan, (fact,) * 2_000, ("f",) * 9_000), "markdown")
    assert len(many.encode()) <= BUDGET
    assert many.count(" more\n") == 2


def test_an_apply_and_a_check_are_told_in_markdown(tmp_path: Path) -> None:
    desk = Desk.new(tmp_path / "desk", PEOPLE)
    desk.write('[projects.a]\nbill_to = "org-lab"\n')
    assert desk.run("plan", "-o", "plan.json").code == 0
    assert "still holds" in desk.run("check", "plan.json", "--format", "markdown").out
    ran = desk.run("apply", "plan.json", "--auto-approve", "--format", "markdown")
    assert "| done | 1 |" in ran.out


def test_every_format_of_an_apply_can_show_whatever_an_apply_may_end_with() -> None:
    for name in formats(ApplyPage):
        for page in (PlanPage, StalePage, DiagnosticsPage):
            assert name in formats(page)


def test_errors_of_the_configuration_are_shown(shown: Shown) -> None:
    text = shown(DiagnosticsPage((Diagnostic("error", "e", HOSTILE),), "Nothing was sent"), "markdown")
    assert "| errors | 1 |" in text
    assert "**error**" in text
    assert "Nothing was sent" in text
