"""The commands of those pages that need a program which is not Python's."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs.sessions import Session, answer, is_shown, run, sessions

THERE = [session for session in sessions() if session.needs is not None]


@pytest.mark.parametrize("session", THERE, ids=[f"{one.page}:{one.blocks[0].lines[0]}" for one in THERE])
def test_what_a_page_shows_is_what_its_commands_print(session: Session, tmp_path: Path) -> None:
    for answered in run(session, tmp_path):
        assert is_shown(answered), f"{answered.typed.line}\n{answer(answered.said)}"


def test_there_are_such_pages() -> None:
    assert {session.needs for session in THERE} == {"ssh-keygen", "curl"}
