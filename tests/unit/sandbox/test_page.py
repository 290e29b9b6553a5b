"""The page at ``/``: what it tells about the estate and the calls, without a browser."""

from __future__ import annotations

import base64
import hashlib
import http.client
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec import structs
from reconciler_sandbox.calls import CallLog, Entry
from reconciler_sandbox.laws.records import App, Enabled, Project, User
from reconciler_sandbox.page import estate, recent, render
from reconciler_sandbox.page.laws import LAWS
from support import referee
from support.sandbox import AZURE, EU, PROJECT, US, Lab, Served, a_lab, a_project, a_world, served

ALICE = "user-alice"


class Page:
    """A page as a tree: that it can be read as XML is itself a test of what it is made of."""

    def __init__(self, lab: Lab, **asked: str) -> None:
        self.html = render.page(lab.platform, asked).decode()
        self.tree = ET.fromstring(self.html)

    def all(self, tag: str, klass: str | None = None) -> list[ET.Element]:
        found = self.tree.iter(tag)
        return [one for one in found if klass is None or klass in one.get("class", "").split()]

    def rows(self, table: str) -> list[list[str]]:
        """The cells of the bodies of all tables of a class."""
        return [
            [said(cell) for cell in row]
            for one in self.all("table", table)
            for row in one.iterfind("tbody/tr")
        ]

    def section(self, name: str) -> str:
        (found,) = [one for one in self.all("section") if one.get("aria-labelledby") == name]
        return said(found)


