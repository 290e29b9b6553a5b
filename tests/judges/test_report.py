"""The residency report in a real browser: what it shows and does, on which screens and on paper."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pypdf
import pytest
from judges.chromium import Tab, chromium
from judges.reports import HOSTILE, large

from reconciler.views.escape import safe

PROJECTS = 320
TAB, ENTER = ("Tab", 9), ("Enter", 13)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large(tmp_path_factory.mktemp("report") / "lab", PROJECTS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab, report: Path) -> Tab:
    browser.size(1280)
    browser.prefer("light")
    browser.scripts(on=True)
    browser.open(report.as_uri())
    return browser


def first(tab: Tab) -> str:
    """The name in the first row of all projects."""
    return str(tab.ask("document.querySelector('#estate tbody bdi').textContent"))


def reach(tab: Tab, selector: str) -> None:
    """Press the Tab key until it has the focus."""
    for _ in range(40):
        if tab.ask(f"document.activeElement.matches({json.dumps(selector)})"):
            return
        tab.press(*TAB)
    raise AssertionError(f"{selector} cannot be reached with the keyboard")


def go_to_projects(tab: Tab) -> None:
    """By the links at the top, with the keyboard."""
    reach(tab, 'nav a[href="#projects"]')
    tab.press(*ENTER)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_axe_finds_nothing_serious(tab: Tab, report: Path, scheme: str, width: int) -> None:
    tab.size(width)
    tab.prefer(scheme)
    tab.open(report.as_uri())
    tab.ask((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8") + ";0")
    found = json.loads(
        tab.ask("axe.run().then((told) => JSON.stringify([told.violations, told.passes.length]))")
    )
    assert [(one["id"], one["nodes"][0]["html"]) for one in found[0]] == []
    assert found[1] > 20
    assert tab.ask("[innerWidth, document.documentElement.scrollWidth]") == [width, width]


def test_hostile_names_are_shown_as_text_and_the_page_is_silent(tab: Tab) -> None:
    tab.ask("document.getElementById('estate-filter').focus()")
    for name in HOSTILE:
        tab.ask("document.getElementById('estate-filter').value = ''")
        tab.write(safe(name))
        assert first(tab) == safe(name)
    assert tab.ask("document.querySelectorAll('img, [onerror], [onload], svg svg').length") == 0
    assert tab.ask("document.scripts.length") == 1
    assert tab.messages == []


def test_nothing_is_asked_of_anybody(tab: Tab, report: Path) -> None:
    asked = [request for request in tab.requests if not request.startswith("data:")]
    assert asked == [report.as_uri()]


def test_a_script_that_got_in_after_all_would_be_refused(tab: Tab) -> None:
    tab.ask("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    tab.ask("fetch('http://127.0.0.1:9/').catch(() => 0)")
    assert tab.ask("window.ran === undefined")
    assert sum("Content Security Policy" in message for message in tab.messages) >= 2


def test_a_table_is_sorted_with_the_keyboard_and_says_so(tab: Tab) -> None:
    go_to_projects(tab)
    reach(tab, "#estate th .sort")
    names = []
    for way in ("ascending", "descending"):
        tab.press(*ENTER)
        assert tab.ask("document.activeElement.parentElement.getAttribute('aria-sort')") == way
        names.append(first(tab))
    assert names[1] == "Strays"
    assert names[0] in map(safe, HOSTILE)


def test_a_filter_and_pages_are_used_with_the_keyboard(tab: Tab) -> None:
    shown = "document.querySelector('#estate-tools output').textContent"
    assert tab.ask(shown) == f"1 to 100 of {PROJECTS}"
    go_to_projects(tab)
    reach(tab, "#estate-filter")
    tab.write("cohort 001")
    assert tab.ask(shown) == "1 to 100 of 100"
    assert tab.ask("document.querySelectorAll('#estate tbody tr').length") == 100
    tab.ask("document.getElementById('estate-filter').select()")
    tab.write("cohort")
    reach(tab, "#estate-tools button:last-of-type")
    tab.press(*ENTER)
    assert tab.ask(shown) == f"101 to 200 of {PROJECTS - 10}"


def test_a_link_leads_to_a_line_on_another_page_of_its_table(tab: Tab) -> None:
    links = "[...document.querySelectorAll('#differences a')]"
    away = tab.ask(f"{links}.map((a) => a.hash.slice(1)).find((id) => !document.getElementById(id))")
    assert away is not None
    tab.ask(f"{links}.find((a) => a.hash === '#{away}').click()")
    top = f"document.getElementById('{away}')?.getBoundingClientRect().top"
    tab.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert 0 <= tab.ask(top) < 900


def test_the_button_changes_the_colours(tab: Tab) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.ask(paper)
    reach(tab, "#theme")
    tab.press(*ENTER)
    assert tab.ask(paper) != light
    assert tab.ask("document.activeElement.textContent") == "Light colours"


def test_without_javascript_every_row_is_there(tab: Tab, report: Path) -> None:
    tab.scripts(on=False)
    tab.open(report.as_uri())
    assert tab.ask("document.querySelectorAll('#estate tbody tr').length") == PROJECTS
    assert tab.ask("document.querySelectorAll('main button:not([hidden] *)').length") == 0


def test_on_paper_are_all_parts_and_every_project(tab: Tab) -> None:
    parts = tab.ask("[...document.querySelectorAll('h2')].map((part) => part.textContent)")
    pages = pypdf.PdfReader(io.BytesIO(tab.paper())).pages
    text = unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in pages))  # no ligatures
    assert len(parts) == 7
    assert [part for part in parts if part not in text] == []
    assert len(set(re.findall(r"Cohort \d{5}", text))) == PROJECTS - 10
    assert "Only rows with" not in text
    assert tab.ask("document.querySelectorAll('#estate tbody tr').length") == 100
