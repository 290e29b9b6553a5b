"""``fmt``: the canonical layout of TOML files."""

from __future__ import annotations

import shlex
from typing import Annotated

import typer

from reconciler.cli import exitcodes, options
from reconciler.cli.console import Console
from reconciler.views.pages import ChangedFile, FormatPage, Next

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH]...", help="Folders of *.toml files, or single files.", show_default=False),
]
Check = Annotated[bool, typer.Option("--check", help="Write nothing; 2 where a file is not laid out.")]
Diff = Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")]


def command(
    paths: Paths = None,
    *,
    check: Check = False,
    diff: Diff = False,
    format_: options.Format = "text",
    write: options.Write = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Lay TOML files out; comments, order and meaning stay. Lists the files that change."""
    from reconciler.config import formatting, rewriting

    console = Console(FormatPage, format_, write or (), no_color=no_color, quiet=quiet)
    found = formatting.formatted(paths or ["."])
    changed = tuple(
        ChangedFile(one.file.shown, one.file.data.decode(), one.data.decode()) for one in found if one.changed
    )
    looking = check or diff
    if not looking:
        rewriting.write(found)
    again = Next("To lay them out:", shlex.join(["reconciler", "fmt", *(paths or [])]))
    then = again if changed and check and not diff else None
    console.show(FormatPage(len(found), changed, not looking, diff, then))
    return exitcodes.CHANGES if check and changed else exitcodes.DONE
