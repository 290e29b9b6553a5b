"""``validate``, ``plan``, ``show`` and their exit codes, through the installed command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Lab

BROKEN = '[projects.a]\nregoin = "aws:us-east-1"\nbill_to = "lab"\n'


def test_a_valid_workspace_is_0_and_counted(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("validate")
    assert ran.code == 0, ran.err
    assert ran.out == "Valid: lab, 1 project, 0 orgs, 0 users in 1 file.\n"


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "drift"])
def test_errors_in_the_toml_are_1_all_at_once_and_nothing_is_sent(lab: Lab, command: str) -> None:
    lab.write(lab.HEAD, BROKEN)
    ran = lab.run(command, *(["--auto-approve"] if command == "apply" else []))
    assert ran.code == 1
    assert ran.out == ""
    assert 'did you mean "region"?' in ran.err
    assert "lab.toml:" in ran.err
    assert ran.err.endswith("errors in 1 file. Nothing was sent.\n")
    assert not (lab.folder / ".reconciler").exists()


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_with_json_an_error_of_any_command_is_the_same_list_on_stdout(lab: Lab, command: str) -> None:
    lab.write(lab.HEAD, BROKEN)
    ran = lab.run(command, "--format", "json")
    assert ran.code == 1
    assert ran.json["valid"] is False
    assert [entry["line"] for entry in ran.json["diagnostics"]] == [8, 9]
    assert ran.json == lab.run("validate", "--format", "json").json
    assert ran.err == ""


def test_a_plan_that_was_made_is_0_and_2_only_with_the_flag(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("plan")
    assert ran.code == 0, ran.err
    assert "as user-alice" in ran.out.splitlines()[0]
    assert "\nPlan: 1 to create.\n" in ran.out
    assert ran.out.endswith("  reconciler apply\n")
    assert lab.run("plan", "--detailed-exitcode").code == 2


def test_nothing_to_do_is_0_with_the_flag_too(lab: Lab) -> None:
    ran = lab.run("plan", "--detailed-exitcode")
    assert ran.code == 0, ran.err
    assert ran.out.endswith("No changes. The platform matches the configuration.\n")


def test_a_manual_part_alone_is_0_and_2_with_the_flag(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.MANUAL)
    ran = lab.run("plan")
    assert ran.code == 0, ran.err
    assert "No changes to apply.\nPlan: 1 manual.\n" in ran.out
    assert lab.run("plan", "--detailed-exitcode").code == 2


def test_a_refusal_is_3_with_its_place_its_fact_and_the_next_command(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    ran = lab.run("plan", "--detailed-exitcode")
    assert ran.code == 3, ran.err
    assert "lab.toml:" in ran.out
    assert "^^^" in ran.out
    assert "project-J0000000000000000000001A.region is aws:us-east-1" in ran.out
    assert "reconciler explain REG101" in ran.out
    assert ran.out.endswith("  reconciler apply --skip-refused\n")


def test_what_could_not_be_read_is_7_unless_it_is_accepted(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.UNREADABLE)
    ran = lab.run("plan", "--detailed-exitcode")
    assert ran.code == 7, ran.err
    assert "? users.user-bob" in ran.out
    lab.write(lab.HEAD, lab.CREATE, lab.UNREADABLE, 'unreadable = "accept"\n')
    ran = lab.run("plan")
    assert ran.code == 0, ran.err
    assert "? users.user-bob" in ran.out


def test_the_json_of_a_plan_is_what_is_saved_and_what_show_prints(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    ran = lab.run("plan", "--format", "json", "-o", "plan.json", "--write", "text=plan.txt")
    assert ran.code == 0, ran.err
    assert ran.json["kind"] == "plan"
    assert (lab.folder / "plan.json").read_text() == ran.out
    assert (lab.folder / "plan.json").stat().st_mode & 0o777 == 0o600
    assert "Plan: 1 to create." in (lab.folder / "plan.txt").read_text()
    shown = lab.run("show", "plan.json", "--format", "json")
    assert (shown.code, shown.out) == (0, ran.out)


def test_show_needs_no_workspace_and_no_provider(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    assert lab.run("plan", "-o", "plan.json").code == 3
    (lab.folder / "lab.toml").unlink()
    ran = lab.run("show", "plan.json")
    assert ran.code == 0, ran.err
    assert "Plan: 1 to create, 1 refused.\n" in ran.out


def test_a_tampered_or_newer_or_missing_plan_is_1(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("plan", "-o", "plan.json").code == 0
    text = (lab.folder / "plan.json").read_text()
    (lab.folder / "tampered.json").write_text(text.replace("aws:eu-central-1", "aws:us-east-1"))
    (lab.folder / "newer.json").write_text(text.replace('"format_version": "1.0"', '"format_version": "2.0"'))
    for name in ("tampered.json", "newer.json", "missing.json"):
        ran = lab.run("show", name)
        assert ran.code == 1, name
        assert name in ran.err
    for name in ("tampered.json", "newer.json"):
        assert lab.run("apply", name, "--auto-approve").code == 1
    assert lab.projects() == ["Trial"]


def test_reproducible_plans_are_the_same_bytes_and_say_nothing_of_this_machine(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE, lab.REFUSED)
    first = lab.run("plan", "--reproducible", "--format", "json", "--write", "text=a.txt")
    folder = str(lab.folder)
    second = lab.run("plan", folder, "--reproducible", "--format", "json", "--write", "text=b.txt")
    assert first.code == 3, first.err
    assert first.out == second.out
    text = (lab.folder / "a.txt").read_text()
    assert text == (lab.folder / "b.txt").read_text()
    assert "127.0.0.1" not in text + first.out
    assert folder not in text + second.out
    assert first.json["refusals"][0]["source"]["file"] == "lab.toml"
    assert "reconciler apply" not in text
    document = first.json
    assert (document["applyable"], document["config"]["git"]) == (False, None)
    assert document["provider"] == {"type": "sandbox", "endpoint": "sandbox"}


def test_reproducible_off_the_sandbox_is_64(lab: Lab) -> None:
    lab.write(lab.ELSEWHERE)
    ran = lab.run("plan", "--reproducible")
    assert ran.code == 64
    assert "clock" in ran.err


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"], ["drift"], ["history"]])
def test_a_ledger_that_cannot_be_reached_is_1_without_its_password(lab: Lab, command: list[str]) -> None:
    lab.write(lab.HEAD, 'ledger = "postgresql://user-alice:open-sesame@127.0.0.1:9/lab"\n', lab.CREATE)
    ran = lab.run(*command)
    assert ran.code == 1, ran.out + ran.err
    assert "postgresql://user-alice:***@127.0.0.1:9/lab" in ran.err
    assert "open-sesame" not in ran.out + ran.err
    assert "Traceback" not in ran.err
    assert lab.run("validate").code == 0


def test_a_provider_that_cannot_be_reached_is_1_with_what_and_where(lab: Lab) -> None:
    lab.write(lab.ELSEWHERE)
    context = json.dumps({"auth_token": "t", "auth_token_type": "Bearer"})
    ran = lab.run("plan", DX_SECURITY_CONTEXT=context)
    assert ran.code == 1
    assert "127.0.0.1:9" in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.endswith("Nothing was sent.\n")


def test_an_identity_that_is_not_in_the_toml_is_1(lab: Lab) -> None:
    ran = lab.run("plan", "--identity", "nobody")
    assert ran.code == 1
    assert '"nobody"' in ran.err


@pytest.mark.parametrize("command", ["validate", "plan", "drift"])
def test_a_provider_that_is_not_installed_is_1_at_its_place(lab: Lab, command: str) -> None:
    lab.write(lab.HEAD.replace('"sandbox"', '"sandbx"'))
    ran = lab.run(command)
    assert ran.code == 1
    assert 'lab.toml:5:8: error: unknown provider "sandbx"' in ran.err
    assert 'did you mean "sandbox"?' in ran.err


@pytest.mark.parametrize("out", ["lab.toml", "new.toml", "notes.txt"])
def test_a_plan_is_never_written_over_what_is_no_plan(lab: Lab, out: str) -> None:
    (lab.folder / "notes.txt").write_text("mine")
    before = (lab.folder / "lab.toml").read_text()
    ran = lab.run("plan", "-o", out)
    assert ran.code == 64
    assert f"{out} is not written" in ran.err
    assert (lab.folder / "lab.toml").read_text() == before
    assert (lab.folder / "notes.txt").read_text() == "mine"
    assert lab.run("plan", "-o", "plan.json").code == 0
    assert lab.run("plan", "-o", "plan.json").code == 0


def test_reset_starts_over_with_nothing_taken_for_destroyed(lab: Lab) -> None:
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve").code == 0
    assert lab.run("sandbox", "reset").code == 0
    ran = lab.run("plan")
    assert ran.code == 0, ran.out
    assert "Plan: 1 to create." in ran.out
