"""``report``: one HTML file that says what drift says, to who has no terminal."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.desk import EU, PEOPLE, UK, US, Desk, a_project, pid

from reconciler.views.escape import safe
from reconciler.views.report.facts import WORDS

HOSTILE = "<script>alert(1)</script> **bold** \x1b[31mred \u202egnp.exe \x00 &lt;b&gt; \"' =1+1"

WORLD = PEOPLE + "".join(
    (
        a_project(1, "Cohort", EU, "org-clinic"),
        a_project(2, "EU strays", UK, "org-clinic"),
        a_project(3, "EU moved soon", UK, "org-clinic"),
        a_project(4, HOSTILE, US),
        a_project(5, "Ours", US),
    )
)

TOML = f"""
[orgs.org-lab]
[orgs.org-clinic]
[users.user-carol]
default_region = "{US}"

[projects.ours]
id = "{pid(5)}"
name = "Our own"

[[policies]]
id = "gdpr"
match = {{ bill_to = "org-clinic", name = "EU *" }}
regions = ["{EU}"]
reason = "GDPR art. 44"

[[waivers]]
policy = "gdpr"
match = {{ id = "{pid(3)}" }}
reason = "moves <b>soon</b>"
ticket = "COMP-17"
approved_by = "dpo@example.org"
expires = 2026-02-01
"""


class Page(HTMLParser):
    """Rows of tables by the table's id, each as the texts of its cells; the tags; style and script."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: dict[str, list[list[str]]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.whole = ""
        self.inline: dict[str, str] = {}
        self._table: list[list[str]] = []
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.tags.append((tag, told))
        self._in = tag
        if tag == "table":
            self._table = self.rows.setdefault(told["id"] or "", [])
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th") and self._table:
            self._table[-1].append("")

    def handle_data(self, data: str) -> None:
        if self._in in ("style", "script"):
            self.inline[self._in] = self.inline.get(self._in, "") + data
            return
        self.whole += data
        if self._table and self._table[-1]:
            self._table[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._in = ""
        if tag == "table":
            self._table = []

    def said(self, table: str) -> list[list[str]]:
        """The rows below the head, without the space around."""
        return [[cell.strip() for cell in row] for row in self.rows[table][1:]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path / "lab", WORLD)
    made.write(TOML)
    return made


def reported(desk: Desk, *options: str, code: int = 7) -> Page:
    ran = desk.run("report", "--out", "out", *options)
    assert ran.code == code, ran.out + ran.err
    return Page(html(desk))


def html(desk: Desk) -> str:
    return (desk.folder / "out" / "index.html").read_text(encoding="utf-8")


def test_every_finding_of_drift_is_in_the_report(desk: Desk) -> None:
    page = reported(desk)
    items = desk.run("drift", "--format", "json").json["items"]
    rows = [" ".join(row) for name in page.rows for row in page.said(name)]
    looked = set()
    for item in items:
        if item["verdict"] == "in_sync":
            continue
        looked.add(item["verdict"])
        parts = [item["address"] or item["id"], WORDS[item["verdict"]]]
        if item["verdict"] != "unmanaged":
            values = (item[key] for key in ("policy", "desired", "actual", "baseline", "message"))
            parts += [safe(value) for value in values if isinstance(value, str)]
        assert any(all(part in row for part in parts) for row in rows), parts
    assert looked == {"violation", "waiver_expiring", "unreadable", "pending", "unmanaged"}


def test_every_project_is_in_it_with_its_place_payer_and_law(desk: Desk) -> None:
    rows = reported(desk).said("estate")
    assert [row[:4] for row in rows if pid(2) in row[0]] == [
        [f"EU strays{pid(2)}", "United Kingdom", UK, "org-clinic"]
    ]
    assert len(rows) == 5


def test_projects_are_counted_by_jurisdiction_region_and_payer(desk: Desk) -> None:
    page = reported(desk)
    assert [row[:2] for row in page.said("jurisdictions")] == [
        ["United Kingdom", "2"],
        ["United States", "2"],
        ["European Union", "1"],
    ]
    assert ["United Kingdom", UK, "2"] in [row[:3] for row in page.said("regions")]
    assert ["org-clinic", "United Kingdom", "2"] in [row[:3] for row in page.said("payers")]


def test_a_project_that_violates_a_policy_is_told_by_its_name(desk: Desk) -> None:
    assert [row[0] for row in reported(desk).said("findings")] == [
        f"EU strays{pid(2)}",
        f"EU moved soon{pid(3)}",
    ]


def test_the_first_sentence_is_that_of_the_command(desk: Desk) -> None:
    ran = desk.run("report", "--out", "out")
    written, sentence = ran.out.splitlines()
    assert written == "Written: out/index.html"
    assert sentence == "5 projects in 3 jurisdictions, 1 violation, 1 unreadable."
    assert f"<h1>{sentence[:-1]}</h1>" in html(desk)


def test_a_waiver_is_told_with_who_approved_it_and_until_when(desk: Desk) -> None:
    ((*row, place),) = reported(desk).said("waivers")
    assert row == [
        "COMP-17",
        "gdpr",
        f"id {pid(3)}",
        "dpo@example.org",
        "2026-02-01",
        "17 days left",
        "moves <b>soon</b>",
    ]
    assert re.fullmatch(r"lab\.toml:\d+", place)


def test_a_waiver_is_expired_by_the_clock_of_the_platform(desk: Desk) -> None:
    desk.write(TOML.replace("2026-02-01", "2026-01-14"))
    ((*_, state, _reason, _place),) = reported(desk).said("waivers")
    assert state == "expired"


def test_each_place_leads_to_the_line_as_it_is_written(desk: Desk) -> None:
    page = reported(desk)
    lines = (desk.folder / "lab.toml").read_text(encoding="utf-8").splitlines()
    anchors = {told["id"] for tag, told in page.tags if tag == "tr" and "id" in told}
    links = [told["href"] or "" for tag, told in page.tags if tag == "a"]
    cited = [link[1:] for link in links if link.startswith("#line-")]
    assert cited
    assert set(cited) == anchors
    for place, line in page.said("source"):
        assert lines[int(place.partition(":")[2]) - 1].strip() == line


def test_past_applies_are_listed(desk: Desk) -> None:
    assert "The ledger knows of no apply." in reported(desk).whole
    assert desk.run("apply", "--auto-approve").code == 7
    ((*_, done, failed, missed, uncertain, _run),) = reported(desk).said("history")
    assert (done, failed, missed, uncertain) == ("1", "0", "0", "0")


def test_hostile_names_are_text_and_nothing_that_moves_a_reader_is_left(desk: Desk) -> None:
    page = reported(desk)
    assert any(row[0] == safe(HOSTILE) + pid(4) for row in page.said("estate"))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not {tag for tag, _ in page.tags} & {"img", "iframe", "object"}
    assert not re.search("[\x00\x1b\u202e]", html(desk))


def test_nothing_is_allowed_but_the_style_and_the_script_of_the_page(desk: Desk) -> None:
    page = reported(desk)
    (policy,) = (told["content"] for tag, told in page.tags if told.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for name in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.inline[name].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}';" in policy
    for tag, told in page.tags:
        assert not [key for key in told if key.startswith("on") or key in ("style", "src")], (tag, told)


def test_the_same_input_gives_the_same_bytes(desk: Desk) -> None:
    reported(desk, "--reproducible")
    first = html(desk)
    reported(desk, "--reproducible")
    assert html(desk) == first
    assert "2026-01-15 09:00 UTC" in first


def test_a_region_of_unknown_law_and_place_is_told_and_not_guessed(desk: Desk) -> None:
    desk.write(TOML + '\n[regions."aws:eu-west-2"]\nname = "London"\n')
    page = reported(desk)
    assert ["not known", "2"] in [row[:2] for row in page.said("jurisdictions")]
    assert "no position of it is known: aws:eu-west-2." in page.whole


def test_a_link_template_makes_each_line_a_link(desk: Desk) -> None:
    page = reported(desk, "--link-template", "https://git.example.org/x/{file}#L{line}")
    links = [told["href"] for tag, told in page.tags if tag == "a"]
    places = [place.partition(":")[2] for place, _ in page.said("source")]
    assert {f"https://git.example.org/x/lab.toml#L{line}" for line in places} <= set(links)


@pytest.mark.parametrize(
    "template", ["javascript:alert(1)", "https://x/{0}", "https://x/{file!r}", "nowhere"]
)
def test_a_link_template_that_is_no_web_address_is_wrong_usage(desk: Desk, template: str) -> None:
    ran = desk.run("report", "--out", "out", "--link-template", template)
    assert ran.code == 64
    assert template in ran.err
    assert not (desk.folder / "out").exists()


def test_a_commit_that_is_not_known_is_an_error(desk: Desk) -> None:
    ran = desk.run("report", "--out", "out", "--link-template", "https://x/{commit}/{file}#L{line}")
    assert ran.code == 1
    assert "the TOML is in no git repository" in ran.err
    assert "Traceback" not in ran.err


def test_what_is_accepted_as_unreadable_is_shown_and_sets_no_code(desk: Desk) -> None:
    desk.write(
        TOML.replace(f'default_region = "{US}"\n', f'default_region = "{US}"\nunreadable = "accept"\n')
    )
    page = reported(desk, code=0)
    assert [row[0] for row in page.said("unreadable")] == ["users.user-carol"]


def test_a_folder_that_cannot_be_made_is_an_error_and_nothing_is_written(desk: Desk) -> None:
    (desk.folder / "out").write_text("a file")
    ran = desk.run("report", "--out", "out")
    assert ran.code == 1
    assert "cannot make the folder out" in ran.err


def test_a_report_writes_nothing_at_the_platform(desk: Desk) -> None:
    reported(desk)
    assert desk.writes() == []
