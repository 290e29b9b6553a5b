"""World files: the whole state of an emulated platform in one TOML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def tokens(path: Path) -> tuple[tuple[str, str], ...]:
    """(token, user) of every login in a world file, in its order; nothing else of it is looked at.

    Raises ``world.problems.WorldError``: the file cannot be read, or its tokens are wrong.
    """
    from reconciler_sandbox.world.reader import tokens as read

    return read(path)
