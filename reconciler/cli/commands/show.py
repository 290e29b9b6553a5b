"""``show``: a saved plan again, with no credentials and no provider."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.cli.stop import stop
from reconciler.views.pages import AgainstPage, PlanPage

File = Annotated[str, typer.Argument(metavar="FILE", help="What plan -o wrote.")]

Against = Annotated[
    str | None, typer.Option("--against", metavar="FILE2", help="How it differs from this other saved plan.")
]

_NOT_THE_WHOLE = "a saved plan only counts what stays as it is: a policy would pass what it never saw"
_MAKE_IT_THEN = "Write it when the plan is made: reconciler plan -o FILE --write terraform=FILE.json"


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
        console = Console(
            AgainstPage,
            format_,
            write or (),
            no_color=no_color,
            quiet=quiet,
            verbose=verbose,
            beside=(file, against),
        )
        found = planfile.against(planfile.read(file), planfile.read(against))
        console.show(AgainstPage(file, against, found))
        return exitcodes.DONE
    console = Console(
        PlanPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose, beside=(file,)
    )
    if "terraform" in console.formats:
        raise stop(exitcodes.USAGE, "terraform", _NOT_THE_WHOLE, _MAKE_IT_THEN)
    plan = planfile.read(file)
    used = following.Used(session.workspace_beside(file), file, targets=plan.targets)
    following_command = following.after_plan(plan, used)
    console.show(PlanPage(plan, session.header(plan), session.titles(plan), next=following_command))
    return exitcodes.DONE
