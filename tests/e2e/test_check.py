"""``check``: all that speaks against applying a saved plan, told at once, and nothing is sent or written."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.desk import EU, UK, US, Desk, a_project, marked, pid

from reconciler.ledger import open_ledger, owner_here

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

New = Callable[..., Desk]
PLAN = "plan.json"
TRIAL = a_project(1, "Trial", properties=marked("trial"))
CREATE = f'[projects.rnaseq]\nname = "RNA-seq"\nregion = "{EU}"\nbill_to = "org-lab"\n'
RENAME = '[projects.trial]\nname = "Trial 2"\nbill_to = "org-lab"\n'
STUCK = f'[projects.stuck]\nid = "{pid(2)}"\nregion = "{EU}"\nbill_to = "org-lab"\n'


def planned(desk: Desk, *toml: str, code: int = 0) -> Desk:
    """The desk with a saved plan of this TOML."""
    desk.write("\n".join(toml))
    ran = desk.run("plan", "-o", PLAN)
    assert ran.code == code, ran.out + ran.err
    return desk


def contents(desk: Desk) -> dict[Path, bytes]:
    """What lies in the folder, without what SQLite puts beside a database that is looked at."""
    files = (path for path in desk.folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in files if not path.name.endswith(("-shm", "-wal"))}


def checked(desk: Desk, code: int, *options: str) -> Any:
    """The document of ``check``, which leaves the platform and the folder as they are."""
    before, files = desk.dump(), contents(desk)
    ran = desk.run("check", PLAN, "--format", "json", *options)
    assert ran.code == code, (ran.code, ran.out, ran.err)
    assert (desk.dump(), contents(desk)) == (before, files)
    assert (ran.json["exit_code"], ran.json["holds"]) == (code, code == 0)
    return ran.json


def errors(document: Any) -> list[tuple[int, str]]:
    return [(one["exit_code"], one["diagnostic"]["code"]) for one in document["errors"]]


def permit(desk: Desk, *regions: str) -> None:
    """What only the platform's own people can do."""
    desk.change(desk.org("org-lab"), permitted_regions=regions)


def test_a_plan_that_still_holds_is_0_with_the_next_command(desk: New) -> None:
    there = planned(desk(TRIAL), CREATE, RENAME)
    ran = there.run("check", PLAN)
    assert ran.code == 0, ran.out + ran.err
    assert "\nStill true: " in ran.out
    assert ran.out.endswith(f"2 steps to apply.\n\nTo apply it:\n  reconciler apply {PLAN}\n")
    assert there.run("check", PLAN, "-q").out.startswith("Still true: ")
    assert there.run("apply", PLAN, "--auto-approve").code == 0


def test_only_the_facts_of_the_plan_are_read_again(desk: New) -> None:
    there = planned(desk(TRIAL), RENAME)
    before = len(there.platform.log.recent())
    checked(there, 0)
    routes = [json.loads(bytes(line))["route"] for line in there.platform.log.recent()][before:]
    assert routes
    assert not [route for route in routes if route.startswith("/org-") and route.endswith("/findProjects")]


def test_a_changed_fact_is_5_with_the_value_then_and_now_and_what_changed_inside_it(desk: New) -> None:
    there = planned(desk(), CREATE)
    permit(there, EU, UK)
    (fact,) = checked(there, 5)["facts"]
    assert (fact["subject"], fact["attribute"], fact["read_by"]) == (
        "org-lab",
        "permitted_regions",
        "user-alice",
    )
    assert fact["then"] == {"state": "known", "value": [EU, US]}
    assert fact["now"] == {"state": "known", "value": [EU, UK]}
    assert fact["differences"] == [
        {"kind": "removed", "path": "", "was": US, "is": None},
        {"kind": "added", "path": "", "was": None, "is": UK},
    ]
    assert datetime.datetime.fromisoformat(fact["read_at"])
    text = there.run("check", PLAN).out
    assert f"\n      - {US}\n      + {UK}\n      read 20" in text
    assert text.endswith(f"To make a new one:\n  reconciler plan -o {PLAN}\n")


