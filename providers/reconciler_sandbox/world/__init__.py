"""World files: the whole state of an emulated platform in one TOML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def tokens(path: Path) -> tuple[tuple[str, str], ...]:
    """(token, user) of every login in a world file, in its order; nothing else of it is looked at.

    Raises ``world.problems.WorldError``: the file cannot be read, or its tokens are wrong. Each command
    on the sandbox asks for them: what reads a whole world is not imported for it.
    """
    from .problems import Problem, worded
    from .records import listed
    from .schema import TokenTable
    from .toml import parsed, text_of

    text = text_of(path)
    problems: list[Problem] = []
    found = listed(parsed(path, text), "tokens", TokenTable, problems)
    if problems:
        raise worded(path, text, problems)
    return tuple((entry.token, entry.user) for entry in found)
