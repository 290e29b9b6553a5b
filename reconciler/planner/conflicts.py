"""A refusal → the minimal sets of facts that block it.

A conflict is a set of facts that together make a rule refuse a change, whatever all others are; take
any one of them away and, as far as this conflict goes, the change becomes possible. It is found by
deletion: fact after fact is freed, and stays free as long as the rule still refuses. Where several
things are wrong at once there are several conflicts, each of which has to be resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec.structs import replace

from reconciler.diff.changes import Change
from reconciler.model.actual import FactKey
from reconciler.planner.judge import Judge, Judgement
from reconciler.rules import catalogue
from reconciler.rules.finding import Finding
from reconciler.rules.rule import Rule

MOST = 8
"""Conflicts told of one rule and change: with many identities there may be a great many."""

Conflict = frozenset[FactKey]
Refuses = Callable[[Conflict], bool]
"""Does the rule refuse the change with these facts as they are, and all others freed?"""


def refusals(judge: Judge, judgement: Judgement) -> tuple[Finding, ...]:
    """The refusals of a resource, one a conflict, worded as if nothing else were wrong.

    What was found only on the way, in the order of the steps, stays as it was found.
    """
    found: dict[tuple[str, str], Finding] = {}
    for finding in _found_anew(judge, judgement) or _refused(judgement.findings):
        before = found.setdefault((finding.rule, finding.message), finding)
        if before is not finding:
            facts = tuple(dict.fromkeys((*before.facts, *finding.facts)))
            found[finding.rule, finding.message] = replace(before, facts=facts)
    return tuple(found.values())


def _found_anew(judge: Judge, judgement: Judgement) -> list[Finding]:
    against = {finding.rule for finding in _refused(judgement.findings)}
    return [
        finding
        for change in judgement.changes
        for rule in catalogue()
        if rule.id in against
        for finding in _of_rule(judge, judgement, change, rule)
    ]


def _of_rule(judge: Judge, judgement: Judgement, change: Change, rule: Rule) -> Iterator[Finding]:
    found = rule.check(change, judge.world({}, judgement.changes))
    plain = [finding for finding in _refused(found) if finding in judgement.findings]
    if not plain:
        return
    asked = _all_asked(judge, judgement, change, rule)
    asked = frozenset(fact for fact in asked if fact.attribute != "offered")  # a pending transfer is told

    def check(held: Conflict) -> list[Finding]:
        return _refused(rule.check(change, judge.world({}, judgement.changes, asked - held)))

    conflicts = list(minimal(asked, lambda held: bool(check(held))))
    if not conflicts:
        yield from plain
    for conflict in conflicts:
        for finding in check(conflict):
            yield replace(finding, facts=tuple(sorted(conflict)))


def _all_asked(judge: Judge, judgement: Judgement, change: Change, rule: Rule) -> Conflict:
    """Every fact that the rule may hang on: also those that it asks of only once others suit."""
    asked: Conflict = frozenset()
    open_ = [asked]
    while open_:
        world = judge.world({}, judgement.changes, open_.pop())
        for _ in rule.check(change, world):
            """Each finding has its questions."""
        judge.note(world)
        if not world.asked <= asked:
            asked |= world.asked
            # One freed fact may make another one be passed by.
            open_ = [asked, *(asked - {fact} for fact in sorted(asked))]
    return asked


def _refused(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.verdict == "refused"]


def minimal(facts: Conflict, refuses: Refuses) -> Iterator[Conflict]:
    """The minimal sets of ``facts`` that still refuse, at most MOST, the same ones in the same order
    each time. None where it is refused even with every fact freed: no fact blocks it."""
    if refuses(frozenset()):
        return
    found: list[Conflict] = []
    open_, seen = [facts], {facts}
    while open_ and len(found) < MOST:
        held = open_.pop(0)
        if not refuses(held):
            continue
        conflict = next((one for one in found if one <= held), None)
        if conflict is None:
            conflict = _deleted(held, refuses)
            found.append(conflict)
            yield conflict
        # Any other conflict lacks at least one fact of this one.
        for fact in sorted(conflict):
            rest = held - {fact}
            if rest not in seen:
                seen.add(rest)
                open_.append(rest)


def _deleted(held: Conflict, refuses: Refuses) -> Conflict:
    for fact in sorted(held):
        if refuses(held - {fact}):
            held -= {fact}
    return held
