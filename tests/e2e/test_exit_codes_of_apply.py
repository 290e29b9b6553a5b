"""``apply`` and its exit codes, through the installed command."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from support.ledgers import baseline_of, ledger_file
from support.postgres import Postgres

from reconciler.ledger import open_ledger, owner_here
from reconciler.model.baseline import Baseline
from reconciler.model.diagnostics import DiagnosticsError

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

BROKE = """
[projects.broke]
name = "Broke"
region = "aws:us-east-1"
bill_to = "org-broke"
"""


def test_an_apply_is_0_and_then_nothing_is_left_and_nothing_drifted(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "created" in ran.out
    assert "\nApplied 1 of 1: 1 done, 0 failed, 0 not attempted, 0 uncertain.\n" in ran.out
    assert lab.projects() == ["RNA-seq", "Trial"]
    again = lab.run("plan", "--detailed-exitcode")
    assert (again.code, "No changes. The platform" in again.out) == (0, True)
    drift = lab.run("drift")
    assert drift.code == 0, drift.out + drift.err


def test_the_report_as_json_is_all_that_stdout_gets(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("apply", "--auto-approve", "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.json["summary"] == {"done": 1, "failed": 0, "not_attempted": 0, "uncertain": 0}


def test_an_exact_yes_applies(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.typed("yes\n", "apply")
    assert ran.code == 0, ran.err
    assert "1 project will be created. Its region can never be changed:\n      RNA-seq" in ran.out
    assert lab.projects() == ["RNA-seq", "Trial"]


@pytest.mark.parametrize("answer", ["no\n", "y\n", "YES\n", "yes please\n", "\n", "\x04"])
def test_any_other_answer_is_1_and_nothing_is_sent(lab: Lab, answer: str) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.typed(answer, "apply")
    assert ran.code == 1
    assert ran.out.endswith("Apply cancelled. Nothing was sent.\n")
    assert lab.projects() == ["Trial"]


def test_an_interrupt_at_the_question_is_130_and_nothing_is_sent(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.typed(signal.SIGINT, "apply")
    assert ran.code == 130
    assert "Traceback" not in ran.err
    assert lab.projects() == ["Trial"]


def test_without_a_terminal_and_without_auto_approve_it_is_64_before_anything_is_read(lab: Lab) -> None:
    lab.write("this is no TOML")
    ran = lab.run("apply")
    assert ran.code == 64
    assert "--auto-approve" in ran.err


def test_a_refusal_is_3_and_the_rest_needs_a_word(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 3, ran.err
    assert "reconciler apply --skip-refused\n" in ran.out
    assert lab.projects() == ["Trial"]
    ran = lab.run("apply", "--auto-approve", "--skip-refused")
    assert ran.code == 0, ran.out + ran.err
    assert lab.projects() == ["RNA-seq", "Trial"]


def test_what_cannot_be_read_does_not_stop_the_rest_and_is_7_in_the_end(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.UNREADABLE)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 7, ran.err
    assert "1 done" in ran.out
    assert lab.projects() == ["RNA-seq", "Trial"]


def test_manual_leftovers_are_a_line_and_no_code(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.MANUAL)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "1 manual part is left to people" in ran.out


def test_a_step_that_the_platform_refuses_is_4_in_its_own_words(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, BROKE)
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 4, ran.out + ran.err
    assert "Applied 1 of 2: 1 done, 1 failed, 0 not attempted, 0 uncertain." in ran.out
    assert "PermissionDenied" in ran.out
    assert ran.out.endswith("  reconciler apply\n")


def test_a_lock_that_somebody_else_holds_is_6(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    with open_ledger(str(lab.folder), "lab").lock(owner_here("reconciler apply elsewhere")):
        ran = lab.run("apply", "--auto-approve")
        assert ran.code == 6
        for part in ("locked by", str(os.getpid()), "reconciler apply elsewhere", "reconciler unlock "):
            assert part in ran.err
        assert lab.run("plan").code == 0
    assert lab.run("apply", "--auto-approve").code == 0


def test_a_lock_is_broken_by_its_exact_id_alone(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    owner = owner_here("reconciler apply elsewhere")
    kept = open_ledger(str(lab.folder), "lab")
    with kept.lock(owner):
        wrong = lab.run("unlock", "0123abcd")
        assert wrong.code == 1
        assert owner.id in wrong.err
        assert lab.run("apply", "--auto-approve").code == 6
        right = lab.run("unlock", owner.id)
        assert right.code == 0, right.err
        assert "reconciler apply elsewhere" in right.out
        assert lab.run("apply", "--auto-approve").code == 0
        with pytest.raises(DiagnosticsError, match=r"lock of .* was lost"):
            kept.record(Baseline())
    assert "projects.rnaseq" in kept.baseline().resources
    assert lab.run("unlock", owner.id).code == 1


def test_a_ledger_on_a_server_keeps_everything_and_leaves_no_file(lab: Lab, postgres: Postgres) -> None:
    url = postgres.new_room().replace("postgres:@", "postgres:open-sesame@")
    lab.write(lab.HEAD, f'ledger = "{url}"\n', lab.CREATE)
    for command, code in ((["plan"], 0), (["apply", "--auto-approve"], 0), (["drift"], 0), (["history"], 0)):
        ran = lab.run(*command)
        assert ran.code == code, ran.out + ran.err
        assert "open-sesame" not in ran.out + ran.err
    assert "1 done" in ran.out
    assert not ledger_file(lab.folder).exists()
    kept = open_ledger(str(lab.folder), "lab", url)
    assert set(kept.baseline().resources) == {"projects.rnaseq"}
    with kept.lock(owner_here("reconciler apply elsewhere")):
        ran = lab.run("apply", "--auto-approve")
    assert ran.code == 6
    assert "open-sesame" not in ran.out + ran.err
    kept.close()


def test_the_history_tells_who_did_what_step_by_step(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, BROKE)
    assert "Nothing was applied" in lab.run("history").out
    assert lab.run("apply", "--auto-approve", "--parallelism", "1").code == 4
    listed = lab.run("history")
    assert listed.code == 0, listed.err
    assert "1 done, 1 failed" in listed.out
    (run,) = lab.run("history", "--format", "json").json["runs"]
    assert listed.out.endswith(f"  reconciler history --run {run['started']['run']}\n")
    told = lab.run("history", "--run", run["started"]["run"])
    typed = "reconciler apply --auto-approve --parallelism 1"
    for part in ("as user-alice", typed, "sent as", "PermissionDenied"):
        assert part in told.out
    document = lab.run("history", "--run", run["started"]["run"], "--format", "json").json
    assert document["kind"] == "run"
    assert [entry["kind"] for entry in document["journal"]] == ["intent", "ended"] * 2
    unknown = lab.run("history", "--run", "nothing")
    assert unknown.code == 1
    assert 'no run "nothing"' in unknown.err


def test_a_saved_plan_is_applied_as_reviewed_and_only_once(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    planned = lab.run("plan", "-o", "plan.json")
    assert planned.out.endswith("  reconciler apply plan.json\n")
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    again = lab.run("apply", "plan.json", "--auto-approve")
    assert again.code == 5
    assert "already applied" in again.err
    assert lab.projects() == ["RNA-seq", "Trial"]


def test_a_saved_plan_of_a_workspace_elsewhere_needs_its_folder(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    planned = lab.run("plan", str(lab.folder), "-o", "plan.json")
    assert planned.out.endswith(f"  reconciler apply plan.json --workspace {lab.folder}\n")
    ran = lab.run("apply", "plan.json", "--workspace", str(lab.folder), "--auto-approve")
    assert ran.code == 0, ran.out + ran.err


def test_a_saved_plan_whose_fact_has_changed_is_5_with_the_value_then_and_now(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.REFUSED.replace("eu-central-1", "us-east-1"), 'name = "Trial 2"\n')
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.call("/project-J0000000000000000000001A/update", name="Somebody's")
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 5, ran.out + ran.err
    assert "was Trial" in ran.out
    assert "is Somebody's" in ran.out
    assert "Nothing was sent. Make a new one: reconciler plan -o plan.json\n" in ran.out
    assert lab.projects() == ["Somebody's"]
    as_json = lab.run("apply", "plan.json", "--auto-approve", "--format", "json")
    assert as_json.code == 5
    assert as_json.json["diagnostics"][0]["code"] == "stale-fact"


def test_a_saved_plan_whose_configuration_has_changed_is_5_with_the_files(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.write(lab.HEAD, lab.CREATE.replace("eu-central-1", "us-east-1"))
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 5
    assert "lab.toml was changed" in ran.out
    assert lab.projects() == ["Trial"]


def test_a_saved_plan_of_another_workspace_is_3(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.write(lab.HEAD.replace('"lab"', '"other"'), lab.CREATE)
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 3
    assert '"lab", not of "other"' in ran.err
    assert lab.projects() == ["Trial"]


def test_a_saved_plan_of_another_provider_is_3(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.write(lab.ELSEWHERE, lab.CREATE)
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 3
    assert "sandbox, not dnanexus" in ran.err


def test_a_reproducible_plan_is_never_applied(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "--reproducible", "-o", "plan.json").code == 0
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 3
    assert lab.projects() == ["Trial"]


def test_a_saved_plan_with_refusals_needs_the_word_too(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    assert lab.run("plan", "-o", "plan.json").code == 3
    assert lab.run("apply", "plan.json", "--auto-approve").code == 3
    assert lab.projects() == ["Trial"]
    ran = lab.run("apply", "plan.json", "--auto-approve", "--skip-refused")
    assert ran.code == 0, ran.out + ran.err


def test_a_pull_request_event_is_3_off_the_sandbox_and_no_matter_on_it(lab: Lab) -> None:
    lab.write(lab.ELSEWHERE, lab.CREATE)
    ran = lab.run("apply", "--auto-approve", GITHUB_EVENT_NAME="pull_request")
    assert ran.code == 3
    assert "pull request" in ran.err
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve", GITHUB_EVENT_NAME="pull_request", CI="true").code == 0


def test_ci_with_a_local_ledger_is_64_off_the_sandbox(lab: Lab) -> None:
    lab.write(lab.ELSEWHERE, lab.CREATE)
    ran = lab.run("apply", "--auto-approve", CI="true")
    assert ran.code == 64
    assert "--local-ledger" in ran.err


def test_nothing_to_do_still_records_the_baseline(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.REFUSED.replace("eu-central-1", "us-east-1"))
    assert lab.run("drift").code == 0
    ran = lab.run("apply", "--auto-approve")
    assert ran.code == 0, ran.err
    assert "projects.trial" in baseline_of(lab.folder).resources


def test_what_changes_while_a_person_is_asked_stops_the_apply(lab: Lab) -> None:
    table = '[projects.trial]\nname = "Trial"\nbill_to = "org-lab"\nadopt = true\n'
    lab.write(lab.HEAD, table)
    route = "/project-J0000000000000000000001A/setProperties"
    ran = lab.typed(
        "yes\n", "apply", meanwhile=lambda: lab.call(route, properties={"reconciler": "other/projects.q"})
    )
    assert ran.code == 5, ran.out + ran.err
    assert "other/projects.q" in ran.out
    assert lab.run("plan").code == 3


def test_a_saved_plan_sends_only_what_is_not_at_its_target(lab: Lab) -> None:
    table = '[projects.trial]\nid = "project-J0000000000000000000001A"\nname = "New"\nbill_to = "org-two"\n'
    world = lab.folder / "world" / "world.toml"
    two = """
[orgs.org-two]
name = "Two"
permitted_regions = ["aws:us-east-1"]
default_region = "aws:us-east-1"
[orgs.org-two.members]
user-alice = { level = "ADMIN" }
"""
    world.write_text(world.read_text() + two)
    lab.write(lab.HEAD, table)
    assert lab.run("plan", "-o", "plan.json").code == 0
    lab.call("/project-J0000000000000000000001A/update", billTo="org-two")
    ran = lab.run("apply", "plan.json", "--auto-approve")
    assert ran.code == 0, ran.out + ran.err
    assert lab.run("plan", "--detailed-exitcode").code == 0
