"""``check``: may a saved plan be applied now? Reads the plan's facts again, and nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import following, options, reviewing, session
from reconciler.cli.console import Console
from reconciler.views.pages import CheckPage

File = Annotated[str, typer.Argument(metavar="FILE", help="What plan -o wrote.")]


def command(
    file: File,
    *,
    workspace: options.Directory = None,
    skip_refused: options.SkipRefused = False,
    require_signature: options.Signers = None,
    signature: options.Signature = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Tell whether a saved plan could be applied now, and all that speaks against it. Sends nothing."""
    console = Console(
        CheckPage,
        format_,
        write or (),
        no_color=no_color,
        quiet=quiet,
        verbose=verbose,
        beside=(file, signature, require_signature),
    )
    reviewed = reviewing.read(file, reviewing.Signed(require_signature, signature))
    path = workspace or "."
    desired = session.load(path)
    from reconciler.cli import checking

    used = following.Used(
        path,
        file,
        identity,
        skip_refused,
        targets=reviewed.plan.targets,
        signers=require_signature,
        signature=signature,
    )
    page = checking.check(checking.Wish(desired, used, reviewed), console)
    console.show(page)
    return page.exit_code
