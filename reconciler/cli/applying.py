"""The way of an apply: lock, read again, compare with what was reviewed, ask, carry out, report."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

from msgspec import Struct
from msgspec.structs import replace

from reconciler import ledger as ledgers
from reconciler import planfile, planner
from reconciler.apply import DEFAULT_PARALLELISM, ApplyRequest, run, settle_seconds
from reconciler.cli import earlier, exitcodes, following, saved, session
from reconciler.cli.console import Console
from reconciler.cli.stop import stop
from reconciler.model.baseline import AttributeValue, ResourceBaseline
from reconciler.model.desired import Policy, Workspace
from reconciler.model.diagnostics import DiagnosticsError
from reconciler.model.moment import this_moment
from reconciler.model.plan import Plan, Step
from reconciler.model.report import ApplyReport, StepReport
from reconciler.planner import Planned
from reconciler.provider import Writer
from reconciler.views.pages import ApplyPage, Next, NotePage, PlanPage, QuestionPage, StalePage, StepPage


class Wish(Struct, frozen=True):
    """What the person asked for. ``reviewed`` is the saved plan, if one was named, and ``signer`` who was
    found to have signed it, if that was asked for; ``parallelism``: how many steps may be under way at
    once."""

    workspace: Workspace
    used: following.Used
    reviewed: Plan | None
    auto_approve: bool
    signer: str | None = None
    parallelism: int = DEFAULT_PARALLELISM
    fail_fast: bool = False


class Site(Struct, frozen=True):
    """Where one writes, while the lock is held by ``owner``, who looks ``settle_seconds`` for a creation
    whose outcome is unknown."""

    workspace: Workspace
    writer: Writer
    ledger: ledgers.Ledger
    owner: ledgers.LockOwner
    settle_seconds: float


class Work(Struct, frozen=True):
    """What is going to be sent: a plan as it is shown, and what is remembered beside its steps (see
    ``ApplyRequest``). ``anew``: how to make it again where it no longer holds; ``then``: what to type
    after it."""

    page: PlanPage
    anew: Next
    then: Callable[[ApplyReport], Next]
    policies: tuple[Policy, ...]
    targets: Mapping[str, Mapping[str, AttributeValue]] = {}
    settled: Mapping[str, ResourceBaseline] = {}
    forgotten: Mapping[str, str] = {}


def apply(wish: Wish, console: Console) -> int:
    """The exit code. Raises what stops it before anything was sent; after that all is in the report."""
    if wish.reviewed is not None:
        saved.want_of(wish.reviewed, wish.workspace)
    with locked(wish.workspace, wish.used.identity, console) as site:
        return _locked(replace(wish, workspace=site.workspace), console, site)


@contextmanager
def locked(workspace: Workspace, identity: str | None, console: Console) -> Iterator[Site]:
    """The lock of the workspace, and a writer of its provider. Raises what stops it: nothing was sent."""
    ledger = session.ledger_of(workspace)
    provider = session.provider_of(workspace)
    settings = session.settings(workspace, identity, console)
    owner = ledgers.owner_here(typed())
    with closing(ledger), ledger.lock(owner), closing(provider.writer(settings)) as writer:
        known = session.with_logins(workspace, writer)
        yield Site(known, writer, ledger, owner, settle_seconds(os.environ))


def typed() -> str:
    """The command as it was typed."""
    return shlex.join(["reconciler", *sys.argv[1:]])


def _locked(wish: Wish, console: Console, site: Site) -> int:
    workspace, reviewed, writer, ledger = wish.workspace, wish.reviewed, site.writer, site.ledger
    if reviewed is not None:
        saved.want_endpoint(reviewed, writer.endpoint)
        saved.want_not_applied(reviewed, ledger)
        files = saved.changed_files(reviewed, workspace)
        if files:
            console.show(StalePage(reviewed, files=files, next=following.new_plan(wish.used)))
            return exitcodes.STALE
    earlier.settled(console, writer, ledger, site.settle_seconds)
    also = planfile.scope_of(reviewed) if reviewed else None
    planned = planner.plan(
        workspace, writer, ledger.baseline(), session.options(workspace), also, targets=wish.used.targets
    )
    plan = reviewed or planfile.seal(planned.plan, reproducible=False)
    hidden = None
    if reviewed is not None:
        changed, hidden = saved.split(reviewed, planned.snapshot)
        if changed:
            console.show(StalePage(reviewed, changed, next=following.new_plan(wish.used)))
            return exitcodes.STALE
        saved.want_identities(reviewed, planned.snapshot.identities)
        saved.want_allowed(reviewed, planned.plan)
    page = _page(wish, plan, planned, writer)
    if plan.refusals and not (wish.used.skip_refused and following.skippable(plan)):
        console.show(page)
        return exitcodes.REFUSED
    if hidden is not None:
        raise hidden
    work = Work(
        page=page,
        anew=following.new_plan(wish.used),
        then=lambda report: following.after_apply(report, wish.used),
        policies=planned.policies,
        targets=planned.targets,
        settled=planned.settled,
        forgotten=planned.forgotten,
    )
    return carry_out(wish, work, console, site)


def carry_out(wish: Wish, work: Work, console: Console, site: Site) -> int:
    """Shows the plan, asks, sends its steps and tells what became of them. The exit code."""
    plan = work.page.plan
    console.want_files()
    if not _agreed(wish, console, work.page):
        return exitcodes.ERROR
    if plan.steps and not wish.auto_approve:
        late = _changed_meanwhile(plan, site.writer)
        if late:
            console.show(StalePage(plan, late, next=work.anew))
            return exitcodes.STALE
    watcher = _Watcher(console, plan)
    request = ApplyRequest(
        plan=plan,
        writer=site.writer,
        ledger=site.ledger,
        started=_started(plan, site.owner),
        targets=work.targets,
        settled=work.settled,
        forgotten=work.forgotten,
        policies=work.policies,
        on_start=watcher.started,
        on_step=watcher.ended,
        settle_seconds=site.settle_seconds,
        parallelism=wish.parallelism,
        fail_fast=wish.fail_fast,
    )
    report = run(request)
    code = exitcodes.of_apply(report, plan, session.accepted(site.workspace))
    try:
        console.show(ApplyPage(report, plan.manual, work.then(report), code))
    except DiagnosticsError as failure:
        if code not in (exitcodes.INTERRUPTED, exitcodes.INCOMPLETE):
            raise
        console.complain(failure.diagnostics)
    return code


def _started(plan: Plan, owner: ledgers.LockOwner) -> ledgers.Started:
    git = plan.config.git
    return ledgers.Started(
        run=secrets.token_hex(8),
        plan_id=plan.plan_id,
        identity=plan.actor,
        user=owner.user,
        host=owner.host,
        command=owner.command,
        commit=None if git is None else git.commit,
        steps=len(plan.steps),
        at=this_moment(),
    )


def _page(wish: Wish, plan: Plan, planned: Planned, writer: Writer) -> PlanPage:
    snapshot = planned.snapshot
    return PlanPage(
        plan,
        replace(session.header(plan, writer), signed_by=wish.signer),
        session.titles(plan),
        (len(snapshot.projects), len(snapshot.profiles)),
        session.locator(wish.workspace, plan),
        following.after_plan(plan, wish.used),
        session.policy_notes(wish.workspace, {violation.policy for violation in plan.violations}),
        session.names(snapshot, plan),
        places=session.places(wish.workspace),
        accepted=session.accepted(wish.workspace),
    )


def _agreed(wish: Wish, console: Console, page: PlanPage) -> bool:
    """Show the plan and ask; without a step there is nothing to agree to."""
    told = replace(page, next=None)
    console.follow(told)
    asking = bool(page.plan.steps) and not wish.auto_approve
    if console.is_text or asking:
        console.tell(told)
    if not asking:
        return True
    console.tell(QuestionPage(page.plan))
    if sys.stdin.readline().rstrip("\r\n") == "yes":
        return True
    if not console.is_text:
        raise stop(exitcodes.ERROR, "cancelled", "Apply cancelled.")
    console.tell(NotePage("cancelled", "Apply cancelled. Nothing was sent."))
    return False


def _changed_meanwhile(plan: Plan, writer: Writer) -> tuple[planfile.StaleFact, ...]:
    """The facts under the steps that changed while a person was asked."""
    needed = {name for step in plan.steps for name in step.preconditions}
    changed = planfile.stale(plan, writer.read(planfile.scope_of(plan)))
    return tuple(fact for fact in changed if fact.id in needed)


class _Watcher:
    """Tells how far it has come, a line for each step that has ended: over the one before on a terminal. A
    terminal or a log that is gone must not end an apply."""

    def __init__(self, console: Console, plan: Plan) -> None:
        self._console = console
        self._steps = {step.id: step for step in plan.steps}
        self._ended = 0

    def started(self, step: Step) -> None:
        with suppress(OSError, DiagnosticsError):
            self._console.follow(StepPage(step, this_moment()))

    def ended(self, report: StepReport) -> None:
        self._ended += 1
        with suppress(OSError, DiagnosticsError):
            self._console.follow(StepPage(self._steps[report.step], this_moment(), report))
        tell = self._console.progress or self._console.log
        if tell is not None:
            with suppress(OSError):
                tell(
                    f"{self._ended} of {len(self._steps)}: {report.address} {report.result.replace('_', ' ')}"
                )
