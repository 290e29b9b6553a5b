"""Whatever the documentation tells to type is typed by a test, and prints what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.blocks import COMMANDS, SESSION, USAGE, blocks, pages
from docs.sessions import ELSEWHERE, WHOLE, Session, answer, is_shown, run, sessions
from support.marks import ROOT

HERE = [session for session in sessions() if session.needs is None]


def test_no_page_has_a_block_of_commands_that_nobody_types() -> None:
    untyped = [
        block.place
        for page in pages()
        for block in blocks(page)
        if block.is_typed
        and page not in WHOLE
        and block.typed_in is None
        and block.elsewhere not in ELSEWHERE.get(page, ())
    ]
    assert untyped == [], (
        f"say above each where it is typed; {COMMANDS} and {SESSION}: see tests/docs/blocks.py"
    )


def test_no_page_has_commands_in_a_block_that_is_not_said_to_be_one() -> None:
    hidden = [block.place for page in pages() for block in blocks(page) if block.looks_typed]
    assert hidden == [], f"call each of these {COMMANDS}, {SESSION} or {USAGE}; see tests/docs/blocks.py"


@pytest.mark.parametrize("session", HERE, ids=[f"{one.page}:{one.blocks[0].lines[0]}" for one in HERE])
def test_what_a_page_shows_is_what_its_commands_print(session: Session, tmp_path: Path) -> None:
    for answered in run(session, tmp_path):
        where = f"{answered.block.place}: {answered.typed.line}"
        assert is_shown(answered), f"{where}\nprints (`make sessions` writes it):\n{answer(answered.said)}"


def test_pages_that_have_a_test_of_their_own_are_named_in_it() -> None:
    for page, test in WHOLE.items():
        about = (ROOT / test).read_text(encoding="utf-8")
        assert page in about or f'"{Path(page).name}"' in about, (page, test)


def test_marks_around_blocks_are_those_that_a_test_looks_for() -> None:
    used = {page: {block.elsewhere for block in blocks(page) if block.elsewhere} for page in pages()}
    assert {page: marks for page, marks in used.items() if marks} == ELSEWHERE