def test_apply_tells_what_changed_inside_a_fact_too(desk: New) -> None:
    there = planned(desk(), CREATE)
    permit(there, US)
    ran = there.run("apply", PLAN, "--auto-approve")
    assert ran.code == 5
    assert f"\n      - {EU}\n      read 20" in ran.out
    assert there.writes() == []
    as_json = there.run("apply", PLAN, "--auto-approve", "--format", "json").json
    assert as_json["diagnostics"][0]["summary"].endswith(f"is {US} (- {EU})")


def test_changed_added_and_removed_files_are_5_by_their_names(desk: New) -> None:
    there = desk(TRIAL)
    (there.folder / "more.toml").write_text(CREATE)
    planned(there, RENAME)
    (there.folder / "more.toml").unlink()
    (there.folder / "other.toml").write_text(CREATE)
    there.write(RENAME + "\n")
    document = checked(there, 5)
    assert document["files"] == ["lab.toml was changed", "more.toml was removed", "other.toml was added"]
    assert document["facts_read"] > 0


def test_a_plan_that_was_applied_is_5_and_its_steps_are_at_their_target(desk: New) -> None:
    there = planned(desk(TRIAL), CREATE, RENAME)
    assert there.run("apply", PLAN, "--auto-approve").code == 0
    document = checked(there, 5)
    assert errors(document) == [(5, "already-applied")]
    assert len(document["at_target"]) == 2
    assert document["facts"] == []


def test_what_is_at_its_target_already_is_said_and_is_not_stale(desk: New) -> None:
    there = planned(desk(TRIAL), CREATE, RENAME)
    there.call("user-alice", f"/{pid(1)}/update", name="Trial 2")
    assert len(checked(there, 0)["at_target"]) == 1
    text = there.run("check", PLAN).out
    assert "  projects.trial   update     already at its target\n" in text
    assert "1 step to apply." in text


def test_a_plan_of_another_workspace_and_provider_is_3_and_both_are_said(desk: New) -> None:
    there = planned(desk(), CREATE)
    toml = (there.folder / "lab.toml").read_text()
    toml = toml.replace('workspace = "lab"', 'workspace = "other"')
    toml = toml.replace(
        '"sandbox"\nworld = "world/world.toml"', '"dnanexus"\nendpoint = "http://127.0.0.1:9"'
    )
    (there.folder / "lab.toml").write_text(toml)
    document = checked(there, 3)
    assert errors(document) == [(3, "other-workspace"), (3, "other-provider")]
    assert document["facts_read"] == 0
    assert there.run("check", PLAN).out.endswith("no fact was read again.\n")


def test_a_plan_of_another_platform_is_3_and_no_fact_is_read_there(lab: Lab, tmp_path: Path) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", PLAN).code == 0
    (tmp_path / "store").mkdir()
    (lab.folder / ".reconciler").rename(tmp_path / "store" / "old")
    ran = lab.run("check", PLAN, "--format", "json")
    (tmp_path / "store" / "old" / "sandbox.json").rename(tmp_path / "store" / "sandbox.json")
    assert ran.code == 3, ran.out + ran.err
    assert errors(ran.json) == [(3, "other-endpoint")]
    assert ran.json["facts_read"] == 0


def test_a_reproducible_plan_is_3(desk: New) -> None:
    there = desk()
    there.write(CREATE)
    assert there.run("plan", "--reproducible", "-o", PLAN).code == 0
    assert (3, "not-applyable") in errors(checked(there, 3))


def test_a_plan_that_a_guard_holds_back_is_3(desk: New) -> None:
    there = planned(desk(), CREATE, "[guards]\nmax_changes = 0\n", code=3)
    assert errors(checked(there, 3, "--skip-refused"))[0] == (3, "not-applyable")


def test_refusals_are_3_until_they_are_to_be_left_out(desk: New) -> None:
    there = planned(desk(a_project(2, "Stuck")), CREATE, STUCK, code=3)
    assert errors(checked(there, 3)) == [(3, "REG101")]
    assert errors(checked(there, 0, "--skip-refused")) == []
    ran = there.run("check", PLAN, "--skip-refused")
    assert ran.out.endswith(f"  reconciler apply {PLAN} --skip-refused\n")


