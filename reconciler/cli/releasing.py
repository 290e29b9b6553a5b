"""The way of a release: as an apply goes, with a plan of one step that no TOML asks for."""

from __future__ import annotations

from reconciler import planfile
from reconciler.cli import applying, earlier, exitcodes, following, session
from reconciler.cli.applying import Site, Wish, Work
from reconciler.cli.console import Console
from reconciler.cli.stop import Stop
from reconciler.model.plan import Plan
from reconciler.planner import releasing
from reconciler.planner.releasing import Kept, Unmarked
from reconciler.views.pages import NotePage, PlanPage

_CODES = {
    "refused": exitcodes.REFUSED,
    "cannot_tell": exitcodes.UNREADABLE,
    "unknown": exitcodes.ERROR,
}


def release(wish: Wish, project: str, console: Console) -> int:
    """The exit code. ``project``: its id, or its address. Raises what stops it before anything was sent."""
    with applying.locked(wish.workspace, wish.used.identity, console) as site:
        return _locked(wish, project, console, site)


def _locked(wish: Wish, project: str, console: Console, site: Site) -> int:
    found = earlier.settled(console, site.writer, site.ledger, site.settle_seconds)
    ours = (one for one in found if one.action == "release" and project in (one.address, one.id))
    if any(one.result == "done" for one in ours):
        console.show(NotePage("unmarked", f"{project} is released."))
        return exitcodes.DONE
    baseline, options = site.ledger.baseline(), session.options(site.workspace)
    match releasing.release(site.workspace, site.writer, baseline, options, project):
        case Kept(why=why, diagnostics=diagnostics):
            raise Stop(_CODES[why], diagnostics)
        case Unmarked(project_id=project_id):
            left = baseline.without(project_id)
            if left != baseline:
                site.ledger.record(left)
            console.show(NotePage("unmarked", f"{project_id} bears no mark: there is nothing to release."))
            return exitcodes.DONE
        case Plan() as plan:
            sealed = planfile.seal(plan, reproducible=False)
            work = Work(
                page=PlanPage(sealed, session.header(sealed, site.writer)),
                anew=following.to_release(project, wish.used),
                then=lambda report: following.after_release(report, project, wish.used),
                policies=baseline.policies,
            )
            return applying.carry_out(wish, work, console, site)
