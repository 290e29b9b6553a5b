"""``fmt`` on files: what it lists, what it writes, and what it leaves alone."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
import rtoml
import toml

from reconciler import durable
from reconciler.cli import entry
from reconciler.config import formatting, starter
from reconciler.views.text.unified import unified

CONFIGS = Path(__file__).parents[3] / "configs"
UNTIDY = "workspace='lab'\n\n\n[provider]\ntype='sandbox' # here\n"
TIDY = 'workspace = "lab"\n\n[provider]\ntype = "sandbox"  # here\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(UNTIDY)
    Path("b.toml").write_text(TIDY)


def fmt(*arguments: str) -> int:
    return entry.run(["fmt", *arguments])


@pytest.mark.parametrize("example", sorted(path.name for path in CONFIGS.iterdir() if path.is_dir()))
def test_the_examples_are_laid_out_already(example: str) -> None:
    assert fmt("--check", str(CONFIGS / example)) == 0


def test_three_readers_read_the_same_in_the_examples() -> None:
    for path in CONFIGS.glob("*/*.toml"):
        text = path.read_text()
        assert toml.loads(text) == tomllib.loads(text) == rtoml.loads(text)


def test_what_init_writes_is_laid_out_already(tmp_path: Path) -> None:
    starter.write(tmp_path / "new")
    assert fmt("--check", "new", "new/world") == 0


def test_check_lists_the_files_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert fmt("--check") == 2
    assert capsys.readouterr().out == "a.toml\n\nTo lay them out:\n  reconciler fmt\n"
    assert Path("a.toml").read_text() == UNTIDY


def test_only_files_that_change_are_written_and_keep_their_permissions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    os.chmod("a.toml", 0o640)
    before = os.stat("b.toml").st_ino
    assert fmt() == 0
    assert capsys.readouterr().out == "a.toml\n"
    assert Path("a.toml").read_text() == TIDY
    assert stat.S_IMODE(os.stat("a.toml").st_mode) == 0o640
    assert os.stat("b.toml").st_ino == before
    assert fmt() == fmt("--check") == 0
    assert capsys.readouterr().out == "Nothing to lay out in 2 files.\n" * 2


def test_a_diff_is_one_that_patch_understands(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.toml").write_text(UNTIDY.removesuffix("\n"))
    assert fmt("--diff") == 0
    assert fmt("--diff", "--check") == 2
    diff, again = capsys.readouterr().out.split("--- a.toml\n")[1:]
    assert diff == again
    assert Path("a.toml").read_text() == UNTIDY.removesuffix("\n")
    subprocess.run(
        ["git", "apply", "-"], input=f"--- a/a.toml\n{diff.replace('+++ ', '+++ b/')}".encode(), check=True
    )
    assert Path("a.toml").read_text() == TIDY


def test_a_diff_of_many_tables_shows_only_what_changes() -> None:
    before = [f'[projects.p{n}]\nname = "P{n}"\n\n' for n in range(3000)]
    after = [*before[:1000], '[projects.p1000]\nname = "Q"\n\n', *before[1001:]]
    shown = list(unified("x", "".join(before), "".join(after)))
    assert [line for line in shown[2:] if line[0] != " "] == [
        "@@ -2999,7 +2999,7 @@",
        '-name = "P1000"',
        '+name = "Q"',
    ]


def test_one_file_that_cannot_be_read_keeps_all_from_being_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("c.toml").write_text("a = 1\n[b\nc = = 1\n")
    assert fmt() == 1
    told = capsys.readouterr().err
    assert "c.toml:2:3: error: not valid TOML" in told
    assert "c.toml:3:5: error: not valid TOML" in told
    assert Path("a.toml").read_text() == UNTIDY


def test_an_inline_table_of_several_lines_is_told_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    Path("c.toml").write_text("[provider]\nx = {\n a = 1 }\n")
    assert fmt("c.toml") == 1
    assert (
        "c.toml:2:6: error: cannot be laid out: an inline table is written on one line"
        in capsys.readouterr().err
    )


def test_where_one_file_cannot_be_written_the_others_are_put_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("c.toml").write_text(UNTIDY)
    replace = durable.replace

    def full(path: str, data: bytes, mode: int) -> None:
        if path.endswith("c.toml"):
            raise OSError(28, "No space left on device")
        replace(path, data, mode)

    monkeypatch.setattr(durable, "replace", full)
    assert fmt() == 1
    assert '"c.toml" cannot be written: No space left on device' in capsys.readouterr().err
    assert Path("a.toml").read_text() == Path("c.toml").read_text() == UNTIDY


def test_a_byte_order_mark_goes() -> None:
    Path("a.toml").write_bytes(b"\xef\xbb\xbf" + TIDY.encode())
    assert fmt("--check") == 2
    assert fmt() == 0
    assert Path("a.toml").read_bytes() == TIDY.encode()


def test_a_file_that_is_named_twice_is_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert fmt("--format", "json", "a.toml", "a.toml", "b.toml") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"kind": "fmt", "files": 2, "written": True, "changed": ["a.toml"]}


def test_control_characters_of_a_diff_reach_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.toml").write_text("x='\u202egpj'\n")
    assert fmt("--diff") == 0
    assert "\u202e" not in capsys.readouterr().out


def test_a_layout_that_would_mean_something_else_is_never_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formatting, "canonical", lambda text: text.replace("lab", "lob"))
    assert fmt() == 1
    assert '"a.toml" would mean something else when laid out' in capsys.readouterr().err
    assert Path("a.toml").read_text() == UNTIDY
