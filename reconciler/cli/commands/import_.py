"""``import``: TOML from what is at the platform, on which the first plan is empty."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from typing import Annotated

import typer

from reconciler.cli import exitcodes, importing, options
from reconciler.cli.console import Console
from reconciler.views.pages import Next, NotePage

Path = Annotated[
    str,
    typer.Argument(metavar="PATH", help="A workspace to add to, or a folder without TOML for a new one."),
]
Payers = Annotated[
    list[str] | None,
    typer.Option("--payer", metavar="PAYER", help="A user-… or org-… with all its projects; repeatable."),
]
Projects = Annotated[
    list[str] | None, typer.Option("--project", metavar="ID", help="One project; repeatable.")
]
Out = Annotated[
    str | None, typer.Option("--out", metavar="DIR", help="Write a new workspace there, like that of PATH.")
]
Name = Annotated[
    str | None,
    typer.Option("--workspace", metavar="NAME", help="Name of a new workspace. Default: its folder's."),
]
Kind = Annotated[
    str | None, typer.Option("--provider", metavar="TYPE", help="Of a new workspace. Default: dnanexus.")
]
Endpoint = Annotated[
    str | None, typer.Option("--endpoint", metavar="URL", help="Of its provider. Default: as dx has it.")
]
World = Annotated[
    str | None, typer.Option("--world", metavar="FILE", help="Of its sandbox: what that holds at first.")
]
_FORMS = {
    "--payer": (re.compile(r"(user|org)-[A-Za-z0-9_.]+"), "user-… or org-…"),
    "--project": (re.compile(r"project-[0-9A-Za-z]{24}"), "project-… with 24 characters"),
    "--workspace": (re.compile(r"[a-z0-9-]{1,40}"), "up to 40 of a-z, 0-9 and -"),
}


def command(
    path: Path = ".",
    *,
    payer: Payers = None,
    project: Projects = None,
    out: Out = None,
    workspace: Name = None,
    provider: Kind = None,
    endpoint: Endpoint = None,
    world: World = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    quiet: options.Quiet = False,
) -> int:
    """Write TOML from what is at the platform: the first plan on it is empty. Overwrites no file."""
    given = {
        "--payer": payer or [],
        "--project": project or [],
        "--workspace": [workspace] if workspace else [],
    }
    for option, texts in given.items():
        form, like = _FORMS[option]
        for text in texts:
            if not form.fullmatch(text):
                raise typer.BadParameter(f'"{text}" is not {like}.', param_hint=option)
    console = Console(NotePage, format_, write or (), quiet=quiet)
    new = importing.New(workspace, provider, endpoint, world)
    wanted = importing.Wanted(frozenset(payer or ()), frozenset(project or ()))
    task = importing.task(path, out, wanted, new, identity=identity, console=console)
    with closing(task.kind.reader(task.settings)) as reader:
        found = importing.read(task, reader, wanted)
        address = reader.address
    written = importing.write(task, found)
    console.complain(importing.warnings(found))
    console.show(
        NotePage("import", importing.summary(task, found, written, address), _next(task) if written else None)
    )
    return exitcodes.UNREADABLE if found.unreadable else exitcodes.DONE


def _next(task: importing.Task) -> Next:
    words = ["reconciler", "plan"] + ([] if task.shown == "." else [task.shown])
    return Next("To see that nothing is left to do:", shlex.join(words))
