"""When there is something to tell, and that what is told is bounded and adds up."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.notification import Notification, Origin
from reconciler.model.plan import Tool
from reconciler.model.report import DriftItem, DriftVerdict
from reconciler.notify import news, remembered
from reconciler.notify.document import Sender, document, encoded
from reconciler.notify.news import State, Told, Verdict

SENDER = Sender("lab", Origin("sandbox", None), Tool("reconciler", "1"), "reconciler drift")


def item(name: str, verdict: DriftVerdict = "drifted") -> DriftItem:
    return DriftItem(f"projects.{name}", None, None, "name", verdict, None, None, None, "said")


def looked(marks: str, code: int = 2) -> State:
    """A letter a finding."""
    return State(Verdict("2026-01-01T00:00:00.000Z", code, {}), {mark: item(mark) for mark in marks})


def failed(code: str, source: SourceRange | None = None) -> State:
    diagnostics = (Diagnostic("error", code, "what happened", None, source), Diagnostic("warning", "w", "w"))
    return State.failed(diagnostics, 1, "2026-01-01T00:00:00.000Z")


def after(*states: State) -> Told | None:
    """What is remembered once each was told."""
    told: Told | None = None
    for state in states:
        told = news.told(news.delivery_of("lab", "target", state, told), state, told)
    return told


def said(state: State, before: Told | None) -> Notification:
    return document(SENDER, state, before, "target")


def test_at_first_only_what_is_not_well_is_told() -> None:
    assert not news.is_news(looked("", 0), None)
    assert news.is_news(looked("a", 0), None)
    assert news.is_news(looked("", 7), None)
    assert news.is_news(failed("provider"), None)


def test_another_set_of_findings_or_another_code_or_another_failure_is_news_and_the_same_is_not() -> None:
    assert not news.is_news(looked("ab"), after(looked("ba")))
    assert news.is_news(looked("ab"), after(looked("a")))
    assert news.is_news(looked("a"), after(looked("ab")))
    assert news.is_news(looked("a", 7), after(looked("a", 2)))
    assert news.is_news(failed("provider"), after(looked("a")))
    assert not news.is_news(failed("provider"), after(looked("a"), failed("provider")))
    assert news.is_news(failed("ledger"), after(failed("provider")))
    assert news.is_news(looked("a"), after(looked("a"), failed("provider")))


def test_after_a_failure_findings_are_compared_with_those_that_were_told_before_it() -> None:
    findings = said(looked("bc"), after(looked("ab"), failed("provider"))).findings
    assert findings is not None
    assert (findings.new.total, findings.gone.total, findings.known.total) == (1, 1, 1)
    assert [one.address for one in findings.gone.first] == ["projects.a"]


def test_why_drift_failed_is_told_but_not_where_it_would_quote_the_toml() -> None:
    assert said(failed("provider"), None).now.problems[0].summary == "what happened"
    quoting = said(failed("toml", SourceRange("lab.toml", 1, 1)), None)
    assert quoting.now.problems[0].summary is None
    assert "what happened" not in quoting.text
    assert [problem.code for problem in quoting.now.problems] == ["toml"]


marks = st.text("abcdef", max_size=6)


@given(st.lists(marks, max_size=4), marks)
def test_what_is_told_adds_up_whatever_was_told_before(earlier: list[str], now: str) -> None:
    told = after(*map(looked, earlier))
    findings = news.compared(looked(now), told)
    before = set(earlier[-1]) if earlier else set()
    assert findings is not None
    assert findings.new.total == len(set(now) - before)
    assert findings.gone.total == len(before - set(now)) == len(findings.gone.first)
    assert findings.known.total == len(set(now) & before)


@given(st.lists(marks, min_size=1, max_size=5))
def test_each_news_has_an_id_of_its_own_that_another_process_finds_too(told: list[str]) -> None:
    ids, before = [], None
    for state in map(looked, told):
        if news.is_news(state, before):
            ids.append(news.delivery_of("lab", "target", state, before))
            read = remembered.recalled(remembered.text_of({"target": before})) if before else {}
            assert news.delivery_of("lab", "target", state, read.get("target")) == ids[-1]
            before = news.told(ids[-1], state, before)
    assert len(set(ids)) == len(ids)


def test_a_target_or_a_workspace_has_ids_of_its_own() -> None:
    ids = {news.delivery_of(where, to, looked("a"), None) for where in ("lab", "clinic") for to in ("x", "y")}
    assert len(ids) == 4


def test_the_document_of_a_hundred_thousand_hostile_findings_is_small_and_harmless() -> None:
    hostile = "\x1b[2J\u202e" + "x" * 5_000
    items = {
        f"{number:06}": DriftItem(None, hostile, None, hostile, "unmanaged", None, None, None, None)
        for number in range(100_000)
    }
    items["worst"] = item("worst", "violation")
    state = State(Verdict("2026-01-01T00:00:00.000Z", 3, {}), items)
    found = said(state, None)
    assert len(encoded(found)) < 128_000
    assert found.findings is not None
    assert found.findings.new.total == 100_001
    assert found.findings.new.first[0].verdict == "violation"
    assert "and 99981 more" in found.text
    assert "\x1b" not in found.text
    assert "\u202e" not in found.text


def test_what_another_version_remembered_is_as_nothing() -> None:
    assert remembered.recalled("") == {}
    assert remembered.recalled("said") == {}
    assert remembered.recalled('{"target": {"id": 1}}') == {}


def test_what_was_told_is_remembered_of_the_latest_targets() -> None:
    told = after(looked("a"))
    assert told is not None
    many = {
        str(day): msgspec.structs.replace(told, verdict=Verdict(f"2026-01-{day}T00:00:00.000Z", 2, {}))
        for day in range(10, 30)
    }
    assert sorted(remembered.recalled(remembered.text_of(many))) == [str(day) for day in range(20, 30)]
