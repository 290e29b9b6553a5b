"""``validate``: syntax, schema, cross-references and the rules that need no facts; offline."""

from __future__ import annotations

from reconciler.cli import exitcodes, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import ValidPage


def command(
    path: options.Path = ".",
    *,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Check a workspace offline: every error at once, each with its place."""
    console = Console(ValidPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    workspace = session.load(path)
    session.want_provider(workspace)
    console.show(
        ValidPage(
            workspace.name,
            len(workspace.files),
            len(workspace.projects),
            len(workspace.orgs),
            len(workspace.users),
            workspace.warnings,
        )
    )
    return exitcodes.DONE
