"""``drift --notify``: who is told what, when, and what becomes of it when nobody can be told."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import jsonschema
import pytest
from reconciler_sandbox.reply import Reply
from standardwebhooks import Webhook
from support import hooks as stub
from support.desk import EU, Desk, a_project, pid
from support.hooks import Hook, Hooks, hooks
from support.ledgers import ledger_file

from reconciler.ledger import open_ledger
from tests.e2e.conftest import Lab
from tests.e2e.test_drift_again import TWO, watching

Desks = Callable[..., Desk]

KEY = "whsec_" + base64.b64encode(b"a key that no other test has").decode()


@pytest.fixture
def hook() -> Iterator[Hooks]:
    with hooks() as make:
        yield make


@pytest.fixture
def ours(desk: Desks) -> Desk:
    """Two projects whose names were applied."""
    found = desk(a_project(1, "One"), a_project(2, "Two"))
    found.apply(TWO)
    found.settings |= {"RECONCILER_NOTIFY_KEY": KEY, "RECONCILER_NOTIFY_SECONDS": "0.3"}
    return found


def drift(desk: Desk, hook: Hook | str, code: int, *options: str) -> str:
    """What it says on stderr."""
    url = hook if isinstance(hook, str) else hook.url
    ran = desk.run("drift", "--notify", url, *options)
    assert ran.code == code, (ran.code, ran.out, ran.err)
    return ran.err


def renamed(desk: Desk, number: int, name: str) -> None:
    desk.call("user-alice", f"/{pid(number)}/update", name=name)


def told(hook: Hook) -> list[Any]:
    """Each document that arrived, verified as the standard's own library does it."""
    return [Webhook(KEY).verify(posted.body, dict(posted.headers)) for posted in hook.posted]


def named(listed: Any) -> list[str]:
    return [f"{one['verdict']} {one['address'] or one['id']} {one['attribute']}" for one in listed["first"]]


def test_a_change_is_told_once_signed_and_by_the_schema_and_quiet_nights_are_quiet(
    ours: Desk, hook: Hooks
) -> None:
    there: Hook = hook()
    drift(ours, there, 0)
    drift(ours, there, 0)
    assert there.posted == []
    renamed(ours, 1, "Uno")
    assert f"told http://127.0.0.1:{there.port}/…: lab: exit code 2 (was 0): 1 new" in drift(ours, there, 2)
    assert "told" not in drift(ours, there, 2)
    (document,) = told(there)
    schema = ours.run("schema", "notification").json
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["kind"] == "notification"
    assert (document["workspace"], document["provider"]["type"]) == ("lab", "sandbox")
    assert (document["before"]["exit_code"], document["now"]["exit_code"]) == (0, 2)
    assert document["now"]["summary"]["drifted"] == 1
    assert named(document["findings"]["new"]) == ["drifted projects.one name"]
    assert document["next"] == "reconciler drift"
    assert document["delivery"] == there.posted[0].headers["webhook-id"]


def test_what_is_new_gone_and_still_there_is_told_and_at_the_end_that_all_is_well(
    ours: Desk, hook: Hooks
) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    drift(ours, there, 2)
    renamed(ours, 2, "Due")
    drift(ours, there, 2)
    renamed(ours, 1, "One")
    drift(ours, there, 2)
    renamed(ours, 2, "Two")
    drift(ours, there, 0)
    counts = [
        tuple(document["findings"][kind]["total"] for kind in ("new", "gone", "known"))
        for document in told(there)
    ]
    assert counts == [(1, 0, 0), (1, 0, 1), (0, 1, 1), (0, 1, 0)]
    assert named(told(there)[2]["findings"]["gone"]) == ["drifted projects.one name"]
    assert told(there)[3]["title"].startswith("lab: all well again, exit code 0 (was 2)")
    assert len({posted.headers["webhook-id"] for posted in there.posted}) == 4


