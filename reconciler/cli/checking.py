"""May a saved plan be applied now? All that speaks against it at once, without a lock and a write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from msgspec import Struct
from msgspec.structs import replace

from reconciler import planfile
from reconciler.cli import exitcodes, following, saved, session
from reconciler.cli.console import Console
from reconciler.cli.reviewing import Reviewed
from reconciler.cli.stop import Stop, provider_trouble
from reconciler.ledger import Ledger
from reconciler.model.actual import Snapshot
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.model.plan import Plan, Step
from reconciler.provider import ProviderError, Reader
from reconciler.views.pages import CheckPage, Next

_FIRST = (exitcodes.ERROR, exitcodes.STALE, exitcodes.REFUSED, exitcodes.UNREADABLE)
"""Which exit code wins, as before the first write of an apply."""


class Wish(Struct, frozen=True):
    """What the person asked for."""

    workspace: Workspace
    used: following.Used
    reviewed: Reviewed


def check(wish: Wish, console: Console) -> CheckPage:
    """The page, with its exit code. Raises DiagnosticsError where the ledger cannot be read, and Stop for an
    identity that is not in the TOML."""
    plan, workspace = wish.reviewed.plan, wish.workspace
    signed_by = wish.reviewed.signer
    page = CheckPage(plan, replace(session.header(plan), signed_by=signed_by), exitcodes.DONE)
    elsewhere = tuple(saved.not_of(plan, workspace))
    stops = (*saved.not_applyable(plan), *elsewhere, *_refused(plan, wish.used))
    page = _with(page, stops)
    if not elsewhere:
        page = replace(page, files=saved.changed_files(plan, workspace))
        with closing(session.ledger_of(workspace)) as ledger:
            page = _with(page, _stops_of(lambda: saved.want_not_applied(plan, ledger)))
            page = _read_again(page, wish, ledger, console)
    return _decided(page, wish.used)


def _read_again(page: CheckPage, wish: Wish, ledger: Ledger, console: Console) -> CheckPage:
    """The page with what the platform says; a platform that cannot be asked is one trouble more."""
    plan, workspace = page.plan, wish.workspace
    settings = session.settings(workspace, wish.used.identity, console)
    try:
        with closing(session.provider_of(workspace).reader(settings)) as reader:
            header = replace(session.header(plan, reader), signed_by=page.header.signed_by)
            page = replace(page, header=header)
            session.with_logins(workspace, reader)
            other = _stops_of(lambda: saved.want_endpoint(plan, reader.endpoint))
            missing = _stops_of(lambda: saved.want_identities(plan, reader.identities()))
            page = _with(page, (*other, *missing))
            return page if other else _compared(page, wish, ledger, reader)
    except ProviderError as failure:
        return _with(page, (Stop(exitcodes.ERROR, (provider_trouble(failure),)),))
    except DiagnosticsError as failure:
        return _with(page, (Stop(exitcodes.ERROR, failure.diagnostics),))


def _compared(page: CheckPage, wish: Wish, ledger: Ledger, reader: Reader) -> CheckPage:
    plan = page.plan
    snapshot = reader.read(planfile.scope_of(plan))
    changed, hidden = saved.split(plan, snapshot)
    there = planfile.at_target(plan, snapshot)
    page = replace(page, facts=changed, facts_read=len(plan.facts), at_target=there)
    left = tuple(step for step in plan.steps if step not in there)
    since = () if page.files else _disallowed(plan, wish.workspace, ledger, snapshot, left)
    return _with(page, (*((hidden,) if hidden else ()), *since))


def _disallowed(
    plan: Plan, workspace: Workspace, ledger: Ledger, snapshot: Snapshot, left: tuple[Step, ...]
) -> Iterator[Stop]:
    """What time and the ledger alone can have brought up against the steps that are ``left``, under an
    unchanged configuration: a waiver that has ended, a guard that counts what is recorded."""
    summaries = [
        *_ended(plan, workspace, snapshot, left),
        *_held_back(workspace, ledger, left),
    ]
    for rule, summary in summaries:
        detail = "The plan was made when it was not so. Plan again."
        yield Stop(exitcodes.REFUSED, (Diagnostic("error", rule, summary, detail),))


def _ended(
    plan: Plan, workspace: Workspace, snapshot: Snapshot, left: tuple[Step, ...]
) -> Iterator[tuple[str, str]]:
    from reconciler.rules.policies import Policies

    policies = Policies(workspace, snapshot.provider_time)
    touched = {name for step in left for name in (step.address, step.subject)}
    for found in plan.violations:
        if found.waiver is None or found.project not in touched:
            continue
        same = [w for w in workspace.waivers if (w.policy, w.ticket) == (found.policy, found.waiver)]
        if same and all(policies.days_left(waiver) < 0 for waiver in same):
            last = max(waiver.expires for waiver in same)
            yield (
                "REG301",
                f"{found.project} is refused now: the waiver {found.waiver} of the policy "
                f"{found.policy} ended on {last}",
            )


def _held_back(workspace: Workspace, ledger: Ledger, left: tuple[Step, ...]) -> Iterator[tuple[str, str]]:
    from reconciler.rules import guards

    if workspace.guards is not None:
        managed = len(workspace.projects) + len(workspace.orgs) + len(workspace.users)
        recorded = len(ledger.baseline().resources)
        for finding in guards.held_back(workspace.guards, left, recorded, managed):
            yield finding.rule, finding.message


def _refused(plan: Plan, used: following.Used) -> Iterator[Stop]:
    """What an apply stops for unless it is told to leave it out."""
    if used.skip_refused or not following.skippable(plan):
        return
    for refusal in plan.refusals:
        summary = f"{refusal.address} is refused by {refusal.rule}: {refusal.message}"
        detail = "Mend it in the TOML and plan again, or apply the rest with --skip-refused."
        yield Stop(exitcodes.REFUSED, (Diagnostic("error", refusal.rule, summary, detail),))


def _stops_of(want: Callable[[], None]) -> tuple[Stop, ...]:
    """The stop that a check raises, as a value."""
    try:
        want()
    except Stop as found:
        return (found,)
    return ()


def _with(page: CheckPage, stops: Iterable[Stop]) -> CheckPage:
    more = ((found.code, diagnostic) for found in stops for diagnostic in found.diagnostics)
    return replace(page, trouble=(*page.trouble, *more))


def _decided(page: CheckPage, used: following.Used) -> CheckPage:
    codes = {code for code, _ in page.trouble}
    if page.facts or page.files:
        codes.add(exitcodes.STALE)
    code = next((first for first in _FIRST if first in codes), exitcodes.DONE)
    return replace(page, exit_code=code, next=_next(page.plan, code, codes, used))


def _next(plan: Plan, code: int, codes: set[int], used: following.Used) -> Next | None:
    if code == exitcodes.STALE:
        return replace(following.new_plan(used), why="To make a new one:")
    if not codes:
        return following.to_apply(plan, used)
    return None
