"""``snapshot``: actual state in a file, to plan on without a login or a network."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from reconciler import planner, snapshots
from reconciler.cli import exitcodes, files, following, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import NotePage
from reconciler.views.text.layout import count

Out = Annotated[str, typer.Option("-o", "--out", metavar="FILE", help="Where to save it.")]


def command(
    path: options.Path = ".",
    *,
    out: Out,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    quiet: options.Quiet = False,
) -> int:
    """Record what a plan of this workspace reads, for plan --snapshot. Sends nothing."""
    files.want_ours(out, "snapshot")
    console = Console(NotePage, format_, write or (), quiet=quiet, beside=(out,))
    workspace = session.load(path)
    kind, baseline = session.provider_of(workspace), session.baseline(workspace)
    with closing(kind.reader(session.settings(workspace, identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        recording = snapshots.Recording(reader)
        planner.plan(workspace, recording, baseline, session.options(workspace))
        assert recording.last is not None  # a planner reads
        document = snapshots.document_of(
            workspace,
            recording.last,
            baseline,
            reader.logins(),
            endpoint=reader.endpoint,
            address=reader.address,
            version=session.version(),
        )
    snapshots.write(document, out)
    counts = f"{count(len(document.projects), 'project')} and {count(len(document.profiles), 'payer')}"
    message = f"Saved {counts}, as {document.identity} reads them, to {out}."
    console.show(NotePage("snapshot", message, following.on_snapshot(path, out)))
    return exitcodes.DONE
