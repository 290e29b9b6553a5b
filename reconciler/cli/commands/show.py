"""``show``: a saved plan again, with no credentials and no provider."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import AgainstPage, PlanPage

File = Annotated[str, typer.Argument(metavar="FILE", help="What plan -o wrote.")]

Against = Annotated[
    str | None, typer.Option("--against", metavar="FILE2", help="How it differs from this other saved plan.")
]


def command(
    file: File,
    *,
    against: Against = None,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Show a saved plan again, or how it differs from another one, offline."""
    if against is not None:
        console = Console(AgainstPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
        found = planfile.against(planfile.read(file), planfile.read(against))
        console.show(AgainstPage(file, against, found))
        return exitcodes.DONE
    console = Console(PlanPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    plan = planfile.read(file)
    used = following.Used(session.workspace_beside(file), file, targets=plan.targets)
    following_command = following.after_plan(plan, used)
    console.show(PlanPage(plan, session.header(plan), session.titles(plan), next=following_command))
    return exitcodes.DONE
