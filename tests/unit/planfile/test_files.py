"""Plan files: what is written, and everything that is refused on reading."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.plan import Plan
from reconciler.planfile import dumps, files, is_plan_file, read, seal, write

from .samples import ORG, Key, create, plan_of, profile, rename, snapshot

PLAN = seal(
    plan_of(create("a"), facts=(Key(ORG, "permitted_regions"),), seen=snapshot(profile())), reproducible=True
)


def refusal(path: Path) -> str:
    with pytest.raises(DiagnosticsError) as caught:
        read(str(path))
    (diagnostic,) = caught.value.diagnostics
    assert str(path) in diagnostic.summary
    return diagnostic.summary


def saved(path: Path, plan: Plan) -> Path:
    path.write_bytes(dumps(plan))
    return path


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write(PLAN, str(path))
    assert read(str(path)) == PLAN
    assert path.read_bytes() == dumps(PLAN)


def test_a_plan_file_is_for_its_owner_alone_even_where_it_replaces_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("{}")
    path.chmod(0o666)
    write(PLAN, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["plan.json"]


def test_a_symbolic_link_is_followed_and_kept(tmp_path: Path) -> None:
    link = tmp_path / "latest.json"
    link.symlink_to(tmp_path / "plan.json")
    write(PLAN, str(link))
    assert link.is_symlink()
    assert read(str(tmp_path / "plan.json")) == PLAN


def test_a_failed_write_leaves_the_old_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "plan.json", PLAN)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiagnosticsError, match="No space left on device"):
        write(replace(PLAN, workspace="other"), str(path))
    monkeypatch.undo()
    assert read(str(path)) == PLAN
    assert os.listdir(tmp_path) == ["plan.json"]


@pytest.mark.parametrize(
    ("target", "why"), [("missing/plan.json", "No such file"), (".", "folder"), ("pipe", "not a regular")]
)
def test_a_place_that_cannot_be_written_is_named_with_the_reason(
    tmp_path: Path, target: str, why: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DiagnosticsError, match=why):
        write(PLAN, str(tmp_path / target))
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "none.json")


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    assert "a folder" in refusal(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in refusal(tmp_path / "pipe")


def test_a_link_to_a_device_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    assert "not a regular file" in refusal(tmp_path / "zero")


def test_a_file_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path / "plan.json", PLAN)
    monkeypatch.setattr(files, "MAX_BYTES", len(dumps(PLAN)))
    assert read(str(path)) == PLAN
    monkeypatch.setattr(files, "MAX_BYTES", len(dumps(PLAN)) - 1)
    assert "too big" in refusal(path)


@pytest.mark.parametrize("kept", [1, 50, 0.5, 0.9, -2])
def test_a_plan_that_was_cut_short_is_called_truncated(tmp_path: Path, kept: float) -> None:
    data = dumps(PLAN)
    path = tmp_path / "plan.json"
    path.write_bytes(data[: int(kept * len(data)) if 0 < kept < 1 else int(kept)])
    assert "truncated" in refusal(path)


@pytest.mark.parametrize(
    "data", [b"", b"workspace = 'genomics'\n", b"\x00\xff\xfe", b"[1]", b"{]", b'"plan"']
)
def test_anything_else_is_not_a_plan(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert "not a plan" in refusal(path)


def test_deep_nesting_is_not_a_plan(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(b'{"a":' * 200_000)
    assert "nested too deeply" in refusal(path)


def test_another_document_of_ours_is_named_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    path.write_bytes(b'{"format_version": "1.0", "kind": "drift"}')
    assert 'it is a "drift" document' in refusal(path)


def test_a_newer_major_format_is_named_before_anything_else_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b'{"format_version": "2.0", "kind": "plan", "unheard": "of"}')
    assert "format 2.0" in refusal(path)


def test_a_newer_minor_format_with_more_keys_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = msgspec.json.decode(dumps(PLAN))
    content |= {"format_version": "1.7", "more": [1]}
    content["digest"] = files.digest_of_content(content)
    path.write_bytes(msgspec.json.encode(content))
    assert read(str(path)).steps == PLAN.steps


def test_a_plan_that_was_only_laid_out_anew_is_still_the_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(msgspec.json.encode(msgspec.json.decode(dumps(PLAN)), order="sorted"))
    assert read(str(path)) == PLAN


def test_a_plan_edited_by_hand_was_changed_after_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(dumps(PLAN).replace(b"aws:eu-central-1", b"aws:us-east-1"))
    assert "was changed after it was made" in refusal(path)


def test_a_key_added_by_hand_was_changed_after_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(dumps(PLAN).replace(b'"kind"', b'"added": 1,\n  "kind"', 1))
    assert "was changed after it was made" in refusal(path)


def test_a_digest_over_an_incomplete_plan_does_not_make_it_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    content = msgspec.json.decode(dumps(PLAN))
    del content["steps"]
    content["digest"] = files.digest_of_content(content)
    path.write_bytes(msgspec.json.encode(content))
    assert "not a complete plan" in refusal(path)


@pytest.mark.parametrize(
    "plan",
    [
        plan_of(create("a"), create("a")),
        plan_of(create("a", depends_on=("s-b",)), create("b")),
        plan_of(replace(create("a"), after={"name": "a"})),
        plan_of(replace(rename("a", 1), before=None)),
    ],
)
def test_steps_that_make_no_sense_are_refused(tmp_path: Path, plan: Plan) -> None:
    assert "not a sound plan" in refusal(saved(tmp_path / "plan.json", seal(plan, reproducible=True)))


@settings(deadline=None)
@given(data=st.data())
def test_no_changed_byte_ends_in_a_traceback_or_in_another_plan(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.json"
    content = bytearray(dumps(PLAN))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        plan = read(str(path))
    except DiagnosticsError:
        assert str(path) in refusal(path)
    else:
        assert plan == PLAN


def test_a_plan_file_is_known_by_its_content(tmp_path: Path) -> None:
    plan = saved(tmp_path / "no-suffix", PLAN)
    toml = tmp_path / "plan.json"
    toml.write_text('workspace = "genomics"\n')
    cut = tmp_path / "cut"
    cut.write_bytes(dumps(PLAN)[:100])
    assert is_plan_file(str(plan))
    assert is_plan_file(str(cut))
    assert not is_plan_file(str(toml))
    assert not is_plan_file(str(tmp_path))
    assert not is_plan_file(str(tmp_path / "missing"))
