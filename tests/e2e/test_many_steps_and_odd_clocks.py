"""Applies of many steps at once, and one on a machine whose clock was set back."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace
from support.ledgers import baseline_of, ledger_file

from reconciler.ledger import owner_here

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

COUNT = 30
A_DAY = 86_400.0


def creations(*, broke: int | None = None) -> str:
    """COUNT projects; the one with that number has a payer that cannot pay."""
    return "".join(
        f'[projects.p{n:02}]\nname = "P{n:02}"\nregion = "aws:us-east-1"\n'
        f'bill_to = "{"org-broke" if n == broke else "org-lab"}"\n'
        for n in range(COUNT)
    )


def test_eight_at_once_make_each_of_thirty_once(lab: Lab) -> None:
    lab.write(lab.HEAD, creations())
    ran = lab.run("apply", "--auto-approve", "--parallelism", "8", "--fail-fast")
    assert ran.code == 0, ran.out + ran.err
    assert lab.projects() == sorted(["Trial", *(f"P{n:02}" for n in range(COUNT))])
    assert "No changes. The platform matches" in lab.run("plan").out
    assert len(baseline_of(lab.folder).resources) == COUNT


def test_fail_fast_sends_nothing_more_after_a_failure_but_accounts_for_all(lab: Lab) -> None:
    """What is under way at the failure is finished: at most the seven others."""
    lab.write(lab.HEAD, creations(broke=0))
    ran = lab.run("apply", "--auto-approve", "--parallelism", "8", "--fail-fast", "--format", "json")
    assert ran.code == 4, ran.out + ran.err
    summary, steps = ran.json["summary"], ran.json["steps"]
    assert (summary["failed"], summary["uncertain"]) == (1, 0)
    assert summary["done"] + summary["failed"] + summary["not_attempted"] == len(steps) == COUNT
    assert summary["not_attempted"] > 0
    made = sorted(
        step["address"].removeprefix("projects.").upper() for step in steps if step["result"] == "done"
    )
    assert lab.projects() == sorted([*made, "Trial"])
    left = [step["message"] for step in steps if step["result"] == "not_attempted"]
    assert set(left) == {"nothing more is sent after a failure (--fail-fast)"}
    lab.write(lab.HEAD, creations())
    assert lab.run("apply", "--auto-approve", "--parallelism", "8", "--fail-fast").code == 0
    assert lab.projects() == sorted(["Trial", *(f"P{n:02}" for n in range(COUNT))])


def test_a_lease_of_tomorrow_that_nobody_renews_is_taken_over_after_its_length(lab: Lab) -> None:
    """As the clock of this machine was set back by a day after another one was switched off."""
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve").code == 0
    theirs = replace(owner_here("reconciler apply yesterday"), host="elsewhere", boot="another boot")
    with contextlib.closing(sqlite3.connect(ledger_file(lab.folder))) as ledger, ledger:
        ledger.execute(
            "UPDATE reconciler_lease SET lock_id = ?, owner = ?, seconds = 0.5, expires = ?, clock = ?",
            (theirs.id, msgspec.json.encode(theirs).decode(), time.time() + A_DAY, "another boot"),
        )
    lab.write(lab.HEAD, lab.CREATE.replace("RNA-seq", "RNA-seq 2"))
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert lab.projects() == ["RNA-seq 2", "Trial"]
    with contextlib.closing(sqlite3.connect(ledger_file(lab.folder))) as ledger:
        assert ledger.execute("SELECT lock_id FROM reconciler_lease").fetchall() == [(None,)]


def test_a_lease_that_ends_in_time_is_held_whatever_its_owner_is(lab: Lab) -> None:
    """The other side of it: an end that lies ahead by less than its length is believed."""
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve").code == 0
    theirs = replace(owner_here("reconciler apply elsewhere"), host="elsewhere", boot="another boot")
    with contextlib.closing(sqlite3.connect(ledger_file(lab.folder))) as ledger, ledger:
        ledger.execute(
            "UPDATE reconciler_lease SET lock_id = ?, owner = ?, seconds = 3600, expires = ?, clock = ?",
            (theirs.id, msgspec.json.encode(theirs).decode(), time.time() + 1800, "another boot"),
        )
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 6
    assert f"reconciler unlock {theirs.id}" in ran.err
