"""What the TOML may already say, but no command can do yet: told, never ignored."""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic

CODE = "not-available-yet"


def unavailable(workspace: Workspace) -> tuple[Diagnostic, ...]:
    """An error for each table or key of the workspace that would be ignored; empty where there is none."""
    return tuple(_found(workspace))


def _found(workspace: Workspace) -> Iterator[Diagnostic]:
    if workspace.provider.ledger is not None:
        yield _told(workspace, "ledger in [provider]", "provider", "ledger")


def _told(workspace: Workspace, what: str, address: str, attribute: str | None = None) -> Diagnostic:
    return Diagnostic(
        "error",
        CODE,
        f"{what} is not available yet",
        "It is checked, but nothing would come of it: take it out to go on without it.",
        workspace.sources.locate(address, attribute),
    )