def test_a_step_of_somebody_who_is_not_at_hand_is_3(desk: New) -> None:
    theirs = (
        f'[orgs.org-theirs]\npermitted_regions = ["{US}"]\nmembers = {{ user-bob = {{ level = "ADMIN" }} }}\n'
    )
    there = desk(theirs, a_project(1, "Lent"))
    lent = f'[projects.lent]\nid = "{pid(1)}"\nbill_to = "org-theirs"\n'
    planned(there, '[identities.bob]\nuser = "user-bob"\n', lent)
    steps = json.loads((there.folder / PLAN).read_text())["steps"]
    assert "user-bob" in {step["as"] for step in steps}
    there.write(lent)
    assert (3, "identity-missing") in errors(checked(there, 5))


def test_a_fact_that_cannot_be_read_any_more_is_7(desk: New) -> None:
    there = planned(desk(), CREATE)
    org = there.org("org-lab")
    members = {name: one for name, one in org.members.items() if name != "user-alice"}
    there.change(org, members=members)
    document = checked(there, 5)
    assert (7, "unreadable-fact") in errors(document)
    assert [fact["attribute"] for fact in document["facts"]] == ["membership"]


def test_all_that_is_wrong_is_told_at_once_and_the_first_code_wins(desk: New) -> None:
    there = planned(desk(TRIAL, a_project(2, "Stuck")), CREATE, RENAME, STUCK, code=3)
    permit(there, EU)
    there.call("user-alice", f"/{pid(1)}/update", name="Somebody's")
    there.write("\n".join([CREATE, RENAME, STUCK, "# changed"]))
    (there.folder / "more.toml").write_text("")
    document = checked(there, 5)
    assert errors(document) == [(3, "REG101")]
    assert document["files"] == ["lab.toml was changed", "more.toml was added"]
    assert {fact["attribute"] for fact in document["facts"]} >= {"name", "permitted_regions"}


def test_a_platform_that_cannot_be_asked_is_1_beside_what_is_known_without_it(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    assert lab.run("plan", "-o", PLAN).code == 3
    ran = lab.run("check", PLAN, "--format", "json", RECONCILER_SANDBOX="http://127.0.0.1:9")
    assert ran.code == 1, ran.out + ran.err
    assert errors(ran.json)[0] == (3, "REG101")
    assert errors(ran.json)[-1][0] == 1


def test_a_waiver_that_ended_since_is_3(desk: New) -> None:
    there = desk()
    rule = f"""
[[policies]]
id = "us-only"
match = {{ bill_to = "org-lab" }}
regions = ["{US}"]
reason = "contract"

[[waivers]]
policy = "us-only"
match = {{ name = "RNA-seq" }}
reason = "until it has moved"
ticket = "COMP-1"
approved_by = "dpo@example.org"
expires = 2026-03-31
"""
    planned(there, CREATE, rule)
    checked(there, 0)
    there.platform.set_clock(int(datetime.datetime(2026, 4, 1, 12, tzinfo=datetime.UTC).timestamp()) * 1000)
    assert errors(checked(there, 3)) == [(3, "REG301")]
    assert there.run("apply", PLAN, "--auto-approve").code == 3


def test_a_held_lock_is_no_matter(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", PLAN).code == 0
    with closing(open_ledger(str(lab.folder), "lab")) as ledger, ledger.lock(owner_here("reconciler apply")):
        assert lab.run("apply", PLAN, "--auto-approve").code == 6
        assert lab.run("check", PLAN).code == 0


def test_a_guard_that_counts_what_was_recorded_since_is_3(desk: New) -> None:
    there = desk(*(a_project(number, f"P{number}") for number in range(1, 13)))
    tables = [
        f'[projects.p{n}]\nid = "{pid(n)}"\nname = "{"New" if n > 10 else "P"}{n}"' for n in range(1, 13)
    ]
    planned(
        there, *tables, "[guards]\nmax_change_percent = 5\n", "[defaults.projects]\nbill_to = 'org-lab'\n"
    )
    checked(there, 0)
    same = [word for number in range(1, 11) for word in ("--target", f"projects.p{number}")]
    assert there.run("apply", "--auto-approve", *same).code == 0
    assert errors(checked(there, 3)) == [(3, "REG302")]
    assert there.run("apply", PLAN, "--auto-approve").code == 3
