"""``regions``: the catalogue; with a payer, what that payer may use and does use."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from reconciler import config
from reconciler.cli import exitcodes, options, session
from reconciler.cli.console import Console
from reconciler.cli.payer import page_of
from reconciler.cli.stop import stop
from reconciler.model.actual import Scope
from reconciler.views.pages import Header, RegionsPage

Payer = Annotated[
    str | None, typer.Option("--payer", metavar="PAYER", help="A user-… or org-…: ask the provider about it.")
]
Path = Annotated[
    str | None, typer.Argument(metavar="PATH", help="A workspace, for its own regions and its provider.")
]


def command(
    path: Path = None,
    *,
    payer: Payer = None,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
) -> int:
    """List the regions; with --payer which of them it may use, its default, and its projects in each."""
    console = Console(RegionsPage, format_, write or (), no_color=no_color)
    if payer is None:
        regions = config.catalogue() if path is None else session.load(path).regions
        console.show(page_of(regions))
        return exitcodes.DONE
    if not payer.startswith(("user-", "org-")):
        raise typer.BadParameter(f'"{payer}" is no payer: user-… or org-….', param_hint="--payer")
    workspace = session.load(path or ".")
    kind = session.provider_of(workspace)
    with closing(kind.reader(session.settings(workspace, identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        snapshot = reader.read(Scope(estates=(payer,), profiles=(payer,)))
        kind_name = workspace.provider.type
        header = Header(kind_name, reader.address, snapshot.identity, workspace.name, reader.touches)
    profile = snapshot.profiles.get(payer)
    if profile is None or profile.exists is False:
        raise stop(exitcodes.ERROR, "no-payer", f"there is no {payer} at the platform")
    page = page_of(workspace.regions, profile, snapshot, header)
    console.show(page)
    return exitcodes.UNREADABLE if page.notes and page.regions[0].permitted is None else exitcodes.DONE
