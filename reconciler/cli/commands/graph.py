"""``graph``: a plan as boxes and arrows, of a workspace or of a saved plan."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler import planfile
from reconciler.cli import options

FORMATS = ("mermaid", "dot")

FileOrPath = Annotated[
    str, typer.Argument(metavar="FILE|PATH", help="A saved plan, known by its content, or a workspace.")
]
Drawing = Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="What stdout gets.")]


def command(
    what: FileOrPath = ".",
    *,
    target: options.Target = None,
    format_: Drawing = FORMATS[0],
    write: options.Write = None,
    identity: options.Identity = None,
) -> int:
    """Draw a plan: its steps with what they wait for, and what is left to people. Sends nothing."""
    if format_ not in FORMATS:
        raise typer.BadParameter(f'"{format_}" is none of: {", ".join(FORMATS)}.', param_hint="--format")
    if not planfile.is_plan_file(what):
        from reconciler.cli.commands import plan

        return plan.command(what, target=target, format_=format_, write=write, identity=identity)
    for option, given in (("--target", target), ("--identity", identity)):
        if given is not None:
            raise typer.BadParameter(f"{what} is a saved plan: it is drawn as it is.", param_hint=option)
    from reconciler.cli.commands import show

    return show.command(what, format_=format_, write=write)
