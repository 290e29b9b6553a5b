"""The commands of docs/outputs.md, run in their order; what it shows is in what they write."""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
from pathlib import Path

from support.desk import Desk

from reconciler.views.registry import FORMATS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "outputs.md").read_text("utf-8")


def sessions() -> list[tuple[list[str], list[str]]]:
    """(the command, the lines that are shown of what it writes) of each block."""
    found = []
    for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        first, *shown = block.splitlines()
        found.append((shlex.split(first.removeprefix("$ reconciler ")), shown))
    return found


def test_each_command_of_the_page_writes_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "genomics"
    shutil.copytree(ROOT / "configs" / "genomics", folder, ignore=shutil.ignore_patterns(".reconciler"))
    desk = Desk(folder)
    told: set[str] = set()
    for command, shown in sessions():
        ran = desk.run(*command)
        assert ran.code in (0, 2, 3, 7), ran.err
        options = list(itertools.pairwise(command))
        files = [word.partition("=") for option, word in options if option == "--write"]
        told |= {name for name, _, _ in files} | {word for option, word in options if option == "--format"}
        written = "".join((desk.folder / path).read_text() for _, _, path in files) or ran.out
        for line in shown:
            assert line.strip("…") in written, (command, line)
    assert told == {*FORMATS} - {"text", "html"}


def test_every_format_has_a_section() -> None:
    for name in {*FORMATS} - {"text", "html"}:
        assert re.search(rf"^## .*\b{name}\b", PAGE, re.MULTILINE), name
