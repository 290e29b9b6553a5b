"""The page at ``/`` in a real browser: what it shows, what it does not do, and on which screens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from judges import calls
from judges.chromium import Tab, chromium
from support.sandbox import Served, served

HERE = Path(__file__).parent

NASTY_NAME = """<script>alert("1")</script>'"></td><img src=x onerror=alert(2)>&lt;b&gt;</style>"""

MORE = f"""
[[bulk_projects]]
count = 40
name = "Cohort {{n:02}}"
region = "aws:eu-central-1"
bill_to = "org-genomics"
created = 2024-02-01T08:00:00Z
members = {{ user-alice = "ADMINISTER" }}

[[projects]]
id = "project-J00000000000000000000031"
name = {json.dumps(NASTY_NAME)}
region = "aws:us-east-1"
bill_to = "org-genomics"
members = {{ user-alice = "ADMINISTER" }}

[[projects]]
name = "{"very-long-name-without-any-space-" * 6}"
region = "aws:us-east-1"
bill_to = "org-genomics"
members = {{ user-alice = "ADMINISTER" }}

[orgs.org-nasty]
name = {json.dumps(NASTY_NAME)}
permitted_regions = ["oci:us-ashburn-1"]
[orgs.org-nasty.members]
user-alice = {{ level = "ADMIN" }}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    world = tmp_path_factory.mktemp("world") / "world.toml"
    world.write_text((HERE / "world.toml").read_text(encoding="utf-8") + MORE, encoding="utf-8")
    with served(world) as running:
        calls.make(running)
        running.post("/<script>alert(3)</script>/describe")
        running.post("/project/new", {"name": "x", "region": "<img src=x onerror=alert(4)>"})
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Tab]:
    with chromium() as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab) -> Tab:
    browser.size(1280)
    browser.prefer("light")
    browser.scripts(on=True)
    return browser


def url(server: Served, rest: str = "") -> str:
    return f"http://127.0.0.1:{server.port}/{rest}"


def text(tab: Tab, selector: str) -> str:
    """What somebody reads there."""
    return str(tab.ask(f"document.querySelector({json.dumps(selector)}).innerText"))


def test_the_page_names_the_platform_and_has_its_tables(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    title = tab.ask("document.title")
    assert title == "Embedded platform: 48 projects, 1 where their payer may not have any"
    assert text(tab, "h1") == "The embedded platform"
    assert tab.ask("document.compatMode") == "CSS1Compat"
    tables = tab.ask("[...document.querySelectorAll('table')].map(table => table.className)")
    assert set(tables) == {"payers", "matrix", "projects", "offers", "apps", "calls"}
    assert tab.ask("document.querySelectorAll('table:not(:has(caption))').length") == 0
    assert tab.ask("document.querySelectorAll('th:not([scope])').length") == 0
    assert tab.ask("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size") == tab.ask(
        "document.querySelectorAll('[id]').length"
    )


def test_what_stands_against_a_law_and_what_was_refused_is_plain_to_see(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    assert "1 project in azure:westeurope, not permitted for org-trials." in text(tab, ".standing")
    assert "The default region azure:westeurope of org-trials is not permitted" in text(tab, ".standing")
    stranded = "document.querySelector('.projects tr.bad')"
    assert "Trial Heath" in tab.ask(f"{stranded}.innerText")
    assert "region not permitted for this payer" in tab.ask(f"{stranded}.innerText")
    refused = tab.ask("[...document.querySelectorAll('.calls tr.bad')].map(row => row.innerText)")
    (creation,) = [row for row in refused if "may not create projects" in row]
    for part in (
        "user-alice",
        "/project/new",
        "401",
        "PermissionDenied",
        "org-biobank",
        "L5",
        "permitted for",
    ):
        assert part in creation
    backgrounds = (
        "['.calls tr.bad td', '.calls tr:not(.bad) td'].map(one => getComputedStyle(%s).backgroundColor)"
    )
    bad, plain = tab.ask(backgrounds % "document.querySelector(one)")
    assert bad != plain


def test_no_name_becomes_markup_and_no_script_runs(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    names = tab.ask("[...document.querySelectorAll('.projects th bdi')].map(name => name.textContent)")
    assert NASTY_NAME in names
    assert NASTY_NAME in tab.ask("document.querySelector('.payers').textContent")
    assert "/<script>alert(3)</script>/describe" in tab.ask("document.querySelector('.calls').textContent")
    assert tab.ask("document.querySelectorAll('script, img, iframe, object, [onerror], [style]').length") == 0
    assert tab.messages == []


def test_a_script_in_the_address_is_text_too(server: Served, tab: Tab) -> None:
    tab.open(
        url(
            server, "?payer=%22%3E%3Cscript%3Ealert(5)%3C/script%3E&name=%3Cimg%20src=x%20onerror=alert(6)%3E"
        )
    )
    assert tab.ask("document.querySelector('#payer').value") == '"><script>alert(5)</script>'
    assert '"><script>alert(5)</script>' in text(tab, ".narrowed")
    assert tab.ask("document.querySelectorAll('script, img').length") == 0
    assert tab.messages == []


def test_a_script_that_got_in_after_all_would_be_refused(server: Served, tab: Tab) -> None:
    """The policy of the page, asked by putting one in by hand."""
    tab.open(url(server))
    tab.ask("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))")
    assert tab.ask("window.ran === undefined")
    assert "Content Security Policy" in " ".join(tab.messages)


def test_nothing_is_asked_of_anybody_else(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    assert [request for request in tab.requests if not request.startswith("data:")] == [url(server)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_light_and_in_dark(server: Served, tab: Tab, scheme: str) -> None:
    tab.prefer(scheme)
    tab.open(url(server))
    told = tab.ask((HERE / "contrast.js").read_text(encoding="utf-8"))
    assert told["weak"] == []
    assert told["looked"] > 300
    paper = tab.ask("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(paper) < 3 * 64) == (scheme == "dark")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_is_never_wider_than_the_screen(server: Served, tab: Tab, width: int) -> None:
    tab.size(width)
    tab.open(url(server))
    assert tab.ask("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
    # A table that is wider scrolls by itself, and can be reached with the keyboard to do so.
    assert tab.ask("document.querySelectorAll('table').length") == tab.ask(
        "document.querySelectorAll('.wide[tabindex=\"0\"] > table').length"
    )


def test_without_javascript_the_page_is_the_same_and_can_be_narrowed(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    with_scripts = tab.ask("document.body.innerHTML")
    tab.scripts(on=False)
    tab.open(url(server))
    assert tab.ask("document.body.innerHTML") == with_scripts
    tab.ask("document.querySelector('#payer').value = 'org-genomics'")
    tab.ask("document.querySelector('#region').value = 'aws:eu-central-1'")
    tab.ask("document.querySelector('#name').value = 'cohort 0'")
    tab.submit("document.querySelector('form button').click()")
    assert tab.ask("location.search + location.hash") == (
        "?payer=org-genomics&region=aws%3Aeu-central-1&name=cohort+0#projects"
    )
    names = tab.ask("[...document.querySelectorAll('.projects th bdi')].map(name => name.textContent)")
    assert sorted(names) == [f"Cohort {number:02}" for number in range(1, 10)]
    tab.submit("document.querySelector('.narrowed a').click()")
    assert tab.ask("document.querySelectorAll('.payers tbody tr').length") == 6


def test_the_first_key_leads_past_the_head_of_the_page(server: Served, tab: Tab) -> None:
    tab.open(url(server))
    for kind in ("keyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert tab.ask("document.activeElement.className") == "skip"
    assert tab.ask("document.activeElement.getBoundingClientRect().left >= 0")
    assert tab.ask("document.querySelector(document.activeElement.hash).tagName") == "MAIN"
