"""``init``: a commented starter workspace on the sandbox."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.cli import exitcodes, following, options
from reconciler.cli.console import Console
from reconciler.views.pages import NotePage

Folder = Annotated[str, typer.Argument(metavar="PATH", help="The folder to write it to.")]


def command(path: Folder = ".", quiet: options.Quiet = False) -> int:
    """Write a commented starter workspace on the embedded platform; overwrites nothing."""
    from reconciler.config.starter import write

    console = Console(NotePage, quiet=quiet)
    written = write(path)
    names = "\n".join(f"  {name}" for name in written)
    console.show(NotePage("init", f"Written:\n{names}", following.to_plan(path)))
    return exitcodes.DONE
