"""The estate as CSV."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from support.desk import PEOPLE, US, Desk, a_project, pid

HOSTILE = '=HYPERLINK("http://x","\u202ea\x1b[2J,\r\n")'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk.new(tmp_path / "desk", PEOPLE + a_project(1, "p") + a_project(2, "q"))
    made.write(f'[projects.p]\nid = "{pid(1)}"\nname = "p"\nbill_to = "org-lab"\n')
    return made


def rows(desk: Desk) -> list[dict[str, str]]:
    desk.run("drift", "--write", "csv=x.csv")
    with (desk.folder / "x.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def test_each_project_of_the_estate_is_a_row(desk: Desk) -> None:
    p, q = rows(desk)
    assert (p["id"], p["name"], p["region"], p["bill_to"]) == (pid(1), "p", US, "org-lab")
    assert (p["address"], q["address"], q["verdict"]) == ("projects.p", "", "unmanaged")


def test_who_may_have_more_projects_than_could_be_listed_is_the_last_row(desk: Desk) -> None:
    desk.write("[orgs.org-lab]\n[orgs.org-guests]\n")
    *listed, last = rows(desk)
    assert [one["bill_to"] for one in listed] == ["org-lab", "org-lab"]
    assert (last["id"], last["bill_to"], last["verdict"]) == ("(unreadable)", "org-guests", "unreadable")


def test_a_name_is_no_formula_and_cannot_break_out_of_its_cell(desk: Desk) -> None:
    desk.call("user-alice", f"/{pid(2)}/update", name=HOSTILE)
    _, q = rows(desk)
    assert q["name"] == '\'=HYPERLINK("http://x","\\u202ea\\u001b[2J,\\u000d\\u000a")'


@pytest.mark.parametrize(
    ("name", "shown"),
    [("-80 °C; +4 °C", "'-80 °C; +4 °C"), ("a;=1+1", "a;'=1+1"), ('a;"@SUM(A1)', "a;\"'@SUM(A1)")],
)
def test_a_spreadsheet_that_cuts_at_semicolons_finds_no_formula_either(
    desk: Desk, name: str, shown: str
) -> None:
    desk.call("user-alice", f"/{pid(2)}/update", name=name)
    _, q = rows(desk)
    assert q["name"] == shown


def test_an_error_takes_the_place_of_the_estate_of_an_earlier_run(desk: Desk) -> None:
    rows(desk)
    desk.write("[projects.p]\nregoin = 1\n")
    errors = rows(desk)
    assert all("id" not in one for one in errors)
    assert ("error", "unknown-key", "lab.toml") in [(e["severity"], e["code"], e["file"]) for e in errors]
