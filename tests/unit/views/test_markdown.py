"""Markdown for pull requests, judged by a CommonMark renderer with tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from reconciler.model.diagnostics import Diagnostic
from reconciler.model.plan import Plan, Step
from reconciler.views.escape import safe_lines
from reconciler.views.markdown import BUDGET, plain
from reconciler.views.pages import DiagnosticsPage, PlanPage

Shown = Callable[..., str]
JUDGE = MarkdownIt("commonmark").enable("table")
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


def test_errors_of_the_configuration_are_shown(shown: Shown) -> None:
    text = shown(DiagnosticsPage((Diagnostic("error", "e", HOSTILE),), "Nothing was sent"), "markdown")
    assert "| errors | 1 |" in text
    assert "**error**" in text
    assert "Nothing was sent" in text
