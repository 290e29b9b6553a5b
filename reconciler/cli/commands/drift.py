"""``drift``: what somebody changed at the platform, and what is not applied yet."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import drifting, options
from reconciler.cli.console import Console
from reconciler.views.pages import DriftPage

SinceLast = Annotated[
    bool, typer.Option("--since-last", help="Only what is new or changed since the last such run.")
]
Watch = Annotated[
    float | None,
    typer.Option("--watch", metavar="SECONDS", min=0.1, help="Look again every so many seconds."),
]


def command(
    path: options.Path = ".",
    *,
    since_last: SinceLast = False,
    watch: Watch = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Find what was changed at the platform since the last apply. Read-only there; needs no lock."""
    console = Console(
        DriftPage,
        format_,
        write or (),
        no_color=no_color,
        quiet=quiet,
        verbose=verbose,
        one_line=watch is not None,
    )
    wish = drifting.Wish(path, identity, since_last)
    if watch is not None:
        from reconciler.cli import watching

        return watching.watch(wish, console, watch)
    looked = drifting.look(wish, console)
    console.show(looked.page)
    if since_last:
        drifting.remember(looked, console)
    return looked.page.exit_code
