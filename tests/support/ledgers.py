"""What a workspace's local ledger holds, for tests that look behind the command."""

from __future__ import annotations

from pathlib import Path

from reconciler.ledger import open_ledger
from reconciler.model.baseline import Baseline


def baseline_of(folder: Path, workspace: str = "lab") -> Baseline:
    """The baseline of a workspace whose TOML lies in ``folder``."""
    return open_ledger(str(folder), workspace).baseline()


def ledger_file(folder: Path) -> Path:
    return folder / ".reconciler" / "ledger.db"
