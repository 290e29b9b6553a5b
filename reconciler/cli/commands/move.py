"""``move``: another address for a project, in the TOML alone."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import addresses, exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.cli.stop import stop
from reconciler.views.pages import NotePage

Old = Annotated[str, typer.Argument(metavar="OLD", help="The address of a project: projects.KEY.")]
New = Annotated[str, typer.Argument(metavar="NEW", help="The address that it gets.")]


def command(
    old: Old,
    new: New,
    path: options.Path = ".",
    *,
    format_: options.Format = "text",
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Rename a project's table and write the [[moved]] that keeps the project its own. Sends nothing."""
    from reconciler.config import moving, rewriting

    console = Console(NotePage, format_, no_color=no_color, quiet=quiet)
    addresses.want(session.load(path), [old])
    if not old.startswith("projects."):
        why = "An org or a user has its id as its address."
        raise stop(exitcodes.ERROR, "moved", f"{old} cannot be moved: only projects can", why)
    rewritten = moving.moved(path, old, new)
    rewriting.write(rewritten)
    names = "\n".join(f"  {one.file.shown}" for one in rewritten if one.changed)
    console.show(NotePage("moved", f"{old} is {new} now. Written:\n{names}", following.to_plan(path)))
    return exitcodes.DONE
