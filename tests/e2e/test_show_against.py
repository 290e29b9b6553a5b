"""``show FILE --against FILE2``: how two plans differ, with no provider."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.desk import EU, US, Desk

New = Callable[..., Desk]
ONE = f'[projects.rnaseq]\nname = "RNA-seq"\nregion = "{EU}"\nbill_to = "org-lab"\n'
TWO = f'[projects.atac]\nname = "ATAC"\nregion = "{EU}"\nbill_to = "org-lab"\n'


@pytest.fixture
def there(desk: New) -> Desk:
    """A desk with the plan of one project in old.json, and of two, the first elsewhere, in new.json."""
    made = desk()
    made.write(ONE)
    assert made.run("plan", "-o", "old.json").code == 0
    made.change(made.org("org-lab"), permitted_regions=(EU, US, "aws:eu-west-2"))
    made.write(TWO + ONE.replace(EU, US))
    assert made.run("plan", "-o", "new.json").code == 0
    return made


def test_the_steps_and_facts_that_differ_are_shown_part_by_part(there: Desk) -> None:
    (there.folder / "lab.toml").unlink()
    ran = there.run("show", "new.json", "--against", "old.json")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("  + only in new.json   - only in old.json   ~ differs\n")
    assert "\n  + projects.atac create\n      name: ATAC, region: aws:eu-central-1" in ran.out
    assert f"\n  ~ projects.rnaseq create\n      ~ after.region: {EU} → {US}\n" in ran.out
    assert "\n  ~ org-lab.permitted_regions\n      + value: aws:eu-west-2\n" in ran.out
    assert there.run("show", "new.json", "--against", "old.json", "-q").out == ran.out.splitlines()[-1] + "\n"


def test_the_same_as_json(there: Desk) -> None:
    found = there.run("show", "new.json", "--against", "old.json", "--format", "json").json
    assert (found["kind"], found["file"], found["against"]) == ("against", "new.json", "old.json")
    steps = [(one["kind"], one["name"]) for one in found["differences"] if one["part"] == "steps"]
    assert steps == [("added", "projects.atac create"), ("changed", "projects.rnaseq create")]
    (changed,) = [one for one in found["differences"] if one["name"] == "projects.rnaseq create"]
    assert changed["inside"] == [{"kind": "changed", "path": "after.region", "was": EU, "is": US}]


def test_a_plan_made_again_of_the_same_plans_the_same(there: Desk) -> None:
    assert there.run("plan", "-o", "again.json").code == 0
    ran = there.run("show", "again.json", "--against", "new.json")
    assert (ran.code, ran.out) == (0, "again.json and new.json plan the same, on the same facts.\n")


def test_a_second_plan_that_cannot_be_read_is_1_by_its_name(there: Desk) -> None:
    ran = there.run("show", "new.json", "--against", "none.json")
    assert ran.code == 1
    assert "cannot read the plan none.json: No such file" in ran.err
