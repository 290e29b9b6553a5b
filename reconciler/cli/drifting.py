"""One look for drift: at the workspace, its ledger and the platform; and what of it is remembered."""

from __future__ import annotations

import datetime
from contextlib import closing

from msgspec import Struct
from msgspec.structs import replace

from reconciler import drift as drifting
from reconciler.cli import exitcodes, following, session
from reconciler.cli.console import Console
from reconciler.drift import memory
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError, entry_of
from reconciler.model.report import DriftReport, Seen
from reconciler.views.pages import DriftPage, Header


class Wish(Struct, frozen=True):
    """What the person asked for. ``only_new``: what the last remembered run found is left out;
    ``reproducible``: nothing of this machine or this moment shows, where the provider can do that."""

    path: str
    identity: str | None = None
    only_new: bool = False
    reproducible: bool = False


class Looked(Struct, frozen=True):
    """``page`` is to be shown; ``whole`` is its report, with nothing left out; ``seen`` is what the next run
    needs of this one; ``today``: the day by which waivers were judged."""

    workspace: Workspace
    page: DriftPage
    whole: DriftReport
    seen: Seen
    today: datetime.date


_NO_EARLIER_RUN = Diagnostic(
    "warning",
    "no-earlier-run",
    "no earlier run is remembered, so all is shown",
    "The ledger remembers this one. On machines that are thrown away that needs one in PostgreSQL.",
)


def look(wish: Wish, console: Console) -> Looked:
    """Reads, compares, and writes nothing. Raises DiagnosticsError, Stop and ProviderError."""
    workspace = session.load(wish.path)
    with closing(session.ledger_of(workspace)) as ledger:
        baseline, before = ledger.baseline(), ledger.seen()
    kind = session.provider_of(workspace)
    if wish.reproducible:
        session.want_reproducible(workspace, kind)
    with closing(kind.reader(session.settings(workspace, wish.identity, console))) as reader:
        workspace = session.with_logins(workspace, reader)
        made_how = session.options(workspace, wish.reproducible)
        found = drifting.drift(workspace, reader, baseline, made_how)
        header = Header(
            workspace.provider.type, reader.address, found.report.identity, workspace.name, reader.touches
        )
    accepted = session.accepted(workspace)
    whole = memory.beside(found.report, before)
    report = _without_known(whole) if wish.only_new else whole
    code = exitcodes.of_drift(report, accepted)
    page = DriftPage(
        report,
        header,
        code,
        following.after_drift(wish.path, wish.identity) if code == exitcodes.CHANGES else None,
        session.policy_notes(workspace, {item.policy for item in report.items if item.policy is not None}),
        session.places(workspace),
        found.estate,
        accepted,
    )
    seen = memory.seen(found.report, exitcodes.of_drift(found.report, accepted), before)
    return Looked(workspace, page, whole, seen, found.today)


def remember(looked: Looked, console: Console) -> None:
    """Into the ledger. What was found stands, whether or not it can be remembered."""
    try:
        with closing(session.ledger_of(looked.workspace)) as ledger:
            ledger.remember(looked.seen)
    except DiagnosticsError as failure:
        first = failure.diagnostics[0]
        summary = f"this run is not remembered: {first.summary}"
        console.complain((replace(first, severity="warning", summary=summary),))


def _without_known(report: DriftReport) -> DriftReport:
    if report.since is None:
        return replace(report, warnings=(*report.warnings, entry_of(_NO_EARLIER_RUN)))
    return memory.only_new(report)
