"""Writes workspaces to a folder and reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.config import load
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError

HEAD = 'workspace = "test"\n[provider]\ntype = "sandbox"\n'

Loaded = Callable[..., Workspace]
Told = Callable[..., tuple[Diagnostic, ...]]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Reads one text (the head put before it), or several files by name as they are."""

    def read(text: str | None = None, **files: str | bytes) -> Workspace:
        for left in tmp_path.glob("[!.]*.toml"):
            left.unlink()
        if text is not None:
            files["all"] = HEAD + text
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / f"{name}.toml").write_bytes(data)
        return load(str(tmp_path))

    return read


@pytest.fixture
def told(loaded: Loaded) -> Told:
    """Everything that is said of such a workspace, errors and warnings."""

    def diagnose(text: str | None = None, **files: str | bytes) -> tuple[Diagnostic, ...]:
        try:
            return loaded(text, **files).warnings
        except DiagnosticsError as problem:
            return problem.diagnostics

    return diagnose
