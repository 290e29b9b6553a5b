"""``history``: past applies, and one of them step by step."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from reconciler import ledger
from reconciler.cli import exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.model.diagnostics import error
from reconciler.views.pages import HistoryPage, RunPage

_ALL = 1_000_000
"""More applies than any ledger has."""

RunId = Annotated[str | None, typer.Option("--run", metavar="ID", help="This apply, step by step.")]
Last = Annotated[int, typer.Option("--last", metavar="N", min=1, help="So many, newest first.")]


def command(
    path: options.Path = ".",
    *,
    run: RunId = None,
    last: Last = 20,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Show past applies: who, when, from which commit, which plan, what happened. Asks no provider."""
    page = HistoryPage if run is None else RunPage
    console = Console(page, format_, write or (), no_color=no_color, quiet=quiet)
    workspace = session.load(path)
    with closing(session.ledger_of(workspace)) as kept:
        if run is None:
            found = kept.history(last + 1)
            then = following.after_history(path, found[0].started.run) if found else None
            more = len(found) > last
            console.show(HistoryPage(workspace.name, kept.location, found[:last], more, then))
        else:
            console.show(RunPage(workspace.name, _want_run(kept, run), kept.steps_of(run)))
    return exitcodes.DONE


def _want_run(kept: ledger.Ledger, run: str) -> ledger.Run:
    for one in kept.history(_ALL):
        if one.started.run == run:
            return one
    detail = "reconciler history lists the ids."
    raise error("no-such-run", f'there is no run "{run}" in the ledger {kept.location}', detail)
