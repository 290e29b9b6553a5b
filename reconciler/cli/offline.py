"""A plan on a snapshot: nobody is asked, neither the platform nor the ledger."""

from __future__ import annotations

from collections.abc import Mapping

import typer
from msgspec import Struct

from reconciler.cli import exitcodes
from reconciler.cli.stop import stop
from reconciler.model.baseline import Baseline
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic
from reconciler.provider import Reader


class Recorded(Struct, frozen=True):
    """What stands for the platform and the ledger, and what is to be said of it."""

    reader: Reader
    baseline: Baseline
    warnings: tuple[Diagnostic, ...]


def want_alone(given: Mapping[str, object]) -> None:
    """Raises BadParameter for an option that has no meaning where nobody is asked."""
    for option, value in given.items():
        if value:
            why = "a snapshot holds what one login read when it was taken."
            raise typer.BadParameter(f"not together with {option}: {why}", param_hint="--snapshot")


def opened(path: str, workspace: Workspace) -> Recorded:
    """Raises DiagnosticsError where the file is no sound snapshot, Stop where it is of something else."""
    from reconciler import snapshots
    from reconciler.diff.scope import scope_of

    document = snapshots.read(path)
    why = snapshots.of_another(document, workspace)
    if why is not None:
        raise stop(exitcodes.REFUSED, "snapshot", f"{path} is of something else: {why}")
    told = tuple(snapshots.lacking(document, scope_of(workspace, document.baseline)))
    return Recorded(snapshots.Replay(document), document.baseline, told)
