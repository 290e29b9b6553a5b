"""docs/reference is what the code says today."""

from __future__ import annotations

import re
from itertools import chain

import pytest
from docs.blocks import USAGE, blocks, pages
from docs.variables import VARIABLES
from support.marks import ROOT

from docs.reference import FOLDER, PAGES, page

_LITERAL = re.compile(
    r'"((?:RECONCILER|DX|GITHUB|GITLAB|BITBUCKET|SYSTEM|CI)_[A-Z_]+|CI|NO_[A-Z]+|CHANGE_ID|[a-z]+_proxy)"'
)
_ELSEWHERE = {"PGPASSWORD", "HTTPS_PROXY"}
"""Read by libpq; made of the protocol's name."""


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_that_of_the_code(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == page(name), "run `make reference`"


def test_no_page_of_the_reference_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(PAGES)


def test_the_variables_are_those_that_the_code_names() -> None:
    files = chain((ROOT / "reconciler").rglob("*.py"), (ROOT / "providers").rglob("*.py"))
    found = {name for file in files for name in _LITERAL.findall(file.read_text(encoding="utf-8"))}
    read = {name.upper() for name in found} - {"DX_TOKEN_BOB"}  # of an example in a message
    assert read == set(VARIABLES) - _ELSEWHERE


def test_a_synopsis_names_no_option_that_its_command_lacks() -> None:
    """Those of other programs cannot be run here, and are to be filled in."""
    known = (FOLDER / "commands.md").read_text(encoding="utf-8")
    shown = [
        (block.place, line)
        for name in pages()
        for block in blocks(name)
        if block.language == USAGE
        for line in block.text.splitlines()
        if line.startswith("reconciler ")
    ]
    unknown = {
        (place, option)
        for place, line in shown
        for option in re.findall(r"--[a-z-]+", line)
        if not re.search(rf"^\| (`|<code>)[^|]*{option}\b", known, re.MULTILINE)
    }
    assert shown
    assert unknown == set()
