"""``unlock``: breaks the lock of an apply that has ended without giving it back."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from reconciler.cli import exitcodes, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import NotePage

Id = Annotated[str, typer.Argument(metavar="ID", help="The lock's exact id, as the message has it.")]


def command(
    lock_id: Id,
    path: options.Path = ".",
    *,
    format_: options.Format = "text",
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Break a lock. If its owner lives after all, it can write and send nothing more."""
    console = Console(NotePage, format_, no_color=no_color, quiet=quiet)
    workspace = session.load(path)
    with closing(session.ledger_of(workspace)) as kept:
        owner = kept.unlock(lock_id)
    message = (
        f"Lock {owner.id} is broken. {owner.user} on {owner.host} (process {owner.pid}) held it "
        f"since {owner.since}, running: {owner.command}"
    )
    console.show(NotePage("unlocked", message))
    return exitcodes.DONE
