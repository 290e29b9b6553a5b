"""``show``: a saved plan again, with no credentials and no provider."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import PlanPage

File = Annotated[str, typer.Argument(metavar="FILE", help="What plan -o wrote.")]


def command(
    file: File,
    *,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show a saved plan again, offline."""
    console = Console(PlanPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    plan = planfile.read(file)
    used = following.Used(session.workspace_beside(file), file, targets=plan.targets)
    following_command = following.after_plan(plan, used)
    console.show(PlanPage(plan, session.header(plan), session.titles(plan), next=following_command))
    return exitcodes.DONE
