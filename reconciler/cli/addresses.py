"""Addresses as a person types them: they must be in the TOML."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from reconciler.cli import exitcodes
from reconciler.cli.stop import Stop
from reconciler.model.desired import Address, Workspace
from reconciler.model.diagnostics import Diagnostic


def want(workspace: Workspace, named: Iterable[str]) -> tuple[Address, ...]:
    """The addresses as they were typed, each once. Raises Stop for all that the TOML does not have."""
    wanted = tuple(dict.fromkeys(named))
    there = known(workspace)
    missing = tuple(_no_address(workspace, one, there) for one in wanted if one not in there)
    if missing:
        raise Stop(exitcodes.ERROR, missing)
    return wanted


def known(workspace: Workspace) -> set[Address]:
    """Every address of the TOML."""
    payers = {f"orgs.{org}" for org in workspace.orgs} | {f"users.{user}" for user in workspace.users}
    return payers | {f"projects.{key}" for key in workspace.projects}


def _no_address(workspace: Workspace, name: str, known: Collection[str]) -> Diagnostic:
    from reconciler.config.suggest import closest

    by_key = (f"{table}.{name}" for table in ("projects", "orgs", "users"))
    meant = workspace.moved.get(name) or next((one for one in by_key if one in known), None)
    detail = "An address is projects.KEY, orgs.ID or users.ID, as the tables of the TOML are named."
    summary = f'there is no "{name}" in the TOML'
    return Diagnostic(
        "error", "unknown-address", summary, detail, None, meant or closest(name, sorted(known))
    )
