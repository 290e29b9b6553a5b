"""``apply``: carries out a plan, a saved one or the one of the moment."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import following, options, session, surroundings
from reconciler.cli.console import Console
from reconciler.views.pages import ApplyPage

Target = Annotated[
    str, typer.Argument(metavar="FILE|PATH", help="A saved plan, known by its content, or a workspace.")
]
Directory = Annotated[
    str | None, typer.Option("--workspace", metavar="DIR", help="The workspace of a saved plan.")
]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
SkipRefused = Annotated[bool, typer.Option("--skip-refused", help="Apply the rest of what is refused.")]
LocalLedger = Annotated[
    bool, typer.Option("--local-ledger", help="In CI: .reconciler/ is kept between runs.")
]


def command(
    target: Target = ".",
    *,
    workspace: Directory = None,
    auto_approve: AutoApprove = False,
    skip_refused: SkipRefused = False,
    local_ledger: LocalLedger = False,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Carry out a plan. Shows it first and asks; only an exact yes is accepted. Deletes nothing, ever."""
    console = Console(ApplyPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    surroundings.want_person(auto_approve)
    reviewed = planfile.read(target) if planfile.is_plan_file(target) else None
    if reviewed is None and workspace is not None:
        raise typer.BadParameter(
            f"{target} is no saved plan: name the workspace alone.", param_hint="--workspace"
        )
    path = (workspace or ".") if reviewed else target
    desired = session.load(path)
    session.want_available(desired)
    surroundings.want_right_place(desired, os.environ, local_ledger)
    from reconciler.cli import applying

    used = following.Used(path, target if reviewed else None, identity, skip_refused, local_ledger)
    return applying.apply(applying.Wish(desired, used, reviewed, auto_approve), console)
