"""``move``: another address, the same project, whichever way its table is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.desk import HEAD, PEOPLE, Desk, a_project, marked, pid

RNA = '[projects.rna]  # ours\nname    = "RNA"\nbill_to = "org-lab"\n'
WORLD = PEOPLE + a_project(1, "RNA", properties=marked("rna"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.new(tmp_path, WORLD)


def moved(desk: Desk, old: str, new: str, code: int = 0) -> str:
    ran = desk.run("move", f"projects.{old}", f"projects.{new}")
    assert ran.code == code, (ran.code, ran.out, ran.err)
    return ran.err if code else ran.out


def steps(desk: Desk) -> list[tuple[str, str, dict[str, str]]]:
    return [(step["action"], step["address"], step["after"]) for step in desk.plan()["steps"]]


WAYS = (
    RNA,
    '[projects."rna"]\nname = "RNA"\nbill_to = "org-lab"\n',
    '[projects]\nrna = { name = "RNA", bill_to = "org-lab" }\n',
    '[projects]\nrna.name = "RNA" # rna\n"rna".bill_to = "org-lab"\n',
    "[projects]\n'rna' . name = 'RNA'\nrna.bill_to = \"org-lab\"\r\n",
)


@pytest.mark.parametrize("toml", WAYS)
def test_after_a_move_only_the_mark_is_rewritten_however_the_table_is_written(desk: Desk, toml: str) -> None:
    desk.write(toml)
    assert "projects.rna is projects.rnaseq now. Written:\n  lab.toml\n" in moved(desk, "rna", "rnaseq")
    assert steps(desk) == [("update", "projects.rnaseq", {"mark": "lab/projects.rnaseq"})]
    assert desk.apply() == [("update", "projects.rnaseq")]
    assert desk.project(pid(1)).properties == marked("rnaseq")


@pytest.mark.parametrize(
    "toml",
    [
        'projects = { rna = { name = "RNA", bill_to = "org-lab" } }\n',
        'projects.rna.name = "RNA"\nprojects.rna.bill_to = "org-lab"\n',
    ],
)
def test_a_table_above_every_header_is_moved_too(desk: Desk, toml: str) -> None:
    (desk.folder / "lab.toml").write_text(toml + HEAD)
    moved(desk, "rna", "rnaseq")
    assert steps(desk) == [("update", "projects.rnaseq", {"mark": "lab/projects.rnaseq"})]


def test_comments_and_all_else_stay_as_they_were_typed(desk: Desk) -> None:
    desk.write("# rna\n" + RNA + "\n[orgs]   # payers\n")
    before = (desk.folder / "lab.toml").read_text()
    moved(desk, "rna", "rnaseq")
    entry = '\n[[moved]]\nfrom = "projects.rna"\nto   = "projects.rnaseq"\n'
    assert (desk.folder / "lab.toml").read_text() == before.replace(
        "[projects.rna]", "[projects.rnaseq]"
    ) + entry


def test_moves_in_a_row_and_back_end_where_they_began(desk: Desk) -> None:
    desk.write(RNA)
    moved(desk, "rna", "b")
    moved(desk, "b", "c")
    assert steps(desk) == [("update", "projects.c", {"mark": "lab/projects.c"})]
    moved(desk, "c", "b")
    assert steps(desk) == [("update", "projects.b", {"mark": "lab/projects.b"})]
    moved(desk, "b", "rna")
    assert steps(desk) == []


def test_a_move_back_after_an_apply_rewrites_the_mark_again(desk: Desk) -> None:
    desk.write(RNA)
    moved(desk, "rna", "b")
    desk.apply()
    moved(desk, "b", "rna")
    assert desk.apply() == [("update", "projects.rna")]
    assert desk.project(pid(1)).properties == marked("rna")


def test_the_table_and_the_entry_may_be_in_two_files(desk: Desk) -> None:
    desk.write(
        '[projects.z]\nname = "Z"\nbill_to = "org-lab"\n\n[[moved]]\nfrom = "projects.y"\nto = "projects.z"\n'
    )
    (desk.folder / "more.toml").write_text(RNA)
    assert "  lab.toml\n  more.toml\n" in moved(desk, "rna", "rnaseq")
    assert (desk.folder / "more.toml").read_text() == RNA.replace("projects.rna", "projects.rnaseq")
    assert ("update", "projects.rnaseq", {"mark": "lab/projects.rnaseq"}) in steps(desk)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("projects.rnq", "projects.b", 'there is no "projects.rnq" in the TOML'),
        ("projects.rna", "projects.dna", "projects.dna is there already"),
        ("projects.rna", "projects.rna", "projects.rna is there already"),
        ("projects.rna", "projects.no key", '"projects.no key" cannot be the address of a project'),
        ("projects.rna", "dna2", '"dna2" cannot be the address of a project'),
        ("projects.rna", "projects.old", "projects.old was moved to projects.dna"),
        ("orgs.org-lab", "projects.b", "orgs.org-lab cannot be moved: only projects can"),
    ],
)
def test_what_cannot_be_moved_is_told_and_nothing_is_written(
    desk: Desk, old: str, new: str, said: str
) -> None:
    desk.write(
        RNA + '[projects.dna]\nbill_to = "org-lab"\n[orgs.org-lab]\n'
        '[[moved]]\nfrom = "projects.old"\nto = "projects.dna"\n'
    )
    before = (desk.folder / "lab.toml").read_text()
    ran = desk.run("move", old, new)
    assert (ran.code, said in ran.err) == (1, True), ran.err
    assert (desk.folder / "lab.toml").read_text() == before


def test_what_has_to_be_moved_by_hand_says_what_to_write(desk: Desk) -> None:
    toml = 'moved = [{ from = "projects.a", to = "projects.rna" }]\n' + HEAD + RNA
    (desk.folder / "lab.toml").write_text(toml)
    told = moved(desk, "rna", "b", code=1)
    assert "by hand" in told
    assert 'from = "projects.rna"' in told
    assert (desk.folder / "lab.toml").read_text() == toml
