"""What a workspace's local ledger holds, for tests that look behind the command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.ledger import open_ledger
from reconciler.model.baseline import Baseline


def baseline_of(folder: Path, workspace: str = "lab") -> Baseline:
    """The baseline of a workspace whose TOML lies in ``folder``."""
    return open_ledger(str(folder), workspace).baseline()


def ledger_file(folder: Path) -> Path:
    return folder / ".reconciler" / "ledger.db"


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Without the rights of root, to whom a read-only file is writable."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
