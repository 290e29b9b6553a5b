"""``explain ADDRESS``: from the TOML to facts to rules to the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.desk import EU, UK, US, a_project, marked, pid
from support.ledgers import ledger_file

from reconciler.model.explanation import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.desk import Desk

    Desks = Callable[..., Desk]

TRIAL = f"""
[defaults.projects]
bill_to = "org-lab"

[projects.trial]   # the pilot
name = "Trial"
region = "{EU}"

[projects.fine]
name = "Fine"
region = "{US}"

[users.user-bob]
default_region = "{US}"

[orgs.org-lab]
permitted_regions = ["{US}", "{EU}", "{UK}"]

[projects.london]
region = "{UK}"

[[policies]]
id = "gdpr"
match = {{ name = "Tr*" }}
regions = ["{EU}"]
reason = "GDPR art. 44"
"""


def explained(desk: Desks) -> Desk:
    lab = desk(
        a_project(1, "Trial", US, properties=marked("trial")),
        a_project(2, "Fine", US, properties=marked("fine")),
    )
    lab.write(TRIAL)
    return lab


def test_a_refused_address_is_followed_from_its_lines_to_its_way_out(desk: Desks):
    lab = explained(desk)
    ran = lab.run("explain", "projects.trial")
    assert ran.code == 3
    in_order = (
        "projects.trial: refused",
        "written   lab.toml:11",
        "[projects.trial]   # the pilot",
        'bill_to = "org-lab", from [defaults.projects]',
        f"is        {pid(1)}, by its mark lab/projects.trial",
        f"wanted: {EU}",
        f"is: {US}",
        f"{pid(1)}.region is {US}",
        f"to move to {EU}:",
        "REG101 refuses: ",
        "gdpr",
        "violated:",
        f"{US} is not allowed",
        "! projects.trial",
        "instead",
        f'region = "{US}"',
        "reconciler plan --target projects.trial",
    )
    at = 0
    for words in in_order:
        assert words in ran.out[at:], f"{words!r} is not behind\n{ran.out[:at]}\n---\n{ran.out[at:]}"
        at = ran.out.index(words, at)
    assert max(map(len, ran.out.splitlines())) <= 80


def test_an_address_in_sync_is_explained_with_nothing_to_do(desk: Desks):
    lab = explained(desk)
    ran = lab.run("explain", "projects.fine")
    assert ran.code == 0
    assert "projects.fine: in sync" in ran.out
    assert f"{US}, as wanted" in ran.out
    assert "nothing differs, so no rule is asked" in ran.out
    assert "reconciler plan" not in ran.out


def test_what_cannot_be_told_is_7_and_says_whose_login_would_show_it(desk: Desks):
    lab = explained(desk)
    ran = lab.run("explain", "users.user-bob")
    assert ran.code == 7
    assert "users.user-bob: cannot be told" in ran.out
    assert '[identities.bob] user = "user-bob"' in ran.out
    lab.write(TRIAL.replace("[users.user-bob]", '[users.user-bob]\nunreadable = "accept"'))
    assert lab.run("explain", "users.user-bob").code == 0


def test_what_waits_is_shown_with_what_it_waits_for_and_is_no_error(desk: Desks):
    lab = explained(desk)
    ran = lab.run("explain", "projects.london")
    assert ran.code == 0
    assert "projects.london: blocked" in ran.out
    assert "REG102 blocks: " in ran.out
    assert "> orgs.org-lab" in ran.out


@pytest.mark.parametrize(
    "address", ["projects.trial", "projects.fine", "projects.london", "users.user-bob", "orgs.org-lab"]
)
def test_the_document_says_the_same_in_the_order_of_its_fields(desk: Desks, address: str):
    lab = explained(desk)
    ran = lab.run("explain", address, "--format", "json")
    told = ran.json
    assert list(told) == list(Explanation.__struct_fields__)
    assert (told["kind"], told["address"]) == ("explanation", address)
    assert ran.code == lab.run("explain", address).code
    assert {"refused": 3, "cannot_tell": 7}.get(told["verdict"], 0) == ran.code


def test_nothing_is_sent_and_nothing_is_recorded(desk: Desks):
    lab = explained(desk)
    before = lab.dump()
    for address in ("projects.trial", "projects.london", "orgs.org-lab"):
        lab.run("explain", address)
    assert lab.dump() == before
    assert lab.writes() == []
    assert not ledger_file(lab.folder).exists()


def test_after_an_apply_it_knows_what_was_last_applied(desk: Desks):
    lab = desk()
    lab.apply(f'[projects.new]\nname = "New"\nregion = "{US}"\nbill_to = "org-lab"\n')
    lab.write(f'[projects.new]\nname = "Newer"\nregion = "{US}"\nbill_to = "org-lab"\n')
    ran = lab.run("explain", "projects.new")
    assert ran.code == 0
    assert "wanted: Newer" in ran.out
    assert "last applied: New\n" in ran.out


def test_the_workspace_can_be_named_and_the_next_command_names_it(desk: Desks):
    lab = explained(desk)
    (lab.folder / "elsewhere").mkdir()
    ran = lab.run("explain", "projects.trial", str(lab.folder))
    assert ran.code == 3
    assert ran.out.splitlines()[-1].endswith(f"plan {lab.folder} --target projects.trial")


@pytest.mark.parametrize(
    ("typed", "meant"), [("projects.tril", "projects.trial"), ("orgs.org-lba", "orgs.org-lab")]
)
def test_an_address_that_is_not_there_is_an_error_with_what_was_meant(desk: Desks, typed: str, meant: str):
    lab = explained(desk)
    ran = lab.run("explain", typed)
    assert ran.code == 1
    assert f'did you mean "{meant}"?' in ran.err


def test_a_rule_is_still_explained_and_is_the_same_in_every_workspace(desk: Desks):
    lab = explained(desk)
    assert lab.run("explain", "REG101").out.startswith("REG101: a project's region never changes")
    assert lab.run("explain", "REG101", ".").code == 64
    assert lab.run("explain", "trial").code == 64


def test_quietly_it_is_the_verdict_alone(desk: Desks):
    lab = explained(desk)
    assert lab.run("explain", "projects.trial", "-q").out == "projects.trial: refused\n"
