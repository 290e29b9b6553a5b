"""The file-backed ledger: lock, journal and baseline under ``.reconciler/``."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.ledger import Applied, Ended, Intent, Ledger, Locked, LockOwner, open_ledger, owner_here
from reconciler.model.baseline import Baseline, ResourceBaseline
from reconciler.model.desired import Match, Policy
from reconciler.model.diagnostics import DiagnosticsError

OWNER = LockOwner("1f2e3d4c", "alice", "host-1", 4711, "reconciler apply .", "2026-11-20T17:03:00.000Z")
COHORT = ResourceBaseline("project-" + "1" * 24, {"name": "Cohort", "region": "aws:eu-central-1"})
ORG = ResourceBaseline("org-genomics", {"permitted_regions": ("aws:eu-central-1", "aws:us-east-1")})
BASELINE = Baseline({"projects.cohort": COHORT, "orgs.org-genomics": ORG}, {"projects.old": "project-x"})
INTENT = Intent("plan-1", "s1", "projects.a", "create", "user-alice", None, {"name": "a"}, "now")
ENDED = Ended("plan-1", "s1", "projects.a", "create", "done", "project-a", "", None, None, "now")

HOLD = """
import sys, time
from reconciler.ledger import open_ledger, owner_here
with open_ledger(sys.argv[1], "genomics").lock(owner_here("the other one")):
    print("locked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return open_ledger(str(tmp_path), "genomics")


def test_policies_are_kept_with_the_baseline_and_an_older_ledger_has_none(
    ledger: Ledger, tmp_path: Path
) -> None:
    policy = Policy("gdpr", ("aws:eu-central-1",), Match(bill_to="org-a", name="EU *"), "GDPR art. 44")
    with ledger.lock(OWNER):
        ledger.record(replace(BASELINE, policies=(policy,)))
        ledger.record_resource("projects.other", ORG)
    assert ledger.baseline().policies == (policy,)
    file = folder(tmp_path) / "baseline.json"
    document = json.loads(file.read_text())
    del document["workspaces"]["genomics"]["policies"]
    file.write_text(json.dumps(document))
    old = ledger.baseline()
    assert old.policies == ()
    assert old.resources.keys() > BASELINE.resources.keys()


def folder(tmp_path: Path) -> Path:
    return tmp_path / ".reconciler"


def test_reading_leaves_no_trace_and_finds_an_empty_baseline(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger.baseline() == Baseline()
    assert ledger.applied("plan-1") is None
    assert os.listdir(tmp_path) == []


def test_a_recorded_baseline_is_read_back_by_another_process(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
    script = "from reconciler.ledger import open_ledger; import sys; "
    script += "print(open_ledger(sys.argv[1], 'genomics').baseline())"
    other = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == repr(BASELINE) == repr(ledger.baseline())


def test_the_files_are_for_their_owner_alone_and_git_ignores_them(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        ledger.record_resource("projects.cohort", COHORT)
        ledger.append(INTENT)
        open_ledger(str(tmp_path), "genomics").baseline()
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder(tmp_path).iterdir()}
        ledger.record(BASELINE)
    assert modes.pop(".gitignore") == 0o644
    assert set(modes) == {"baseline.new.jsonl", "journal.jsonl", "lock"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((folder(tmp_path) / "baseline.json").stat().st_mode) == 0o600
    assert (folder(tmp_path) / ".gitignore").read_text() == "*\n"


def test_resources_set_one_by_one_are_seen_at_once_and_survive_the_end_of_the_process(
    ledger: Ledger, tmp_path: Path
) -> None:
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        ledger.record_resource("projects.old", COHORT)
    again = open_ledger(str(tmp_path), "genomics").baseline()
    assert again.resources == {**BASELINE.resources, "projects.old": COHORT}
    assert again.forgotten == {}


def test_recording_the_whole_folds_the_single_ones_in(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        ledger.record_resource("projects.gone", COHORT)
        ledger.record(BASELINE)
    assert ledger.baseline() == BASELINE
    assert not (folder(tmp_path) / "baseline.new.jsonl").exists()


def test_two_workspaces_of_one_directory_keep_their_baselines_apart(tmp_path: Path) -> None:
    first, second = (open_ledger(str(tmp_path), name) for name in ("genomics", "imaging"))
    with first.lock(OWNER):
        first.record_resource("projects.cohort", COHORT)
    assert second.baseline() == Baseline()
    with second.lock(OWNER):
        second.record(Baseline({"orgs.org-genomics": ORG}))
    assert first.baseline() == Baseline({"projects.cohort": COHORT})
    assert second.baseline() == Baseline({"orgs.org-genomics": ORG})


def test_a_line_that_a_crash_cut_short_is_dropped_and_the_next_one_is_whole(
    ledger: Ledger, tmp_path: Path
) -> None:
    with ledger.lock(OWNER):
        ledger.record_resource("projects.cohort", COHORT)
        lines = folder(tmp_path) / "baseline.new.jsonl"
        lines.write_bytes(lines.read_bytes() + b'{"workspace":"genomics","addr' + b"." * 9000)
        assert ledger.baseline() == Baseline({"projects.cohort": COHORT})
        ledger.record_resource("orgs.org-genomics", ORG)
    assert ledger.baseline() == Baseline({"projects.cohort": COHORT, "orgs.org-genomics": ORG})


def test_the_journal_has_a_line_each_in_order(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        ledger.append(ENDED)
    lines = (folder(tmp_path) / "journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["intent", "ended"]
    assert json.loads(lines[0])["as"] == "user-alice"


def test_a_journal_line_is_on_the_disk_before_the_call_returns(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle))[1])
        ledger.append(INTENT)
        assert synced


def test_a_plan_carried_out_whole_is_known_by_its_id(ledger: Ledger) -> None:
    applied = Applied("plan-12", "user-alice", "2026-11-20T17:04:00.000Z", 3)
    with ledger.lock(OWNER):
        ledger.append(INTENT)
        ledger.mark_applied(applied)
        ledger.append(ENDED)
    assert ledger.applied("plan-12") == applied
    assert ledger.applied("plan-1") is None


def test_a_second_process_is_told_who_has_the_lock_since_when_from_where_doing_what(
    ledger: Ledger, tmp_path: Path
) -> None:
    other = open_ledger(str(tmp_path), "genomics")
    with (
        ledger.lock(OWNER),
        pytest.raises(Locked) as caught,
        other.lock(owner_here("reconciler apply other")),
    ):
        pytest.fail("both have the lock")
    assert caught.value.owner == OWNER
    for part in ("alice", "host-1", "4711", "2026-11-20T17:03:00.000Z", "reconciler apply .", "1f2e3d4c"):
        assert part in str(caught.value)


def test_a_lock_that_was_given_back_can_be_taken_again(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        pass
    assert (folder(tmp_path) / "lock").read_bytes() == b""
    with open_ledger(str(tmp_path), "genomics").lock(OWNER):
        pass


def test_the_lock_of_a_killed_process_is_free_at_once(ledger: Ledger, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(Locked) as caught, ledger.lock(OWNER):
            pytest.fail("both have the lock")
        assert caught.value.owner is not None
        assert (caught.value.owner.pid, caught.value.owner.command) == (process.pid, "the other one")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        with ledger.lock(OWNER):
            assert b"alice" in (folder(tmp_path) / "lock").read_bytes()
    finally:
        process.kill()
        process.wait(10)
        process.stdout and process.stdout.close()


def test_a_child_process_does_not_keep_the_lock(ledger: Ledger) -> None:
    with ledger.lock(OWNER):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        with ledger.lock(OWNER):
            pass
    finally:
        child.kill()
        child.wait(10)


def test_an_owner_that_cannot_be_read_is_somebody(ledger: Ledger, tmp_path: Path) -> None:
    other = open_ledger(str(tmp_path), "genomics")
    with ledger.lock(OWNER):
        (folder(tmp_path) / "lock").write_bytes(b"\xff")
        with pytest.raises(Locked, match="another run") as caught, other.lock(OWNER):
            pytest.fail("both have the lock")
    assert caught.value.owner is None


def test_nothing_is_written_without_the_lock(ledger: Ledger, tmp_path: Path) -> None:
    applied = Applied("plan-1", "user-alice", "now", 1)
    for write in (
        lambda: ledger.append(INTENT),
        lambda: ledger.record(BASELINE),
        lambda: ledger.record_resource("projects.a", COHORT),
        lambda: ledger.mark_applied(applied),
    ):
        with pytest.raises(RuntimeError, match="without its lock"):
            write()
    assert os.listdir(tmp_path) == []


def problem(ledger: Ledger) -> tuple[str, str]:
    with pytest.raises(DiagnosticsError) as caught:
        ledger.baseline()
    (diagnostic,) = caught.value.diagnostics
    return diagnostic.summary, diagnostic.detail or ""


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff\x00", b'{"format_version": "1.0", "kind": "plan", "workspaces": {}}'],
)
def test_a_damaged_baseline_is_named_with_what_to_do(ledger: Ledger, tmp_path: Path, data: bytes) -> None:
    folder(tmp_path).mkdir()
    path = folder(tmp_path) / "baseline.json"
    path.write_bytes(data)
    summary, detail = problem(ledger)
    assert str(path) in summary
    assert "damaged" in summary
    assert "Move it away" in detail
    with ledger.lock(OWNER), pytest.raises(DiagnosticsError):
        ledger.record(BASELINE)
    assert path.read_bytes() == data


def test_damage_inside_one_workspace_does_not_stop_the_others(ledger: Ledger, tmp_path: Path) -> None:
    folder(tmp_path).mkdir()
    data = (
        b'{"format_version":"1.0","kind":"baseline","workspaces":{"genomics":{"resources":3},"imaging":{}}}'
    )
    (folder(tmp_path) / "baseline.json").write_bytes(data)
    assert "damaged" in problem(ledger)[0]
    assert open_ledger(str(tmp_path), "imaging").baseline() == Baseline()


def test_a_baseline_of_a_newer_version_is_named_and_left_alone(ledger: Ledger, tmp_path: Path) -> None:
    folder(tmp_path).mkdir()
    path = folder(tmp_path) / "baseline.json"
    path.write_bytes(b'{"format_version": "2.0", "kind": "baseline", "elsewhere": true}')
    summary, detail = problem(ledger)
    assert str(path) in summary
    assert "2.0" in detail
    with ledger.lock(OWNER), pytest.raises(DiagnosticsError):
        ledger.record(BASELINE)
    assert b"elsewhere" in path.read_bytes()


def test_a_damaged_line_before_others_is_not_overlooked(ledger: Ledger, tmp_path: Path) -> None:
    folder(tmp_path).mkdir()
    (folder(tmp_path) / "baseline.new.jsonl").write_bytes(b"{}\n{}\n")
    assert "baseline.new.jsonl" in problem(ledger)[0]


def test_a_folder_that_is_a_file_is_named(ledger: Ledger, tmp_path: Path) -> None:
    folder(tmp_path).write_text("")
    with pytest.raises(DiagnosticsError, match=r"cannot create .*\.reconciler"), ledger.lock(OWNER):
        pytest.fail("locked")


def test_a_full_disk_is_named_and_the_baseline_stays(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        monkeypatch.setattr(os, "write", full)
        for write in (lambda: ledger.record(Baseline()), lambda: ledger.append(INTENT)):
            with pytest.raises(DiagnosticsError, match="No space left on device"):
                write()
        monkeypatch.undo()
    assert ledger.baseline() == BASELINE


def test_an_unchanged_baseline_is_not_written_again(ledger: Ledger, tmp_path: Path) -> None:
    with ledger.lock(OWNER):
        ledger.record(BASELINE)
        before = (folder(tmp_path) / "baseline.json").stat()
        ledger.record(BASELINE)
    assert (folder(tmp_path) / "baseline.json").stat().st_ino == before.st_ino


keys = st.text("abc", min_size=1, max_size=2)
values = st.one_of(st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2).map(tuple))
resources = st.builds(ResourceBaseline, keys, st.dictionaries(keys, values, max_size=2))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.one_of(st.tuples(keys, resources), st.dictionaries(keys, resources)), max_size=8))
def test_the_baseline_is_what_a_dictionary_would_hold(
    tmp_path_factory: pytest.TempPathFactory, actions: list[object]
) -> None:
    directory = tmp_path_factory.mktemp("model")
    expected: dict[str, ResourceBaseline] = {}
    with open_ledger(str(directory), "genomics").lock(OWNER):
        pass
    for action in actions:
        ledger = open_ledger(str(directory), "genomics")
        with ledger.lock(OWNER):
            if isinstance(action, dict):
                expected = dict(action)
                ledger.record(Baseline(expected))
            else:
                address, resource = action  # type: ignore[misc]  # narrowed by the strategy
                expected[address] = resource
                ledger.record_resource(address, resource)
    assert open_ledger(str(directory), "genomics").baseline().resources == expected


def test_a_hundred_thousand_resources_take_seconds_not_minutes(ledger: Ledger) -> None:
    many = {f"projects.p{n}": ResourceBaseline(f"project-{n:024d}", {"name": "x"}) for n in range(100_000)}
    with ledger.lock(OWNER):
        started = time.perf_counter()
        ledger.record(Baseline(many))
        for n in range(20):
            ledger.record_resource(f"projects.p{n}", COHORT)
        assert len(ledger.baseline().resources) == 100_000
        assert time.perf_counter() - started < 10
