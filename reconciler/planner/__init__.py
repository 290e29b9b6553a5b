"""Desired state + facts → a plan: matched, compared, judged, ordered, simulated, explained.

``plan`` is the way through: ``scope`` says what to read, ``judge`` asks the rules, ``steps`` puts
what is legal in order and walks through it, ``estate`` judges all that is there by the policies,
``alternatives`` looks for ways out, ``document`` writes it all down. Must not know files, providers,
the ledger or any output format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from reconciler.diff.changes import Create, Rebill
from reconciler.diff.compare import offered_to
from reconciler.diff.managed import (
    Compared,
    Resource,
    compare_projects,
    marked,
    profiles,
    resources,
    settled,
    written,
)
from reconciler.diff.scope import both, scope_of
from reconciler.model.actual import FactKey, Scope, Snapshot
from reconciler.model.baseline import AttributeValue, Baseline, ResourceBaseline
from reconciler.model.desired import Address, Policy, Workspace
from reconciler.model.diagnostics import Diagnostic, DiagnosticsError
from reconciler.model.head import Head, Options, head
from reconciler.model.plan import Plan
from reconciler.planner.contradictions import contradiction
from reconciler.planner.document import plan_document
from reconciler.planner.estate import Report, held_back, judged
from reconciler.planner.judge import Act, Judge, Judgement
from reconciler.planner.steps import in_order
from reconciler.planner.targets import covered, narrowed, not_all
from reconciler.rules.policies import in_force

__all__ = ["Options", "Planned", "Source", "plan"]


class Source(Protocol):
    """Where actual state comes from: what the planner needs of a provider."""

    @property
    def endpoint(self) -> str: ...

    def read(self, scope: Scope) -> Snapshot: ...


@dataclass(frozen=True)
class Planned:
    """A plan (not yet sealed) with what apply needs beside the document. ``judgements``: on what differs,
    as far as it is covered; ``covered``: the addresses that it is about, None where that is all."""

    plan: Plan
    judge: Judge
    compared: list[Compared]
    judgements: list[Judgement]
    covered: frozenset[Address] | None = None

    @property
    def workspace(self) -> Workspace:
        return self.judge.workspace

    @property
    def snapshot(self) -> Snapshot:
        return self.judge.snapshot

    @cached_property
    def targets(self) -> dict[Address, dict[str, AttributeValue]]:
        """The attributes that the TOML manages, of each address that the plan has a step for."""
        wanted = {one.address: written(one.desired) | marked(self.workspace, one) for one in self.compared}
        for address, _, profile in profiles(self.workspace):
            wanted[address] = written(profile)
        return {step.address: wanted[step.address] for step in self.plan.steps}

    @cached_property
    def settled(self) -> dict[Address, ResourceBaseline]:
        """What already agrees: each resource that is known, with its attributes that are as written."""
        found = settled(self.workspace, self.snapshot, self.compared)
        return {a: one for a, one in found.items() if self.covered is None or a in self.covered}

    def resources(self) -> Iterator[Resource]:
        """All that the plan is about, changed or not; made anew at each call, while it is asked for."""
        for one in resources(self.workspace, self.snapshot, self.compared):
            if self.covered is None or one.address in self.covered:
                yield one

    @property
    def forgotten(self) -> dict[Address, str]:
        """Addresses of ours that left the TOML, with their ids."""
        return {entry.address: entry.id for entry in self.plan.forgotten}

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies by which the plan was judged; those of before where it does not cover all that
        they speak of."""
        return in_force(self.workspace) if self.covered is None else self.judge.baseline.policies


def plan(
    workspace: Workspace,
    reader: Source,
    baseline: Baseline,
    options: Options,
    also: Scope | None = None,
    *,
    targets: tuple[Address, ...] = (),
    apply_as: str | None = None,
) -> Planned:
    """Reads, compares, judges, orders and simulates; sends nothing.

    ``also`` is read along (the facts of a saved plan). With ``targets``, addresses of the workspace, the
    plan holds only those and what they depend on. With ``apply_as``, a user, it is judged whether that
    user may carry it out, and what could not be read of that user's rights is to be confirmed then;
    somebody at hand is judged as usual. Where a judgement hangs on the level of a further
    identity that no list shows, or on a payer outside the workspace, one more read asks for exactly
    those. Raises DiagnosticsError for what the TOML contradicts in itself, and what ``reader`` raises.
    """

    def made(scope: Scope) -> tuple[Planned, Scope | None]:
        snapshot = reader.read(scope)
        acting = () if apply_as is None or apply_as in snapshot.identities else (apply_as,)
        judge = Judge(workspace, snapshot, baseline, acting)
        first = head(workspace, judge.snapshot, reader.endpoint, options)
        return _plan(judge, first, options, targets), judge.wanted

    scope = both(scope_of(workspace, baseline), also)
    if apply_as is not None:
        scope = both(scope, Scope(rights_of=(apply_as,)))
    planned, wanted = made(scope)
    return made(both(scope, wanted))[0] if wanted else planned


