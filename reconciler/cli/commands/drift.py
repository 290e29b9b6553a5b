"""``drift``: what somebody changed at the platform, and what is not applied yet."""

from __future__ import annotations

from contextlib import closing

from reconciler import drift as drifting
from reconciler.cli import exitcodes, following, options, session
from reconciler.cli.console import Console
from reconciler.views.pages import DriftPage, Header


def command(
    path: options.Path = ".",
    *,
    format_: options.Format = "text",
    write: options.Write = None,
    identity: options.Identity = None,
    no_color: options.NoColor = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Find what was changed at the platform since the last apply. Read-only; takes no lock."""
    console = Console(DriftPage, format_, write or (), no_color=no_color, quiet=quiet, verbose=verbose)
    workspace = session.load(path)
    baseline = session.baseline(workspace)
    kind = session.provider_of(workspace)
    with closing(kind.reader(session.settings(workspace, identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        found = drifting.drift(workspace, reader, baseline, session.options(workspace))
        report = found.report
        header = Header(
            report.provider.type, reader.address, report.identity, report.workspace, reader.touches
        )
    violated = {item.policy for item in report.items if item.policy is not None}
    code = exitcodes.of_drift(report, session.accepted(workspace))
    then = following.after_drift(path, identity) if code == exitcodes.CHANGES else None
    notes = session.policy_notes(workspace, violated)
    places = session.places(workspace)
    console.show(DriftPage(report, header, code, then, notes, places, found.estate))
    return code
