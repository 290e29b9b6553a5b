"""May this saved plan be applied here and now? Each check names what is wrong, and nothing is sent.

What can be told from the document alone comes first, then what the ledger knows, then the
configuration, then the facts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from reconciler import planfile
from reconciler.cli import exitcodes, following
from reconciler.cli.stop import Stop, stop
from reconciler.ledger import Ledger
from reconciler.model.actual import Snapshot
from reconciler.model.desired import Workspace
from reconciler.model.diagnostics import Diagnostic, SourceRange
from reconciler.model.knowledge import Unreadable
from reconciler.model.plan import Plan, Refusal

_POLICY = "REG301"


def want_of(plan: Plan, workspace: Workspace) -> None:
    """The plan is applyable, and of this workspace and kind of provider. Raises Stop."""
    for against in (*not_applyable(plan), *not_of(plan, workspace)):
        raise against


def not_applyable(plan: Plan) -> Iterator[Stop]:
    """Why the document itself says that it must not be applied."""
    if not following.skippable(plan):
        detail = "A guard is changed in the TOML, under review; then plan again. No flag leaves it out."
        yield stop(exitcodes.REFUSED, "not-applyable", "a guard holds this plan back", detail)
    elif not plan.applyable:
        detail = (
            "A reproducible plan and one of a snapshot are for reading. To apply one: reconciler plan -o FILE"
        )
        yield stop(exitcodes.REFUSED, "not-applyable", "this plan was made to be read, not applied", detail)
    released = [step.address for step in plan.steps if step.action == "release"]
    if released:
        summary = f"this plan takes the mark off {', '.join(released)}, and no plan that was saved does"
        detail = f"Is that meant? reconciler release {released[0]}"
        yield stop(exitcodes.REFUSED, "not-applyable", summary, detail)


def not_of(plan: Plan, workspace: Workspace) -> Iterator[Stop]:
    """How it shows that the plan is of another workspace or kind of provider."""
    if plan.workspace != workspace.name:
        detail = "Name the folder of its workspace with --workspace."
        here = f'this plan is of the workspace "{plan.workspace}", not of "{workspace.name}"'
        yield stop(exitcodes.REFUSED, "other-workspace", f"{here} ({workspace.shown})", detail)
    if plan.provider.type != workspace.provider.type:
        summary = f"this plan is for the provider {plan.provider.type}, not {workspace.provider.type}"
        yield stop(exitcodes.REFUSED, "other-provider", summary)


def want_endpoint(plan: Plan, endpoint: str) -> None:
    """It was made on this very platform. Raises Stop."""
    if plan.provider.endpoint != endpoint:
        summary = f"this plan was made on {plan.provider.endpoint}, and this is {endpoint}"
        raise stop(exitcodes.REFUSED, "other-endpoint", summary)


def want_not_applied(plan: Plan, ledger: Ledger) -> None:
    """It was not carried out yet. Raises Stop."""
    applied = ledger.applied(plan.plan_id)
    if applied is not None:
        summary = f"this plan was already applied: {applied.at} by {applied.identity}, {applied.steps} steps"
        raise stop(exitcodes.STALE, "already-applied", summary, f"Its id is {plan.plan_id}.")


def changed_files(plan: Plan, workspace: Workspace) -> tuple[str, ...]:
    """How the configuration's files differ from those that the plan was made of; () if they do not."""
    if plan.config.digest == workspace.digest:
        return ()
    then = {file.path: file.sha256 for file in plan.config.files}
    now = {file.path: file.sha256 for file in workspace.files}
    lines = [f"{path} was changed" for path in then if path in now and then[path] != now[path]]
    lines += [f"{path} was removed" for path in then if path not in now]
    lines += [f"{path} was added" for path in now if path not in then]
    return tuple(sorted(lines)) or ("the configuration was changed",)


def want_identities(plan: Plan, at_hand: Collection[str]) -> None:
    """Everybody who has to act is at hand. Raises Stop."""
    missing = sorted({step.as_ for step in plan.steps} - set(at_hand))
    if missing:
        detail = f"At hand: {', '.join(at_hand)}. Add the missing one to [identities]."
        summary = f"this plan has steps as {', '.join(missing)}, who is not at hand"
        raise stop(exitcodes.REFUSED, "identity-missing", summary, detail)


def want_allowed(plan: Plan, now: Plan) -> None:
    """No policy and no guard has come to speak against its steps, as a waiver that ended since would.
    ``now`` is the plan of this moment. Raises Stop."""
    addresses = {step.address for step in plan.steps}
    against = [
        refusal
        for refusal in now.refusals
        if refusal.rule == following.NOT_SKIPPABLE
        or (refusal.rule == _POLICY and refusal.address in addresses)
    ]
    if against:
        raise Stop(exitcodes.REFUSED, tuple(map(_no_longer, against)))


def _no_longer(refusal: Refusal) -> Diagnostic:
    at = refusal.source
    place = None if at is None else SourceRange(at.file, at.line, at.column)
    summary = f"{refusal.address} is refused now: {refusal.message}"
    detail = "The plan was made when it was not. Nothing was sent; plan again."
    return Diagnostic("error", refusal.rule, summary, detail, place)


def split(plan: Plan, snapshot: Snapshot) -> tuple[tuple[planfile.StaleFact, ...], Stop | None]:
    """The facts that changed, and the stop for those that only cannot be read any more."""
    found = planfile.stale(plan, snapshot)
    hidden = [fact for fact in found if isinstance(fact.now, Unreadable)]
    changed = tuple(fact for fact in found if not isinstance(fact.now, Unreadable))
    return changed, Stop(exitcodes.UNREADABLE, tuple(map(_hidden, hidden))) if hidden else None


def _hidden(fact: planfile.StaleFact) -> Diagnostic:
    reason = fact.now.reason if isinstance(fact.now, Unreadable) else ""
    read = f"It was read {fact.then_at} by {fact.read_by}"
    if fact.needs is not None:
        read = f"It was to be confirmed now: it must be at least {fact.needs}"
    detail = f"{read}: apply as an identity that may see it."
    summary = f"{fact.subject}.{fact.attribute}, on which the plan rests, cannot be read now: {reason}"
    return Diagnostic("error", "unreadable-fact", summary, detail)