def test_what_comes_back_later_has_another_id(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    for name in ("Uno", "One", "Uno", "One"):
        renamed(ours, 1, name)
        drift(ours, there, 2 if name == "Uno" else 0)
    assert len({posted.headers["webhook-id"] for posted in there.posted}) == 4


def test_no_name_and_no_text_of_the_toml_is_sent_and_no_token(desk: Desks, hook: Hooks) -> None:
    there: Hook = hook()
    found = desk(a_project(1, "Patient Zero"))
    found.settings["RECONCILER_NOTIFY_KEY"] = KEY
    found.write(
        '[orgs.org-lab]\n[[policies]]\nid = "gdpr"\nmatch = { bill_to = "org-lab" }\n'
        f'regions = ["{EU}"]\nreason = "very private"\n'
    )
    drift(found, there, 3)
    sent = there.posted[0].body.decode()
    assert "Patient" not in sent
    assert "private" not in sent
    assert pid(1) in sent
    assert "gdpr" in sent


class Down:
    """A platform that is being mended."""

    now = 0

    def answer(self, *_: object) -> Reply:
        return Reply(503, b"{}")


def test_a_platform_that_is_down_is_told_once_and_that_it_is_back_once(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    drift(ours, there, 2)
    ours.settings["RECONCILER_READ_RETRY_SECONDS"] = "0.05"
    ours.wire = Down()
    drift(ours, there, 1)
    drift(ours, there, 1)
    ours.wire = ours.platform
    drift(ours, there, 2)
    drift(ours, there, 2)
    _, down, back = told(there)
    assert down["findings"] is None
    assert [problem["code"] for problem in down["now"]["problems"]] == ["provider"]
    assert down["title"] == "lab: drift could not look, exit code 1 (was 2)"
    assert back["title"].startswith("lab: drift can look again, exit code 2 (was 1): 0 new, 0 gone, 1 still")


def test_a_platform_that_is_down_at_the_first_run_is_told_once_and_no_earlier_run_made_up(
    ours: Desk, hook: Hooks
) -> None:
    there: Hook = hook()
    ours.settings["RECONCILER_READ_RETRY_SECONDS"] = "0.05"
    ours.wire = Down()
    drift(ours, there, 1)
    drift(ours, there, 1)
    assert len(there.posted) == 1
    ours.wire = ours.platform
    assert ours.run("drift", "--format", "json").json["since"] is None


def test_who_cannot_be_told_makes_a_quiet_run_1_and_is_told_by_the_next_one(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    drift(ours, there, 2)
    renamed(ours, 1, "One")
    there.answers(stub.status(500))
    said = drift(ours, there, 1)
    assert f"error: what drift found was not told: http://127.0.0.1:{there.port}/…: it answered 500" in said
    there.answers(stub.TAKEN)
    drift(ours, there, 0)
    assert [document["now"]["exit_code"] for document in told(there)] == [2, 0, 0]
    assert told(there)[1]["delivery"] == told(there)[2]["delivery"]


def test_who_cannot_be_told_leaves_the_code_of_drift_where_that_is_not_0(ours: Desk) -> None:
    renamed(ours, 1, "Uno")
    assert "Connection refused (tried once)" in drift(ours, stub.nobody(), 2)


@pytest.mark.parametrize("answer", [stub.hangs, stub.drips])
def test_a_target_that_hangs_does_not_hang_drift(ours: Desk, hook: Hooks, answer: stub.Answering) -> None:
    renamed(ours, 1, "Uno")
    assert "no answer within 0.3 s (tried once)" in drift(ours, hook(answer), 2)


def test_a_redirect_is_an_error_and_nobody_inside_is_asked(ours: Desk, hook: Hooks) -> None:
    inside: Hook = hook()
    renamed(ours, 1, "Uno")
    said = drift(ours, hook(stub.status(302, f"Location: {inside.url}")), 2)
    assert "it answered 302, a redirect, and none is followed" in " ".join(said.split())
    assert inside.posted == []


def test_a_run_that_died_between_telling_and_remembering_is_told_again_with_the_same_id(
    ours: Desk, hook: Hooks
) -> None:
    there: Hook = hook()
    drift(ours, there, 0)
    before = ledger_file(ours.folder).read_bytes()
    renamed(ours, 1, "Uno")
    drift(ours, there, 2)
    for file in ledger_file(ours.folder).parent.glob("ledger.db*"):
        file.unlink()
    ledger_file(ours.folder).write_bytes(before)
    drift(ours, there, 2)
    first, second = told(there)
    assert first["delivery"] == second["delivery"]


def test_each_target_is_told_by_itself_and_has_a_memory_of_its_own(ours: Desk, hook: Hooks) -> None:
    one, other = hook(), hook(stub.status(500))
    renamed(ours, 1, "Uno")
    drift(ours, one, 2, "--notify", other.url)
    assert (len(one.posted), len(other.posted)) == (1, 1)
    drift(ours, one, 2)
    other.answers(stub.TAKEN)
    drift(ours, one, 2, "--notify", other.url)
    assert (len(one.posted), len(other.posted)) == (1, 2)


def test_what_another_job_of_the_workspace_told_somebody_else_stays_told(ours: Desk, hook: Hooks) -> None:
    one, other = hook(), hook()
    renamed(ours, 1, "Uno")
    for there in (one, other, one, other):
        drift(ours, there, 2)
    assert (len(one.posted), len(other.posted)) == (1, 1)


def test_a_ledger_that_cannot_be_read_is_told_on_stderr_and_is_1(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    for file in ledger_file(ours.folder).parent.glob("ledger.db*"):
        file.unlink()
    ledger_file(ours.folder).write_bytes(b"this is no database" * 99)
    said = drift(ours, there, 1)
    assert "error: what drift found was not told: who was told what is not known: " in " ".join(said.split())
    assert there.posted == []


def test_what_was_told_and_cannot_be_remembered_is_a_warning_and_told_again_with_the_same_id(
    ours: Desk, hook: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reconciler.ledger import database

    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    with closing(sqlite3.connect(ledger_file(ours.folder), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "warning: what was told is not remembered: cannot write " in drift(ours, there, 2)
    drift(ours, there, 2)
    first, second = told(there)
    assert first["delivery"] == second["delivery"]


def test_who_is_to_be_told_is_told_where_a_file_cannot_be_written(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    ran = ours.run("drift", "--notify", there.url, "--write", "csv=no/such/estate.csv")
    assert (ran.code, len(there.posted)) == (1, 1)
    assert "error: cannot write no/such/estate.csv" in ran.err
    seen = ours.typed("drift", "--notify", there.url, "--watch", "60", "--write", "csv=no/such/estate.csv")
    assert (seen.code, len(there.posted)) == (1, 1), "once, and not that drift could not look"
    assert "exit 1; again every 60 s" in seen.out


def test_a_url_of_the_environment_is_told_too_and_none_is_kept_in_the_ledger(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    ours.settings["RECONCILER_NOTIFY"] = there.url
    assert ours.run("drift").code == 2
    assert len(there.posted) == 1
    with closing(open_ledger(str(ours.folder), "lab")) as ledger:
        seen = ledger.seen()
    assert seen is not None
    assert there.posted[0].headers["webhook-id"] in seen.notified
    assert "room=drift" not in seen.notified


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.example.org/", "http:// goes to this machine alone"),
        ("https://169.254.169.254/", "cloud's metadata"),
        ("https://user-alice:secret@hooks.example.org/", "it has a login in it"),
    ],
)
def test_a_url_that_may_not_be_is_wrong_usage_before_anything_is_read(ours: Desk, url: str, why: str) -> None:
    calls = len(ours.platform.log.recent())
    ran = ours.run("drift", "--notify", url, "--format", "json")
    assert ran.code == 64
    assert why in ran.json["diagnostics"][0]["summary"]
    assert "secret" not in ran.out + ran.err
    assert len(ours.platform.log.recent()) == calls


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("RECONCILER_NOTIFY_KEY", "", "notify-key"),
        ("RECONCILER_NOTIFY_KEY", "whsec_c2hvcnQ=", "notify-key"),
        ("RECONCILER_NOTIFY_SECONDS", "soon", "notify-seconds"),
        ("RECONCILER_NOTIFY_SECONDS", "nan", "notify-seconds"),
        ("RECONCILER_NOTIFY_SECONDS", "-1", "notify-seconds"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_before_anything_is_read(
    ours: Desk, name: str, value: str, code: str
) -> None:
    calls = len(ours.platform.log.recent())
    ours.settings[name] = value
    ran = ours.run("drift", "--notify", "https://hooks.example.org/", "--format", "json")
    assert ran.code == 1
    assert ran.json["diagnostics"][0]["code"] == code
    assert "c2hvcnQ" not in ran.out + ran.err
    assert len(ours.platform.log.recent()) == calls


def test_only_what_is_new_is_shown_and_the_whole_is_told(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    ours.run("drift", "--since-last")
    assert drift(ours, there, 0, "--since-last")
    (document,) = told(there)
    assert document["now"]["exit_code"] == 2
    assert document["findings"]["new"]["total"] == 1


def swapped(lab: Lab, *parts: str) -> None:
    """The whole configuration anew, at no moment half."""
    lab.write(*parts, name="lab.new")
    (lab.folder / "lab.new").replace(lab.folder / "lab.toml")


def test_watch_tells_of_changes_and_of_a_toml_that_can_no_longer_be_read(lab: Lab, hook: Hooks) -> None:
    there: Hook = hook()
    lab.write(lab.HEAD, lab.CREATE)
    assert lab.run("apply", "--auto-approve").code == 0
    with watching(lab, "--notify", there.url, settings={"RECONCILER_NOTIFY_KEY": KEY}) as job:
        assert "exit 0; again every 0.2 s" in job.heartbeat()
        swapped(lab, lab.HEAD, lab.CREATE.replace("RNA-seq", "RNA"))
        assert any("exit 2" in job.heartbeat() for _ in range(9))
        swapped(lab, "nonsense")
        assert any("The round failed. exit 1" in job.heartbeat() for _ in range(9))
        assert "The round failed. exit 1" in job.heartbeat()
        swapped(lab, lab.HEAD, lab.CREATE)
        assert any("exit 0" in job.heartbeat() for _ in range(9))
        assert job.end(signal.SIGTERM)[0] == 0
    unmanaged, *codes = [json.loads(posted.body)["now"]["exit_code"] for posted in there.posted]
    assert unmanaged == 0
    assert codes == [2, 1, 0]
    assert "nonsense" not in there.posted[2].body.decode()


def test_without_notify_nothing_is_kept_as_told(ours: Desk) -> None:
    renamed(ours, 1, "Uno")
    ours.run("drift", "--since-last")
    with closing(open_ledger(str(ours.folder), "lab")) as ledger:
        seen = ledger.seen()
    assert seen is not None
    assert seen.notified == ""


def test_the_folder_of_the_workspace_stands_in_the_next_command(ours: Desk, hook: Hooks) -> None:
    there: Hook = hook()
    renamed(ours, 1, "Uno")
    drift(ours, there, 2, "lab.toml")
    assert told(there)[0]["next"] == "reconciler drift lab.toml"
