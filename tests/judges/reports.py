"""Residency reports for the judges and the pictures, made by the command itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from support.desk import EU, PEOPLE, UK, US, Desk, a_project, pid

BIOBANKS = Path(__file__).parents[2] / "configs" / "biobanks"

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"></td></table><svg onload=alert(3)>',
    "</script><script>alert(4)</script>",
    "[link](javascript:alert(5)) **bold**",
    "\x1b[31mred\x00",
    "\u202egnp.exe",
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
match = {{ bill_to = "org-clinic" }}
regions = ["{EU}"]

[[waivers]]
policy = "gdpr"
match = {{ id = "{pid(3)}" }}
reason = "moves"
ticket = "COMP-17"
approved_by = "dpo@example.org"
expires = 2026-02-01
"""


def of_biobanks(folder: Path) -> Path:
    """That of the example with policies and waivers, after what can be applied was."""
    shutil.copytree(BIOBANKS, folder, ignore=shutil.ignore_patterns(".reconciler"))
    desk = Desk(folder)
    desk.run("apply", "--auto-approve", "--skip-refused")
    return written(desk)


def large(folder: Path, projects: int) -> Path:
    """That of so many projects, of which some have hostile names, and of 150 that are not applied yet."""
    singles = (
        a_project(2, "Strays", UK, "org-clinic"),
        a_project(3, "Moves soon", UK, "org-clinic"),
        a_project(5, "Ours", US),
        *(a_project(10 + number, name, US) for number, name in enumerate(HOSTILE)),
    )
    bulk = f"""
[[bulk_projects]]
count = {projects - len(singles)}
name = "Cohort {{n:05}}"
region = "{EU}"
bill_to = "org-lab"
created = 2024-02-01T08:00:00Z
members = {{ user-alice = "ADMINISTER" }}
"""
    desk = Desk.new(folder, PEOPLE + "".join(singles) + bulk)
    desk.write(TOML)
    desk.run("apply", "--auto-approve")
    new = (f'[projects.new-{number}]\nbill_to = "org-lab"\nregion = "{EU}"\n' for number in range(150))
    desk.write("\n".join((TOML, *new)))
    return written(desk)


def written(desk: Desk) -> Path:
    ran = desk.run("report", "--out", "out", "--reproducible")
    assert ran.code in (0, 7), ran.err
    return desk.folder / "out" / "index.html"
