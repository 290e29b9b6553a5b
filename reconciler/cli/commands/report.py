"""``report``: where the data is, as one HTML file for who has no terminal."""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import Annotated

import typer

from reconciler.cli import drifting, exitcodes, options, session
from reconciler.cli.console import Console
from reconciler.model.diagnostics import error
from reconciler.rules.policies import days_left, in_force
from reconciler.views.pages import PolicyRow, ReportPage, WaiverRow

_RUNS = 200
"""Applies that are listed."""
_LINK = re.compile(r"https?://[^\s{}]+(?:\{(?:commit|file|line)\}[^\s{}]*)*")

Out = Annotated[str, typer.Option("--out", metavar="DIR", help="The folder that gets index.html.")]
Link = Annotated[
    str | None,
    typer.Option(
        "--link-template",
        metavar="URL",
        help="Where the TOML can be read, with {commit}, {file} (in the workspace) and {line}.",
    ),
]
Reproducible = Annotated[bool, typer.Option("--reproducible", help="The same input gives the same bytes.")]


def command(
    path: options.Path = ".",
    *,
    out: Out,
    link_template: Link = None,
    reproducible: Reproducible = False,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
) -> int:
    """Write where the data is, by jurisdiction, region and payer, into DIR/index.html. Read-only at the
    platform; needs no lock. 7 where something could not be read: the file then says what."""
    if link_template is not None and not _LINK.fullmatch(link_template):
        why = f'"{link_template}" is no URL with {{commit}}, {{file}} and {{line}} at most.'
        raise typer.BadParameter(why, param_hint="--link-template")
    file = os.path.join(out, "index.html")
    console = Console(ReportPage, "text", (f"html={file}",), no_color=no_color, quiet=quiet)
    looked = drifting.look(drifting.Wish(path, identity, reproducible=reproducible), console)
    _make(out)
    console.show(_page(looked, file, link_template))
    hidden = exitcodes.hidden(looked.page.report, session.accepted(looked.workspace))
    return exitcodes.UNREADABLE if hidden else exitcodes.DONE


def _page(looked: drifting.Looked, file: str, template: str | None) -> ReportPage:
    workspace = looked.workspace
    with closing(session.ledger_of(workspace)) as kept:
        runs = kept.history(_RUNS + 1)
    locate, allowed = workspace.sources.locate, {one.id: one.regions for one in in_force(workspace)}
    policies = (
        PolicyRow(one, tuple(sorted(allowed[one.id])), locate(f"policies.{one.id}"))
        for one in workspace.policies
    )
    waivers = (
        WaiverRow(one, days_left(one, looked.today), locate(f"waivers.{number}"))
        for number, one in enumerate(workspace.waivers)
    )
    return ReportPage(
        looked.page,
        workspace.regions,
        tuple(policies),
        tuple(waivers),
        runs[:_RUNS],
        len(runs) > _RUNS,
        file,
        None if template is None else session.linker(workspace, looked.page.report.config, template),
    )


def _make(folder: str) -> None:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as failure:
        raise error("output-file", f"cannot make the folder {folder}: {failure.strerror}") from failure
