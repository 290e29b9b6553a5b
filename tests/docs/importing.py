"""The sessions of docs/import.md: run, kept and tested; ``python -m docs.importing`` writes them anew."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from support.desk import Desk
from support.inprocess import URL
from support.marks import ROOT

PAGE = ROOT / "docs" / "import.md"
WORLD = ROOT / "configs" / "genomics" / "world"
_BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def renewed(page: str, folder: Path) -> str:
    """The page as its commands print today, run in a folder that holds the world alone."""
    shutil.copytree(WORLD, folder / "world")
    desk = Desk(folder)

    def again(block: re.Match[str]) -> str:
        commands = [line for line in block[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{''.join(_said(desk, line[2:]))}" for line in commands)

    found = _BLOCK.sub(again, page)
    assert desk.writes() == []
    return found


def _said(desk: Desk, line: str) -> Iterator[str]:
    """What a line of the session prints; a code that is not 0, as ``echo $?`` would tell it."""
    program, *words = shlex.split(line)
    if program == "cat":
        yield (desk.folder / words[0]).read_text(encoding="utf-8")
        return
    ran = desk.run(*words)
    text = _TIME.sub("2026-11-27T09:00:00.000Z", (ran.err + ran.out).replace(URL, "http://127.0.0.1:8080"))
    yield re.sub(r"\d+\.\d s\.", "0.0 s.", text)
    if ran.code:
        yield f"[exit code {ran.code}]\n"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        text = renewed(PAGE.read_text(encoding="utf-8"), Path(place))
    PAGE.write_text(text, encoding="utf-8")
