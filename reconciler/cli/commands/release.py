"""``release``: takes the mark off a project that has left the TOML."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from reconciler.cli import following, options, questions, session, surroundings
from reconciler.cli.commands.apply import AutoApprove, LocalLedger
from reconciler.cli.console import Console
from reconciler.views.pages import NotePage

Which = Annotated[
    str, typer.Argument(metavar="ADDRESS|PROJECT-ID", help="projects.KEY, as its mark has it, or project-….")
]


def command(
    project: Which,
    path: options.Path = ".",
    *,
    auto_approve: AutoApprove = False,
    local_ledger: LocalLedger = False,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Take this workspace's mark off a project, so that it is nobody's. Asks first; data and project stay."""
    console = Console(NotePage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    questions.named_project(project, "ADDRESS|PROJECT-ID")
    surroundings.want_person(auto_approve, "release")
    desired = session.load(path)
    surroundings.want_right_place(desired, os.environ, local_ledger, "release")
    from reconciler.cli import applying, releasing

    used = following.Used(path, None, identity, local_ledger=local_ledger)
    return releasing.release(applying.Wish(desired, used, None, auto_approve), project, console)