def _plan(judge: Judge, first: Head, options: Options, targets: tuple[Address, ...]) -> Planned:
    workspace = judge.workspace
    compared = compare_projects(workspace, judge.snapshot, judge.owners)
    every = _judgements(judge, compared)
    covers = covered(judge, every, targets) if targets else None
    judgements, placed = in_order(judge, [j for j in every if covers is None or j.address in covers])
    steps = tuple(step for step, _ in placed)
    about = compared if covers is None else [one for one in compared if one.address in covers]
    estate = _estate(judge, compared, every, judgements)
    managed = len(compared) + len(workspace.orgs) + len(workspace.users)
    told = (*_warnings(judge, about, judgements), *estate.warnings)
    document = plan_document(
        judge,
        judgements,
        steps,
        estate=estate if covers is None else narrowed(estate, about),
        guards=held_back(judge, steps),
        unchanged=(managed if covers is None else len(covers)) - len(judgements),
        warnings=(
            *(() if covers is None else (not_all(targets, covers),)),
            *workspace.warnings,
            *sorted(told, key=_in_words),
        ),
        head=first,
        applyable=not options.reproducible,
        targets=targets,
    )
    return Planned(document, judge, compared, judgements, covers)


def _judgements(judge: Judge, compared: list[Compared]) -> list[Judgement]:
    """On every resource that differs. Raises DiagnosticsError for what the TOML contradicts in itself."""
    changed = [one for one in compared if one.changes]
    _refuse_contradictions(judge.workspace, changed)
    projects = [judge.judge(one.address, one.changes) for one in changed]
    payers = [judge.profile(address, payer, table) for address, payer, table in profiles(judge.workspace)]
    return sorted((j for j in (*projects, *payers) if j.changes), key=lambda j: j.address)


def _estate(
    judge: Judge, compared: list[Compared], every: list[Judgement], ordered: list[Judgement]
) -> Report:
    """What the policies say, on all that is going to be, though not all of it may be covered."""
    last = {judgement.address: judgement for judgement in ordered}
    return judged(judge, compared, [last.get(judgement.address, judgement) for judgement in every])


def _in_words(diagnostic: Diagnostic) -> str:
    return diagnostic.summary


def _refuse_contradictions(workspace: Workspace, changed: list[Compared]) -> None:
    found = [
        diagnostic
        for one in changed
        for change in one.changes
        if (diagnostic := contradiction(workspace, change)) is not None
    ]
    if found:
        raise DiagnosticsError(tuple(found))


def _warnings(judge: Judge, compared: list[Compared], judgements: list[Judgement]) -> Iterator[Diagnostic]:
    """Offers that would change a payer behind our back, and creations beside what cannot be seen."""
    for one in compared:
        recipient = offered_to(one.actual) if one.actual is not None else None
        if recipient is not None and not any(isinstance(change, Rebill) for change in one.changes):
            yield Diagnostic(
                "warning",
                "pending-transfer",
                f"{one.address} is offered to {recipient}: accepting it changes the payer",
            )
    for judgement in judgements:
        for finding in judgement.findings:
            if finding.verdict == "warning":
                place = judge.workspace.sources.locate(judgement.address, finding.attribute)
                yield Diagnostic("warning", finding.rule, finding.message, None, place)
        for act in judgement.acts:
            if isinstance(act.change, Create):
                yield from _odd_region(judge, act, act.change)
    partial = judge.snapshot.partial
    creators = {
        step.change.bill_to
        for judgement in judgements
        for step in judgement.acts
        if isinstance(step.change, Create)
    }
    for payer in sorted(creators & partial):
        yield Diagnostic(
            "warning",
            "partial-estate",
            f"not every project billed to {payer} can be listed: one of the same name may exist unseen",
        )


def _odd_region(judge: Judge, act: Act, change: Create) -> Iterator[Diagnostic]:
    """A region that only the platform names, as its payer's default, and that the TOML would not pass by."""
    region = change.region if isinstance(change.region, str) else ""
    known = judge.workspace.regions.get(region)
    if known is None:
        summary = f"{change.address} is to be created in {region}, which no catalogue has"
        detail = f'If it is meant, say so: [regions."{region}"]'
        yield Diagnostic("warning", "region-not-in-catalogue", summary, detail)
    elif known.retired and FactKey(change.bill_to, "default_region") in act.asked:
        summary = (
            f"{change.address} is to be created in {region}, the default of {change.bill_to}: it is retired"
        )
        detail = "The platform may refuse new projects there. Write the region that is meant."
        place = judge.workspace.sources.locate(change.address)
        yield Diagnostic("warning", "retired-region", summary, detail, place)