def said(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_payers_are_shown_with_their_regions_their_members_and_what_they_lack() -> None:
    lab = a_lab()
    lab.change_org(spending="exceeded")
    rows = Page(lab).rows("payers")
    assert [row[0].split()[0] for row in rows] == ["org-lab", "org-rival", *sorted(lab.platform.state.users)]
    who, regions, members = rows[0]
    assert who == "org-lab Lab, organisation spending limit reached"
    assert regions == "aws:us-east-1 aws:eu-central-1 default aws:me-south-1"
    assert members == "user-alice ADMIN user-bob MEMBER, may bill user-carol MEMBER"
    assert rows[2] == ["user-alice Alice, user", "aws:us-east-1 default azure:westus", "a user pays alone"]


def test_projects_are_counted_by_payer_and_region() -> None:
    lab = a_lab(
        [a_project(n, region=US if n % 3 else EU) for n in range(1, 1501)]
        + [a_project(2000, bill_to=ALICE), a_project(2001, bill_to="org-rival", region=EU)]
    )
    page = Page(lab)
    (head,) = page.all("table", "matrix")
    assert [said(cell) for cell in head.iterfind("thead/tr/th")] == [
        "Payer",
        "aws:us-east-1AWS US (East)",
        "aws:eu-central-1AWS Europe (Frankfurt)",
        "azure:westusAzure West US",
        "aws:me-south-1AWS Middle East (Bahrain), retired",
        "All",
    ]
    rows = {row[0]: row[1:] for row in page.rows("matrix")}
    none = "–not permitted"
    assert rows["org-lab"] == ["1,000", "500", none, "0", "1,500"]
    assert rows["org-rival"] == [none, "1 ✕, not permitted", "0", none, "1"]
    assert rows["user-alice"] == ["1", none, "0", none, "1"]
    assert "oci:us-ashburn-1" in page.section("matrix").partition("nobody may use them:")[2]


def test_the_counts_follow_the_calls() -> None:
    lab = a_lab()
    assert lab.call(ALICE, "/project/new", name="new", billTo="org-lab").status == 200
    assert lab.call(ALICE, f"/{PROJECT}/update", billTo=ALICE).status == 200
    rows = {row[0]: row[1:] for row in Page(lab).rows("matrix")}
    assert rows["org-lab"][:2] == ["0", "1"]
    assert rows["user-alice"][0] == "1"


def test_a_project_whose_payer_has_lost_its_region_stands_out() -> None:
    lab = a_lab([a_project(1, name="Stays"), a_project(2, name="Stranded", region=AZURE)])
    page = Page(lab)
    assert "1 project in azure:westus, not permitted for org-lab." in page.section("standing")
    assert "Stranded" in page.section("standing")
    marked = [said(row) for row in page.all("tr", "bad")]
    assert len(marked) == 1
    assert "Stranded" in marked[0]
    assert "region not permitted for this payer" in marked[0]
    lab.change_org(permitted_regions=(US, EU, AZURE))
    page = Page(lab)
    assert page.all("tr", "bad") == []
    assert page.section("standing").endswith(
        "Nothing: every project lies in a region that is permitted for its payer."
    )


def test_a_default_region_and_an_app_that_stand_against_a_law_are_named() -> None:
    lab = a_lab()
    lab.change_org(default_region=AZURE)
    app = App(
        id="app-J00000000000000000000001", name="align", version="1.0.0", bill_to="org-lab", created_by=ALICE,
        created=1, modified=1, published=2, regions={US: Enabled("applet-x"), AZURE: Enabled("applet-y")},
    )  # fmt: skip
    world = structs.replace(a_world(), records=(app,))
    assert "The default region azure:westus of org-lab is not permitted for it." in Page(lab).section(
        "standing"
    )
    page = Page(Lab(world))
    assert "The app align 1.0.0 is enabled in azure:westus, not permitted for org-lab." in page.section(
        "standing"
    )
    assert page.rows("apps") == [
        ["align 1.0.0 app, published", "org-lab", "aws:us-east-1 azure:westus not permitted"]
    ]


def test_an_offer_tells_with_which_payers_it_can_be_accepted() -> None:
    lab = a_lab([a_project(1, region=EU), a_project(2, region=AZURE), a_project(3), a_project(4)])
    for number, recipient in ((1, "user-dave"), (2, "user-bob"), (3, "user-bob"), (4, "user-carol")):
        offered = lab.call(ALICE, f"/project-J{number:023}/transfer", invitee=recipient)
        assert offered.status == 200
    rows = {row[0].split()[1]: row[3:] for row in Page(lab).rows("offers")}
    assert rows == {
        "1": ["user-dave", "none: cannot be accepted"],
        "2": ["user-bob", "user-bob"],
        "3": ["user-bob", "user-bob, org-lab"],
        "4": ["user-carol", "user-carol"],
    }


def test_a_refused_call_tells_why_in_the_words_of_the_answer_and_by_which_law() -> None:
    lab = a_lab()
    lab.call(ALICE, "/system/whoami")
    got = lab.call(ALICE, "/project/new", name="x", billTo="org-lab", region=AZURE)
    page = Page(lab)
    refused, fine = page.rows("calls")
    assert refused[1:4] == [ALICE, "/project/new", "401"]
    assert refused[4] == f"PermissionDenied {got.body['error']['message']} L5 {LAWS['L5']}"
    assert fine[1:] == [ALICE, "/system/whoami", "200", ""]
    assert [said(row) for row in page.all("tr", "bad")] == [" ".join(refused)]
    assert "1 call of the last 2 refused" in page.section("calls")


def test_refused_calls_can_be_shown_alone_and_the_newest_are_first() -> None:
    lab = a_lab()
    for number in range(recent.SHOWN + 20):
        lab.call(ALICE, "/system/whoami")
        lab.call(ALICE, f"/project-J{number:023}/describe" if number != 1 else "/nothing/here")
    everything, refused = Page(lab).rows("calls"), Page(lab, calls="refused").rows("calls")
    assert len(everything) == len(refused) == recent.SHOWN
    assert [row[2] for row in everything[:2]] == [f"/project-J{number:023}/describe", "/system/whoami"]
    assert {row[3] for row in refused} == {"404"}


def test_a_fault_on_demand_is_named_beside_its_call() -> None:
    lab = a_lab()
    lab.log.add(Entry("2026-01-15T09:00:00.000Z", ALICE, "/project/new", {}, 0, fault="close after"))
    assert Page(lab).rows("calls") == [
        ["09:00:00", ALICE, "/project/new", "none", "fault on demand: close after"]
    ]


def test_no_name_becomes_markup_wherever_it_stands() -> None:
    nasty = "<script>alert('1')</script>\"'><b>&lt;"
    lab = a_lab(
        [a_project(1, name=nasty, region=AZURE, members={nasty: "VIEW"}, pending_transfer="user-bob")]
    )
    lab.change_org(name=nasty)
    lab.call(ALICE, f"/{nasty}/describe")
    lab.call(ALICE, "/project/new", name="x", region=nasty)
    page = Page(lab, payer="", name="<script>")
    assert page.all("script") == page.all("b", "x") == []
    assert "<script" not in page.html
    for place in ("standing", "payers", "projects", "offers", "calls"):
        assert nasty in page.section(place), place
    echoed = Page(lab, payer=nasty, region=nasty, name=nasty, calls=nasty)
    assert "<script" not in echoed.html
    assert nasty in said(echoed.tree)
    assert (echoed.all("input")[0].get("value"), echoed.rows("payers")) == (
        nasty,
        [[f"No payer is called {nasty}."]],
    )


def test_what_no_document_can_hold_is_shown_as_such() -> None:
    lab = a_lab([a_project(1, name="a\x00b\x0bc\x1bd\uffff e\u202ef")])
    assert "a�b�c�d� e\u202ef" in Page(lab).rows("projects")[0][0]
    (name,) = [one for one in Page(lab).all("bdi") if "\u202e" in "".join(one.itertext())]
    assert name.tag == "bdi"  # what turns the reading direction ends with the name


def test_a_token_never_shows() -> None:
    world = a_world()
    secret = "very-secret-token"
    tokens = tuple(structs.replace(token, token=f"{secret}-{token.user}") for token in world.tokens)
    lab = Lab(structs.replace(world, tokens=tokens))
    lab.platform.log = CallLog(secrets=[token.token for token in tokens])
    for path in (f"/{secret}-{ALICE}/describe", "/project/new"):
        body = f'{{"name": "{secret}-{ALICE}", "region": "{secret}-{ALICE}"}}'.encode()
        lab.platform.answer(path, body, None, f"Bearer {secret}-{ALICE}", {})
    page = Page(lab)
    assert len(page.rows("calls")) == 2
    assert secret not in page.html
    assert "(a token)" in page.section("calls")


def test_the_view_can_be_narrowed_by_payer_region_and_name() -> None:
    lab = a_lab(
        [a_project(n, name=f"Cohort {n}", region=US if n % 2 else EU) for n in range(1, 41)]
        + [a_project(50, name="Other", bill_to=ALICE)]
    )
    assert [row[0].split()[0] for row in Page(lab, payer=ALICE).rows("payers")] == [ALICE]
    assert [row[0].split()[0] for row in Page(lab, payer=ALICE).rows("projects")] == ["Other"]
    assert len(Page(lab, region=EU).rows("projects")) == 20
    found = Page(lab, payer="org-lab", region=US, name="COHORT 1").rows("projects")
    assert sorted(int(row[0].split()[1]) for row in found) == [1, 11, 13, 15, 17, 19]
    assert [row[0].split()[1] for row in Page(lab, name="J00000000000000000000007").rows("projects")] == ["7"]
    assert "No project is like that." in Page(lab, payer="org-nobody").section("projects")


def test_of_many_projects_the_first_are_shown_and_the_others_counted() -> None:
    lab = a_lab([a_project(n, region=US) for n in range(1, 2001)])
    page = Page(lab)
    newest = [f"project {n}" for n in range(1, estate.ROWS_A_REGION + 1)]
    assert [" ".join(row[0].split()[:2]) for row in page.rows("projects")] == newest
    assert f"and {2000 - estate.ROWS_A_REGION:,} more" in page.section("projects")
    assert len(Page(lab, region=US).rows("projects")) == estate.ROWS


class Unwalked(dict[str, Project]):
    """Projects that can be looked up, but not gone through."""

    def __iter__(self) -> NoReturn:
        raise AssertionError("all projects were gone through")

    keys = values = items = __iter__  # type: ignore[assignment] # none of them may be called


def test_the_page_goes_through_the_indexes_and_not_through_all_projects() -> None:
    lab = a_lab([a_project(n, region=AZURE if n % 2 else US) for n in range(1, 501)])
    lab.platform.state.projects = Unwalked(lab.platform.state.projects)
    assert {row[0]: row[-1] for row in Page(lab).rows("matrix")}["org-lab"] == "500"
    assert len(Page(lab, payer="org-lab", name="project 4").rows("projects")) == 2 * estate.ROWS_A_REGION


def test_of_many_payers_and_members_the_first_are_shown_and_the_others_counted() -> None:
    world = a_world()
    crowd = {f"user-x{n:04}": User(f"user-x{n:04}", f"user-x{n:04}") for n in range(500)}
    lab = Lab(structs.replace(world, users=world.users | crowd))
    org = lab.platform.state.orgs["org-lab"]
    lab.change_org(members=org.members | dict.fromkeys(crowd, org.members["user-carol"]))
    page = Page(lab)
    assert len(page.rows("payers")) == len(page.rows("matrix")) == estate.PAYERS
    assert "and 406 more" in page.section("payers")
    assert f"and {503 - estate.NAMES} more" in page.rows("payers")[0][2]


def test_each_region_law_is_told_in_a_sentence() -> None:
    assert tuple(LAWS) == referee.LAWS
    page = Page(a_lab())
    assert {one.get("id"): said(one) for one in page.all("div") if one.get("id")} == {
        law: f"{law}{text}" for law, text in LAWS.items()
    }


def test_every_table_has_a_caption_and_every_head_a_scope() -> None:
    lab = a_lab([a_project(1, pending_transfer="user-bob")])
    lab.call(ALICE, "/system/whoami")
    page = Page(lab)
    assert page.tree.get("lang") == "en"
    assert all(table.find("caption") is not None for table in page.all("table"))
    assert {head.get("scope") for head in page.all("th")} == {"col", "row"}
    ids = [one.get("id") for one in page.tree.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    links = {link.get("href", "").partition("#")[2] for link in page.all("a")} - {""}
    assert links <= set(ids)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("world") / "world.toml"
    path.write_text(
        "format = 1\nseed = 1\nnow = 2026-01-15T09:00:00Z\n[users.user-alice]\n", encoding="utf-8"
    )
    with served(Path(path)) as running:
        yield running


def asked(
    server: Served, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_the_page_is_served_with_a_policy_that_lets_nothing_in(server: Served) -> None:
    answer, body = asked(server, "/?payer=user-alice&payer=&region=%ff%00")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    (style,) = ET.fromstring(body).iter("style")
    digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
    assert answer.headers["Content-Security-Policy"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    head, nothing = asked(server, "/", "HEAD")
    assert (head.status, nothing) == (200, b"")


def test_the_page_is_shown_on_this_machine_only(server: Served) -> None:
    answer, body = asked(server, "/", Host="rebound.example.org")
    assert (answer.status, b"<html" in body) == (400, False)
    for path in ("/index.html", "/system/whoami", "//"):
        assert asked(server, path)[0].status == 404


def test_looking_is_not_calling(server: Served) -> None:
    before = asked(server, "/")[1]
    assert asked(server, "/")[1] == before
    assert b"Nobody has called yet." in before


def test_what_draws_the_page_is_loaded_with_the_first_page() -> None:
    code = "import sys, reconciler_sandbox.http, reconciler_sandbox.server; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"jinja2", "reconciler_sandbox.page"} & set(done.stdout.split())
