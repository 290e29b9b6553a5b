"""Judgements → the plan document: steps, manual, blocked and refused parts, and their facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.diff.changes import Adopt, Change, Create, Rebill, Remark, Rename, SetDefault
from reconciler.model.actual import NEEDED, FactKey, Facts, Needed
from reconciler.model.desired import Address
from reconciler.model.diagnostics import Diagnostic
from reconciler.model.diagnostics import entry_of as diagnostic_entry
from reconciler.model.entries import entry_of
from reconciler.model.head import Head
from reconciler.model.plan import (
    FORMAT_VERSION,
    Alternative,
    Blocked,
    FactEntry,
    Forgotten,
    ManualStep,
    Plan,
    Refusal,
    Source,
    Step,
    Summary,
    ToConfirm,
    UnreadableEntry,
)
from reconciler.planner.alternatives import Ways
from reconciler.planner.conflicts import refusals
from reconciler.planner.estate import Report
from reconciler.planner.judge import Judge, Judgement
from reconciler.rules.finding import Finding


def plan_document(
    judge: Judge,
    judgements: Sequence[Judgement],
    steps: tuple[Step, ...],
    *,
    estate: Report,
    guards: tuple[Finding, ...],
    unchanged: int,
    warnings: tuple[Diagnostic, ...],
    head: Head,
    applyable: bool,
    targets: tuple[Address, ...] = (),
) -> Plan:
    """The plan, not yet sealed: ``plan_id`` and ``digest`` are empty. ``guards``: what holds it back.
    With ``targets`` the judgements are of these and of what they depend on, and nothing is forgotten."""
    manual, by_payer = _manual(judgements)
    blocked = _blocked(judgements, by_payer)
    unreadable = (*_unreadable(judgements), *estate.unreadable)
    ways = Ways(judge, judgements)
    refused = (
        *(refusal for j in judgements if j.verdict == "refused" for refusal in _refusals(judge, j, ways)),
        *(_refusal(judge, finding) for finding in guards),
    )
    gone = {} if targets else judge.owners.forgotten()
    forgotten = tuple(Forgotten(address, project_id) for address, project_id in gone.items())
    summary = Summary(
        create=_count(steps, "create"),
        update=_count(steps, "update") + _count(steps, "release"),
        adopt=_count(steps, "adopt"),
        transfer=len({step.address for step in steps if step.action in ("transfer", "accept")}),
        manual=len(manual),
        blocked=len({b.address for b in blocked}),
        refused=len({r.address for r in refused}),
        unreadable=len({u.address for u in unreadable}),
        forget=len(forgotten),
        unchanged=unchanged,
    )
    return Plan(
        format_version=FORMAT_VERSION,
        kind="plan",
        plan_id="",
        digest="",
        created_at=head.created_at,
        tool=head.tool,
        workspace=judge.workspace.name,
        provider=head.provider,
        identity=judge.snapshot.identity,
        config=head.config,
        applyable=applyable and not guards,
        summary=summary,
        steps=steps,
        manual=manual,
        blocked=blocked,
        refusals=refused,
        unreadable=unreadable,
        forgotten=forgotten,
        violations=estate.violations,
        warnings=tuple(map(diagnostic_entry, warnings)),
        facts=_facts(judge.facts, judgements, head.read_at),
        read=head.read,
        targets=targets,
        apply_as=next(iter(judge.acting), ""),
        to_confirm=_to_confirm(judgements),
    )


def _to_confirm(judgements: Iterable[Judgement]) -> tuple[ToConfirm, ...]:
    """The rights that steps take for given; of one fact the most that any of them needs."""
    found: dict[FactKey, Needed] = {}
    for key, needs in (right for j in judgements for act in j.acts for right in act.to_confirm):
        found[key] = max(needs, found.get(key, needs), key=NEEDED.index)
    return tuple(ToConfirm(str(key), needs) for key, needs in sorted(found.items()))


def _count(steps: Iterable[Step], action: str) -> int:
    return sum(1 for step in steps if step.action == action)


def _manual(judgements: Iterable[Judgement]) -> tuple[tuple[ManualStep, ...], dict[str, str]]:
    """The manual steps, and for each payer the id of the request for its permitted regions.

    A request to the platform's sales stands whatever else is said of its resource; what one person
    has to do is shown only where nothing heavier holds the resource back.
    """
    waiting: dict[str, list[Address]] = {}
    for judgement in judgements:
        if judgement.verdict == "blocked":
            for finding in judgement.findings:
                if finding.waits_for is not None:
                    waiting.setdefault(finding.waits_for, []).append(judgement.address)
    steps: list[ManualStep] = []
    by_payer: dict[str, str] = {}
    for judgement in judgements:
        for finding in judgement.findings:
            sales = finding.rule == "REG105"
            if finding.request is None or not (sales or judgement.verdict == "manual"):
                continue
            name = f"m{len(steps) + 1}"
            unblocks: tuple[str, ...] = ()
            if sales:
                payer = judgement.address.partition(".")[2]
                by_payer[payer] = name
                unblocks = tuple(sorted(set(waiting.get(payer, ()))))
            request = finding.request
            steps.append(ManualStep(name, judgement.address, request.who, request.text, unblocks))
    return tuple(steps), by_payer


def _blocked(judgements: Iterable[Judgement], by_payer: dict[str, str]) -> tuple[Blocked, ...]:
    found: list[Blocked] = []
    for judgement in judgements:
        if judgement.verdict == "blocked":
            payers = {f.waits_for for f in judgement.findings if f.waits_for is not None}
            waits_for = tuple(sorted(by_payer[payer] for payer in payers if payer in by_payer))
            sent = [act.change for act in judgement.acts]
            waiting = (change for change in judgement.changes if change not in sent)
            held = "; ".join(filter(None, map(describe, waiting)))
            found.append(Blocked(judgement.address, held, waits_for))
    return tuple(found)


def describe(change: Change) -> str:
    """A change in one readable line; empty for what is not one to carry out."""
    match change:
        case SetDefault(after=after):
            return f"set the default region to {after}"
        case Create(region=region, bill_to=payer):
            return f"create in {region}, billed to {payer}"
        case Adopt(project=project):
            return f"adopt {project.id}"
        case Remark(project=project):
            return f"rewrite the mark of {project.id}"
        case Rename(name=name):
            return f"rename to {name}"
        case Rebill(bill_to=payer):
            return f"bill to {payer}"
        case _:
            return ""


def _unreadable(judgements: Iterable[Judgement]) -> tuple[UnreadableEntry, ...]:
    found: dict[UnreadableEntry, None] = {}
    for judgement in judgements:
        for finding in judgement.findings:
            if finding.verdict == "warning" and finding.reason is not None:
                found[_unreadable_entry(judgement, finding)] = None
        if judgement.verdict == "cannot_tell":
            for finding in judgement.findings:
                if finding.verdict == "cannot_tell":
                    found[_unreadable_entry(judgement, finding)] = None
    return tuple(found)


def _unreadable_entry(judgement: Judgement, finding: Finding) -> UnreadableEntry:
    """``attribute`` is the resource's own, or SUBJECT.ATTRIBUTE where it hangs on another's."""
    if not finding.rule:
        return UnreadableEntry(judgement.address, finding.attribute or "", finding.reason or "")
    key = finding.facts[0]
    own = key.subject == judgement.address.partition(".")[2]
    attribute = key.attribute if own else f"{key.subject}.{key.attribute}"
    return UnreadableEntry(judgement.address, attribute, finding.reason or "")


def _refusals(judge: Judge, judgement: Judgement, ways: Ways) -> Iterable[Refusal]:
    """One a conflict; the ways out are the resource's as a whole and stand with the first."""
    ways_out = ways.out_of(judgement)
    for finding in refusals(judge, judgement):
        yield _refusal(judge, finding, ways_out)
        ways_out = ()


def _refusal(judge: Judge, finding: Finding, ways_out: tuple[Alternative, ...] = ()) -> Refusal:
    place = judge.workspace.sources.locate(finding.address, finding.attribute)
    source = None if place is None else Source(place.file, place.line, place.column)
    facts = tuple(str(key) for key in finding.facts)
    return Refusal(finding.address, finding.rule, finding.message, source, facts, ways_out)


def _facts(facts: Facts, judgements: Iterable[Judgement], now: int) -> tuple[FactEntry, ...]:
    """Every fact that a step, a finding or a verdict used, by name."""
    keys: set[FactKey] = set()
    for judgement in judgements:
        keys.update(judgement.asked)
        keys.update(key for finding in judgement.findings for key in finding.facts)
        keys.update(key for act in judgement.acts for key in act.asked)
    return tuple(entry_of(facts.get(key), now) for key in sorted(keys))
